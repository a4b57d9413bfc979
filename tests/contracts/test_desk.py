"""
fill
├── given asks are signed, when anybody fills them, shares and cash should change hands in one transaction
│   ├── when a part is taken, it should cost its part, rounded up, and the rest be left
│   ├── when less is left than the most, what is left should be bought; less than the least should be refused
│   ├── when the payee is another, it should be paid; a deal should be refused
│   └── when a leg is refused (policy, shares, allowance), it should be named with its reason, and nothing bought
├── given an ask is bound to what was credited, after a payout it should be refused
│   └── when a token of another leg settles the deal meanwhile, it should be refused too
├── given a signature of another, of another desk, chain, or of other values, it should be refused; ERC-1271 as it says
├── given it has expired, was cancelled or costs more than the most, it should be refused; in its last second not
├── given a coin that takes a fee, or a token that delivers short, lies or calls back, it should be refused
└── given asks drawn at random, desk and twin should agree to the unit
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from penstock.evm.asks import ASK_TYPE, digest, sign_ask
from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.evm.permits import domain_separator
from penstock.links.desk import ALL, Ask, Desk, DeskRefused, Filled
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import Mock, Response, call_before, call_of, respond
from tests.contracts.stage import EVERYTHING, NOBODY, USD, Stage, put_on

LATER = 2**40
SUPPLY = 100_000 * USD
MAGIC = bytes.fromhex("1626ba7e").ljust(32, b"\0")


@pytest.fixture
def desk(plain: Stage, mock: Mock) -> Contract:
    """Ann has all shares and lets the desk take them; Bob has coins and lets it take those."""
    return opened(plain, mock)


def opened(stage: Stage, mock: Mock) -> Contract:
    made = mock("Desk", stage.asset.address)
    for share in (stage.share(0), stage.share(1)):
        share.send("approve", made.address, EVERYTHING, sender=stage.cast.ann)
    stage.asset.send("mint", stage.cast.bob, 10**6 * USD)
    stage.asset.send("approve", made.address, EVERYTHING, sender=stage.cast.bob)
    stage.watched.append(made.address)
    return made


def ask_of(stage: Stage, **other: Any) -> Ask:
    """A tenth of the senior tranche at 99."""
    ask = Ask(stage.cast.ann, stage.share().address, ALL, 10_000 * USD, 9_900 * USD, NOBODY, ALL, LATER, 1)
    return replace(ask, **other)


def values(ask: Ask) -> tuple[Any, ...]:
    return tuple(getattr(ask, name) for name in Ask.__dataclass_fields__)


def fill(desk: Contract, asks: list[Ask], sender: str, most: int = EVERYTHING, **lists: Any) -> Any:
    amounts = lists.get("amounts", [each.amount for each in asks])
    leasts = lists.get("leasts", amounts)
    signed = lists.get("signed") or [sign_ask(desk, values(each)) for each in asks]
    return desk.send("fill", [values(each) for each in asks], amounts, leasts, signed, most, sender=sender)


def test_what_is_signed_is_what_the_design_says() -> None:
    one = "0x" + "11" * 20
    assert ASK_TYPE.hex() == "80400143af9576488c827b116da83f227ded45e7ffe5f1675ba30e18884ef6db"
    assert domain_separator("Penstock Desk", "1", 31337, one).hex() == (
        "a14432c719cbc8f01607da25155de92277023d49338fffe71e0512015319d324"
    )
    ask = ("0x" + "22" * 20, "0x" + "44" * 20, ALL, 10**6, 990 * 10**6, NOBODY, ALL, 1_815_411_600, 1)
    assert digest(31337, one, ask).hex() == "451321b71ff42bb7a8434071b704a6b44a1ab83f728f04647fa5ac2050895f02"


def test_shares_and_cash_change_hands_at_once(plain: Stage, desk: Contract) -> None:
    cast, ask = plain.cast, ask_of(plain)
    assert bytes(desk.call("digest", values(ask))) == digest(plain.system.chain.chain_id, desk.address, values(ask))
    receipt = fill(desk, [ask], cast.bob)
    (event,) = receipt.events(desk.abi)
    assert event.name == "Filled"
    assert dict(event.values) == {
        "seller": cast.ann,
        "token": ask.token,
        "buyer": cast.bob,
        "id": ALL,
        "nonce": 1,
        "amount": 10_000 * USD,
        "cost": 9_900 * USD,
    }
    assert plain.share().call("balanceOf", cast.bob) == 10_000 * USD
    assert (plain.cash(cast.ann), plain.cash(cast.bob)) == (9_900 * USD, 990_100 * USD)
    assert (plain.cash(desk.address), plain.share().call("balanceOf", desk.address)) == (0, 0)
    with plain.refused("Desk_TooLittleLeft", {"leg": 0, "left": 0, "least": 0}):
        fill(desk, [ask], cast.bob, leasts=[0])


def test_a_part_costs_its_part_rounded_up(plain: Stage, desk: Contract) -> None:
    cast, ask = plain.cast, ask_of(plain, amount=3, price=10)
    fill(desk, [ask], cast.bob, amounts=[1])
    assert (plain.cash(cast.ann), desk.call("takenOf", cast.ann, 1)) == (4, 1)
    fill(desk, [ask], cast.bob, amounts=[5], leasts=[2])
    assert (plain.cash(cast.ann), desk.call("takenOf", cast.ann, 1)) == (11, 3)


def test_less_than_the_least_is_refused(plain: Stage, desk: Contract) -> None:
    ask = ask_of(plain, amount=10)
    fill(desk, [ask], plain.cast.bob, amounts=[7])
    with plain.refused("Desk_TooLittleLeft", {"leg": 0, "left": 3, "least": 4}):
        fill(desk, [ask], plain.cast.bob, amounts=[10], leasts=[4])
    with plain.refused("Desk_TooLittleLeft", {"leg": 0, "left": 3, "least": 0}):
        fill(desk, [ask], plain.cast.bob, amounts=[0], leasts=[0])


def test_another_payee_is_paid_and_no_deal_is(plain: Stage, desk: Contract) -> None:
    cast = plain.cast
    fill(desk, [ask_of(plain, payee=cast.cho)], cast.bob)
    assert (plain.cash(cast.cho), plain.cash(cast.ann)) == (9_900 * USD, 0)
    with plain.refused("Desk_PayeeIsADeal", {"leg": 0, "payee": plain.deal.address}):
        fill(desk, [ask_of(plain, payee=plain.deal.address, nonce=2)], cast.bob)


def test_a_basket_is_bought_whole_or_not_at_all(plain: Stage, desk: Contract) -> None:
    cast, equity = plain.cast, plain.share(1)
    legs = [ask_of(plain), ask_of(plain, token=equity.address, amount=50, price=7, nonce=2)]
    with plain.system.chain.undone():
        fill(desk, legs, cast.bob, most=9_900 * USD + 7)
        assert equity.call("balanceOf", cast.bob) == 50
    with plain.refused("Desk_TooDear", {"cost": 9_900 * USD + 7, "most": 9_900 * USD + 6}):
        fill(desk, legs, cast.bob, most=9_900 * USD + 6)
    equity.send("approve", desk.address, 49, sender=cast.ann)
    with pytest.raises(ChainRevert) as caught:
        fill(desk, legs, cast.bob)
    assert (caught.value.name, caught.value.values["leg"]) == ("Desk_LegRefused", 1)
    assert caught.value.values["token"] == equity.address
    inner = plain.system.chain.registry.decode(caught.value.values["reason"])
    assert (inner.name, inner.values) == (
        "ERC20InsufficientAllowance",
        {"spender": desk.address, "allowance": 49, "needed": 50},
    )
    assert (plain.share().call("balanceOf", cast.bob), desk.call("takenOf", cast.ann, 1)) == (0, 0)


def test_a_leg_the_policy_refuses_is_named(system: System, mock: Mock) -> None:
    policy = mock("PickyPolicy")
    stage = put_on(system, deals.PLAIN, policy=policy)
    desk = opened(stage, mock)
    policy.send("refuse", stage.cast.bob, True)
    with pytest.raises(ChainRevert) as caught:
        fill(desk, [ask_of(stage)], stage.cast.bob)
    inner = system.chain.registry.decode(caught.value.values["reason"])
    assert (caught.value.name, caught.value.values["leg"]) == ("Desk_LegRefused", 0)
    assert (inner.name, inner.values) == ("ERC7943CannotReceive", {"account": stage.cast.bob})


def test_nobody_fills_ex_what_was_signed_cum(plain: Stage, desk: Contract) -> None:
    cast = plain.cast
    plain.settle(20_000 * USD)
    ask = ask_of(plain, credited=20_000 * USD)
    fill(desk, [ask], cast.bob, amounts=[USD])
    plain.settle(7 * USD)
    refusal = {"leg": 0, "credited": 20_007 * USD, "signed": 20_000 * USD}
    with plain.refused("Desk_NotCredited", refusal):
        fill(desk, [ask], cast.bob, amounts=[USD])
    equity = ask_of(plain, token=plain.share(1).address, amount=1, price=1, credited=0, nonce=2)
    with plain.refused("Desk_NotCredited", {**refusal, "leg": 1}):
        fill(desk, [equity, ask], cast.bob, amounts=[1, USD])
    with plain.refused("Desk_NotCredited", {"leg": 0, "credited": 0, "signed": 3}):
        fill(desk, [replace(equity, credited=3)], cast.bob)


def test_a_token_that_settles_anothers_deal_meanwhile_is_met(plain: Stage, desk: Contract, mock: Mock) -> None:
    cast, token = plain.cast, mock("ScriptedResponder")
    plain.settle(20_000 * USD)
    plain.until(2)
    plain.gift(7 * USD)
    respond(token, Response.ANSWERS, (1).to_bytes(32, "big"))
    ask = ask_of(plain, credited=20_000 * USD)
    call_before(token, [call_of(plain.deal, "settle", 1)], ignores_failure=True)
    for seller, name in ((cast.bob, "Desk_NotCredited"), (cast.cho, "Desk_DeliveredShort")):
        hostile = ask_of(plain, token=token.address, amount=1, price=0, seller=seller, nonce=9)
        for legs in ([hostile, ask], [ask, hostile]):
            with pytest.raises(ChainRevert) as caught:
                fill(desk, legs, cast.bob)
            assert caught.value.name == name
            assert caught.value.values["leg"] == legs.index(ask if seller == cast.bob else hostile)
    assert plain.state().period == 1


@pytest.mark.parametrize("change", [name for name in Ask.__dataclass_fields__ if name != "seller"] + ["signer", "desk"])
def test_nothing_else_than_what_was_signed_is_sold(plain: Stage, desk: Contract, mock: Mock, change: str) -> None:
    cast, ask = plain.cast, ask_of(plain)
    where = mock("Desk", plain.asset.address) if change == "desk" else desk
    signed = sign_ask(where, values(ask), signer=cast.cho if change == "signer" else None)
    other = {
        "token": plain.share(1).address, "id": 0, "amount": ask.amount + 1, "price": ask.price - 1, "payee": cast.cho,
        "credited": 0, "expiry": LATER + 1, "nonce": 2,
    }  # fmt: skip
    if change in other:
        ask = replace(ask, **{change: other[change]})
    with plain.refused("Desk_WrongSignature", {"leg": 0, "seller": cast.ann}):
        fill(desk, [ask], cast.bob, signed=[signed])


def test_a_contract_sells_by_its_own_word(plain: Stage, desk: Contract, mock: Mock) -> None:
    cast, wallet = plain.cast, mock("ScriptedResponder")
    plain.share().send("transfer", wallet.address, 100, sender=cast.ann)
    call = call_of(plain.share(), "approve", desk.address, EVERYTHING)
    call_before(wallet, [call])
    plain.system.chain.transact(wallet.address, b"", cast.stranger)
    wallet.send("callBefore", [])
    ask = ask_of(plain, seller=wallet.address, amount=100, price=5, payee=cast.cho)
    for answer in (b"", bytes(32), b"\xff" * 32):
        respond(wallet, Response.ANSWERS, answer)
        with plain.refused("Desk_WrongSignature", {"leg": 0, "seller": wallet.address}):
            fill(desk, [ask], cast.bob, signed=[b"word"])
    respond(wallet, Response.ANSWERS, MAGIC)
    fill(desk, [ask], cast.bob, signed=[b"word"])
    assert (plain.share().call("balanceOf", cast.bob), plain.cash(cast.cho)) == (100, 5)


def test_an_ask_ends_at_its_expiry_and_when_it_is_cancelled(plain: Stage, desk: Contract) -> None:
    cast, now = plain.cast, plain.system.chain.now()
    fill(desk, [ask_of(plain, expiry=now)], cast.bob, amounts=[1])
    with plain.refused("Desk_Expired", {"leg": 0, "expiry": now - 1, "time": now}):
        fill(desk, [ask_of(plain, expiry=now - 1)], cast.bob)
    (event,) = desk.send("cancel", 1, sender=cast.ann).events(desk.abi)
    assert (event.name, dict(event.values)) == ("Cancelled", {"seller": cast.ann, "nonce": 1})
    with plain.refused("Desk_TooLittleLeft", {"leg": 0, "left": 0, "least": 1}):
        fill(desk, [ask_of(plain)], cast.bob, leasts=[1])
    fill(desk, [ask_of(plain, nonce=2)], cast.bob)
    assert desk.call("takenOf", cast.ann, 1) == ALL


def test_lists_must_match(plain: Stage, desk: Contract) -> None:
    names = ("asks", "amounts", "leasts", "signatures")
    ask = values(ask_of(plain))
    for lengths in ((0, 0, 0, 0), (1, 0, 1, 1), (1, 1, 2, 1), (1, 1, 1, 0)):
        lists = [[ask] * lengths[0], [1] * lengths[1], [1] * lengths[2], [b""] * lengths[3]]
        with plain.refused("Desk_LengthMismatch", dict(zip(names, lengths, strict=True))):
            desk.send("fill", *lists, EVERYTHING, sender=plain.cast.bob)


def test_a_coin_that_takes_a_fee_sells_nothing(system: System, mock: Mock) -> None:
    stage = put_on(system, deals.PLAIN, mock("FeeUSD", 6))
    desk = opened(stage, mock)
    with pytest.raises(ChainRevert) as caught:
        fill(desk, [ask_of(stage)], stage.cast.bob)
    assert (caught.value.name, caught.value.values["cost"]) == ("Desk_PaidShort", 9_900 * USD)


def test_a_token_that_calls_back_fills_nothing_inside(plain: Stage, desk: Contract, mock: Mock) -> None:
    cast, token = plain.cast, mock("ScriptedResponder")
    respond(token, Response.ANSWERS, (1).to_bytes(32, "big"))
    inner = ask_of(plain)
    call = call_of(desk, "fill", [values(inner)], [1], [1], [sign_ask(desk, values(inner))], EVERYTHING)
    call_before(token, [call])
    hostile = ask_of(plain, token=token.address, amount=1, price=0, seller=cast.cho, nonce=9)
    with pytest.raises(ChainRevert) as caught:
        fill(desk, [hostile], cast.bob)
    assert caught.value.name == "Desk_Reentered"
    assert plain.share().call("balanceOf", token.address) == 0


def test_inv_44_desk_and_twin_agree_to_the_unit(plain: Stage, desk: Contract) -> None:
    """Asks of three sellers, parts and baskets, cancelled, bound, too dear; after each, every number."""
    random, twin, cast, chain = Random(44), Desk(), plain.cast, plain.system.chain
    people = (cast.ann, cast.bob, cast.cho)
    for each in people:
        plain.asset.send("mint", each, 10**6 * USD)
        plain.asset.send("approve", desk.address, EVERYTHING, sender=each)
        for share in plain.deployment.shares:
            share.send("approve", desk.address, EVERYTHING, sender=each)
    for share in plain.deployment.shares:
        for each in people[1:]:
            share.send("transfer", each, SUPPLY // 4 if share == plain.share() else 10, sender=cast.ann)
    plain.settle(20_000 * USD)
    places = {share.address: tranche for tranche, share in enumerate(plain.deployment.shares)}
    shares = {
        (share.address, each): share.call("balanceOf", each) for share in plain.deployment.shares for each in people
    }
    cash = {each: plain.cash(each) for each in people}
    outcomes: dict[str, int] = {}

    def credited(ask: Ask) -> int:
        return int(plain.deal.call("creditedOf", places[ask.token]))

    for turn in range(60):
        if turn == 30:
            plain.settle(5_000 * USD)
        if random.random() < 0.1:
            seller, nonce = random.choice(people), random.randrange(6)
            desk.send("cancel", nonce, sender=seller)
            twin.cancel(seller, nonce)
        buyer = random.choice(people)
        asks = [
            Ask(
                random.choice(people), random.choice(list(places)), ALL, random.randrange(1, 10**9),
                random.randrange(10**9), NOBODY, random.choice((ALL, 20_000 * USD, 0)), LATER, random.randrange(40),
            )
            for _ in range(random.choice((1, 1, 2, 3)))
        ]  # fmt: skip
        amounts = [random.choice((each.amount, each.amount // 3, 2 * each.amount)) for each in asks]
        leasts = [random.choice((0, amount // 2)) for amount in amounts]
        most = random.choice((EVERYTHING, EVERYTHING, sum(each.price for each in asks) // 2))
        new_shares, new_cash = dict(shares), dict(cash)

        def move(
            leg: int, filled: Filled, buyer: str = buyer, new_shares: Any = new_shares, new_cash: Any = new_cash
        ) -> None:
            ask = filled.ask
            if new_cash[buyer] < filled.cost:
                raise DeskRefused("NoCash")
            new_cash[buyer] -= filled.cost
            new_cash[ask.seller] += filled.cost
            if new_shares[ask.token, ask.seller] < filled.amount:
                raise DeskRefused("LegRefused", leg)
            new_shares[ask.token, ask.seller] -= filled.amount
            new_shares[ask.token, buyer] += filled.amount

        try:
            twin.fill(asks, amounts, leasts, most, chain.now(), move, credited)
            expected = ""
            shares, cash = new_shares, new_cash
        except DeskRefused as refusal:
            expected = f"Desk_{refusal.name}"
        try:
            fill(desk, asks, buyer, most, amounts=amounts, leasts=leasts)
            found = ""
        except ChainRevert as refusal:
            found = refusal.name
        assert found == expected, (turn, asks)
        outcomes[found] = outcomes.get(found, 0) + 1
        assert cash == {each: plain.cash(each) for each in people}
        assert shares == {key: plain.deployment.shares[places[key[0]]].call("balanceOf", key[1]) for key in shares}
        for (seller, nonce), taken in twin.taken.items():
            assert desk.call("takenOf", seller, nonce) == taken
    assert {"", "Desk_TooDear", "Desk_NotCredited", "Desk_TooLittleLeft"} <= set(outcomes), outcomes


def test_asks_do_not_burden_the_desk(plain: Stage, desk: Contract, mock: Callable[..., Contract]) -> None:
    assert (
        plain.system.artifacts["Desk"].deployed_bytecode
        and len(plain.system.artifacts["Desk"].deployed_bytecode) < 16_000
    )
