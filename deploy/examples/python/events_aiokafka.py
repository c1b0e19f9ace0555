"""Competition and partnership events as they come, one line each. Needs aiokafka[zstd]."""

import asyncio
import json
import os

from aiokafka import AIOKafkaConsumer

BROKER = os.environ.get("FRENEMY_BROKER", "127.0.0.1:9092")
PREFIX = os.environ.get("FRENEMY_PREFIX", "news")


async def main() -> None:
    seen = set()
    async with AIOKafkaConsumer(
        f"{PREFIX}.events.competition",
        f"{PREFIX}.events.partnership",
        bootstrap_servers=BROKER,
        auto_offset_reset="earliest",
    ) as consumer:
        async for message in consumer:
            event = json.loads(message.value)
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


asyncio.run(main())
