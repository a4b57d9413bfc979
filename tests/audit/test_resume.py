"""
Audits over a node that is not at its best, and audits that were interrupted.

given a node that limits ranges, drops requests, is late, takes no batches
    it should come to the same verdict
given an audit that was killed half-way
    it should go on where it was, and ask for no page a second time
given a checkpoint that is torn, broken, or of a chain that went another way
    it should leave out what is torn, and say in a line why it does not use the rest
given a file that is not a checkpoint, or one of another deal
    it should refuse it in a line, and leave it as it is
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from penstock.audit.checkpoint import ACCEPTED, Checkpoint, CheckpointRefused, Entry
from penstock.audit.run import audit
from penstock.audit.subject import Target
from penstock.evm import transport
from penstock.evm.errors import NodeFailed
from penstock.evm.networks import connect_to_read
from tests.audit.conftest import Audited, Lived, clean
from tests.evm.proxy import after, dropped, every, first, late, only, range_limited, refused, status, timed_out

pytestmark = pytest.mark.sampled

ROOT = Path(__file__).parents[2]
BLOCKS, RANGE = 300, 10


@pytest.fixture
def long(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> Lived:
    """The deal, and 300 blocks in which nothing happens to it but one trade near the end."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    lived.chain._ask("anvil_mine", hex(BLOCKS))
    lived.stage.share(0).send("transfer", lived.stage.cast.bob, 5, sender=lived.stage.cast.ann)
    return lived


@pytest.mark.parametrize("trouble", ["range", "third", "range and third", "429", "late", "batches", "first page"])
def test_trouble_changes_no_verdict(long: Lived, audited: Audited, trouble: str) -> None:
    proxy = long.proxy
    expected = audited()
    clean(expected)
    proxy.clear()
    if "range" in trouble:
        proxy.on("eth_getLogs", range_limited(RANGE))
    if "third" in trouble:
        proxy.on("*", dropped, nth=every(3))
    if trouble == "429":
        proxy.on("eth_getLogs", status(429), nth=every(2))
        proxy.on("eth_getStorageAt", refused(429, "slow down"), nth=first(2))
    if trouble == "late":
        proxy.on("eth_getLogs", timed_out(1.5), nth=only(2))
        proxy.on("eth_getLogs", late(0.05), nth=after(2))
    if trouble == "batches":
        proxy.most_in_a_batch = 0
    if trouble == "first page":
        proxy.on("eth_getLogs", refused(-32005, "query returned more than 10000 results"), nth=first(7))
    found = audited(timeout=0.5 if trouble == "late" else 30.0)
    clean(found)
    assert found.verdict == expected.verdict
    if trouble == "range":
        assert proxy.count("eth_getLogs") >= 4 * BLOCKS / RANGE


@pytest.mark.slow
def test_a_killed_audit_goes_on_where_it_was(long: Lived, tmp_path: Path) -> None:
    proxy, checkpoint = long.proxy, tmp_path / "kept.jsonl"
    proxy.on("eth_getLogs", range_limited(RANGE))
    proxy.on("eth_getLogs", late(0.03), nth=after(60))
    words = ["audit", long.deal, "--rpc", proxy.url, "--checkpoint", str(checkpoint)]
    command = [sys.executable, "-c", "from penstock.cli.app import app; app()", *words]
    running = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path)
    deadline = time.monotonic() + 60
    while proxy.count("eth_getLogs") < 90 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    read = [json.loads(line) for line in checkpoint.read_text().splitlines(keepends=True) if line.endswith("\n")][1:]
    reached = read[-1]["last"]
    assert 30 < reached < BLOCKS, "killed half-way"

    proxy.clear()
    proxy.on("eth_getLogs", range_limited(RANGE))
    said: list[str] = []
    found = audit(connect_to_read(proxy.url, 5.0), Target(long.deal), checkpoint, say=said.append)
    clean(found)
    asked = [int(call.params[0]["fromBlock"], 16) for call in proxy.calls if call.method == "eth_getLogs"]
    assert min(asked) == found.resumed == reached + 1
    assert f"up to block {reached} read before" in said[0]
    assert found.events == audit(connect_to_read(long.chain.endpoint), Target(long.deal), checkpoint).events
    assert not checkpoint.exists(), "what is done needs no checkpoint"


