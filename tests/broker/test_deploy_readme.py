"""Each `sh` block of deploy/README.md is run as it stands; the commands of `console` blocks exist."""

import gzip
import http.server
import json
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner
from typing_extensions import override

from streams.commands import main
from streams.samples import ARTICLES
from streams.wire.settings import Settings
from tests.broker import shell
from tests.broker.log import read_until
from tests.broker.shell import SECONDS, Shell, commands, with_frenemy
from tests.broker.test_examples import needs
from tests.broker.waiting import wait_until
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
    return shell.blocks(README, kind)


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
    return tmp_path


@pytest.mark.broker
@pytest.mark.timeout(400)
def test_blocks_run_as_they_stand(
    settings: Settings, worker: WorkerProcess, folder: Path, site: str
) -> None:
    needs("jq")
    variables = with_frenemy(folder, environment(settings))
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


class Hook(http.server.BaseHTTPRequestHandler):
    """Takes what a chat program would be sent."""

    heard: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    @override
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def chat() -> Iterator[str]:
    """What stands for https://chat.example.org."""
    Hook.heard.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def archive(path: Path) -> None:
    """A web archive with one page."""
    page = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{PAGE}".encode()
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/a.html\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        "WARC-Date: 2024-05-08T06:30:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(page)}\r\n\r\n"
    )
    path.write_bytes(gzip.compress(head.encode() + page + b"\r\n\r\n"))


@pytest.mark.broker
@pytest.mark.timeout(400)
def test_commands_that_go_on_running(
    settings: Settings, worker: WorkerProcess, folder: Path, site: str, chat: str
) -> None:
    """The `frenemy` lines of `console` blocks; `frenemy worker` is the worker that runs here."""
    lines = [line for block in blocks("console") for line in commands(block)]
    feeds, crawl = (line for line in lines if line.startswith("frenemy produce"))
    (watch,) = (line for line in lines if line.startswith("frenemy watch"))
    assert "frenemy worker" in lines
    archive(folder / "CC-NEWS-20240508.warc.gz")
    shutil.copy(folder / "site" / "feed.xml", folder / "site" / "atom")
    surroundings = with_frenemy(folder, environment(settings))
    running: list[Shell] = []

    def typed(line: str) -> Shell:
        for name in ("https://example.org", "https://example.net"):
            line = line.replace(name, site)
        running.append(Shell(line.replace("https://chat.example.org", chat), folder, surroundings))
        return running[-1]

    try:
        typed(watch)
        typed(feeds)
        read_until(settings, "articles_enriched", lambda found: len(found) >= 1)
        crawled = typed(crawl)
        wait_until(lambda: crawled.ended, SECONDS, crawl)
        assert crawled.process.returncode == 0, crawled.said
        assert "1 article" in crawled.said
        samples = typed("frenemy produce news/")
        wait_until(lambda: samples.ended, SECONDS, "the samples")
        wait_until(
            lambda: any("microsoft~openai" in text for text in Hook.heard) or running[0].ended,
            SECONDS,
            "frenemies in the chat",
        )
        assert all("text" in json.loads(text) for text in Hook.heard), running[0].said
        assert not running[1].ended, running[1].said
    finally:
        for shell in running:
            shell.stop()


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
