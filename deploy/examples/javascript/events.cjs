// Competition and partnership events as they come, one line each.
const { randomUUID } = require("node:crypto");
const { decompress } = require("fzstd");
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = require("kafkajs");

// Workers compress with Zstandard, which kafkajs does not bring.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: () => {
    throw new Error("this program only reads");
  },
  decompress: async (data) => Buffer.from(decompress(data)),
});

const broker = process.env.FRENEMY_BROKER ?? "127.0.0.1:9092";
const prefix = process.env.FRENEMY_PREFIX ?? "news";

async function main() {
  const kafka = new Kafka({ brokers: broker.split(","), logLevel: logLevel.ERROR });
  // A new group each time reads from the beginning. With a lasting one you go on where you were.
  const consumer = kafka.consumer({ groupId: `${prefix}.subscriber.${randomUUID()}` });
  const seen = new Set();
  await consumer.connect();
  await consumer.subscribe({
    topics: [`${prefix}.events.competition`, `${prefix}.events.partnership`],
    fromBeginning: true,
  });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      const event = JSON.parse(message.value.toString());
      const key = `${event.event_id} ${event.retracted}`;
      if (seen.has(key)) return;
      seen.add(key);
      const status = event.retracted ? "retracted" : event.status;
      const fields = [event.type, event.pair, status, event.confidence.toFixed(2), event.evidence.text];
      console.log(fields.join("\t"));
    },
  });
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