def test_a_node_that_is_gone_leaves_the_checkpoint(long: Lived, tmp_path: Path) -> None:
    proxy, checkpoint = long.proxy, tmp_path / "kept.jsonl"
    proxy.on("eth_getLogs", range_limited(RANGE))
    proxy.on("eth_getLogs", dropped, nth=after(80))
    with pytest.raises(NodeFailed, match=proxy.url):
        audit(connect_to_read(proxy.url, 0.1), Target(long.deal), checkpoint)
    assert checkpoint.exists()
    proxy.clear()
    found = audit(connect_to_read(proxy.url), Target(long.deal), checkpoint)
    clean(found)
    assert found.resumed > found.since + RANGE


def partly_read(lived: Lived, checkpoint: Path) -> None:
    """Leaves the checkpoint of an audit that the node ended."""
    lived.proxy.on("eth_getLogs", range_limited(RANGE))
    lived.proxy.on("eth_getLogs", dropped, nth=after(80))
    with pytest.raises(NodeFailed):
        audit(connect_to_read(lived.proxy.url, 0.1), Target(lived.deal), checkpoint)
    lived.proxy.clear()


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_a_torn_last_line_is_left_out(long: Lived, tmp_path: Path, cut: int) -> None:
    checkpoint = tmp_path / "kept.jsonl"
    partly_read(long, checkpoint)
    whole = checkpoint.read_bytes()
    pages = [json.loads(line) for line in whole.splitlines()]
    checkpoint.write_bytes(whole[:-cut])
    found = audit(connect_to_read(long.chain.endpoint), Target(long.deal), checkpoint)
    clean(found)
    torn = next(page["last"] for page in reversed(pages[:-1])) if cut < len(whole.splitlines()[-1]) else None
    assert torn is None or found.resumed == torn + 1


def change_header(lines: list[str]) -> list[str]:
    return [lines[0].replace('"since": ', '"since": 1'), *lines[1:]]


def older_format(lines: list[str]) -> list[str]:
    return [lines[0].replace('"penstock audit": 2', '"penstock audit": 1'), *lines[1:]]


def lose_a_page(lines: list[str]) -> list[str]:
    return [*lines[:3], *lines[4:]]


def garble(lines: list[str]) -> list[str]:
    return [*lines[:2], "not JSON\n", *lines[3:]]


def misshape(lines: list[str]) -> list[str]:
    return [*lines[:2], '{"last": 9}\n', *lines[2:]]


