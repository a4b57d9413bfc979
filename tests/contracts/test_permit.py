"""
permit, of a share
├── given the owner signed
│   ├── when anybody sends it, the allowance should stand and the nonce rise
│   ├── when it is sent again, it should refuse
│   ├── when the deadline has passed, it should refuse with the deadline
│   └── when it is sent to another tranche's share, it should refuse
├── given somebody else signed, it should refuse with signer and owner
└── given no signature at all, it should refuse
payAndSettleWithPermit
├── given the payer signed, it should pay and settle without an earlier allowance
├── given somebody sent the permit before, it should settle all the same
├── given the signature is bad, expired or missing
│   ├── when there is an allowance, it should settle by that
│   └── when there is none, it should refuse for want of allowance
└── given somebody else's signature, it should take nothing from its owner
"""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from penstock.evm.errors import ChainRevert
from penstock.evm.permits import FIELDS, Signature, sign_permit
from tests.contracts.stage import EVERYTHING, SENIOR, USD, Stage

NO_SIGNATURE = Signature(27, bytes(32), bytes(32))


def test_the_signature_is_the_one_eth_account_makes_of_the_typed_data(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    domain = share.call("eip712Domain")
    message = {"owner": cast.ann, "spender": cast.bob, "value": 50, "nonce": 3, "deadline": EVERYTHING}
    typed = encode_typed_data(
        {name: getattr(domain, name) for name in ("name", "version", "chainId", "verifyingContract")},
        {"Permit": [{"name": name, "type": kind} for name, kind in FIELDS]},
        message,
    )
    made = Account.sign_message(typed, share.chain.key(cast.ann))
    signed = sign_permit(share, cast.ann, cast.bob, 50, EVERYTHING, nonce=3)
    assert signed == (made.v, made.r.to_bytes(32, "big"), made.s.to_bytes(32, "big"))


def test_a_client_that_reads_the_name_alone_signs_what_the_share_takes(plain: Stage) -> None:
    """As many wallets do: the domain is (name(), "1")."""
    cast = plain.cast
    for place in (0, 1):
        share = plain.share(place)
        domain = {
            "name": share.call("name"),
            "version": "1",
            "chainId": share.chain.chain_id,
            "verifyingContract": share.address,
        }
        message = {"owner": cast.ann, "spender": cast.bob, "value": 50, "nonce": 0, "deadline": EVERYTHING}
        typed = encode_typed_data(domain, {"Permit": [{"name": name, "type": kind} for name, kind in FIELDS]}, message)
        made = Account.sign_message(typed, share.chain.key(cast.ann))
        r, s = (each.to_bytes(32, "big") for each in (made.r, made.s))
        share.send("permit", cast.ann, cast.bob, 50, EVERYTHING, made.v, r, s, sender=cast.stranger)
        assert share.call("allowance", cast.ann, cast.bob) == 50
        separator = encode_typed_data(domain, {"Permit": [{"name": "owner", "type": "address"}]}, {"owner": cast.ann})
        assert share.call("DOMAIN_SEPARATOR") == bytes(separator.header)


def test_a_signed_allowance_stands_whoever_sends_it(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    signed = sign_permit(share, cast.ann, cast.bob, 50, EVERYTHING)
    receipt = share.send("permit", cast.ann, cast.bob, 50, EVERYTHING, *signed, sender=cast.stranger)
    (event,) = receipt.events(share.abi)
    assert (event.name, *event.values.values()) == ("Approval", cast.ann, cast.bob, 50)
    assert share.call("allowance", cast.ann, cast.bob) == 50
    assert share.call("nonces", cast.ann) == 1
    share.send("transferFrom", cast.ann, cast.bob, 50, sender=cast.bob)
    assert share.call("balanceOf", cast.bob) == 50


def test_a_permit_is_good_once(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    signed = sign_permit(share, cast.ann, cast.bob, 50, EVERYTHING)
    share.send("permit", cast.ann, cast.bob, 50, EVERYTHING, *signed)
    share.send("transferFrom", cast.ann, cast.bob, 50, sender=cast.bob)
    before = plain.numbers()
    with pytest.raises(ChainRevert) as caught:
        share.send("permit", cast.ann, cast.bob, 50, EVERYTHING, *signed)
    # Under the next nonce it is a signature of nobody known
    assert caught.value.name == "ERC2612InvalidSigner"
    assert caught.value.values["owner"] == cast.ann
    assert caught.value.values["signer"] != cast.ann
    assert plain.numbers() == before


def test_a_permit_is_good_to_its_last_second(plain: Stage) -> None:
    cast, share, now = plain.cast, plain.share(), plain.system.chain.now()
    late = sign_permit(share, cast.ann, cast.bob, 50, now - 1)
    with plain.refused("ERC2612ExpiredSignature", {"deadline": now - 1}):
        share.send("permit", cast.ann, cast.bob, 50, now - 1, *late)
    in_time = sign_permit(share, cast.ann, cast.bob, 50, now)
    share.send("permit", cast.ann, cast.bob, 50, now, *in_time)
    assert share.call("allowance", cast.ann, cast.bob) == 50


def test_a_permit_by_somebody_else_is_refused(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    forged = sign_permit(share, cast.ann, cast.stranger, 50, EVERYTHING, signer=cast.stranger)
    with plain.refused("ERC2612InvalidSigner", {"signer": cast.stranger, "owner": cast.ann}):
        share.send("permit", cast.ann, cast.stranger, 50, EVERYTHING, *forged, sender=cast.stranger)


def test_a_permit_of_one_tranche_is_none_of_another(plain: Stage) -> None:
    cast = plain.cast
    signed = sign_permit(plain.share(0), cast.ann, cast.bob, 50, EVERYTHING)
    before = plain.numbers()
    with pytest.raises(ChainRevert, match="ERC2612InvalidSigner"):
        plain.share(1).send("permit", cast.ann, cast.bob, 50, EVERYTHING, *signed)
    assert plain.numbers() == before


def test_no_signature_is_refused(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    with plain.refused("ECDSAInvalidSignature"):
        share.send("permit", cast.ann, cast.bob, 50, EVERYTHING, *NO_SIGNATURE)
    high = EVERYTHING.to_bytes(32, "big")
    with plain.refused("ECDSAInvalidSignatureS", {"s": high}):
        share.send("permit", cast.ann, cast.bob, 50, EVERYTHING, 27, bytes(32), high)


@pytest.fixture
def paying(plain: Stage) -> Stage:
    plain.until(1)
    plain.asset.send("mint", plain.cast.payer, 100 * USD)
    return plain


def signed_payment(stage: Stage, value: int = 100 * USD, deadline: int = EVERYTHING) -> Signature:
    return sign_permit(stage.asset, stage.cast.payer, stage.deal.address, value, deadline)


def pay(
    stage: Stage, signature: Signature, amount: int = 100 * USD, deadline: int = EVERYTHING, sender: str = ""
) -> None:
    sender = sender or stage.cast.payer
    stage.deal.send("payAndSettleWithPermit", amount, 1, deadline, *signature, sender=sender)


def test_a_permit_pays_and_settles(paying: Stage) -> None:
    pay(paying, signed_payment(paying))
    assert paying.state().credited[SENIOR] == 100 * USD
    assert paying.asset.call("allowance", paying.cast.payer, paying.deal.address) == 0


def test_a_permit_somebody_sent_before_stops_nothing(paying: Stage) -> None:
    signature = signed_payment(paying)
    payer, deal = paying.cast.payer, paying.deal.address
    paying.asset.send("permit", payer, deal, 100 * USD, EVERYTHING, *signature, sender=paying.cast.stranger)
    pay(paying, signature)
    assert paying.state().credited[SENIOR] == 100 * USD


@pytest.mark.parametrize("fault", ["forged", "expired", "missing", "of another amount"])
def test_a_bad_permit_leaves_the_allowance_to_decide(paying: Stage, fault: str) -> None:
    cast, deal, now = paying.cast, paying.deal.address, paying.system.chain.now()
    deadline = now - 1 if fault == "expired" else EVERYTHING
    signature = {
        "forged": sign_permit(paying.asset, cast.payer, deal, 100 * USD, deadline, signer=cast.stranger),
        "expired": signed_payment(paying, deadline=deadline),
        "missing": NO_SIGNATURE,
        "of another amount": signed_payment(paying, value=100 * USD + 1),
    }[fault]
    with paying.refused("ERC20InsufficientAllowance", {"spender": deal, "allowance": 0, "needed": 100 * USD}):
        pay(paying, signature, deadline=deadline)
    paying.asset.send("approve", deal, 100 * USD, sender=cast.payer)
    pay(paying, signature, deadline=deadline)
    assert paying.state().credited[SENIOR] == 100 * USD


def test_a_strangers_call_takes_nothing_from_the_one_who_signed(paying: Stage) -> None:
    stranger = paying.cast.stranger
    signature = signed_payment(paying)
    short = {"spender": paying.deal.address, "allowance": 0, "needed": 100 * USD}
    with paying.refused("ERC20InsufficientAllowance", short):
        pay(paying, signature, sender=stranger)
    # Nor once the allowance stands
    payer, deal = paying.cast.payer, paying.deal.address
    paying.asset.send("permit", payer, deal, 100 * USD, EVERYTHING, *signature, sender=stranger)
    with paying.refused("ERC20InsufficientAllowance", short):
        pay(paying, signature, sender=stranger)
    with paying.refused("ERC20InsufficientAllowance", short):
        paying.deal.send("payAndSettle", 100 * USD, 1, sender=stranger)
