"""
What only one comparison sees: words, shares, amounts and logs behind the first of their kind.

given a second or third tranche, fee, reserve
    its code, allowances, nonces, words, claims and figures should be compared as the first's are
given a pot that outgrew its cash slot, arrears of no tranche, a share's storage on a node with proofs
    they should be compared
given any byte of any log, any number of the deal's state, any figure of the books
    another should be named
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

import penstock.audit.run as running
from penstock.audit.books import AuditBooks
from penstock.audit.checkpoint import Entry
from penstock.audit.findings import Findings
from penstock.audit.history import History, in_order, times_of
from penstock.audit.logs import LAUNCHED, TRANSFER
from penstock.audit.replay import Replay, settlements
from penstock.audit.run import audit
from penstock.audit.storage import compare_words, expected_words, holder_words
from penstock.audit.subject import Subject, Target
from penstock.dealfile import loads
from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.networks import connect_to_read
from penstock.evm.rpc import Rpc
from penstock.onchain.launch import System, deploy_system
from tests.audit.conftest import Audited, Lived, clean
from tests.audit.liar import STRANGER, Liar, add_to_data, byte_changed, drop, elsewhere, to_stranger
from tests.audit.tamper import holder_slot, money, names, poke
from tests.conftest import START
from tests.contracts.deals import WIDE as WHOLE
from tests.contracts.deals import WIDE_FILE as WHOLE_FILE
from tests.contracts.stage import USD, put_on
from tests.evm.proxy import proxied
from tests.fixtures.slow import mostly_slow

pytestmark = pytest.mark.sampled

NAMES = [tranche.id for tranche in WHOLE.tranches]
every_tranche = pytest.mark.parametrize("tranche", range(len(NAMES)), ids=NAMES)


def entry_of(slot: int, *keys: str) -> int:
    """The slot of a value in mappings within mappings."""
    for key in keys:
        slot = int.from_bytes(keccak(int(key, 16).to_bytes(32, "big") + slot.to_bytes(32, "big")), "big")
    return slot


# Behind the first of its kind


@every_tranche
def test_code_of_every_share_is_compared(lived: Lived, audited: Audited, tranche: int) -> None:
    share = lived.stage.share(tranche).address
    code = bytearray(lived.chain.code(share))
    code[200] ^= 1
    lived.chain._ask("anvil_setCode", share, "0x" + code.hex())
    found = audited()
    names(found, "code", f"share {NAMES[tranche]} at {share}: byte 200 is")
    assert len(found.findings.differences) == 1


@every_tranche
@pytest.mark.parametrize("variable", ["_allowances", "_nonces"])
def test_allowances_of_every_share_are_compared(lived: Lived, audited: Audited, variable: str, tranche: int) -> None:
    cast, share = lived.stage.cast, lived.stage.share(tranche)
    share.send("approve", cast.cho, 5, sender=cast.ann)
    keys = (cast.ann, cast.cho) if variable == "_allowances" else (cast.ann,)
    slot = entry_of(lived.stage.system.artifacts["TrancheShareLogic"].slots[variable], *keys)
    poke(lived, slot, lambda _: 6, share.address)
    found = audited()
    what = f"allowance of {cast.cho} from" if variable == "_allowances" else "permits of"
    there, most = ("0.000006", "0.000005") if variable == "_allowances" else ("6", "1")
    names(found, "holders", f"{what} {cast.ann} on {NAMES[tranche]}: {there} in storage, {most} by the logs at most")
    assert len(found.findings.differences) == 1


@every_tranche
@pytest.mark.parametrize("change", [1, 1 << 64])
def test_holders_of_every_tranche_are_compared(lived: Lived, audited: Audited, tranche: int, change: int) -> None:
    bob = lived.stage.cast.bob
    poke(lived, holder_slot(lived, tranche, bob), lambda word: word + change)
    found = audited()
    names(found, "holders", f"{bob} of {NAMES[tranche]}: ", "in storage", "by the logs")
    assert len(found.findings.differences) == 1


@every_tranche
def test_mints_of_every_tranche_are_compared(lived: Lived, audited: Audited, tranche: int) -> None:
    share, name = lived.stage.share(tranche).address, NAMES[tranche]
    for change, said in (
        (add_to_data(1), f"{name}: holders have {money(WHOLE.tranches[tranche].supply + 1)} shares by the logs"),
        (drop, f"{name}: holders have"),
        (elsewhere, f"shares of {name} are created after the launch"),
    ):
        lived.proxy.clear()
        Liar(lived).tell(share, "transfer", 0, change)
        assert any(said in str(each) for each in audited().findings.checks["holders"].differences), said


@pytest.mark.parametrize(("nth", "name"), [(0, "senior"), (3, "equity")])
def test_a_claim_is_what_was_earned_in_every_tranche(lived: Lived, audited: Audited, nth: int, name: str) -> None:
    """Claim and payment agree, and both are a unit more than was earned."""
    claim = Liar(lived).tell(lived.deal, "claimed", nth, add_to_data(1))
    amount = int(claim["data"], 16)
    paid = [each for each in payments(lived) if each["transactionHash"] == claim["transactionHash"]]
    Liar(lived).tell(lived.stage.asset.address, "transfer", payments(lived).index(paid[0]), add_to_data(1))
    ann = lived.stage.cast.ann
    said = f"{ann} claims {money(amount + 1)} of {name}, its shares had earned {money(amount)}"
    assert any(said in str(each) for each in audited().findings.checks["holders"].differences)


@pytest.mark.parametrize(("nth", "name"), [(0, "om"), (1, "agent")])
def test_a_fee_claim_is_what_was_credited(lived: Lived, audited: Audited, nth: int, name: str) -> None:
    """Amount, and then payee: claim and payment agree, and both are not the terms'."""
    for change, said in (
        (add_to_data(1), "{more} of fee {name} are claimed, {amount} were credited"),
        (to_stranger(2), "fee {name} goes to {stranger}, its payee is"),
    ):
        lived.proxy.clear()
        claim = Liar(lived).tell(lived.deal, "fee claimed", nth, change)
        amount = int(claim["data"], 16)
        (paid,) = [each for each in payments(lived) if each["transactionHash"] == claim["transactionHash"]]
        Liar(lived).tell(lived.stage.asset.address, "transfer", payments(lived).index(paid), change)
        told = said.format(more=money(amount + 1), amount=money(amount), name=name, stranger=STRANGER)
        assert any(told in str(each) for each in audited().findings.checks["holders"].differences), told


