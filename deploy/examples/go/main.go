// Competition and partnership events as they come, one line each.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

type event struct {
	ID         string  `json:"event_id"`
	Type       string  `json:"type"`
	Status     string  `json:"status"`
	Pair       string  `json:"pair"`
	Confidence float64 `json:"confidence"`
	Retracted  bool    `json:"retracted"`
	Evidence   struct {
		Text string `json:"text"`
	} `json:"evidence"`
}

type key struct {
	id        string
	retracted bool
}

func main() {
	broker := setting("FRENEMY_BROKER", "127.0.0.1:9092")
	prefix := setting("FRENEMY_PREFIX", "news")
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(broker, ",")...),
		kgo.ConsumeTopics(prefix+".events.competition", prefix+".events.partnership"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	seen := map[key]bool{}
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return
		}
		fetches.EachError(func(topic string, partition int32, err error) {
			log.Printf("%s/%d: %v", topic, partition, err)
		})
		fetches.EachRecord(func(record *kgo.Record) {
			var found event
			if err := json.Unmarshal(record.Value, &found); err != nil {
				log.Printf("%s/%d/%d: %v", record.Topic, record.Partition, record.Offset, err)
				return
			}
			if seen[key{found.ID, found.Retracted}] {
				return
			}
			seen[key{found.ID, found.Retracted}] = true
			status := found.Status
			if found.Retracted {
				status = "retracted"
			}
			fmt.Printf("%s\t%s\t%s\t%.2f\t%s\n",
				found.Type, found.Pair, status, found.Confidence, found.Evidence.Text)
		})
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
