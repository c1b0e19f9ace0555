"""Faust's consumer, told by `Delivery` what may be committed.

Faust's own rule commits the longest run of acknowledged offsets, counts messages that it skipped itself
after a rebalance as acknowledged, and may step over one that is in flight.
"""

from collections.abc import Coroutine, Iterable, Iterator, Mapping
from typing import Any, Protocol, cast

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka
from faust.types import TP
from mode.services import WaitResults
from typing_extensions import override

from streams.wire.inner_loop import begun


class Committable(Protocol):
    """What the consumer asks of `Delivery`."""

    def partitions(self) -> list[TP]:
        """Partitions with something to commit."""

    def committable(self, partition: TP) -> int | None:
        """The next offset to read, all before it being done."""


class _ConsumerThread(aiokafka.AIOKafkaConsumerThread):
    """Fetches messages, from all partitions in turn."""

    @override
    def _create_worker_consumer(self, transport: aiokafka.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        app: Any = self.app
        # Where Faust fixes how long a fetch waits for messages, the application says it.
        consumer._fetch_max_wait_ms = app.fetch_wait_ms  # noqa: SLF001 - read when the consumer starts
        return consumer

    @override
    async def _fetch_records(
        self,
        consumer: AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> Any:
        records = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        served_last(consumer._fetcher._records, records)  # noqa: SLF001 - aiokafka has no order to choose
        return records

    async def go_to(self, partition: TP, offset: int) -> None:
        """Go to an offset, in the thread that fetches: from another one what is fetched changes under its hands."""
        seek = self._ensure_consumer().seek
        await self.call_thread(seek, aiokafka.ensure_aiokafka_TP(partition), offset)

    def handed_over(self, tp: TP) -> int | None:
        """The offset up to which messages of a partition were fetched and handed over; None where unknown."""
        subscription = self._ensure_consumer()._subscription.subscription  # noqa: SLF001 - asked without waiting
        assignment = None if subscription is None else subscription.assignment
        state = None if assignment is None else assignment.state_value(tp)
        # Read once: another thread may change it.
        position: int | None = None if state is None else state._position  # noqa: SLF001
        return position

    @override
    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go back to what is committed; where nothing is, to the beginning.

        aiokafka leaves a partition without a commit where it stands: after a rebalance that would be
        behind messages that were fetched before it and never processed.
        """
        offsets = await super().seek_to_committed()
        app: Any = self.app
        uncommitted = [
            tp for tp, offset in offsets.items() if not offset and tp.topic in app.progress.topics
        ]
        if uncommitted:
            await self.seek_to_beginning(*uncommitted)
        return offsets

    async def committed(self, tp: TP) -> int | None:
        """What the group has committed of a partition, asked of the broker; None where nothing."""
        consumer = self._ensure_consumer()
        offset: int | None = await self.call_thread(
            consumer.committed, aiokafka.ensure_aiokafka_TP(tp)
        )
        return offset


def served_last(buffered: dict[TP, Any], served: Iterable[TP]) -> None:
    """Put partitions that have just been served behind all others.

    aiokafka serves what is fetched of one partition to the end before the next: thousands of messages of a
    topic with a backlog, while those of other topics wait.
    """
    for tp in served:
        if tp in buffered:
            buffered[tp] = buffered.pop(tp)


class PrefixConsumer(aiokafka.Consumer):
    """Commits, for each partition, the prefix of messages whose outputs are all acknowledged."""

    @override
    def _new_consumer_thread(self) -> aiokafka.AIOKafkaConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def _delivery(self) -> Committable:
        app: Any = self.app
        return cast(Committable, app.delivery)

    def committed(self, tp: TP) -> int | None:
        """The next offset to read as it was last committed, None where nothing was."""
        return self._committed_offset.get(tp)

    async def ask_committed(self, tp: TP) -> int | None:
        """The same as the broker has it: Faust may not have asked yet, and that is not nothing."""
        return await cast(_ConsumerThread, self._thread).committed(tp)

    def handed_over(self, tp: TP) -> int | None:
        """The offset up to which messages of a partition were fetched and handed over; None where unknown."""
        return cast(_ConsumerThread, self._thread).handed_over(tp)

    def on_its_way(self, tp: TP) -> bool:
        """Whether messages of a partition wait for an agent or are in flight."""
        return any(message.tp == tp for message in self.unacked)

    @override
    async def wait_first(self, *waits: Any, timeout: Any = None) -> WaitResults:
        """The first of what is waited for that is done.

        Faust hands each message on with this, waiting also for the end of the flow: four tasks made and three
        cancelled, where handing on nearly never waits.
        """
        first, *others = waits
        if (
            len(others) != 1
            or not isinstance(first, Coroutine)
            or self.suspend_flow.is_set()
            or self._stopped.is_set()
            or self._crashed.is_set()
        ):
            return await super().wait_first(*waits, timeout=timeout)
        done, result = begun(first)
        if not done:
            return await super().wait_first(result, *others, timeout=timeout)
        for other in others:
            if isinstance(other, Coroutine):
                other.close()
        return WaitResults([first], [result], False)

    @override
    async def _seek(self, partition: TP, offset: int) -> None:
        await cast(_ConsumerThread, self._thread).go_to(partition, offset)

    @override
    def _filter_tps_with_pending_acks(
        self, topics: Iterable[TP | str] | None = None
    ) -> Iterator[TP]:
        wanted = None if topics is None else set(topics)
        return (
            tp
            for tp in self._delivery.partitions()
            if wanted is None or tp in wanted or tp.topic in wanted
        )

    @override
    def _new_offset(self, tp: TP) -> int | None:
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return self._delivery.committable(tp)


class PrefixTransport(aiokafka.Transport):
    """The aiokafka transport with `PrefixConsumer`."""

    Consumer = PrefixConsumer
