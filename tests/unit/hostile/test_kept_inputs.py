"""Inputs that broke something once, and what fuzzing found worth keeping, do no harm any more."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from streams.articles.companies.registry import load
from streams.wire.registry_updates import RegistryFollower
from tests.fuzz import __main__ as fuzz
from tests.fuzz import corpus, mutation
from tests.fuzz.targets import TARGETS, Target

BROKEN = [(path.name.split("-")[0], path) for path in sorted(corpus.BROKEN.iterdir())]
MUTATIONS = 300


@pytest.mark.parametrize(("target", "path"), BROKEN, ids=lambda x: getattr(x, "name", x))
def test_what_broke_once_does_no_harm(target: str, path: Path) -> None:
    TARGETS[target].run(path.read_bytes())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda t: t.name)
def test_kept_inputs_and_some_mutations(target: Target) -> None:
    seeds = corpus.seeds(target.name)
    count = len(seeds) + MUTATIONS
    for value in mutation.inputs(seeds, count, seed=1, largest=target.largest):
        target.run(value)


def test_mutations_are_the_same_for_the_same_seed() -> None:
    seeds = corpus.seeds("decode")
    first, second = (list(mutation.inputs(seeds, 500, 7, 4_096)) for _ in range(2))
    assert first == second != list(mutation.inputs(seeds, 500, 8, 4_096))


def test_all_targets_take_all_inputs_together() -> None:
    assert sum(target.share for target in TARGETS.values()) == pytest.approx(1)


def test_the_command_counts_and_says_what_broke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--inputs", "200", "--target", "decode", "--engine", "mutation"]
    assert fuzz.main([*arguments, "--folder", str(tmp_path)]) == 0
    assert "200 inputs, 0 of 1 targets broken" in capsys.readouterr().out
    (tmp_path / "decode" / "broken-abc").write_bytes(b"x")
    assert fuzz.main([*arguments, "--folder", str(tmp_path)]) == 1
    assert "1 of 1 targets broken" in capsys.readouterr().out
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert fuzz.engine_of("auto") == "mutation"


def test_an_engine_says_no_to_a_target_that_breaks(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.fuzz import engines, targets;"
        "targets.TARGETS['decode'] = targets.Target('decode', lambda value: 1 / (len(value) - 7), 1.0);"
        "sys.exit(engines.mutate('decode', 400, 1, Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert {len(path.read_bytes()) for path in tmp_path.glob("broken-*")} == {7}


def test_a_bad_change_of_the_registry_stops_no_worker() -> None:
    """All workers follow the topic by themselves: one message must not be able to end them all."""
    told: list[object] = []
    follower = RegistryFollower(lambda: None, "companies", load(), told.append)
    good = json.dumps({"id": "zuvelia", "name": "Zuvelia"}).encode()
    deep = b'{"id": "x", "aliases": ' + b"[" * 100_000
    bad = [path.read_bytes() for name, path in BROKEN if name == "registry"]
    follower.apply([(b"a", value) for value in (*bad, b"\xff", b"", deep, good)])
    assert follower.registry.get("zuvelia") is not None
    assert len(told) == 1