def payments(lived: Lived) -> list[dict[str, Any]]:
    """The asset's transfers out of the deal, in order."""
    wanted = {"address": lived.stage.asset.address, "topics": [TRANSFER.topic, f"0x{int(lived.deal, 16):064x}"]}
    found = lived.chain._ask("eth_getLogs", {"fromBlock": "0x0", **wanted})
    return [each for each in found if int(each["data"], 16)]


TWO_RESERVES = loads(
    WHOLE_FILE.replace(
        "[[test]]",
        '[[reserve]]\nid = "mra"\ntarget = "3_000.00"\nsupports = ["interest:mezz"]\n\n[[test]]',
    ).replace('"reserve:dsra", ', '"reserve:dsra", "reserve:mra", ')
)


@pytest.mark.parametrize(("behind", "name"), [(0, "mra"), (1, "dsra")])
def test_every_reserve_of_a_period_is_compared(anvil_system: System, tmp_path: Path, behind: int, name: str) -> None:
    """behind : how many reserves follow it in the log."""
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        stage = put_on(anvil_system, TWO_RESERVES)
        stage.settle(40_000 * USD)
        held = dict(zip(("dsra", "mra"), stage.state().reserves, strict=True))
        assert held[name] % 2 == 0
        with proxied(chain.endpoint) as proxy:
            lived = Lived(stage, chain, proxy, stage.asset)
            rungs = len(TWO_RESERVES.normal)
            Liar(lived).tell(lived.deal, "settled", 0, byte_changed(6 + 7 * (1 + rungs + 2 - behind) - 1))
            found = audit(connect_to_read(proxy.url), Target(lived.deal), tmp_path / "checkpoint")
    said = f"period 1, reserve reserve{2 - behind}: log {money(held[name] + 1)}, model {money(held[name])}"
    names(found, "periods", said)
    assert len(found.findings.differences) == 1


# Storage


@pytest.mark.parametrize("tranche", [4, 5, 6, 7, 8])
@pytest.mark.parametrize("shift", mostly_slow([0, 255], [255]))
def test_arrears_of_no_tranche_are_compared(lived: Lived, audited: Audited, tranche: int, shift: int) -> None:
    slot = lived.stage.system.artifacts["Deal"].slots["_arrears"] + tranche - 1
    poke(lived, slot, lambda word: word ^ 1 << shift)
    found = audited()
    names(found, "storage", f"slot {slot} (arrears of tranche {tranche}): chain 0x{1 << shift:064x}, logs 0x{0:064x}")
    assert len(found.findings.differences) == 1


