"""
Claims for many holders by one account.

given a list of holders
    each should be paid what it could claim, once, and the page say so by tranche
    a contract, a holder that switched claims off and one that the asset blocks should be named with the reason
    a stranger, and who has nothing to claim, should be named
given more holders than a transaction takes
    there should be several, each within half of what the chain takes
given all accounts of the user's own
    those of them that hold shares should be paid
given another run, or a holder that claims at the same time
    nobody should be paid twice, and the page tell what this run paid
given an asset that pays nobody
    nothing should be sent
given a chain without a batch, a list that is none, or two ways at once
    it should be refused in one line
given an account without shares
    it should say that it holds none
"""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.signers import KeySigner
from penstock.evm.tx_queue import Sender
from penstock.onchain import deployments
from penstock.onchain.interfaces import interfaces
from penstock.operate import claim_for
from penstock.operate.claim_for import REFUSES, Paid, batch_of, claim_for_all
from penstock.operate.holder_list import read_holders
from tests.evm.proxy import proxied
from tests.fixtures.actors import HOLDER, KEYS, OPERATOR, OTHER, SPONSOR
from tests.fixtures.chains import PACE, QUICK
from tests.fixtures.cli import penstock, refused
from tests.fixtures.tables import tables
from tests.operate.conftest import USD, Stage
from tests.operate.crowd import MANY, STRANGER, Crowd, settled_crowd

pytestmark = pytest.mark.sampled

BLOCKED = "0x" + keccak(text="BlacklistUSD_Blacklisted(address)")[:4].hex() + f"{int(OTHER, 16):064x}"
"""How the asset refuses OTHER; the product does not know its errors."""


