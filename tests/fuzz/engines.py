"""Runs one target in a process of its own: `python -m tests.fuzz.engines ENGINE TARGET INPUTS SEED FOLDER`.

The process ends with 0, or with the input that broke the target as a file `broken-...` in the folder. Its last line is
a JSON object with the number of inputs and the largest memory in kilobytes.
"""

import hashlib
import json
import resource
import signal
import sys
from pathlib import Path
from types import FrameType

# Of processor time: others may use the machine.
HANG_SECONDS = 20
LONGEST_WAIT_SECONDS = 1_200
REPORT_EVERY = 1_000
INSTRUMENTED = ("streams.articles", "streams.relations", "streams.wire", "streams.commands")


class Hang(Exception):
    """An input took too long."""


def mutate(name: str, count: int, seed: int, folder: Path) -> int:
    """Our own mutations; goes on after an input that broke the target."""
    from tests.fuzz import corpus, mutation
    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]

    signal.signal(signal.SIGPROF, _hangs)
    broken = 0
    for value in mutation.inputs(corpus.seeds(name), count, seed, target.largest):
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
        try:
            target.run(value)
        except Exception as error:  # noqa: BLE001 - what broke is written down
            broken += 1
            digest = hashlib.sha256(value).hexdigest()[:12]
            (folder / f"broken-{digest}").write_bytes(value)
            print(f"{name}: {type(error).__name__}: {str(error)[:200]!r}", file=sys.stderr)  # noqa: T201
        signal.setitimer(signal.ITIMER_PROF, 0)
    _report(count)
    return 1 if broken else 0


def guided(name: str, count: int, seed: int, folder: Path) -> None:
    """atheris: libFuzzer, guided by what of our code an input reaches. Does not return."""
    import atheris

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        from tests.fuzz import corpus
        from tests.fuzz.targets import TARGETS
    from tests.fuzz.words import WORDS

    target = TARGETS[name]
    new, kept, words = folder / "new", folder / "kept", folder / "words"
    new.mkdir(exist_ok=True)
    kept.mkdir(exist_ok=True)
    for number, data in enumerate(corpus.seeds(name)):
        (kept / f"{number:05}").write_bytes(data)
    words.write_text("".join('"' + "".join(f"\\x{b:02x}" for b in w) + '"\n' for w in WORDS))
    seen = 0
    signal.signal(signal.SIGPROF, _hangs)

    def one(value: bytes) -> None:
        nonlocal seen
        seen += 1
        if seen == count or seen % REPORT_EVERY == 0:
            _report(seen)
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
        target.run(value)

    arguments = [
        sys.argv[0],
        f"-runs={count}",
        f"-seed={seed}",
        f"-max_len={target.largest}",
        f"-timeout={LONGEST_WAIT_SECONDS}",
        f"-report_slow_units={LONGEST_WAIT_SECONDS}",
        f"-dict={words}",
        f"-artifact_prefix={folder}/broken-",
        "-rss_limit_mb=3000",
        "-print_final_stats=0",
        "-verbosity=0",
        str(new),
        str(kept),
    ]
    atheris.Setup(arguments, one)
    atheris.Fuzz()


def _hangs(number: int, frame: FrameType | None) -> None:
    raise Hang


def _report(count: int) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"inputs": count, "memory_kb": memory}), flush=True)  # noqa: T201


if __name__ == "__main__":
    from streams.wire import single_thread  # noqa: F401 - before numpy is imported

    engine, target_name, inputs, seed_text, place = sys.argv[1:]
    if engine == "atheris":
        guided(target_name, int(inputs), int(seed_text), Path(place))
    else:
        sys.exit(mutate(target_name, int(inputs), int(seed_text), Path(place)))
