"""Articles that came longer ago than corrections look back are forgotten, each by a message of its own partition."""

from typing import Any

from typing_extensions import override

from streams.articles import memory
from streams.wire.forgetting import LOOKED_AT, Forgetting

DAYS = 30
DAY = 86_400_000
OLD, RECENT, NEWEST = 1_000 * DAY, 1_050 * DAY, 1_060 * DAY


def state(arrived_ms: int) -> bytes:
    """An article of the year 2000 that came at this time."""
    revision = f"{946_684_800_000:015d}|{arrived_ms:015d}|hash|000"
    return memory.encode(memory.ArticleState(revision, "2000-01-01T00:00:00Z", "t", "v"))


def home(key: bytes) -> int:
    return key[0] % 2


def rounds(forgetting: Forgetting, partition: int, count: int) -> None:
    for _ in range(count):
        forgetting.look(partition, NEWEST)


def test_old_ones_go_and_recent_ones_stay() -> None:
    table = {bytes([n]): state(OLD if n % 4 < 2 else RECENT) for n in range(100)}
    forgetting = Forgetting(table, DAYS, home)

    for partition in (0, 1) * (100 // LOOKED_AT):
        rounds(forgetting, partition, 2)

    assert sorted(key[0] for key in table) == [n for n in range(100) if n % 4 >= 2]


def test_a_message_forgets_nothing_of_another_partition() -> None:
    table = {bytes([n]): state(OLD) for n in range(20)}

    rounds(Forgetting(table, DAYS, home), 0, 50)

    assert {home(key) for key in table} == {1}


def test_one_that_is_corrected_before_its_turn_stays() -> None:
    table = {bytes([n]): state(OLD) for n in range(2)}
    forgetting = Forgetting(table, DAYS, home)
    rounds(forgetting, 1, 1)
    rounds(forgetting, 1, 1)
    table[b"\x00"] = state(RECENT)

    rounds(forgetting, 0, 10)

    assert b"\x00" in table


def test_what_came_a_while_ago_stays() -> None:
    table = {b"\x00": state(OLD)}
    forgetting = Forgetting(table, DAYS, home)

    for _ in range(10):
        forgetting.look(0, OLD + 29 * DAY)

    assert b"\x00" in table


def test_a_table_of_any_size_costs_the_same_a_message() -> None:
    looks: list[bytes] = []

    class Counted(dict[bytes, bytes]):
        @override
        def get(self, key: bytes, default: Any = None) -> Any:
            looks.append(key)
            return super().get(key, default)

    table = Counted({n.to_bytes(3, "big"): state(RECENT) for n in range(5_000)})

    rounds(Forgetting(table, DAYS, home), 0, 100)

    assert len(looks) <= 100 * LOOKED_AT