def test_pots_that_outgrew_their_cash_slots_are_compared(anvil_system: System, tmp_path: Path) -> None:
    """A fee of 2^64: in the cash slot stands that it is elsewhere, and its own slot has the amount."""
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    slots = anvil_system.artifacts["Deal"].slots
    with chain.undone():
        stage = put_on(anvil_system, WHOLE)
        stage.settle(100 * 2**64)
        assert stage.state().fee_claimable[1] == 2**64
        lived = Lived(stage, chain, None, stage.asset)  # type: ignore[arg-type]
        target = Target(stage.deal.address, WHOLE_FILE)
        clean(audit(connect_to_read(chain.endpoint), target, tmp_path / "checkpoint"))
        for slot, change, said in (
            (slots["_pots"] + 1, 1, "(reserves, fees and traps 3 and 4)"),
            (slots["_pots"] + 1, 1 << 127, "(reserves, fees and traps 3 and 4)"),
            (slots["_cash"] + 2, -1, "(cash of equity)"),
        ):
            with chain.undone():
                poke(lived, slot, lambda word, change=change: word + change)
                found = audit(connect_to_read(chain.endpoint), target, tmp_path / "checkpoint")
            (difference,) = found.findings.checks["storage"].differences
            assert f"slot {slot} {said}" in str(difference)


def test_storage_roots_of_shares_are_compared(tmp_path: Path) -> None:
    """On a node that proves them: first the root of no words, then that of an allowance."""
    with nodes.ganache(timestamp=START) as node:
        chain = Rpc(node.url)
        stage = put_on(deploy_system(chain, artifacts=compile_contracts()), WHOLE)
        stage.share(2).send("approve", stage.cast.cho, 5, sender=stage.cast.ann)
        target = Target(stage.deal.address, WHOLE_FILE)
        found = audit(connect_to_read(chain.endpoint), target, tmp_path / "checkpoint")
        assert found.findings.first is None
        assert "storage roots were compared" in found.findings.checks["storage"].notes[0]
        for tranche in range(3):
            share = stage.share(tranche).address
            chain._ask("evm_setAccountStorageAt", share, f"0x{12_345:064x}", f"0x{1:064x}")
        chain._ask("evm_mine")
        found = audit(connect_to_read(chain.endpoint), target, tmp_path / "checkpoint")
    said = "the storage root is another: words are set that no log explains"
    assert [str(each) for each in found.findings.differences] == [f"storage: share of {name}: {said}" for name in NAMES]


# Everything


Seen = tuple[Subject, list[Entry], Replay]


