"""The Faust application: two agents on their topics, with delivery, tables, metrics and health."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterable
from pathlib import Path
from time import monotonic
from typing import Any, cast

import faust
from faust.streams import Stream
from faust.types import TP, EventT, StreamT, TransportT
from mode import ServiceT
from typing_extensions import override

from streams.articles.companies.registry import Registry
from streams.articles.enrich import Analyst
from streams.contract import topics
from streams.messages import Version
from streams.wire import broker, tracing
from streams.wire.admission import Admission
from streams.wire.agents import Pipeline, Step
from streams.wire.analyst import registry_of, with_registry
from streams.wire.consumer import PrefixConsumer, PrefixTransport
from streams.wire.dead_letters import replays
from streams.wire.delivery import Delivery
from streams.wire.envelope import headers_of
from streams.wire.guard import RejectionGuard, TooManyRejections
from streams.wire.health import Health, HealthServer
from streams.wire.inner_loop import QuietMonitor, RawSchema
from streams.wire.metrics import Metrics
from streams.wire.progress import Progress
from streams.wire.registry_updates import RegistryFollower
from streams.wire.settings import Settings
from streams.wire.tables import ChangeCollector, DeliveredTable

log = logging.getLogger(__name__)

ARTICLES = "articles"
RELATIONS = "relations"
COMPANIES = "companies"
# The topics that agents read, and the agent that reads each.
SOURCES = {
    "articles_raw": ARTICLES,
    "articles_rekeyed": ARTICLES,
    "detections": RELATIONS,
    "feedback": RELATIONS,
    "feedback_rekeyed": RELATIONS,
    "companies": COMPANIES,
}
CHECK_SECONDS = 1.0
LAST_SECONDS = 15.0
# A partition may have to wait while others are worked on: so many times as long as the whole worker.
PARTITION_PATIENCE = 10
LEFT_BY_ITSELF = 3


class FrenemyApp(faust.App):
    """The application. `fault` is why it stopped by itself, None where it was asked to.

    `host` is the worker process around it, which stops with it. `fetch_wait_ms` is the longest that a broker
    holds a fetch back where there is nothing to read.
    """

    settings: Settings
    delivery: Delivery
    progress: Progress
    metrics: Metrics
    pipeline: Pipeline
    server: HealthServer
    tracing: tracing.Tracing
    companies: RegistryFollower
    counted: bool = True
    host: ServiceT | None = None
    fetch_wait_ms: int = 500
    fault: str | None = None

    @override
    def _new_transport(self) -> TransportT:
        return PrefixTransport(self.conf.broker_consumer, self)

    @override
    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        sources = {tp for tp in assigned if tp.topic in self.progress.topics}
        self.delivery.assigned(sources, self.consumer_generation_id)
        self.progress.assigned(sources)
        self.counted = False
        await super()._on_partitions_assigned(assigned, generation_id)

    @override
    async def on_first_start(self) -> None:
        await self.delivery.start()
        await self.server.start()
        await self.companies.catch_up()
        await super().on_first_start()

    @override
    async def on_started(self) -> None:
        await super().on_started()
        self.add_future(self._watch())
        self.add_future(self.companies.follow())

    @override
    async def on_stop(self) -> None:
        self._end_for_certain()
        # Faust waits for ever for what is in flight; a supervisor does not.
        stopping = asyncio.ensure_future(super().on_stop())
        done, _ = await asyncio.wait({stopping}, timeout=self.settings.shutdown_seconds)
        await self.delivery.stop()
        await self.companies.stop()
        if not done:
            log.warning("stopped with messages in flight: they are processed again after the start")
            await asyncio.wait({stopping}, timeout=5)
        await self.server.stop()
        await asyncio.to_thread(self.tracing.close)

    def leave(self, why: str) -> None:
        """Stop the worker because of a fault, with a line that says what to do."""
        if self.fault is None:
            self.fault = why
            log.error("%s", why)
            self._end_for_certain()
            self._leaving = asyncio.ensure_future((self.host or self).stop())

    def _end_for_certain(self) -> None:
        """What stalled the worker may hold up its stopping, too; its supervisor must not wait."""
        if self.host is not None:
            patience = self.settings.shutdown_seconds + LAST_SECONDS
            last = threading.Timer(patience, os._exit, (LEFT_BY_ITSELF,))
            last.daemon = True
            last.start()

    def alive(self) -> Health:
        """Whether the process should go on living."""
        stalled = self.progress.stalled_seconds()
        if stalled > self.settings.stall_seconds and not self._hindered:
            return Health(False, f"stalled for {stalled:.0f} s")
        return Health(True, "alive")

    def ready(self) -> Health:
        """Whether the worker has partitions and makes progress on them."""
        if self.progress.partitions == 0:
            return Health(False, "no partitions assigned")
        silent = self.progress.silent_seconds
        if silent > self.settings.session_seconds:
            return Health(False, f"the broker has not answered for {silent:.0f} s")
        if self._handing_over:
            return Health(False, "partitions are handed over and tables read back")
        if self.delivery.retrying:
            return Health(False, "the broker does not take outputs, they are sent again")
        stalled = self.progress.stalled_seconds()
        if stalled > self.settings.stall_seconds / 2:
            return Health(False, f"no progress for {stalled:.0f} s while messages wait")
        return Health(True, f"{self.progress.partitions} partitions assigned")

    def stall(self) -> str | None:
        """What stands still and would go on after a fresh start; None where nothing does."""
        patience = self.settings.stall_seconds
        stalled, stuck = self.progress.stalled_seconds(), self.progress.stuck_seconds()
        if self._hindered:
            return None
        if stalled > patience:
            return f"no progress for {stalled:.0f} s while messages wait"
        if stuck > patience * PARTITION_PATIENCE:
            return f"no progress on a partition for {stuck:.0f} s while messages wait on it"
        return None

    def measure(self) -> None:
        """Bring the gauges up to date."""
        self.metrics.gauge("in_flight_messages").set(self.delivery.in_flight)
        self.metrics.gauge("retrying").set(self.delivery.retrying)
        self.metrics.gauge("rebalancing").set(self._handing_over)
        for table in self.tables.data.values():
            name = self.settings.tail(str(table.name))
            self.metrics.gauge("table_entries").labels(name).set(len(cast(DeliveredTable, table)))

    @property
    def _handing_over(self) -> bool:
        """Whether partitions are on their way, or tables are read back."""
        return self.rebalancing or self.in_recovery

    @property
    def _hindered(self) -> bool:
        """Whether something holds the worker up that a fresh start would not mend."""
        silent = self.progress.silent_seconds > self.settings.session_seconds
        return silent or self.delivery.retrying or self._handing_over

    async def _watch(self) -> None:
        while not self.should_stop:
            due = monotonic() + CHECK_SECONDS
            await self.sleep(CHECK_SECONDS)
            self.metrics.gauge("loop_delay_seconds").set(max(0.0, monotonic() - due))
            if self._hindered:
                self.progress.wait()
            elif not self.counted:
                self.counted = True
                await self.pipeline.count_pairs()
            if not self._handing_over:
                await self.delivery.look_for_missing()
            await self.progress.look(cast(PrefixConsumer, self.consumer), CHECK_SECONDS)
            self.delivery.pace(self.progress.waiting)
            stall = self.stall()
            if stall is not None:
                self.leave(f"{stall}: the worker leaves so that its supervisor starts it again")

    async def first_offset(self, partition: TP) -> int | None:
        """Where a partition that was assigned has to begin: at what is committed, else at its beginning."""
        consumer = cast(PrefixConsumer, self.consumer)
        committed = consumer.committed(partition)
        if committed is None:
            # After a rebalance messages may come before Faust knows: a whole partition would be read again.
            committed = await consumer.ask_committed(partition)
        if committed is not None:
            return committed
        return (await self.consumer.earliest_offsets(partition)).get(partition)

    async def run_agent(self, stream: Stream[bytes], step: Step, name: str) -> None:
        """The loop of an agent: nothing leaves it, and nothing is acknowledged before it is delivered."""
        guard = RejectionGuard(self.settings.rejected_share, self.settings.rejected_run)
        events = cast(AsyncIterable[EventT[Any]], stream.noack().events())
        async for event in events:
            if not await self.delivery.admit(event):
                continue
            outputs, was_rejected = self.pipeline.handle(event, step, name)
            try:
                # Who sends a rejected message again knows what it is.
                if not was_rejected or not replays(headers_of(event)):
                    guard.saw(was_rejected)
            except TooManyRejections as reached:
                self.leave(str(reached))
                await asyncio.Event().wait()
            await self.delivery.deliver(event, outputs, self.pipeline.when_too_large(event, name))


def build(settings: Settings, analyst: Analyst) -> FrenemyApp:
    """The application of these settings. Nothing is connected before it starts."""
    declared = topics()
    partitions = settings.partitions or declared["articles_raw"].partitions
    app = FrenemyApp(
        settings.group,
        broker=[f"aiokafka://{server}" for server in settings.brokers],
        broker_credentials=broker.faust_credentials(settings),
        broker_client_id=broker.CLIENT_ID,
        broker_request_timeout=max(90.0, settings.session_seconds + 1),
        broker_session_timeout=settings.session_seconds,
        broker_rebalance_timeout=60.0,
        broker_heartbeat_interval=settings.session_seconds / 4,
        broker_commit_interval=settings.commit_seconds,
        broker_max_poll_records=500,
        consumer_max_fetch_size=8_388_608,
        consumer_auto_offset_reset="earliest",
        key_serializer="raw",
        value_serializer="raw",
        store="rocksdb://" if settings.store == "rocksdb" else "memory://",
        datadir=Path(settings.data_dir),
        topic_partitions=partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        stream_buffer_maxsize=1_024,
        stream_wait_empty=True,
        web_enabled=False,
        autodiscover=False,
        worker_redirect_stdouts=False,
        Table=DeliveredTable,
        Monitor=QuietMonitor,
    )
    metrics = Metrics()
    version = analyst.version
    changes = ChangeCollector()
    app.settings = settings
    app.tracing = tracing.load(settings, version.program)
    app.metrics = metrics
    app.progress = Progress(
        metrics,
        {settings.topic(declared[handle].name): agent for handle, agent in SOURCES.items()},
        label=settings.tail,
    )
    app.delivery = Delivery(
        lambda: broker.producer(settings),
        settings.in_flight,
        on_retry=lambda error: app.pipeline.meter.retried(error),
        on_released=app.progress.finished,
        admission=Admission(
            first_offset=app.first_offset,
            read_again=lambda partition, offset: app.consumer.seek(partition, offset),
            first_existing=lambda at, offset: broker.first_existing(
                settings, at.topic, at.partition, offset
            ),
            handed_over=lambda partition: cast(PrefixConsumer, app.consumer).handed_over(partition),
            on_its_way=lambda partition: cast(PrefixConsumer, app.consumer).on_its_way(partition),
        ),
    )
    app.pipeline = Pipeline(
        settings,
        analyst,
        metrics,
        changes,
        _table(app, "articles_state", partitions, changes),
        _table(app, "relations_state", partitions, changes),
        partitions,
        app.tracing,
    )
    original = analyst

    def use_registry(registry: Registry) -> None:
        app.pipeline.analyst = with_registry(original, registry)
        _tell_version(app, app.pipeline.analyst.version)

    app.companies = RegistryFollower(
        lambda: broker.reader(settings),
        settings.topic(declared["companies"].name),
        registry_of(original),
        use_registry,
    )
    app.server = HealthServer(
        settings.metrics_host,
        settings.metrics_port,
        metrics.registry,
        app.alive,
        app.ready,
        app.measure,
    )
    metrics.gauge("in_flight_limit_messages").set(settings.in_flight)
    _tell_version(app, version)
    _agent(app, ARTICLES, app.pipeline.read_article)
    _agent(app, RELATIONS, app.pipeline.relate_pair)
    _agent(app, COMPANIES, lambda event: app.pipeline.check_company(event, app.companies.registry))
    return app


def _tell_version(app: FrenemyApp, version: Version) -> None:
    gauge = app.metrics.gauge("build_info")
    gauge.clear()
    gauge.labels(version.program, version.registry, version.model).set(1)


def _table(
    app: FrenemyApp, handle: str, partitions: int, changes: ChangeCollector
) -> DeliveredTable:
    name = app.settings.topic(topics()[handle].name)
    table = cast(
        DeliveredTable, app.Table(name, partitions=partitions, key_type=bytes, value_type=bytes)
    )
    table.changes = changes
    return table


def _agent(app: FrenemyApp, name: str, step: Step) -> None:
    names = [
        app.settings.topic(topics()[handle].name)
        for handle, agent in SOURCES.items()
        if agent == name
    ]
    channel = app.topic(*names, schema=RawSchema(key_type=bytes, value_type=bytes))

    async def run(stream: StreamT[Any]) -> None:
        await app.run_agent(cast(Stream[bytes], stream), step, name)

    app.agent(channel, name=f"{app.settings.group}.{name}", concurrency=1)(run)
