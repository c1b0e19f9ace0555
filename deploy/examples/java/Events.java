import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Competition and partnership events as they come, one line each. */
public class Events {
    public static void main(String[] arguments) throws Exception {
        String broker = System.getenv().getOrDefault("FRENEMY_BROKER", "127.0.0.1:9092");
        String prefix = System.getenv().getOrDefault("FRENEMY_PREFIX", "news");
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", broker,
            // A new group each time reads from the beginning. With a lasting one you go on where you were.
            "group.id", prefix + ".subscriber." + UUID.randomUUID(),
            "auto.offset.reset", "earliest",
            "enable.auto.commit", false,
            "key.deserializer", ByteArrayDeserializer.class,
            "value.deserializer", ByteArrayDeserializer.class);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        ObjectMapper json = new ObjectMapper();
        Set<String> seen = new HashSet<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(prefix + ".events.competition", prefix + ".events.partnership"));
            while (true) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    JsonNode event = json.readTree(record.value());
                    boolean retracted = event.get("retracted").asBoolean();
                    if (!seen.add(event.get("event_id").asText() + retracted)) {
                        continue;
                    }
                    String status = retracted ? "retracted" : event.get("status").asText();
                    out.println(String.join("\t",
                        event.get("type").asText(),
                        event.get("pair").asText(),
                        status,
                        String.format(Locale.ROOT, "%.2f", event.get("confidence").asDouble()),
                        event.get("evidence").get("text").asText()));
                }
            }
        }
    }
}
