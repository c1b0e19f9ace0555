"""The only rooms that know Faust, Kafka, the clock and the environment."""
