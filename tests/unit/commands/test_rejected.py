"""Dead letters from an export: list, show, explain, export, and what a replay would send."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.articles.rejection import Reason, Rejection
from streams.commands import main
from streams.commands.rejected.letters import Letter
from streams.messages import Rejected, Version
from streams.wire import dead_letters

# JSON that breaks, bytes that are no text, and what a terminal would act upon.
HOSTILE = b'{"title": "\x1b[31mred\x07", "source": "Evil\xff\xfe'
GOOD = b'{"id": "a1", "title": "Orange and Vodafone signed a partnership.", "source": "Wire"}'
DAY = "2024-05-08T06:{:02}:00Z"


def letter(
    number: int, value: bytes | None, reason: Reason, headers: Sequence[tuple[str, bytes]] = ()
) -> Rejected:
    return dead_letters.rejected(
        Rejection(reason, "decode", "It is bad."),
        topic="news.articles.raw",
        partition=number % 4,
        offset=number,
        key=b"k\x00\xff",
        value=value,
        headers=headers,
        rejected_at=DAY.format(number),
        version=Version(program="0", registry="0", model="0"),
    )


@pytest.fixture
def export(tmp_path: Path) -> Path:
    letters = [
        letter(1, HOSTILE, Reason.NOT_JSON, [("traceparent", b"\x00\xff"), ("x\x1b", b"\x9b")]),
        letter(2, GOOD, Reason.INTERNAL_ERROR),
        letter(3, b'{"title": 7, "url": "https://News.example/a"}', Reason.WRONG_TYPE),
        letter(4, None, Reason.EMPTY),
    ]
    path = tmp_path / "letters.jsonl"
    # The second was delivered twice.
    path.write_bytes(b"\n".join(dead_letters.encode(x) for x in [*letters, letters[1]]) + b"\n")
    return path


def frenemy(*arguments: object, code: int = 0) -> Result:
    done = CliRunner().invoke(main, ["rejected", *map(str, arguments)])
    assert done.exit_code == code, done.output
    assert all(c.isprintable() or c == "\n" for c in done.output)
    return done


def places(done: Result) -> list[int]:
    return [json.loads(line)["offset"] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], [1, 2, 3, 4]),
        (["--reason", "empty", "--reason", "not_json"], [1, 4]),
        (["--since", DAY.format(2), "--until", DAY.format(4)], [2, 3]),
        (["--since", "2024-05-08T08:03:00+02:00"], [3, 4]),
        (["--source", "wire"], [2]),
        (["--source", "news.example"], [3]),
        (["--topic", "articles.raw"], [1, 2, 3, 4]),
        (["--topic", "feedback"], []),
        (["--limit", "2"], [3, 4]),
    ],
)
def test_list_filters(export: Path, options: list[str], expected: list[int]) -> None:
    assert places(frenemy("list", "--json", "--from", export, *options)) == expected


def test_list_counts(export: Path) -> None:
    by_source = frenemy("list", "--json", "--counts", "--by", "source", "--from", export)
    counts = {
        (row := json.loads(line))["source"]: row["messages"]
        for line in by_source.stdout.split("\n")
        if line
    }
    assert counts == {"(none)": 2, "Wire": 1, "news.example": 1}
    table = frenemy("list", "--from", export).output
    assert "news.articles.raw/1/1" in table
    assert "Encode" not in table
    assert "internal_error" in table


def test_show_has_all_of_it_escaped(export: Path) -> None:
    shown = frenemy("show", "news.articles.raw/1/1", "--from", export).output
    for piece in ("not_json", "k\\x00\\xff", "traceparent", "\\x1b[31mred\\x07", "Evil\\xff\\xfe"):
        assert piece in shown
    assert json.loads(frenemy("show", "1/1", "--json", "--from", export).stdout)["offset"] == 1


def test_show_gives_the_original_bytes(export: Path) -> None:
    done = CliRunner().invoke(main, ["rejected", "show", "1/1", "--raw", "--from", str(export)])
    assert done.stdout_bytes == HOSTILE


def test_show_says_no_to_a_place_that_is_not_there(export: Path) -> None:
    assert (
        "No message was rejected at 0/99"
        in frenemy("show", "0/99", "--from", export, code=2).output
    )


@pytest.mark.parametrize("reason", list(Reason))
def test_explain_knows_every_reason(reason: Reason) -> None:
    assert reason.value in frenemy("explain", reason.value).output


def test_explain_names_what_is_to_blame(export: Path) -> None:
    told = frenemy("explain", "3/3", "--from", export).output
    assert "`title`" in told
    assert "│ 7" in told
    assert "This version rejects it too" in told
    assert "This version takes the message" in frenemy("explain", "2/2", "--from", export).output


@pytest.mark.parametrize("name", ["out", "out.jsonl"])
def test_an_export_holds_the_very_bytes(export: Path, tmp_path: Path, name: str) -> None:
    to = tmp_path / name
    frenemy("export", to, "--from", export)
    assert places(frenemy("list", "--json", "--from", to)) == [1, 2, 3, 4]
    lines = (to / "rejected.jsonl" if to.is_dir() else to).read_bytes().splitlines()
    first = Letter.of(dead_letters.decode(lines[0]))
    assert (first.key, first.value) == (b"k\x00\xff", HOSTILE)
    assert first.headers == [("traceparent", b"\x00\xff"), ("x\x1b", b"\x9b")]
    assert "is there already" in frenemy("export", to, "--from", export, code=2).output


def test_an_export_folder_has_each_value_in_a_file(export: Path, tmp_path: Path) -> None:
    frenemy("export", tmp_path / "out", "--from", export)
    values = {path.read_bytes() for path in (tmp_path / "out").glob("*.value")}
    assert values == {HOSTILE, GOOD, b'{"title": 7, "url": "https://News.example/a"}', b""}


def test_no_text_of_a_letter_gets_into_a_file_name(tmp_path: Path) -> None:
    fields = json.loads(dead_letters.encode(letter(1, GOOD, Reason.EMPTY)))
    hostile = {**fields, "topic": "../../\x1b[31m\n/etc/news"}
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(hostile) + "\n")
    frenemy("export", tmp_path / "out", "--from", source)
    names = {path.name for path in tmp_path.rglob("*")}
    assert len(names) == 4
    assert all(name.isprintable() and ".." not in name for name in names)


def test_lines_that_are_no_letters_are_counted_and_stop_nothing(
    export: Path, tmp_path: Path
) -> None:
    broken = json.loads(dead_letters.encode(letter(9, GOOD, Reason.EMPTY)))
    lines = [b"{}", b"\xff", json.dumps({**broken, "value": "no base64!"}).encode()]
    export.write_bytes(export.read_bytes() + b"\n".join(lines))
    done = frenemy("export", tmp_path / "out.jsonl", "--from", export, code=1)
    assert "4 dead letters exported, 3 not readable" in done.output


def replayed(export: Path, *options: str) -> str:
    return frenemy("replay", "--dry-run", "--from", export, *options).output


def test_replay_says_what_it_would_send(export: Path) -> None:
    assert "4 messages would be replayed" in replayed(export)
    assert "1 messages would be replayed; 3 left out: over the limit" in replayed(
        export, "--limit", "1"
    )
    mended = replayed(export, "--only-mended")
    assert "1 messages would be replayed; 3 left out: would be rejected again" in mended


def test_a_replay_goes_round_only_so_often(tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    # The same message, rejected at first and again after each of three replays.
    rounds = [
        letter(
            n, GOOD, Reason.INTERNAL_ERROR, [(dead_letters.REPLAYS, str(n).encode())] if n else []
        )
        for n in range(4)
    ]
    path.write_bytes(b"".join(dead_letters.encode(x) + b"\n" for x in rounds[:3]))
    assert "1 messages would be replayed; 2 left out: the same" in replayed(path)
    path.write_bytes(b"".join(dead_letters.encode(x) + b"\n" for x in rounds))
    assert "0 messages would be replayed; 4 left out: replayed too often" in replayed(path)
    assert "1 messages would be replayed" in replayed(path, "--max-replays", "4")


@pytest.mark.parametrize("mark", [b"", b"-1", b"x", b"\xff", b"9" * 5_000, "٣".encode()])
def test_a_mark_that_is_none_counts_as_none(mark: bytes) -> None:
    assert dead_letters.replays([(dead_letters.REPLAYS, mark)]) == 0


def test_a_mark_replaces_the_mark_and_nothing_else() -> None:
    headers = [("a", b"1"), (dead_letters.REPLAYS, b"2"), ("a", b"\xff")]
    assert dead_letters.marked(headers, 3) == [
        ("a", b"1"),
        ("a", b"\xff"),
        (dead_letters.REPLAYS, b"3"),
    ]


def test_letters_come_from_standard_input_too(export: Path) -> None:
    done = CliRunner().invoke(
        main, ["rejected", "replay", "--dry-run", "--from", "-"], input=export.read_bytes()
    )
    assert "4 messages would be replayed" in done.output


def test_base64_is_that_of_the_schema() -> None:
    record = letter(1, HOSTILE, Reason.NOT_JSON)
    assert base64.b64decode(record.value or "") == HOSTILE
