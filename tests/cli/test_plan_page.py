"""
What deploy shows before it sends anything.

given a plan of steps, some done, some alike and side by side
    each row should have its place, what it does, its gas, and what it costs at the present price
    the cost should be the sponsor's at the present price, at the highest and at the one asked for, in coin and in money
    every role and every address should be named
    it should be said what is missing, and that nothing was sent
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.pages import deployment
from penstock.cli.pages.deployment import Shown, plan_page
from penstock.deploy.plan import Kind, Order, Parts, Plan, Step
from penstock.evm.codec import checksum
from penstock.evm.fees import Fees
from penstock.model.shares import Allotment
from penstock.model.terms import CleanUpCall
from penstock.model.units import WAD
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.report.tables import console
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.every_figure import TERMS
from tests.fixtures.tables import Printed, tables

GWEI = 10**9
FEES = Fees(base=20 * GWEI, tip=3 * GWEI, most=46 * GWEI)
PLACES = [checksum(f"0x{0xFACADE00 + index:040x}") for index in range(20)]
PARTS = Parts(*PLACES[:10], shares=tuple(PLACES[10:14]), policy=PLACES[14], reports=NO_ADDRESS)


def step(name: str, gas: int, **more: Any) -> Step:
    kind, to = more.pop("kind", Kind.CREATE2), more.pop("to", NO_ADDRESS)
    return Step(name, f"do {name}", kind, SPONSOR, to, b"", lambda *_: True, gas=gas, **more)  # type: ignore[arg-type]


STEPS = (
    step("fund", 21_000, value=10**16, to=OTHER),
    step("proxy", 70_000, kind=Kind.KEYLESS, value=10**16, makes=PLACES[0]),
    step("logic", 0, done=True, makes=PLACES[1]),
    step("factory", 4_000_000, makes=PLACES[2]),
    step("allow-1", 100_000, group="let three holders in", to=PLACES[14]),
    step("allow-2", 200_000, group="let three holders in", to=PLACES[14], done=True),
    step("allow-3", 300_000, group="let three holders in", to=PLACES[14]),
    step("give-1", 0, group="give shares", to=PLACES[9], done=True),
    step("give-2", 0, group="give shares", to=PLACES[10], done=True),
    step("launch", 1_500_000, to=PLACES[2], makes=PARTS.deal),
)
ORDER = Order(
    "every.toml",
    "",
    TERMS,
    SPONSOR,
    {"operator": OPERATOR, "agent": OTHER},
    (Allotment(0, HOLDER, 1), Allotment(1, HOLDER, 1), Allotment(3, SPONSOR, 1)),
    policy=None,
    delay=2 * 86_400,
)
REGISTRY: Any = SimpleNamespace(abi=None)
PLAN = Plan(
    11_155_111, "0x", "sepolia", ORDER, PARTS, b"", STEPS, {"HolderRegistry": REGISTRY}, notes=("note: a fork",)
)
PLAIN = Shown()


@pytest.fixture(autouse=True)
def _prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "fees_now", lambda _: FEES)
    monkeypatch.setattr(deployment, "shortages", lambda *_: ["a coin too little"])
    monkeypatch.setattr(deployment, "owner_of", lambda _, __, place: {PLACES[15]: OTHER}.get(place))


def page(plan: Plan = PLAN, shown: Shown = PLAIN, **more: Any) -> tuple[str, Mapping[str, Printed]]:
    chain: Any = None
    out = console()
    with out.capture() as taken:
        out.print(plan_page(chain, plan, shown, **more))
    return taken.get(), {each.title[0].partition(" on ")[0]: each for each in tables(taken.get())}


def coin(wei: int) -> str:
    return f"{Decimal(wei).scaleb(-18):,.6f}"


def test_each_step_has_its_place_its_gas_and_its_cost() -> None:
    text, found = page()
    assert text.splitlines()[0] == "Every Figure on sepolia (chain 11155111): 6 transactions to send"
    table = found["Every Figure"]
    assert list(table.columns) == ["", "step", "to", "makes", "gas", "native coin"]
    assert table.rows == [
        ["1", "do fund", OTHER, "", "21,000", coin(21_000 * 23 * GWEI + 10**16)],
        ["2", "do proxy", "", PLACES[0], "70,000", coin(10**16)],
        ["3", "do logic", "", PLACES[1], "exists", "–"],
        ["4", "do factory", "", PLACES[2], "4,000,000", coin(4_000_000 * 23 * GWEI)],
        [
            "5–7",
            "let three holders in, in 3 transactions, of which 1 done",
            PLACES[14],
            "",
            "400,000",
            coin(400_000 * 23 * GWEI),
        ],
        ["8–9", "give shares, in 2 transactions", "", "", "done", "–"],
        ["10", "do launch", PLACES[2], PARTS.deal, "1,500,000", coin(1_500_000 * 23 * GWEI)],
    ]


def test_one_by_one_each_transaction_has_a_row() -> None:
    text, found = page(shown=Shown(every=True))
    assert [row[0] for row in found["Every Figure"].rows] == [str(at) for at in range(1, 11)]
    assert found["Every Figure"].rows[5][-2:] == ["done", "–"]
    assert "--verbose" not in text


def test_the_cost_is_the_sponsors_at_each_price() -> None:
    """The keyless transaction pays for itself out of what the sponsor sent there."""
    own = 21_000 + 4_000_000 + 400_000 + 1_500_000
    _, found = page(shown=Shown(gas_price=Decimal("2.6"), coin_price=Decimal("2500.10")))
    assert list(found["Cost"].columns) == ["gas price", "gas", "native coin", "money"]
    costs = [own * price + 10**16 for price in (23 * GWEI, 46 * GWEI, 26 * GWEI // 10)]
    assert found["Cost"].rows == [
        [label, f"{own:,}", coin(wei), f"{Decimal(wei).scaleb(-18) * Decimal('2500.10'):,.2f}"]
        for label, wei in zip(
            ("now: base fee 20.000 + tip 3.000 gwei", "at most: 46.000 gwei", "at 2.6 gwei"), costs, strict=True
        )
    ]
    _, found = page()
    assert found["Cost"].rows == [
        ["now: base fee 20.000 + tip 3.000 gwei", f"{own:,}", coin(costs[0])],
        ["at most: 46.000 gwei", f"{own:,}", coin(costs[1])],
    ]


def roles(**order: Any) -> list[list[str]]:
    _, found = page(replace(PLAN, order=replace(ORDER, **order)))
    return found["Roles"].rows


def test_every_role_is_named_with_who_has_it() -> None:
    assert roles() == [
        ["sponsor: pays for and signs the launch", SPONSOR],
        ["administrator: can replace policy and reports with 2 days of notice", SPONSOR],
        ["registrar: decides who may hold shares", SPONSOR],
        ["reporter: attests losses and asset values", "nobody"],
        ["payee operator: receives its fees", OPERATOR],
        ["payee agent: receives its fees", OTHER],
        ["holders at closing", "2"],
    ]
    rows = dict(roles(delay=0, policy=PLACES[15], reports=PLACES[16], allotments=ORDER.allotments[:2]))
    assert rows["registrar: decides who may hold shares"] == OTHER
    assert rows["reporter: attests losses and asset values"] == f"decided by {PLACES[16]}"
    assert rows["holders at closing"] == HOLDER
    assert not any(role.startswith("administrator") for role in rows)


def test_a_payee_of_the_call_may_call_and_pays() -> None:
    call = CleanUpCall("sponsor", WAD // 10)
    both = replace(TERMS, call=replace(call, payee="operator"))
    assert roles(terms=both)[4] == [
        "payee operator: receives its fees; may call the deal and pays what is missing",
        OPERATOR,
    ]
    only = roles(terms=replace(TERMS, call=call), payees={**ORDER.payees, "sponsor": HOLDER})
    assert ["payee sponsor: may call the deal and pays what is missing", HOLDER] in only


def test_every_address_is_named() -> None:
    _, found = page()
    own = {
        "factory": PARTS.factory,
        "implementation of deals": PARTS.implementation,
        "extension of deals": PARTS.extension,
        "trial of deals": PARTS.trial,
        "share logic": PARTS.logic,
        "lens": PARTS.lens,
        "batch": PARTS.batch,
        "asset": PARTS.asset,
        "deal": PARTS.deal,
        **{f"share {each.id}": place for each, place in zip(TERMS.tranches, PARTS.shares, strict=True)},
        "policy": PARTS.policy,
    }
    assert found["Contracts"].rows == [[*each] for each in own.items()]


def test_what_is_missing_is_said_and_that_nothing_was_sent() -> None:
    def notes(plan: Plan = PLAN, **more: Any) -> list[str]:
        return page(plan, **more)[0].rstrip().split("\n\n")[-1].splitlines()

    short, folded = "short: a coin too little", "--verbose lists the 10 transactions one by one"
    assert notes() == ["note: a fork", short, folded, "nothing was sent; --execute sends it"]
    assert notes(sending=True) == ["note: a fork", short, folded]
    done = replace(PLAN, name="11155111", steps=tuple(replace(each, done=True) for each in STEPS))
    assert notes(done) == [folded, "nothing is left to do"]
    assert page(done)[0].startswith("Every Figure on chain 11155111: 0 transactions to send")
