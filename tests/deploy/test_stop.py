"""
A run stopped anywhere, and started again.

given a run that ends after any line of its journal, or any send
    a second run should leave one of everything, and the manifest of an undisturbed run
given a process that is killed
    another should take its lock and do the same
given a process that is at it
    another should be refused in one line, and send nothing
given a machine that died in the middle of a line
    the line should be dropped: nothing had been sent
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy.journal import Busy, Journal, JournalRefused, locked
from penstock.deploy.run import make_order
from penstock.onchain import manifest as manifests
from penstock.onchain.manifest import ManifestRefused, read
from penstock.onchain.terms_encode import NO_ADDRESS
from tests.deploy.conftest import Stage
from tests.deploy.stopping import Stopped, stop_at
from tests.fixtures.actors import OPERATOR, OTHER, SPONSOR
from tests.fixtures.slow import mostly_slow

pytestmark = pytest.mark.sampled

LINES, SENDS = 24, 11  # of an undisturbed run: begin, two a step, complete; one a step
ROOT = Path(__file__).parents[2]
NEWER = ("payees", "policy", "reports", "delay", "allocation")  # of a journal's beginning


POINTS = [
    ("before line", 1),
    *(("after line", number) for number in range(1, LINES + 1)),
    *(("after send", number) for number in range(1, SENDS + 1)),
    ("before manifest", 1),
    ("after manifest", 1),
]


QUICK = (("after line", 1), ("after line", 10), ("after send", 2), ("after send", SENDS), ("before manifest", 1))


@pytest.mark.parametrize(("what", "number"), mostly_slow(POINTS, QUICK))
def test_a_run_stopped_between_any_two_steps_is_completed(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, what: str, number: int
):
    def end() -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        stop_at(patched, what, number, end)
        with pytest.raises(Stopped):
            stage.run()
    stage.run()
    stage.require_once(undisturbed)


def test_the_points_above_are_all_there_are(stage: Stage, undisturbed: dict[str, Any]):
    stage.run()
    lines = manifests.journal_of(stage.file).read_text().splitlines()
    assert len(lines) == LINES
    assert len([line for line in lines if '"event": "sending"' in line]) == SENDS


@pytest.mark.parametrize(
    ("what", "number"),
    [
        *mostly_slow(
            [("after line", 1), ("after line", 4), ("after send", 2), ("before send", 5), ("after line", LINES)],
            quick=(),
        ),
        ("after send", SENDS),
    ],
)
def test_a_killed_process_is_succeeded_by_another(stage: Stage, undisturbed: dict[str, Any], what: str, number: int):
    program = f"""
import os, signal
from pathlib import Path
import pytest
from penstock.evm import networks
from tests.deploy.conftest import Stage
from tests.deploy.stopping import stop_at
stage = Stage({stage.url!r}, networks.connect({stage.url!r}), Path({str(stage.deal)!r}), Path({str(stage.file)!r}))
stop_at(pytest.MonkeyPatch(), {what!r}, {number}, lambda: os.kill(os.getpid(), signal.SIGKILL))
stage.run()
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    stage.run()
    stage.require_once(undisturbed)


def test_two_runs_at_once_are_refused(stage: Stage, undisturbed: dict[str, Any]):
    before = stage.chain.block()
    with locked(manifests.journal_of(stage.file)):
        with pytest.raises(Busy, match=f"process {os.getpid()} is deploying this deal now; nothing was sent") as busy:
            stage.run()
        assert "\n" not in str(busy.value)
    assert stage.chain.block() == before
    stage.run()
    stage.require_once(undisturbed)


