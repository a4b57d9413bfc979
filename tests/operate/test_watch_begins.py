"""
How a watch begins, and what it leaves where it cannot.

given a node that answers
    watch should say on stderr how many deals it watches, and from which block; with --once nothing of it
given a node that does not answer, or no deal that can be watched, and --metrics
    it should write penstock_up 0 over whatever the file held, and exit 1
given a node that goes away for good
    a watch with --once should do the same
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.evm import networks
from penstock.evm.retry import RetryingRpc, RetryPolicy
from tests.evm.proxy import dropped, proxied
from tests.fixtures.cli import penstock
from tests.operate.conftest import Stage

NOBODY = "http://127.0.0.1:1"


def is_down(stage: Stage, file: Path) -> bool:
    """Whether the figures say of this deal, and of nothing else, that it cannot be watched."""
    up = [line for line in Path("m.prom").read_text().splitlines() if line.startswith("penstock_up")]
    return up == [f'penstock_up{{deal="{file.stem}",chain="31337",address="{stage.manifest(file).deal}"}} 0']


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    patience = RetryPolicy(request=1.0, outage=0.3, start=0.3, first_pause=0.02, longest_pause=0.1)
    monkeypatch.setattr(networks, "RetryingRpc", lambda url, **_: RetryingRpc(url, patience=patience))


def test_a_watch_says_what_it_watches_and_from_where(stage: Stage):
    files = [str(stage.launch(f"deal{salt}", salt)) for salt in range(2)]
    head = stage.chain.block()
    done = penstock("watch", *files, "--from-block", str(head), "--until-block", str(head), "--poll", "0.05")
    assert (done.exit_code, done.stderr) == (0, f"watching 2 deals from block {head}\n")
    done = penstock("watch", files[0], "--from-block", "0", "--until-block", "0", "--poll", "0.05")
    assert (done.stdout, done.stderr) == ("", "watching 1 deal from block 0\n")
    assert penstock("watch", *files, "--once").stderr == ""


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("way", ["option", "manifest", "all"])
def test_a_node_that_does_not_answer_at_the_start_is_in_the_figures(stage: Stage, way: str):
    file = stage.launch()
    Path("m.prom").write_text("penstock_up 1\n")
    words = ["--network", NOBODY] if way == "option" else []
    if not words:
        file.write_text(json.dumps({**json.loads(file.read_text()), "network": NOBODY}))
    done = penstock("watch", *(["--all"] if way == "all" else [str(file)]), "--metrics", "m.prom", *words)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert f"{NOBODY} does not answer" in line
    assert is_down(stage, file)


def test_a_manifest_of_another_deal_is_in_the_figures_too(stage: Stage):
    file = stage.launch()
    file.write_text(json.dumps({**json.loads(file.read_text()), "genesis": "0x" + "22" * 32}))
    assert penstock("watch", str(file), "--metrics", "m.prom").exit_code == 1
    assert is_down(stage, file)


@pytest.mark.usefixtures("hasty")
def test_a_node_that_goes_away_is_in_the_figures_of_one_look(stage: Stage):
    file = stage.launch()
    with proxied(stage.url) as proxy:
        proxy.on("eth_getLogs", dropped)
        done = penstock("watch", str(file), "--once", "--metrics", "m.prom", "--network", proxy.url)
    assert done.exit_code == 1
    assert is_down(stage, file)
