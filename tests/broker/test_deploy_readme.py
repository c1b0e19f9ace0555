"""Each `sh` block of deploy/README.md is run as it stands; the commands of `console` blocks exist."""

import http.server
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from typing_extensions import override

from streams.commands import main
from streams.samples import ARTICLES
from streams.wire.settings import Settings
from tests.broker.log import read_until
from tests.broker.test_examples import needs
from tests.broker.worker_process import WorkerProcess, environment

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "deploy" / "README.md"
TEXT = README.read_text(encoding="utf-8")
SITE = "https://example.org"
FEED = """<rss version="2.0"><channel><title>Wire</title><item><title>Northwind and Contoso</title>
<link>{site}/page.html</link><guid>1</guid></item></channel></rss>"""
PAGE = "<html><body>" + "<p>Northwind and Contoso signed a partnership in Lyon.</p>" * 5
SAMPLES = len(ARTICLES.read_text(encoding="utf-8").splitlines())


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """What stands for https://example.org: a feed and its page."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

        @override
        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        (folder / "feed.xml").write_text(FEED.format(site=address))
        (folder / "page.html").write_text(PAGE)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield address
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the reader stands: a folder of news."""
    (tmp_path / "news").mkdir()
    shutil.copy(ARTICLES, tmp_path / "news" / "articles.jsonl")
    (tmp_path / "news" / "page.html").write_text(PAGE)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "frenemy"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m streams "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.mark.broker
@pytest.mark.timeout(400)
def test_blocks_run_as_they_stand(
    settings: Settings, worker: WorkerProcess, folder: Path, site: str
) -> None:
    needs("jq")
    plain = environment(settings)
    variables = {**plain, "PATH": f"{folder / 'bin'}:{plain['PATH']}"}
    told = {}
    for number, block in enumerate(blocks("sh")):
        if "watch" in block:
            read_until(settings, "articles_enriched", lambda found: len(found) > SAMPLES)
            read_until(settings, "relations_shifts", lambda found: len(found) > 3)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.replace(SITE, site)],
            cwd=folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        told[number] = done.stdout + done.stderr
    everything = "\n".join(told.values())
    assert f"{SAMPLES + 1} articles sent" in everything
    assert "0 articles sent" in everything
    assert "microsoft~openai" in everything
    assert (folder / "alerts.jsonl").read_text().count("event_id")
    assert "frenemy 0." in everything


@pytest.mark.parametrize("line", re.findall(r"^\$ (.*)$", "".join(blocks("console")), re.M))
def test_commands_of_the_other_blocks_exist(line: str) -> None:
    for path in re.findall(r"deploy/[\w./-]+", line):
        assert (ROOT / path).exists(), path
    words = shlex.split(line)
    if words[0] == "frenemy":
        done = CliRunner().invoke(main, [words[1], "--help"])
        assert done.exit_code == 0
        assert {w for w in words if w.startswith("--")} <= set(re.findall(r"--[\w-]+", done.output))
    else:
        assert words[0] in ("docker", "kubectl", "for")


def test_variables_that_are_named_exist() -> None:
    from streams.wire import settings as declaration

    named = set(re.findall(r"(?<!_)\bFRENEMY_[A-Z_]+", TEXT))
    assert named <= {declaration.environment_name(name) for name in declaration.names()}