@pytest.fixture
def crowd(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    # Where the sources have changed, all mocks are compiled with them, and this asset's errors would be known.
    known = {name: abi for name, abi in interfaces().items() if name != "BlacklistUSD"}
    monkeypatch.setattr(deployments, "interfaces", lambda: known)
    return settled_crowd(stage)


def figures(page: str, title: str) -> list[list[str]]:
    (found,) = (each for each in tables(page) if " ".join(each.title).startswith(title))
    return [list(row) for row in found.rows]


def test_each_is_paid_once_and_who_is_not_is_named(crowd: Crowd):
    everyone = [*MANY, crowd.pool, HOLDER, OTHER]
    due, equity = crowd.due(*everyone), crowd.due(MANY[0], tranche=1)[0]
    assert min(due) > 0 < equity
    before = crowd.stage.sent()
    done = penstock("claim", str(crowd.file), "--holders", crowd.listed(STRANGER, *everyone, MANY[0]))
    assert (done.exit_code, done.stderr) == (0, "")
    assert crowd.cash(*MANY) == [due[0] + equity, *due[1 : len(MANY)]]
    assert crowd.cash(crowd.pool, HOLDER, OTHER) == [0, 0, 0]
    assert crowd.due(*everyone) == [0] * len(MANY) + due[len(MANY) :]
    # What is printed is what they have, to the base unit
    shown = figures(done.stdout, "Paid to 30 holders in 2 transactions")
    assert [row[:2] for row in shown] == [["senior", "30"], ["equity", "1"]]
    assert [Decimal(row[2].replace(",", "")).scaleb(6) for row in shown] == [sum(due[:30]), equity]
    left = figures(done.stdout, "Not paid")
    blocked = f"reverted with unknown data {BLOCKED}"
    assert [(row[0], row[1], row[3]) for row in left] == [
        (crowd.pool, "senior", REFUSES),
        (HOLDER, "senior", REFUSES),
        (OTHER, "senior", blocked),
    ]
    assert [Decimal(row[2].replace(",", "")).scaleb(6) for row in left] == due[30:]
    assert f"{STRANGER} holds no shares of this deal" in done.stdout
    assert crowd.stage.sent() == before + 2
    again = penstock("claim", str(crowd.file), "--holders", crowd.listed(*MANY))
    assert (again.exit_code, again.stdout) == (1, "30 holders have nothing to claim\n")
    assert crowd.stage.sent() == before + 2


def test_a_contract_that_switched_it_on_is_paid(crowd: Crowd):
    artifacts = compile_contracts()
    pool = crowd.stage.chain.at(crowd.pool, artifacts["CallerContract"].abi)
    pool.send("act", crowd.deal.deal.address, crowd.deal.deal.abi.function("setClaimFor").encode([True]))
    (due,) = crowd.due(crowd.pool)
    done = penstock("claim", str(crowd.file), "--holders", crowd.listed(crowd.pool), "--tranche", "senior")
    assert done.exit_code == 0, done.stderr
    assert crowd.cash(crowd.pool) == [due]


def test_more_than_a_transaction_takes_are_split(crowd: Crowd, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claim_for, "TRANSACTION_CAP", 3_200_000)
    due, chain = crowd.due(*MANY), crowd.stage.chain
    first, began = chain.block(), crowd.stage.sent()
    done = penstock("claim", str(crowd.file), "--holders", crowd.listed(*MANY), "--tranche", "senior")
    assert done.exit_code == 0, done.stderr
    assert crowd.cash(*MANY) == due
    count = crowd.stage.sent() - began
    assert 3 <= count <= 6
    assert f"Paid to 30 holders in {count} transactions" in done.stdout
    for number in range(first + 1, chain.block() + 1):
        for each in chain.ask("eth_getBlockByNumber", hex(number), True)["transactions"]:
            assert int(each["gas"], 16) <= 1_600_000 + 4096  # the spread that tells two runs apart


def test_one_that_costs_more_than_it_may_is_paid_alone(crowd: Crowd, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claim_for, "TRANSACTION_CAP", 100_000)
    due = crowd.due(*MANY[:3])
    done = penstock("claim", str(crowd.file), "--holders", crowd.listed(*MANY[:3]), "--tranche", "senior")
    assert "Paid to 3 holders in 3 transactions" in done.stdout, done.output
    assert crowd.cash(*MANY[:3]) == due


def test_all_accounts_of_ones_own_are_paid(crowd: Crowd, monkeypatch: pytest.MonkeyPatch):
    keys = crowd.stage.folder / "keys"
    keys.mkdir()
    mine = Account.from_key((7).to_bytes(32, "big"))
    crowd.deal.shares[0].send("transfer", mine.address, 10 * USD, sender=SPONSOR)
    for name, key in (("mine", bytes(mine.key)), ("payer", KEYS[OPERATOR])):
        (keys / f"{name}.json").write_text(json.dumps(Account.encrypt(key, "word", iterations=2)))
    (keys / "other.json").write_text("{}")
    crowd.stage.pay(crowd.file, 320 * USD)
    crowd.stage.day(200)
    assert penstock("settle", str(crowd.file)).exit_code == 0
    monkeypatch.setenv("HOME", str(crowd.stage.folder))  # no accounts of Brownie's
    password = crowd.stage.folder / "word"
    password.write_text("word\n")
    password.chmod(0o600)
    due = crowd.due(SPONSOR, mine.address)
    assert min(due) > 0
    before = crowd.cash(SPONSOR, mine.address)
    words = ("--all-mine", "--account", str(keys / "payer.json"), "--password-file", str(password))
    began = crowd.stage.sent(OPERATOR)
    done = penstock("claim", str(crowd.file), *words)
    assert done.exit_code == 0, done.stderr
    assert [now - then for now, then in zip(crowd.cash(SPONSOR, mine.address), before, strict=True)] == due
    assert crowd.stage.sent(OPERATOR) == began + 1
    assert crowd.cash(*MANY[:2]) == [0, 0]
    assert "holds no shares" not in done.stdout, "nobody said that all of one's accounts do"


def test_a_holder_that_claims_meanwhile_is_paid_once(crowd: Crowd, monkeypatch: pytest.MonkeyPatch):
    """After the batch was prepared, before it is sent: it is skipped there, and not said to be refused."""
    send, done = Sender._send, []
    due = crowd.due(SPONSOR, *MANY)

    def delayed(self, *words):
        if not done:
            done.append(True)
            crowd.deal.deal.send("claim", 0, sender=SPONSOR)
        return send(self, *words)

    monkeypatch.setattr(Sender, "_send", delayed)
    before = crowd.cash(SPONSOR)[0]
    made = claim_for_all(
        crowd.deal,
        crowd.stage.chain,
        batch_of(crowd.stage.chain, crowd.stage.manifest(crowd.file)),
        [SPONSOR, *MANY],
        lambda: KeySigner(KEYS[OPERATOR]),
        PACE,
        [0],
    )
    assert crowd.cash(SPONSOR)[0] - before == due[0]
    assert crowd.cash(*MANY) == due[1:]
    assert made.paid == [Paid(each, 0, amount) for each, amount in zip(MANY, due[1:], strict=True)]
    assert (made.skipped, made.errors, made.transactions) == ([], [], 1)


def test_a_settlement_meanwhile_is_paid_too(crowd: Crowd, monkeypatch: pytest.MonkeyPatch):
    send, done = Sender._send, []

    def delayed(self, *words):
        if not done:
            done.append(True)
            crowd.asset.send("mint", crowd.deal.deal.address, 277 * USD, sender=OTHER)
            crowd.stage.day(200)
            crowd.deal.deal.send("settle", 1, sender=OTHER)
        return send(self, *words)

    monkeypatch.setattr(Sender, "_send", delayed)
    read = sum(crowd.due(*MANY))
    page = penstock("claim", str(crowd.file), "--holders", crowd.listed(*MANY), "--tranche", "senior")
    ((_, _, paid),) = figures(page.stdout, "Paid to 30 holders")
    assert Decimal(paid.replace(",", "")).scaleb(6) == sum(crowd.cash(*MANY)) > read


def test_nothing_is_sent_where_nobody_can_be_paid(crowd: Crowd):
    before = crowd.stage.sent()
    words = ("claim", str(crowd.file), "--tranche", "senior", "--holders")
    done = penstock(*words, crowd.listed(OTHER))
    assert done.exit_code == 1
    reason = f"none of whom can be paid: {OTHER}: reverted with unknown data {BLOCKED}"
    assert done.stderr == f"nothing was sent for 1 holder of senior, {reason}\n"
    done = penstock(*words, crowd.listed(crowd.pool, HOLDER))
    assert (done.exit_code, done.stderr) == (1, "")
    assert len(figures(done.stdout, "Not paid")) == 2
    assert crowd.stage.sent() == before


def test_a_receipt_that_does_not_come_is_not_counted_as_paid(crowd: Crowd):
    with proxied(crowd.stage.url) as proxy:
        chain = networks.connect(proxy.url, QUICK)
        deal, manifest = crowd.stage.deal(crowd.file, chain), crowd.stage.manifest(crowd.file)
        proxy.rewrite("eth_getTransactionReceipt", lambda *_: None)
        proxy.rewrite("eth_getTransactionCount", lambda *_: "0x0")
        pace = type(PACE)(confirmations=1, poll=0.05, replacement=20.0, step=1.0)
        holders, signer = MANY[:2], lambda: KeySigner(bytes([9]) * 32)
        crowd.stage.chain.ask("anvil_setBalance", signer().address, hex(10**18))
        made = claim_for_all(deal, chain, batch_of(chain, manifest), holders, signer, pace, [0])
    assert (made.paid, made.skipped, made.transactions) == ([], [], 0)
    ((error),) = made.errors
    assert "not known yet whether transaction 0x" in str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no holder is in it; accepted: one address a line, or a column named holder"),
        ("holder\n", "no holder is in it"),
        (f"{HOLDER}\n0x12\n", ":2: '0x12' is not an address; accepted: 0x and 40 hexadecimal digits, not all zero"),
        ("0x" + "00" * 20, "is not an address"),
        (HOLDER[:-1] + HOLDER[-1].swapcase(), f"has a wrong checksum; accepted: {HOLDER}, if that is meant"),
        (f"tranche,holder\nsenior,{HOLDER}\nsenior\n", ":3: '' is not an address"),
    ],
)
def test_a_list_that_is_none_is_refused(crowd: Crowd, text: str, words: str):
    Path("holders.csv").write_text(text)
    refused(
        penstock("claim", str(crowd.file), "--holders", "holders.csv"),
        f"holders.csv{words}" if words[0] == ":" else words,
    )


