"""What Faust does with every message, without what nobody here looks at.

Its own loop starts four tasks for a message, keeps statistics of streams and topics and looks codecs up for
bytes that stay bytes.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

import faust
from faust.sensors.monitor import Monitor
from faust.types import TP, AppT, EventT, Message, StreamT
from typing_extensions import override

T = TypeVar("T")


class RawSchema(faust.Schema[bytes, bytes]):
    """Keys and values are the bytes of the message."""

    @override
    def compile(
        self,
        app: AppT,
        *,
        on_key_decode_error: Any = None,
        on_value_decode_error: Any = None,
        default_propagate: bool = False,
    ) -> Callable[..., Awaitable[EventT[Any]]]:
        create_event = app.create_event

        async def decode(message: Message, *, propagate: bool = default_propagate) -> EventT[Any]:
            return create_event(message.key, message.value, message.headers, message)

        return decode


class QuietMonitor(Monitor):
    """Keeps of each message only what Faust's own watch over stalled streams asks for."""

    @override
    def on_message_in(self, tp: TP, offset: int, message: Message) -> None:
        pass

    @override
    def on_stream_event_in(
        self, tp: TP, offset: int, stream: StreamT[Any], event: EventT[Any]
    ) -> None:
        self.stream_inbound_time[tp] = self.time()

    @override
    def on_stream_event_out(
        self,
        tp: TP,
        offset: int,
        stream: StreamT[Any],
        event: EventT[Any],
        state: dict[Any, Any] | None = None,
    ) -> None:
        pass

    @override
    def on_message_out(self, tp: TP, offset: int, message: Message) -> None:
        pass

    @override
    def on_table_get(self, table: Any, key: Any) -> None:
        pass

    @override
    def on_table_set(self, table: Any, key: Any, value: Any) -> None:
        pass

    @override
    def on_table_del(self, table: Any, key: Any) -> None:
        pass


def begun(work: Coroutine[Any, Any, T]) -> tuple[bool, T | Coroutine[Any, Any, T]]:
    """Run a coroutine as far as it comes without waiting.

    Returns:
        True and its result; or False and the rest of it, still to be awaited.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as end:
        return True, end.value
    return False, _rest(work, waits_for)


async def _rest(work: Coroutine[Any, Any, T], waits_for: Any) -> T:
    return await _going_on(work, waits_for)


@coroutine
def _going_on(work: Coroutine[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    while True:
        try:
            answer = yield waits_for
        except BaseException as error:  # noqa: BLE001 - handed to the coroutine, which may catch it
            step: Callable[[Any], Any] = work.throw
            answer = error
        else:
            step = work.send
        try:
            waits_for = step(answer)
        except StopIteration as end:
            result: T = end.value
            return result
