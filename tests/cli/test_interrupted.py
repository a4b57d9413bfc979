"""
Ctrl-C: a real signal to a real process.

given a command that can be resumed and waits for a node
    it should say in one line that it was interrupted and can be resumed, and exit 130
given a watch
    it should say in one line that it was interrupted, and exit 130
given a run of runs
    it should show what the runs reached until then, say that it was interrupted, and exit 130
given any command that has not begun yet, because modules are imported or words are read
    it should say in one line that it was interrupted, and exit 130
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from socket import create_server

import pytest
from typer.core import TyperGroup
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.evm import nodes
from tests.conftest import START
from tests.fixtures.cli import MINIMAL, ROOT

pytestmark = pytest.mark.sampled

SOMEBODY = "0x" + "11" * 20


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Who starts the tests in the background has it ignored, and what they start as well.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "words",
    [("audit", SOMEBODY, "--rpc"), ("deploy", MINIMAL, "--execute", "--network")],
    ids=lambda words: words[0],
)
def test_who_waits_for_a_node_goes_on_where_it_stopped(words: tuple[str, ...]) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        with started(*words, f"http://127.0.0.1:{silent.getsockname()[1]}") as process:
            silent.accept()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    said = "penstock: interrupted; run the same command again to resume\n"
    assert (process.returncode, out, err) == (130, "", said)


def test_a_watch_ends_by_it(tmp_path: Path) -> None:
    manifest = str(tmp_path / "minimal.json")
    with nodes.anvil(timestamp=START) as node:
        deployed = ("deploy", MINIMAL, "--network", node.url, "--execute", "--out", manifest)
        assert CliRunner().invoke(app, list(deployed)).exit_code == 0
        with started("watch", manifest, "--network", node.url) as process:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("watching 1 deal from block ")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "penstock: interrupted\n")


@pytest.mark.slow
def test_an_interrupted_run_of_stories_shows_what_was_reached() -> None:
    with started("fuzz", MINIMAL, "--minutes", "10", "--seed", "4") as process:
        assert process.stderr is not None
        while not re.match(r"\d+ run", process.stderr.readline()):
            assert process.poll() is None, "it ended before it told of any run"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "penstock: interrupted"
    assert "Traceback" not in err
    assert "what was reached" in out
    lived = re.search(
        r"^(\d+) runs, [\d,]+ steps in \d+ s, [\d,]+ steps/s .*, seed 4: chain = model", out, re.MULTILINE
    )
    assert lived and int(lived[1]) > 1


@pytest.mark.parametrize("module", ["typer", "rich"])
def test_before_everything_is_imported_it_is_a_line_too(tmp_path: Path, module: str) -> None:
    """A module of that name stands in the way of ours, and the signal comes while it is imported."""
    code = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
    (tmp_path / f"{module}.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "penstock", "check", MINIMAL],
        cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "penstock: interrupted\n")


def test_the_installed_command_begins_as_the_module_does() -> None:
    scripts = {each.name: each.value for each in entry_points(group="console_scripts")}
    assert scripts["penstock"] == "penstock.__main__:main"


@pytest.mark.parametrize("place", ["make_context", "parse_args"])
def test_before_the_command_begins_it_is_a_line_too(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TyperGroup, place, interrupted)
    done = CliRunner().invoke(app, ["check", MINIMAL])
    assert (done.exit_code, done.stdout, done.stderr) == (130, "", "penstock: interrupted\n")


def test_while_the_command_line_is_built_it_is_a_line_too() -> None:
    """Typer builds all commands before it reads a word."""
    code = (
        "import os, signal, sys, time, typer.main as typer\n"
        "def built(_): os.kill(os.getpid(), signal.SIGINT); time.sleep(60)\n"
        "typer.get_command = built\n"
        "from penstock.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "penstock: interrupted\n")