def another_course(lines: list[str]) -> list[str]:
    page = json.loads(lines[1])
    assert page["seen"]
    seen = {"seen": [page["seen"][0], "0x" + "77" * 32]}
    return [lines[0], *(json.dumps(json.loads(line) | seen) + "\n" for line in lines[1:])]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_header, "it is of other blocks"),
        (older_format, "it is of other blocks"),
        (lose_a_page, "line 4 does not follow the one before"),
        (garble, "it cannot be read (JSONDecodeError)"),
        (misshape, "it cannot be read (KeyError)"),
        (another_course, "is another now"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_not_used(long: Lived, tmp_path: Path, change, words: str) -> None:
    checkpoint = tmp_path / "kept.jsonl"
    partly_read(long, checkpoint)
    checkpoint.write_text("".join(change(checkpoint.read_text().splitlines(keepends=True))))
    said: list[str] = []
    found = audit(connect_to_read(long.chain.endpoint), Target(long.deal), checkpoint, say=said.append)
    clean(found)
    assert found.resumed == found.since
    (line,) = said
    assert str(checkpoint) in line and words in line and "reading the logs from the start" in line


@pytest.mark.parametrize("length", [0, 1, 30, 110, 150])
def test_a_checkpoint_cut_off_in_its_first_line_is_begun_again(long: Lived, tmp_path: Path, length: int) -> None:
    checkpoint = tmp_path / "kept.jsonl"
    partly_read(long, checkpoint)
    header = checkpoint.read_text().splitlines()[0]
    assert length < len(header)
    checkpoint.write_text(header[:length])
    found = audit(connect_to_read(long.chain.endpoint), Target(long.deal), checkpoint)
    clean(found)
    assert found.resumed == found.since


OTHER = "0x" + "5a" * 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[deal]\nname = "Small"\n', "no checkpoint of penstock audit"),
        ("notes, on one line", "no checkpoint of penstock audit"),
        ('{"schema": 2}\n', "no checkpoint of penstock audit"),
        ("[" * 100_000 + "\n", "no checkpoint of penstock audit"),
        ("\x00\udcff\n", "no checkpoint of penstock audit"),
        ('{"penstock audit": 2}\n', "the checkpoint of the deal None on chain None"),
        (
            f'{{"penstock audit": 2, "chain": 31337, "deal": "{OTHER}"}}\n',
            f"the checkpoint of the deal {OTHER}",
        ),
        (
            '{"penstock audit": 2, "chain": 1, "deal": "DEAL", "since": 1, "at": "0x"}\n',
            "the checkpoint of the deal DEAL on chain 1,",
        ),
    ],
    ids=["deal file", "text", "json", "deep", "binary", "nothing", "other deal", "other chain"],
)
def test_a_file_of_something_else_is_left_as_it_is(lived: Lived, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mine"
    whole = text.replace("DEAL", lived.deal).encode(errors="surrogateescape")
    file.write_bytes(whole)
    with pytest.raises(CheckpointRefused) as refused:
        audit(connect_to_read(lived.chain.endpoint), Target(lived.deal), file)
    said = f"{file}: {words.replace('DEAL', lived.deal)}"
    assert str(refused.value).startswith(said) and str(refused.value).endswith(ACCEPTED)
    assert "left as it is" in str(refused.value) and len(str(refused.value).splitlines()) == 1
    assert file.read_bytes() == whole


def test_a_place_where_no_file_can_be_is_named(lived: Lived, tmp_path: Path) -> None:
    for place, words in ((tmp_path / "none" / "x.jsonl", "No such file or directory"), (tmp_path, "not a file")):
        with pytest.raises(CheckpointRefused) as refused:
            audit(connect_to_read(lived.chain.endpoint), Target(lived.deal), place)
        assert str(refused.value) == f"{place}: {words}; {ACCEPTED}"


def test_a_working_directory_that_takes_no_file_is_named(
    lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by the default's name, and with the option that gives another."""

    true_open = Path.open

    def opened(path: Path, *words: Any, **more: Any) -> Any:
        if path.name.startswith("penstock-audit-"):
            raise PermissionError(13, "Permission denied")
        return true_open(path, *words, **more)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(CheckpointRefused) as refused:
        audit(connect_to_read(lived.chain.endpoint), Target(lived.deal))
    assert str(refused.value) == f"penstock-audit-31337-{lived.deal}.jsonl: Permission denied; {ACCEPTED}"
    assert ACCEPTED.startswith("accepted: --checkpoint FILE")


def test_a_checkpoint_that_cannot_be_removed_costs_no_verdict(
    lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlink(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", unlink)
    said: list[str] = []
    clean(audit(connect_to_read(lived.chain.endpoint), Target(lived.deal), tmp_path / "kept", say=said.append))
    assert said == [f"{tmp_path / 'kept'}: not removed: Permission denied"]


def test_a_chain_that_was_set_back_is_noticed(long: Lived, tmp_path: Path) -> None:
    """The blocks of the checkpoint are not the chain's any more."""
    checkpoint = tmp_path / "kept.jsonl"
    share, cast = long.stage.share(0), long.stage.cast
    snapshot = long.chain.snapshot()
    share.send("transfer", cast.bob, 6, sender=cast.ann)
    long.chain._ask("anvil_mine", hex(50))
    long.proxy.on("eth_getLogs", range_limited(RANGE))
    long.proxy.on("eth_getStorageAt", dropped)
    with pytest.raises(NodeFailed):
        audit(connect_to_read(long.proxy.url, 0.1), Target(long.deal), checkpoint)
    long.proxy.clear()
    long.chain.revert(snapshot)
    share.send("transfer", cast.bob, 7, sender=cast.ann)
    long.chain._ask("anvil_mine", hex(60))
    said: list[str] = []
    clean(audit(connect_to_read(long.chain.endpoint), Target(long.deal), checkpoint, say=said.append))
    assert "is another now" in said[0]


def test_a_checkpoint_gives_back_what_was_added(tmp_path: Path) -> None:
    entries = [Entry(5, place, "0xaa", "0xbb", ("0x01", "0x02"), "0x") for place in range(3)]
    file = Checkpoint(tmp_path / "c", {"deal": "0x1"}, lambda block: "0xhash", lambda line: pytest.fail(line))
    assert file.read(2) is None
    with file.append(afresh=True) as add:
        add(1, 9, [entries, []], (5, "0xhash"))
        add(10, 12, [[], entries[:1]], None)
    kept = file.read(2)
    assert kept is not None and (kept.last, kept.logs) == (12, [entries, entries[:1]])
    file.remove()
    assert file.read(2) is None
