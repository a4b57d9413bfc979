"""
Words of logs that no number follows from: encodings, reports nobody uses, the sponsor. The audit names each.

given a log that is not encoded to the last bit as its event is
    it should be named, with its place, and not be read
given a log that the code cannot write there
    it should be named
given a report that the deal's numbers do not depend on
    it should be what the report source tells, as far as that keeps what was said
given another sponsor
    it should be named by the deal's address, the launch's transaction or who paid the opening
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.audit.checkpoint import Entry
from penstock.audit.findings import Findings
from penstock.audit.logs import APPROVAL, SETTLED
from penstock.audit.replay import Launch
from penstock.audit.run import Audit, audit
from penstock.audit.sponsor import compare_sponsor
from penstock.audit.subject import Target, identify
from penstock.evm.codec import checksum
from penstock.evm.networks import connect_to_read
from penstock.evm.rpc import Rpc
from penstock.model.report import Report
from penstock.onchain.events import NARROW, WIDE
from penstock.onchain.launch import System
from penstock.onchain.reports import pack_reported
from tests.audit.conftest import Audited, Lived, clean
from tests.audit.liar import KINDS, STRANGER, Liar, Logs, byte_changed, lie, to_stranger
from tests.audit.tamper import money, names
from tests.contracts.deals import PLAIN, WHOLE
from tests.contracts.hostile import report as answer_of
from tests.contracts.stage import USD, Stage, put_on
from tests.evm.proxy import proxied, refused
from tests.fixtures.reports import tell
from tests.fixtures.slow import mostly_slow

Change = Callable[[dict[str, Any]], Logs]
KINDS["approval"] = APPROVAL.topic
WORD = "00" * 32


def data(change: Callable[[str], str]) -> Change:
    """Of the digits behind 0x."""
    return lambda log: [log | {"data": "0x" + change(log["data"][2:])}]


def topics(change: Callable[[list[str]], list[str]]) -> Change:
    return lambda log: [log | {"topics": change([*log["topics"]])}]


def dirty(place: int, upper: str = "01" + "00" * 11) -> Change:
    """Something in the twelve bytes before an address."""
    return topics(lambda each: [*each[:place], "0x" + upper + each[place][26:], *each[place + 1 :]])


def one_more(each: list[str]) -> list[str]:
    return [*each, "0x" + WORD]


def addresses_of(lived: Lived) -> dict[str, str]:
    stage = lived.stage
    known = {"deal": lived.deal, "share": stage.share(0).address, "factory": stage.system.factory.address}
    return known | {"asset": stage.asset.address}


# Encodings

LOGS = [
    ("deal", "settled"),
    ("deal", "reported"),
    ("deal", "claimed"),
    ("deal", "fee claimed"),
    ("deal", "claim for set"),
    ("share", "transfer"),
    ("share", "approval"),
    ("asset", "transfer"),
    ("factory", "launched"),
]
SHAPES: dict[str, Change] = {
    "a topic more": topics(one_more),
    "32 bytes more": data(lambda digits: digits + WORD),
    "a byte more": data(lambda digits: digits + "00"),
    "a byte less": data(lambda digits: digits[:-2]),
    "no data": data(lambda digits: ""),
    "capitals": data(lambda digits: digits[:-64] + "AB" * 32),
    "no digits": data(lambda digits: digits[:-2] + "_0"),
}


# Each log in two shapes, and each shape of two logs or more.
QUICK = [(*log, list(SHAPES)[(place + more) % len(SHAPES)]) for place, log in enumerate(LOGS) for more in (0, 3)]


@pytest.mark.parametrize(
    ("who", "kind", "shape"), mostly_slow([(*log, shape) for log in LOGS for shape in SHAPES], QUICK), ids=str
)
def test_a_log_of_another_shape_is_named(lived: Lived, audited: Audited, who: str, kind: str, shape: str) -> None:
    meant = Liar(lived).tell(addresses_of(lived)[who], kind, 0, SHAPES[shape])
    place = f"log {int(meant['logIndex'], 16)} of the block, of {checksum(meant['address'])}: "
    names(audited(), "logs", place + kind.title().replace(" ", ""), meant["transactionHash"])


@pytest.mark.parametrize(("who", "kind"), mostly_slow(LOGS, LOGS[::3]), ids=lambda each: str(each))
def test_a_log_of_a_topic_less_is_named(lived: Lived, audited: Audited, who: str, kind: str) -> None:
    Liar(lived).tell(addresses_of(lived)[who], kind, 0, topics(lambda each: each[:-1]))
    names(audited(), "logs", "topics, where", "are logged")


@pytest.mark.parametrize(
    ("who", "kind", "place"),
    [
        ("deal", "claimed", 2),
        ("deal", "fee claimed", 2),
        ("share", "transfer", 1),
        ("share", "transfer", 2),
        ("share", "approval", 1),
        ("share", "approval", 2),
        ("asset", "transfer", 2),
        ("factory", "launched", 1),
        ("factory", "launched", 2),
    ],
)
@pytest.mark.parametrize(
    "upper",
    [pytest.param("80" + "00" * 11, id="first", marks=pytest.mark.slow), pytest.param("00" * 11 + "01", id="last")],
)
def test_a_topic_that_is_no_address_is_named(
    lived: Lived, audited: Audited, who: str, kind: str, place: int, upper: str
) -> None:
    Liar(lived).tell(addresses_of(lived)[who], kind, -1, dirty(place, upper))
    names(audited(), "logs", f"topic {place}: 0x{upper}", "is not an address")


@pytest.mark.parametrize(
    "change",
    [
        data(lambda digits: digits[:63] + "1" + digits[64:]),  # offset 0x21
        data(lambda digits: f"{64:064x}" + WORD + digits[64:]),  # another offset, as a lax decoder follows it
        data(lambda digits: digits[:-2] + "01"),  # padding
        data(lambda digits: digits[:64] + "ff" * 32 + digits[128:]),
    ],
    ids=["offset", "moved", "padding", "length"],
)
def test_bytes_encoded_otherwise_are_named(lived: Lived, audited: Audited, change: Change) -> None:
    Liar(lived).tell(lived.deal, "settled", 0, change)
    names(audited(), "logs", "Settled: offset, length or padding of its bytes are not the ABI's")


def wider(log: dict[str, Any]) -> Logs:
    """The same amounts in twelve bytes each."""
    digits = log["data"][2:]
    length = int(digits[64:128], 16)
    figures = bytes.fromhex(digits[128:])[:length]
    assert figures[5] == NARROW
    amounts = [figures[at : at + NARROW].rjust(WIDE, b"\0") for at in range(6, length, NARROW)]
    packed = figures[:5] + bytes([WIDE]) + b"".join(amounts)
    padded = packed + bytes(-len(packed) % 32)
    return [log | {"data": f"0x{32:064x}{len(packed):064x}{padded.hex()}"}]


def test_amounts_of_another_width_are_named(lived: Lived, audited: Audited) -> None:
    Liar(lived).tell(lived.deal, "settled", 1, wider)
    found = audited()
    names(found, "periods", "period 2: amounts of 12 bytes, the deal's cash takes 7")
    assert len(found.findings.differences) == 1


@pytest.mark.parametrize(("byte", "bits"), [(0, 0x80), (4, 0x20)])
def test_counters_of_tests_there_are_not_are_named(lived: Lived, audited: Audited, byte: int, bits: int) -> None:
    Liar(lived).tell(lived.deal, "settled", 1, byte_changed(byte, bits))
    names(audited(), "logs", "counters of more tests than the terms' 1")


# What the code cannot write


@pytest.mark.parametrize(
    ("kind", "said"),
    [("claimed", "a claim of tranche 4: the deal has 3"), ("fee claimed", "a claim of fee 4: the deal has 2")],
)
def test_a_claim_of_nothing_there_is_is_named(lived: Lived, audited: Audited, kind: str, said: str) -> None:
    Liar(lived).tell(lived.deal, kind, 0, topics(lambda each: [each[0], f"0x{3:064x}", each[2]]))
    names(audited(), "logs", said)


def test_logs_of_others_are_named(lived: Lived, audited: Audited) -> None:
    """Nobody asked for them: the node tells what it likes."""
    asset = lived.stage.asset.address
    for address, kind, change, said in (
        (asset, "transfer", to_stranger(1), "a transfer neither to the deal nor from it"),
        (addresses_of(lived)["factory"], "launched", to_stranger(1), f"the launch of {STRANGER}, another deal"),
    ):
        lived.proxy.clear()
        Liar(lived).tell(address, kind, 0, change)
        assert any(said in str(each) for each in audited().findings.checks["logs"].differences)
    lived.proxy.clear()
    foreign = {"topics": [APPROVAL.topic, *["0x" + "00" * 12 + "5a" * 20] * 2], "data": "0x" + WORD}
    Liar(lived).tell(asset, "transfer", 0, lambda log: [log, log | foreign | {"logIndex": "0xff"}])
    names(audited(), "logs", "an approval of another than the deal")


# Reports


def reported_data(figures: bytes) -> str:
    """As the ABI packs it."""
    return f"0x{32:064x}{len(figures):064x}{(figures + bytes(-len(figures) % 32)).hex()}"


def report_of(lived: Lived, period: int, figures: bytes | None = None, log_index: str = "0xff") -> dict[str, Any]:
    topics = [KINDS["reported"], f"0x{period:064x}"]
    data = reported_data(pack_reported(Report(0, 0), 0) if figures is None else figures)
    invented = {"address": lived.deal.lower(), "topics": topics, "data": data}
    return invented | {"logIndex": log_index, "transactionHash": "0x" + "99" * 32}


@pytest.mark.parametrize("period", [2, 3, 4, 5, 99])
def test_a_report_after_the_last_settlement_is_named(lived: Lived, audited: Audited, period: int) -> None:
    Liar(lived).tell(lived.deal, "settled", -1, lambda log: [log, log | report_of(lived, period)])
    found = audited()
    names(found, "periods", f"a report of period {period} is not followed by its settlement", "0x" + "99" * 32)
    assert len(found.findings.differences) == 1


def test_a_report_before_late_revenue_is_named(lived: Lived, audited: Audited) -> None:
    def change(log: dict[str, Any]) -> Logs:
        assert log["logIndex"] == "0x0"
        before = log | report_of(lived, 5, log_index="0x0") | {"transactionHash": log["transactionHash"]}
        return [before, log | {"logIndex": "0x1"}]

    Liar(lived).tell(lived.deal, "settled", -1, change)
    found = audited()
    names(found, "periods", "a report of period 5 comes before late revenue, which reads none")
    assert len(found.findings.differences) == 1


@pytest.mark.parametrize("kind", ["claimed", "fee claimed"])
def test_a_claim_between_report_and_settlement_is_named(lived: Lived, audited: Audited, kind: str) -> None:
    """The first claim, told between the two logs of the second period as if it were of their transaction."""
    mine = {"fromBlock": "0x0", "address": lived.deal}
    said = {each: lived.chain._ask("eth_getLogs", mine | {"topics": [KINDS[each]]}) for each in ("reported", kind)}
    (reported,), claim = said["reported"], said[kind][0]
    place = int(reported["logIndex"], 16)
    where = {each: reported[each] for each in ("blockNumber", "transactionHash")}

    def rewrite(_: Any, logs: Logs) -> Logs:
        moved = []
        for each in logs:
            after = each["blockNumber"] == reported["blockNumber"] and int(each["logIndex"], 16) > place
            here = each | where | {"logIndex": hex(place + 1)} if each == claim else each
            moved.append(each | {"logIndex": hex(int(each["logIndex"], 16) + 1)} if after else here)
        return moved

    lie(lived.proxy, rewrite)
    names(audited(), "periods", "a report of period 2 is not followed by its settlement", reported["transactionHash"])


NOT_AS_IT_SAYS = "a report whose fields are not those that it says are there"


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (bytes(26), NOT_AS_IT_SAYS),
        (b"\0\4" + bytes(24), NOT_AS_IT_SAYS),
        (b"\0\7" + bytes(24), NOT_AS_IT_SAYS),
        (b"\0\2" + bytes(11) + b"\1" + bytes(12), NOT_AS_IT_SAYS),
        (b"\0\3" + bytes(36), "38 bytes of a report, where 26 are logged"),
        (b"\0\1", "2 bytes of a report, where 26 are logged"),
    ],
    ids=["of nothing", "of a field there is not", "of one more", "of a loss not said", "too long", "too short"],
)
def test_a_report_that_no_deal_logs_is_named(lived: Lived, audited: Audited, figures: bytes, said: str) -> None:
    Liar(lived).tell(lived.deal, "settled", -1, lambda log: [log, log | report_of(lived, 2, figures)])
    names(audited(), "logs", said)


@pytest.mark.parametrize("more", [1, -1, 10**12])
def test_an_asset_value_nobody_uses_is_what_was_reported(lived: Lived, audited: Audited, more: int) -> None:
    altered = reported_data(pack_reported(Report(12_345_678, 90_000 * USD + more), 0))
    meant = Liar(lived).tell(lived.deal, "reported", 0, lambda log: [log | {"data": altered}])
    found = audited()
    said = f"logs loss 12.345678, asset value {money(90_000 * USD + more)}, the report source"
    names(found, "periods", f"{said} {lived.reporter.address}", "asset value 90,000 (block", meant["transactionHash"])
    assert len(found.findings.differences) == 1


def told(node: Rpc, stage: Stage, folder: Path, change: Callable[[dict[str, Any]], Logs] | None = None) -> Audit:
    """An audit by the address; where there is a change, every Reported log of the deal goes through it."""

    def rewrite(_: Any, logs: Logs) -> Logs:
        return [made for each in logs for made in (change(each) if change and reported(each) else [each])]

    def reported(log: dict[str, Any]) -> bool:
        return bool(log["topics"][0] == KINDS["reported"])

    with proxied(node.endpoint) as proxy:
        lie(proxy, rewrite)
        return audit(connect_to_read(proxy.url), Target(stage.deal.address), folder / "checkpoint")


def test_a_report_of_nothing_that_is_left_out_is_named(anvil_system: System, tmp_path: Path) -> None:
    """No number depends on it; the source had it before the settlement."""
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        reporter = chain.deploy(anvil_system.artifacts["SingleReporter"], chain.accounts[0])
        stage = put_on(anvil_system, WHOLE, reports=reporter)
        tell(reporter, stage.deal.address, 1, 0, 7)
        stage.settle(40_000 * USD)
        stage.settle(40_000 * USD)
        tell(reporter, stage.deal.address, 2, 5, 7)
        found = told(chain, stage, tmp_path)
        clean(found)
        assert not found.findings.checks["periods"].notes, "a report that came too late is none"
        found = told(chain, stage, tmp_path, lambda log: [])
        said = f"the deal logs no report, the block before the report source {reporter.address} said loss 0"
        names(found, "periods", said)
        assert len(found.findings.differences) == 1

        with proxied(chain.endpoint) as proxy:
            last = hex(chain.block())

            def no_old_state(call: Any) -> None:
                if call.params[1] != last:
                    refused(-32000, "missing trie node")(call)

            proxy.on("eth_call", no_old_state)
            target = Target(stage.deal.address)
            found = audit(
                connect_to_read(proxy.url), target, tmp_path / "checkpoint", since=stage.deployment.launch_block
            )
        clean(found)
        (note,) = found.findings.checks["periods"].notes
        assert note.startswith("whether reports of periods settled without one (2) came in time is not known: ")


def test_what_another_source_tells_now_is_a_note(anvil_system: System, tmp_path: Path) -> None:
    """It may tell anything at any time."""
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        source = chain.deploy(anvil_system.artifacts["NonsenseReports"])
        stage = put_on(anvil_system, WHOLE, reports=source)
        source.send("setAnswer", answer_of(2, 2**96, 9), 0)
        stage.settle(40_000 * USD)
        found = told(chain, stage, tmp_path)
        clean(found)
        assert not found.findings.checks["periods"].notes, "as a deal reads it"
        for answer in (answer_of(3, 2**96, 9), answer_of(2, 2**96, 8), b"", bytes(480)):
            source.send("setAnswer", answer, 0)
            found = told(chain, stage, tmp_path)
            clean(found)
            (note,) = found.findings.checks["periods"].notes
            assert note.startswith(f"the report source {source.address} now answers otherwise than the deal logged")
            assert "(period 1), and is not a SingleReporter or QuorumReporter" in note
        silent = chain.deploy(anvil_system.artifacts["RevertingReports"])
        chain._ask("anvil_setCode", source.address, "0x" + chain.code(silent.address).hex())
        (note,) = told(chain, stage, tmp_path).findings.checks["periods"].notes
        assert "does not answer for its reports now; they are replayed as logged" in note


def test_a_report_to_a_deal_that_reads_none_is_named(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        stage.settle(30_000 * USD)
        invented = {"topics": [KINDS["reported"], f"0x{1:064x}"], "data": reported_data(bytes(26))}

        def change(_: Any, logs: Logs) -> Logs:
            settled = [each for each in logs if each["topics"][0] == SETTLED.topic]
            after = [each | {"logIndex": hex(int(each["logIndex"], 16) + 1)} for each in settled]
            return [*(each for each in logs if each not in settled), *(each | invented for each in settled), *after]

        with proxied(chain.endpoint) as proxy:
            lie(proxy, change)
            found = audit(connect_to_read(proxy.url), Target(stage.deal.address), tmp_path / "checkpoint")
    names(found, "logs", "a report, and the terms read none")
    assert len(found.findings.differences) == 1


# The sponsor


def test_another_sponsor_is_named(lived: Lived, audited: Audited) -> None:
    meant = Liar(lived).tell(addresses_of(lived)["factory"], "launched", 0, to_stranger(2))
    sponsor = lived.stage.cast.sponsor
    said = f"the factory's log says that {STRANGER} launched the deal, the deal's address is made of {sponsor}"
    for text in ({}, {"text": None}):
        found = audited(**text)
        names(found, "terms", said, meant["transactionHash"])
        assert len(found.findings.differences) == 1


def through_a_wallet(lived: Lived, inside: str) -> None:
    """As if the factory had been called by a contract, with the calldata somewhere in its own, or not at all."""
    called = {"shown": lambda calldata: "0xabcdef" + calldata[2:] + "00", "hidden": lambda calldata: "0x12345678"}
    lived.proxy.rewrite(
        "eth_getTransactionByHash",
        lambda _, sent: sent | {"to": lived.stage.cast.stranger, "input": called[inside](sent["input"])},
    )


@pytest.mark.parametrize("inside", ["shown", "hidden", "unknown"])
def test_a_sponsor_behind_a_wallet_is_known_by_salt_or_opening(lived: Lived, audited: Audited, inside: str) -> None:
    def arrange() -> None:
        lived.proxy.clear()
        if inside == "unknown":
            lived.proxy.rewrite("eth_getTransactionByHash", lambda *_: None)
        else:
            through_a_wallet(lived, inside)

    arrange()
    found = audited()
    clean(found)
    assert not found.findings.checks["terms"].notes
    arrange()
    Liar(lived).tell(addresses_of(lived)["factory"], "launched", 0, to_stranger(2))
    said = "the deal's address is made of" if inside == "shown" else "the opening came from"
    names(audited(), "terms", f"{STRANGER} launched the deal, {said} {lived.stage.cast.sponsor}")


@pytest.mark.parametrize("inside", ["shown", "hidden"])
def test_the_salt_alone_shows_the_sponsor_or_nothing_does(anvil_system: System, tmp_path: Path, inside: str) -> None:
    """A deal without an opening: a salt in the calldata proves its sponsor, and without one nothing does."""
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        with proxied(chain.endpoint) as proxy:
            lived = Lived(stage, chain, proxy, stage.asset)
            through_a_wallet(lived, inside)
            target = Target(stage.deal.address)
            found = audit(connect_to_read(proxy.url), target, tmp_path / "checkpoint")
            Liar(lived).tell(addresses_of(lived)["factory"], "launched", -1, to_stranger(2))
            other = audit(connect_to_read(proxy.url), target, tmp_path / "checkpoint")
    unknown = "only the launch's log names the sponsor: neither a salt nor an opening shows who it was"
    assert found.findings.first is None
    assert (unknown in found.findings.checks["terms"].notes) == (inside == "hidden")
    if inside == "shown":
        names(other, "terms", f"{STRANGER} launched the deal, the deal's address is made of {stage.cast.sponsor}")
    else:
        assert other.findings.first is None and unknown in other.findings.checks["terms"].notes


def test_a_manifests_salt_shows_the_sponsor(anvil_system: System) -> None:
    """Where the node no longer has the launch's transaction; a salt that does not make the address shows nothing."""
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        subject = identify(
            connect_to_read(chain.endpoint), anvil_system.artifacts, Target(stage.deal.address), Findings()
        )
        for said, salt, wrong in ((stage.cast.sponsor, 0, False), (STRANGER, 0, True), (STRANGER, 1, False)):
            findings = Findings()
            logged = Launch(Entry(1, 0, "0x" + "99" * 32, "", (), ""), said, set())
            manifest = SimpleNamespace(salt=f"0x{salt:064x}", sponsor=stage.cast.sponsor)
            compare_sponsor(subject, findings, logged, manifest)  # type: ignore[arg-type]
            assert [each.text for each in findings.differences] == wrong * [
                f"the factory's log says that {said} launched the deal, the deal's address is made of "
                + manifest.sponsor
            ]
            assert bool(findings.checks["terms"].notes) == (salt == 1)