def test_a_line_cut_off_is_dropped(stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    def end() -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        stop_at(patched, "after line", 5, end)
        with pytest.raises(Stopped):
            stage.run()
    journal = manifests.journal_of(stage.file)
    whole = journal.read_bytes()
    torn = b'{"event": "sending", "step": "Moc'
    journal.write_bytes(whole + torn)
    assert len(Journal(journal).attempts) == 2
    assert journal.read_bytes() == whole + torn, "a reader writes nothing: the line may be another run's, half written"
    stage.run()
    assert torn + b"\n" not in journal.read_bytes() and journal.read_bytes().startswith(whole + b'{"event"')
    assert torn + b"{" not in journal.read_bytes()
    stage.require_once(undisturbed)


def test_a_journal_that_is_none_is_refused(stage: Stage):
    journal = manifests.journal_of(stage.file)
    journal.write_text("nonsense\n")
    with pytest.raises(JournalRefused, match=r"small.journal.jsonl:1: not a line"):
        stage.run()


def test_another_order_does_not_go_on_with_a_journal(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    def end() -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        stop_at(patched, "after send", 3, end)
        with pytest.raises(Stopped):
            stage.run()
    text, sent = stage.deal.read_text(), stage.chain.ask("eth_getTransactionCount", SPONSOR, "pending")
    with pytest.raises(JournalRefused, match="began with salt 0, not 1"):
        stage.run(order=stage.order(salt=1))
    for more, words in (
        ({"policy": NO_ADDRESS}, "began with policy new, not none; accepted: the same as then, or --out FILE"),
        ({"reports": None}, "began with reports none, not new"),
        ({"delay": 86_400}, "began with delay 0, not 86400"),
    ):
        with pytest.raises(JournalRefused, match=words):
            stage.run(order=stage.order(**more))
    payee = make_order(stage.deal, SPONSOR, {"operator": OTHER}, policy=None)
    with pytest.raises(JournalRefused, match=f"began with payee operator={OPERATOR}, not {OTHER}; accepted: the same"):
        stage.run(order=payee)
    (stage.deal.parent / "who.csv").write_text(f"holder,tranche,shares\n{OTHER},senior,1000\n{OTHER},equity,500\n")
    with pytest.raises(JournalRefused, match="began with another allocation of shares; accepted: the same"):
        stage.run(order=stage.order(allocation=stage.deal.parent / "who.csv"))
    stage.deal.write_text(text.replace("0.08", "0.09"))
    with pytest.raises(JournalRefused, match="the deal file was edited since this deployment began"):
        stage.run()
    assert stage.chain.ask("eth_getTransactionCount", SPONSOR, "pending") == sent


def test_a_journal_of_before_says_what_it_can(stage: Stage):
    stage.run()
    journal = manifests.journal_of(stage.file)
    begin, *rest = journal.read_text().splitlines()
    kept = {key: value for key, value in json.loads(begin).items() if key not in NEWER}
    journal.write_text("\n".join([json.dumps(kept), *rest]) + "\n")
    block = stage.chain.block()
    assert stage.run().already and stage.chain.block() == block
    stage.file.unlink()
    with pytest.raises(JournalRefused, match="began with deal 0x"):
        stage.run(order=make_order(stage.deal, SPONSOR, {"operator": OTHER}, policy=None))


def test_another_order_is_not_a_finished_deals(stage: Stage):
    stage.run()
    first = read(stage.file)
    for order, cause in (
        (
            make_order(stage.deal, SPONSOR, {"operator": OTHER}, policy=None),
            f"payee operator, {OPERATOR} then and {OTHER}",
        ),
        (stage.order(salt=1), "salt, 0 then and 1 now"),
        (stage.order(asset=first.shares["equity"]), f"asset, {first.asset} then and {first.shares['equity']} now"),
        (stage.order(policy=NO_ADDRESS), f"policy, {first.policy} then and none now"),
        (
            make_order(stage.deal, OTHER, {"operator": OPERATOR}, policy=None),
            f"account, {SPONSOR} then and {OTHER} now",
        ),
    ):
        with pytest.raises(ManifestRefused, match=f"would be at 0x\\w+: another {cause}"):
            stage.run(order=order)
