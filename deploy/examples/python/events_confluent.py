"""Competition and partnership events as they come, one line each. Needs confluent-kafka."""

import json
import os
import uuid

from confluent_kafka import Consumer, KafkaException

BROKER = os.environ.get("FRENEMY_BROKER", "127.0.0.1:9092")
PREFIX = os.environ.get("FRENEMY_PREFIX", "news")

consumer = Consumer(
    {
        "bootstrap.servers": BROKER,
        # A new group each time reads from the beginning. With a lasting one you go on where you were.
        "group.id": f"{PREFIX}.subscriber.{uuid.uuid4()}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
consumer.subscribe([f"{PREFIX}.events.competition", f"{PREFIX}.events.partnership"])
seen = set()
try:
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        event = json.loads(message.value())
        key = (event["event_id"], event["retracted"])
        if key in seen:
            continue
        seen.add(key)
        status = "retracted" if event["retracted"] else event["status"]
        print(
            event["type"],
            event["pair"],
            status,
            f"{event['confidence']:.2f}",
            event["evidence"]["text"],
            sep="\t",
            flush=True,
        )
finally:
    consumer.close()
