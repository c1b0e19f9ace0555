"""A run that was interrupted goes on where the confirmations ended, and loses nothing."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.commands.produce import Run
from streams.sources import files
from streams.sources.inputs import Inputs
from streams.sources.progress import Progress, ProgressError
from streams.sources.records import Bounds, End, Item, Record, Unreadable


class Crash(Exception):
    """The broker, or we, are gone."""


class Broker:
    """Confirms `confirmed` articles, then is gone."""

    def __init__(self, confirmed: int) -> None:
        self.left = confirmed
        self.taken: list[bytes] = []

    async def send(self, value: bytes, key: bytes | None) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self.left > 0:
            self.left -= 1
            self.taken.append(value)
            future.set_result(None)
        else:
            future.set_exception(Crash())
        return future


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "in"
    found.mkdir()
    (found / "1.jsonl").write_text("".join(f'{{"title": "A{n}"}}\n' for n in range(4)))
    (found / "2.txt").write_text("Text\n\nof a file")
    (found / "3.bin").write_bytes(b"\1")
    (found / "4.xml").write_text(
        "<rss version='2.0'><channel><title>F</title>"
        + "".join(f"<item><title>E{n}</title></item>" for n in range(3))
        + "</channel></rss>"
    )
    return found


async def run(folder: Path, store: Path, broker: Broker) -> Run:
    with Progress(store) as progress:
        what = Run(progress, tell=lambda line: None)
        inputs = Inputs([str(folder)], open("/dev/null", "rb"), progress)  # noqa: SIM115, PTH123, ASYNC230 - not read
        with inputs.stdin:
            await what.send_all(inputs, broker, lambda sent: None)
    return what


@pytest.mark.parametrize("confirmed", range(8))
async def test_every_article_is_delivered_wherever_the_run_is_interrupted(
    folder: Path, tmp_path: Path, confirmed: int
) -> None:
    first, second, third = Broker(confirmed), Broker(100), Broker(100)
    with pytest.raises(Crash):
        await run(folder, tmp_path / "p.db", first)
    await run(folder, tmp_path / "p.db", second)
    assert first.taken + second.taken == (await _all(folder, tmp_path))
    await run(folder, tmp_path / "p.db", third)
    assert third.taken == []


async def _all(folder: Path, tmp_path: Path) -> list[bytes]:
    broker = Broker(100)
    await run(folder, tmp_path / "other.db", broker)
    assert len(broker.taken) == 8
    return broker.taken


async def test_a_changed_file_is_read_again_and_known_entries_are_not_sent(
    folder: Path, tmp_path: Path
) -> None:
    await run(folder, tmp_path / "p.db", Broker(100))
    feed = folder / "4.xml"
    feed.write_text(feed.read_text().replace("<item>", "<item><title>New</title></item><item>", 1))
    broker = Broker(100)
    await run(folder, tmp_path / "p.db", broker)
    assert len(broker.taken) == 1
    assert b"New" in broker.taken[0]


async def test_a_file_that_grows_is_read_on_where_it_ended(folder: Path, tmp_path: Path) -> None:
    await run(folder, tmp_path / "p.db", Broker(100))
    for addition, expected in (
        ('{"title": "A4"}\n{"title": "A', [b'{"title": "A4"}']),
        ('5"}\n', [b'{"title": "A5"}']),
    ):
        with (folder / "1.jsonl").open("a") as file:
            file.write(addition)
        broker = Broker(100)
        await run(folder, tmp_path / "p.db", broker)
        assert broker.taken == expected


@pytest.mark.parametrize("text", ['{"title": "B0"}\n' * 9, '{"title": "A0"}\n'])
async def test_a_file_that_is_another_is_read_from_its_beginning(
    folder: Path, tmp_path: Path, text: str
) -> None:
    await run(folder, tmp_path / "p.db", Broker(100))
    (folder / "1.jsonl").write_text(text)
    broker = Broker(100)
    await run(folder, tmp_path / "p.db", broker)
    assert len(broker.taken) == text.count("\n")


async def test_a_file_of_unknown_kind_is_told_in_each_run(folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        done = await run(folder, tmp_path / "p.db", Broker(100))
        assert done.count["unreadable"] == 1


def test_nothing_is_noted_before_it_is_saved(tmp_path: Path) -> None:
    store = tmp_path / "p.db"
    with Progress(store) as progress:
        assert progress.begin("f", "s") == 0
        progress.save()
        progress.reached(Item("f", "f:1", 10, b"{}"))
        with Progress(tmp_path / "copy.db"), sqlite3.connect(store) as other:
            assert other.execute("SELECT position FROM files").fetchone()[0] == 0
        other.close()
    with Progress(store) as progress:
        assert progress.begin("f", "s") == 10
        progress.reached(End("f"))
        assert progress.begin("f", "s") is None
        assert progress.begin("f", "changed") == 0


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_a_file_that_is_something_else_is_not_touched(tmp_path: Path, content: bytes) -> None:
    store = tmp_path / "p.db"
    store.write_bytes(content)
    if not content:
        other = sqlite3.connect(store)
        other.execute("CREATE TABLE t (x)")
        other.close()
        content = store.read_bytes()
    with pytest.raises(ProgressError):
        Progress(store)
    assert store.read_bytes() == content


def test_positions_in_any_file_lead_to_what_follows(folder: Path) -> None:
    def read(name: str, begin: int) -> Iterator[Record]:
        with (folder / name).open("rb") as raw:
            yield from files.stream(name, raw, None, begin, Bounds())

    for path in sorted(folder.iterdir()):
        whole = [r for r in read(path.name, 0) if isinstance(r, Item | Unreadable)]
        for number, record in enumerate(whole, 1):
            if isinstance(record, Item) and path.suffix != ".txt":
                rest = [r for r in read(path.name, record.position) if isinstance(r, Item)]
                assert [r.value for r in rest] == [
                    r.value for r in whole[number:] if isinstance(r, Item)
                ]