@pytest.fixture
def seen(lived: Lived, audited: Audited, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What a clean audit rebuilt and replayed."""
    kept: dict[str, Any] = {}

    def replay(subject: Subject, findings: Findings, times: Any) -> Replay:
        kept["replay"] = Replay(subject, findings, times)
        return kept["replay"]

    def rebuild(subject: Subject, *rest: Any) -> History:
        kept["subject"], kept["history"] = subject, original(subject, *rest)
        return kept["history"]

    original = running.rebuild
    monkeypatch.setattr(running, "Replay", replay)
    monkeypatch.setattr(running, "rebuild", rebuild)
    clean(audited())
    return kept["subject"], in_order(kept["history"].logs, Findings()), kept["replay"]


def flipped(text: str, at: int, bit: int) -> str:
    """Hexadecimal digits with a bit of byte `at` turned."""
    digits = bytearray.fromhex(text[2:])
    digits[at] ^= 1 << bit
    return "0x" + digits.hex()


def changes(entry: Entry, number: int) -> Iterator[tuple[str, Entry]]:
    """Each part of the log, with a bit of each byte of it changed in turn: other bits in other logs."""
    for place, topic in enumerate(entry.topics):
        for at in range(32):
            changed = (*entry.topics[:place], flipped(topic, at, (at + number) % 8), *entry.topics[place + 1 :])
            yield f"topic {place}", entry._replace(topics=changed)
    for at in range(len(entry.data) // 2 - 1):
        yield "data", entry._replace(data=flipped(entry.data, at, (at + number) % 8))


def outcome(replay: Replay) -> tuple[Any, ...]:
    """All that is held against the chain behind the replay."""
    books = replay.books
    readings = [(each.period, each.report) for each in replay.readings]
    launch = replay.launch and replay.launch[1:]
    numbers = books.state, books.ledgers, books.fee_claimed, books.cash, books.switches
    return *numbers, replay.approvals, readings, launch


@pytest.mark.slow
def test_no_byte_of_a_log_is_idle(lived: Lived, seen: Seen) -> None:
    """Changed, it is named in the replay, or something that is compared with the chain is another."""
    subject, entries, clean_one = seen
    times = times_of(subject, sorted({each.block for each in settlements(subject, entries)}))
    wanted, idle, tried = outcome(clean_one), set(), 0
    for number, entry in enumerate(entries):
        for what, changed in changes(entry, number):
            findings = Findings()
            replay = Replay(subject, findings, times)
            replay.run([*entries[:number], changed, *entries[number + 1 :]], lambda done: None)
            tried += 1
            if findings.first is None and outcome(replay) == wanted:
                idle.add((number, what))
    assert tried > 5_000
    # Of the asset alone: who sent cash in, and where nothing was moved (docs/AUDIT.md, "What you still trust")
    launch = next(number for number, entry in enumerate(entries) if entry.topics[0] == LAUNCHED.topic)
    deal, expected = f"0x{int(lived.deal, 16):064x}", set()
    for number, entry in enumerate(entries):
        if entry.address == lived.stage.asset.address.lower():
            incoming = entry.topics[2] == deal
            expected |= {(number, "topic 1")} if incoming and number > launch else set()
            expected |= {(number, "topic 2")} if int(entry.data, 16) == 0 else set()
            expected |= {(number, "data")} if incoming and entry.topics[1] == deal else set()
    assert idle == expected


Act = Callable[[AuditBooks], None]


def figures(books: AuditBooks) -> Iterator[tuple[str, Act]]:
    """Every figure of the books, a unit more."""

    def more(pick: Callable[[AuditBooks], Any], key: Any) -> Act:
        def act(books: AuditBooks) -> None:
            pick(books)[key] += 1

        return act

    for name in ("balance", "interest_arrears", "principal_arrears", "credited", "passes_needed"):
        for index in range(len(getattr(books.state, name))):
            yield f"{name} {index}", more(lambda each, name=name: getattr(each.state, name), index)
    for name in ("reserves", "trapped", "fee_arrears", "fee_credited"):
        for index in range(len(getattr(books.state, name))):
            yield f"{name} {index}", more(lambda each, name=name: getattr(each.state, name), index)
    for index, ledger in enumerate(books.ledgers):
        yield (
            f"claimed {index}",
            lambda each, at=index: setattr(each.ledgers[at], "claimed", each.ledgers[at].claimed + 1),
        )
        for holder in ledger.holdings:
            for part in ("shares", "debt"):

                def act(each: AuditBooks, at: int = index, holder: str = holder, part: str = part) -> None:
                    held = each.ledgers[at].holdings[holder]
                    setattr(held, part, getattr(held, part) + 1)

                yield f"{part} of {holder}, tranche {index}", act
    for index in range(len(books.fee_claimed)):
        yield f"fee claimed {index}", more(lambda each: each.fee_claimed, index)
    for holder, accepted in books.switches.items():
        yield f"switch of {holder}", partial(_switch, holder, not accepted)
    yield "period", lambda each: setattr(each.state, "period", each.state.period + 1)


def _switch(holder: str, accepted: bool, books: AuditBooks) -> None:
    books.switches[holder] = accepted


def test_every_figure_of_the_books_is_held_against_the_chain(seen: Seen) -> None:
    """By state() and by storage, each alone: holders' words, the deal's words, its own answer."""
    subject, _, replay = seen
    slots = subject.artifacts["Deal"].slots

    def found(books: AuditBooks) -> dict[str, int]:
        findings = Findings()
        compare_words(subject, findings, "holders", list(holder_words(books, slots)), lambda *_: None)
        words = expected_words(subject.terms, books, slots)
        compare_words(subject, findings, "storage", words, lambda *_: None)
        running._compare_state(subject, findings, books)
        return {name: len(check.differences) for name, check in findings.checks.items() if check.differences}

    assert found(replay.books) == {}
    tried = 0
    for name, act in figures(replay.books):
        books = deepcopy(replay.books)
        act(books)
        seen_by = found(books)
        wanted = {"storage", "periods" if name == "period" else "state"}
        if name.startswith(("shares", "debt")):
            wanted = {"holders"}
        if name.startswith("switch"):
            wanted = {"storage"}
        assert wanted <= set(seen_by), (name, seen_by)
        tried += 1
    assert tried > 40
