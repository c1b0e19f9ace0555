"""Wheel and source distribution hold what is needed, and commands start without loading what is not."""

import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from streams import __version__
from streams.commands import COMMANDS
from tests import wheel

ROOT = wheel.ROOT
HEAVY = {"faust", "aiokafka", "numpy", "trafilatura", "feedparser", "warcio", "aiohttp"}

pytestmark = pytest.mark.timeout(400)


def wheel_names() -> set[str]:
    with zipfile.ZipFile(wheel.distributions()[0]) as archive:
        return set(archive.namelist())


def metadata() -> dict[str, list[str]]:
    with zipfile.ZipFile(wheel.distributions()[0]) as archive:
        text = archive.read(f"frenemy-{__version__}.dist-info/METADATA").decode()
    message = Parser().parsestr(text)
    return {name: message.get_all(name) or [] for name in set(message.keys())}


def test_wheel_holds_data_schemas_and_notices() -> None:
    names = wheel_names()
    for name in (
        "streams/schemas/event.schema.json",
        "streams/schemas/topics.toml",
        "streams/schemas/asyncapi.yaml",
        "streams/samples/articles.jsonl",
        "streams/articles/companies/data/registry.bin",
        "streams/articles/companies/data/NOTICE.md",
        "streams/articles/events/data/model.npz",
        f"frenemy-{__version__}.dist-info/licenses/LICENSE",
        f"frenemy-{__version__}.dist-info/licenses/streams/articles/companies/data/NOTICE.md",
    ):
        assert name in names


def test_wheel_holds_every_data_file_of_the_packages() -> None:
    names = wheel_names()
    for path in (ROOT / "streams").rglob("data/**/*"):
        if path.is_file() and "training" not in path.parts:
            assert str(path.relative_to(ROOT)) in names


def test_wheel_holds_nothing_else() -> None:
    tops = {name.split("/")[0] for name in wheel_names()}
    assert tops == {"streams", f"frenemy-{__version__}.dist-info"}
    assert not any(name.startswith("streams/training/") for name in wheel_names())


def test_source_distribution_holds_tests_and_deployment() -> None:
    with tarfile.open(wheel.distributions()[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "schemas/topics.toml", "deploy/Dockerfile"} <= names
    assert {"docker-compose.yml", "tests/conftest.py", "CHANGELOG.md"} <= names


def test_metadata_says_what_was_tried() -> None:
    found = metadata()
    assert found["Requires-Python"] == [">=3.11"]
    versions = [c for c in found["Classifier"] if "Python :: 3." in c]
    assert versions == ["Programming Language :: Python :: 3.11"]
    assert found["License-Expression"] == ["Apache-2.0"]
    assert {"demo", "dev"} <= set(found["Provides-Extra"])


def test_data_of_others_is_named_with_its_licence() -> None:
    notice = (ROOT / "streams" / "articles" / "companies" / "data" / "NOTICE.md").read_text()
    for name in ("wordfreq", "Faker", "GeoNames", "FinanceDatabase", "CC BY-SA 4.0"):
        assert name in notice


def loaded(*arguments: str) -> set[str]:
    """Heavy modules that a command line loads."""
    code = (
        "import sys, contextlib, io\n"
        "from streams.commands import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    main({list(arguments)!r})\n"
        f"print(*({HEAVY!r} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_help_and_settings_load_nothing_heavy() -> None:
    for arguments in (["--help"], ["settings"], ["produce", "--help"], ["worker", "--help"]):
        assert loaded(*arguments) == set()


@pytest.mark.parametrize("command", ["topics list", "watch --help", "version"])
def test_commands_without_worker_do_without_faust(command: str) -> None:
    arguments = ["--version"] if command == "version" else command.split()
    assert not loaded(*arguments) & {"faust", "trafilatura", "feedparser"}


def frenemy(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        env={"PATH": "/usr/bin:/bin", **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_version_tells_program_registry_and_model() -> None:
    words = frenemy("--version").stdout.replace(",", "").split()
    assert words[:2] == ["frenemy", __version__]
    assert words[2::2] == ["registry", "model"]
    assert all(words[3::2])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(shell: str) -> None:
    source = frenemy(_FRENEMY_COMPLETE=f"{shell}_source")
    assert "_FRENEMY_COMPLETE" in source.stdout, source.stderr
    asked = frenemy(
        _FRENEMY_COMPLETE=f"{shell}_complete",
        COMP_WORDS="frenemy pro",
        COMP_CWORD="pro" if shell == "fish" else "1",
    )
    assert "produce" in asked.stdout
    assert "worker" not in asked.stdout


def test_completion_knows_the_options_of_a_command() -> None:
    asked = frenemy(
        _FRENEMY_COMPLETE="bash_complete", COMP_WORDS="frenemy produce --r", COMP_CWORD="2"
    )
    assert {"plain,--rate", "plain,--resume"} <= set(asked.stdout.split())


def test_every_command_has_help_with_an_example() -> None:
    for name in COMMANDS:
        done = frenemy(name, "--help")
        assert done.returncode == 0
        if "Commands:" not in done.stdout:
            assert f"frenemy {name}" in done.stdout.partition("Example")[2], name


def test_the_installed_wheel_works_without_the_repository(tmp_path: Path) -> None:
    site = wheel.install(tmp_path / "site")
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import streams; assert streams.__file__.startswith(sys.path[0]), streams.__file__\n"
        "from streams.commands import main; main()"
    )
    for arguments, text in ((["demo", "--once"], ""), (["analyze", "-"], '{"title": "Renault"}\n')):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            input=text,
            env={"PATH": "/usr/bin:/bin"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout
