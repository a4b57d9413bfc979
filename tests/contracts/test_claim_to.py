"""
claimTo
├── given a holder, it should have whom it names paid all it earned, and say so
├── given it names itself, it should be a claim
├── given it names nobody, or the deal, it should refuse
└── given nothing to claim, or a claim that is being paid, it should refuse as a claim does
claimBySig
├── given the holder signed, when anybody sends it, whom it names should be paid, and the sender nothing
├── given it was sent already, or another nonce, tranche, recipient, deadline, deal, chain or signer, it should refuse
├── given its deadline has passed, it should refuse; in its last second it should not
├── given a contract (ERC-1271) that says yes, it should be paid; one that says no, or nothing, should not
└── given two contracts with one key, a signature for one should be none for the other
"""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from penstock.evm.permits import CLAIM_FIELDS, sign_claim
from tests.contracts import deals
from tests.contracts.hostile import Mock, Response, respond
from tests.contracts.stage import NOBODY, SENIOR, USD, Stage, put_on

CASH = 20_000 * USD
LATER = 2**40
MAGIC = bytes.fromhex("1626ba7e").ljust(32, b"\0")


@pytest.fixture
def paid(plain: Stage) -> Stage:
    plain.settle(CASH)
    return plain


def test_a_holder_has_somebody_else_paid_and_says_so(paid: Stage) -> None:
    cast, deal = paid.cast, paid.deal
    receipt = deal.send("claimTo", SENIOR, cast.bob, sender=cast.ann)
    (event,) = receipt.events(deal.abi)
    assert event.name == "ClaimedTo"
    assert dict(event.values) == {"tranche": SENIOR, "holder": cast.ann, "recipient": cast.bob, "amount": CASH}
    assert (paid.cash(cast.ann), paid.cash(cast.bob), paid.claimable(SENIOR, cast.ann)) == (0, CASH, 0)
    paid.assert_sound()


def test_to_oneself_it_is_a_claim(paid: Stage) -> None:
    cast, deal = paid.cast, paid.deal
    (event,) = deal.send("claimTo", SENIOR, cast.ann, sender=cast.ann).events(deal.abi)
    assert (event.name, dict(event.values)) == ("Claimed", {"tranche": SENIOR, "holder": cast.ann, "amount": CASH})


def test_nobody_and_the_deal_are_refused(paid: Stage) -> None:
    for recipient in (NOBODY, paid.deal.address):
        with paid.refused("Deal_WrongRecipient", {"recipient": recipient}):
            paid.deal.send("claimTo", SENIOR, recipient, sender=paid.cast.ann)


def test_nothing_is_refused_as_a_claim_is(paid: Stage) -> None:
    cast = paid.cast
    with paid.refused("Deal_NothingToClaim", {"tranche": SENIOR, "holder": cast.stranger}):
        paid.deal.send("claimTo", SENIOR, cast.bob, sender=cast.stranger)
    with paid.refused("Deal_NoTranche", {"tranche": 9}):
        paid.deal.send("claimTo", 9, cast.bob, sender=cast.ann)


def test_inv_43_a_relayer_pays_the_gas_and_nothing_else(paid: Stage) -> None:
    cast, deal = paid.cast, paid.deal
    signed = sign_claim(deal, SENIOR, cast.ann, cast.bob, LATER)
    receipt = deal.send("claimBySig", SENIOR, cast.ann, cast.bob, LATER, signed, sender=cast.stranger)
    used, event = receipt.events(deal.abi)
    assert (used.name, dict(used.values)) == ("ClaimSigned", {"holder": cast.ann, "nonce": 0})
    assert dict(event.values) == {"tranche": SENIOR, "holder": cast.ann, "recipient": cast.bob, "amount": CASH}
    assert (paid.cash(cast.ann), paid.cash(cast.bob), paid.cash(cast.stranger)) == (0, CASH, 0)
    assert deal.call("claimNonce", cast.ann) == 1
    paid.assert_sound()


def test_the_signature_is_the_one_a_wallet_makes_of_the_typed_data(paid: Stage) -> None:
    cast, deal = paid.cast, paid.deal
    domain = deal.call("eip712Domain")
    assert (domain.name, domain.version, domain.verifyingContract) == ("Penstock Deal", "1", deal.address)
    message = {"tranche": SENIOR, "holder": cast.ann, "recipient": cast.bob, "nonce": 0, "deadline": LATER}
    typed = encode_typed_data(
        {name: getattr(domain, name) for name in ("name", "version", "chainId", "verifyingContract")},
        {"Claim": [{"name": name, "type": kind} for name, kind in CLAIM_FIELDS]},
        message,
    )
    made = Account.sign_message(typed, deal.chain.key(cast.ann))
    assert bytes(made.signature) == sign_claim(deal, SENIOR, cast.ann, cast.bob, LATER)