def test_lists_are_read_as_people_have_them(crowd: Crowd):
    for text in (
        f"{MANY[0]}\n\n{MANY[1].lower()} # a friend\n{MANY[0]}\n",
        f"\ufeffHolder;shares\n{MANY[0]};1\n{MANY[1]};2\n",
        f"tranche,holder,shares\nsenior,{MANY[0]},1\nequity,{MANY[0]},2\nsenior,{MANY[1]},1\n",
        f"tranche\tAddress\nsenior\t{MANY[0]}\nsenior\t0x{MANY[1][2:].upper()}\n",
    ):
        Path("list").write_text(text, encoding="utf-8")
        assert read_holders(Path("list")) == MANY[:2]


def test_one_way_is_named(crowd: Crowd):
    for words, said in (
        ((), "name who is to be paid"),
        (("--holder", HOLDER, "--all-mine"), "--holder and --all-mine exclude each other"),
        (("--holders", "x", "--all-mine"), "--holders and --all-mine exclude each other"),
    ):
        refused(penstock("claim", str(crowd.file), *words), said, "--holder, --holders, --all-mine", code=2)


def test_a_chain_without_a_batch_is_named(crowd: Crowd):
    manifest = json.loads(crowd.file.read_text())
    place = manifest["contracts"].pop("batch")["address"]
    crowd.file.write_text(json.dumps(manifest))
    # It is found where its code says it is
    done = penstock("claim", str(crowd.file), "--holders", crowd.listed(MANY[0]))
    assert done.exit_code == 0, done.stderr
    crowd.stage.chain.ask("anvil_setCode", place, "0x")
    again = penstock("claim", str(crowd.file), "--holders", crowd.listed(MANY[1]))
    refused(again, f"chain 31337 has no HolderBatch at {place}; accepted: --holder ADDRESS")


def test_a_stranger_is_named_because_it_holds_no_shares(crowd: Crowd):
    for words in ((), ("--tranche", "senior")):
        done = penstock("claim", str(crowd.file), "--holder", STRANGER, *words)
        assert (done.exit_code, done.stderr) == (1, f"{STRANGER} holds no shares of this deal\n")
    # A holder, and a payee, are none
    for who, tranche in ((SPONSOR, "equity"), (OPERATOR, "senior")):
        done = penstock("claim", str(crowd.file), "--holder", who, "--tranche", tranche)
        assert (done.exit_code, done.stderr) == (1, f"{who} has nothing to claim\n")


def test_many_are_paid_in_a_second(crowd: Crowd):
    began = time.monotonic()
    done = penstock("claim", str(crowd.file), "--holders", crowd.listed(*MANY))
    assert done.exit_code == 0
    assert len(MANY) / (time.monotonic() - began) > 3
