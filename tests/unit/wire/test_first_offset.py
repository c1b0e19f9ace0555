"""Where a partition begins after a rebalance: what Faust does not know yet is not nothing."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from faust.types import TP

from streams.wire.app import FrenemyApp

RAW = TP("raw", 0)


@dataclass
class Group:
    """What Faust remembers, and what the broker has."""

    remembered: int | None
    kept: int | None
    asked: list[TP] = field(default_factory=list)

    def committed(self, tp: TP) -> int | None:
        return self.remembered

    async def ask_committed(self, tp: TP) -> int | None:
        self.asked.append(tp)
        return self.kept

    async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
        return dict.fromkeys(partitions, 3)


async def begins(group: Group) -> int | None:
    app: Any = SimpleNamespace(consumer=group)
    return await FrenemyApp.first_offset(cast(FrenemyApp, app), RAW)


@pytest.mark.parametrize(
    ("remembered", "kept", "first"),
    [
        pytest.param(40, None, 40, id="Faust knows"),
        # To begin at 3 here reads the whole partition again at every rebalance.
        pytest.param(None, 700, 700, id="only the broker knows"),
        pytest.param(None, 0, 0, id="the first message is not done"),
        pytest.param(None, None, 3, id="nothing was ever committed"),
    ],
)
async def test_a_partition_begins_at_what_the_group_has_committed(
    remembered: int | None, kept: int | None, first: int
) -> None:
    assert await begins(Group(remembered, kept)) == first


async def test_the_broker_is_not_asked_for_what_is_known() -> None:
    group = Group(40, 40)
    await begins(group)
    assert group.asked == []