@pytest.mark.parametrize("change", ["sent", "nonce", "tranche", "holder", "recipient", "deadline", "deal", "signer"])
def test_inv_43_nothing_else_than_what_was_signed_is_paid(paid: Stage, change: str) -> None:
    cast, deal = paid.cast, paid.deal
    values: dict[str, Any] = {"tranche": SENIOR, "holder": cast.ann, "recipient": cast.bob, "deadline": LATER}
    where = put_on(paid.system, deals.PLAIN).deal if change == "deal" else deal
    signer = cast.stranger if change == "signer" else cast.ann
    signed = sign_claim(where, *values.values(), nonce=1 if change == "nonce" else 0, signer=signer)
    nonce = 0
    if change == "sent":
        deal.send("claimBySig", *values.values(), signed)
        paid.settle(CASH)
        nonce = 1
    values |= {
        "tranche": {"tranche": 1},
        "holder": {"holder": cast.bob},
        "recipient": {"recipient": cast.stranger},
    }.get(change, {"deadline": LATER + 1} if change == "deadline" else {})
    with paid.refused("Deal_WrongSignature", {"holder": values["holder"], "nonce": nonce}):
        deal.send("claimBySig", *values.values(), signed, sender=cast.stranger)


def test_what_is_no_signature_is_refused(paid: Stage) -> None:
    cast, deal = paid.cast, paid.deal
    good = sign_claim(deal, SENIOR, cast.ann, cast.bob, LATER)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = order - int.from_bytes(good[32:64], "big")
    mirrored = good[:32] + high.to_bytes(32, "big") + bytes([55 - good[64]])
    for bad in (b"", bytes(65), good[:64], good + b"\0", mirrored):
        with paid.refused("Deal_WrongSignature", {"holder": cast.ann, "nonce": 0}):
            deal.send("claimBySig", SENIOR, cast.ann, cast.bob, LATER, bad)
    with paid.refused("Deal_WrongRecipient", {"recipient": deal.address}):
        signed = sign_claim(deal, SENIOR, cast.ann, deal.address, LATER)
        deal.send("claimBySig", SENIOR, cast.ann, deal.address, LATER, signed)


def test_a_signature_is_good_to_its_last_second(paid: Stage) -> None:
    cast, deal, now = paid.cast, paid.deal, paid.system.chain.now()
    late = sign_claim(deal, SENIOR, cast.ann, cast.bob, now - 1)
    with paid.refused("Deal_ClaimExpired", {"deadline": now - 1, "time": now}):
        deal.send("claimBySig", SENIOR, cast.ann, cast.bob, now - 1, late)
    deal.send("claimBySig", SENIOR, cast.ann, cast.bob, now, sign_claim(deal, SENIOR, cast.ann, cast.bob, now))
    assert paid.cash(cast.bob) == CASH


def test_a_contract_says_itself_what_it_signed(paid: Stage, mock: Mock) -> None:
    cast, deal, wallet = paid.cast, paid.deal, mock("ScriptedResponder")
    paid.share().send("transferCum", wallet.address, USD, sender=cast.ann)
    for answer in (b"", bytes(32), MAGIC[:31], b"\xff" * 32):
        respond(wallet, Response.ANSWERS, answer)
        with paid.refused("Deal_WrongSignature", {"holder": wallet.address, "nonce": 0}):
            deal.send("claimBySig", SENIOR, wallet.address, cast.bob, LATER, b"anything")
    respond(wallet, Response.REVERTS, b"no")
    with paid.refused("Deal_WrongSignature", {"holder": wallet.address, "nonce": 0}):
        deal.send("claimBySig", SENIOR, wallet.address, cast.bob, LATER, b"anything")
    respond(wallet, Response.ANSWERS, MAGIC)
    deal.send("claimBySig", SENIOR, wallet.address, cast.bob, LATER, b"anything", sender=cast.stranger)
    assert paid.cash(cast.bob) == CASH * USD // (100_000 * USD)
    assert deal.call("claimNonce", wallet.address) == 1
