"""
What admin says of plans and roles.

given a plan of several senders
    each step should have its place, its sender and its gas, and what is left for others should be named
given roles that are offered, given up or to be replaced
    each should say who has it, whom it is offered to, and what follows when
given an account that still holds something
    it should be listed, and otherwise that it holds nothing
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.pages import roles
from penstock.deploy.admin import AdminPlan
from penstock.deploy.plan import Kind, Step
from penstock.onchain.roles import Replacement, Role
from penstock.report.tables import console
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.tables import tables

AT = 1_775_001_600  # 2026-04-01


def step(name: str, sender: str, gas: int, done: bool = False) -> Step:
    return Step(name, f"do {name}", Kind.CALL, sender, OTHER, b"", lambda *_: True, done=done, gas=gas)  # type: ignore[arg-type]


STEPS = (
    step("offer", SPONSOR, 61_000, done=True),
    step("drop", SPONSOR, 31_234),
    step("accept", HOLDER, 41_000),
    step("take", HOLDER, 42_000),
    step("sign", OPERATOR, 43_000),
)
PLAN = AdminPlan("hand over", 5, "0x", "goerli", STEPS, ("note: late",))
CHAIN: Any = SimpleNamespace(chain_id=5)


def printed(page: object) -> str:
    shown = console()
    with shown.capture() as taken:
        shown.print(page)
    return taken.get()


@pytest.mark.parametrize(
    ("nothing_sent", "name", "where", "notes"),
    [
        (
            True,
            "goerli",
            "goerli (chain 5)",
            ["note: late", "nothing was sent; --execute sends the steps of --account"],
        ),
        (False, "5", "chain 5", ["note: late"]),
    ],
)
def test_each_step_has_its_sender_and_its_gas(nothing_sent: bool, name: str, where: str, notes: list[str]) -> None:
    plan = AdminPlan("hand over", 5, "0x", name, STEPS, ("note: late",))
    text = printed(roles.plan_page(CHAIN, plan, nothing_sent))
    (found,) = tables(text)
    assert found.title == [f"On {where}, to hand over: 4 transactions to send"]
    assert list(found.columns) == ["", "step", "sent by", "to", "gas"]
    assert found.rows == [
        ["1", "do offer", SPONSOR, OTHER, "done"],
        ["2", "do drop", SPONSOR, OTHER, "31,234"],
        ["3", "do accept", HOLDER, OTHER, "41,000"],
        ["4", "do take", HOLDER, OTHER, "42,000"],
        ["5", "do sign", OPERATOR, OTHER, "43,000"],
    ]
    assert text.rstrip().split("\n\n")[-1].splitlines() == notes


def test_a_plan_that_is_done_says_so() -> None:
    done = AdminPlan("hand over", 5, "0x", "5", STEPS[:1])
    assert printed(roles.plan_page(CHAIN, done, True)).rstrip().split("\n\n")[-1] == "nothing is left to do"


def test_what_is_left_for_others_is_named() -> None:
    page = roles.left_page(PLAN, SPONSOR)
    assert printed(page).splitlines() == [
        f"not finished: 2 steps left for {HOLDER}:",
        "  do accept",
        "  do take",
        f"next: the same command with --account {HOLDER}, or with --export-safe FILE",
        f"not finished: 1 step left for {OPERATOR}:",
        "  do sign",
        f"next: the same command with --account {OPERATOR}, or with --export-safe FILE",
        "",
    ]
    assert roles.left_page(AdminPlan("", 5, "", "", STEPS[:2]), SPONSOR) is None


ROLES = [
    Role("registrar", OTHER, SPONSOR, HOLDER),
    Role("reporter", HOLDER, None, None),
    Role("replaces the policy", OPERATOR, SPONSOR, None, Replacement(OTHER, HOLDER, AT, 86_400)),
    Role("replaces the reports", OPERATOR, SPONSOR, None, Replacement(OTHER, None, 0, 2 * 86_400)),
]


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(roles, "roles_of", lambda deal: deal.roles)
    return SimpleNamespace(terms=SimpleNamespace(name="Small"), roles=ROLES)


def test_each_role_says_who_has_it_and_what_follows(deployment: Any) -> None:
    (found,) = tables(printed(roles.roles_table(deployment)))
    assert found.title == ["Roles of Small"]
    assert list(found.columns) == ["role", "contract", "holder", "offered to", "replacement"]
    assert found.rows == [
        ["registrar", OTHER, SPONSOR, HOLDER, ""],
        ["reporter", HOLDER, "nobody", "", ""],
        ["replaces the policy", OPERATOR, SPONSOR, "", f"{HOLDER} on 2026-04-01 00:00:00 UTC"],
        ["replaces the reports", OPERATOR, SPONSOR, "", "after 2 days; none pending"],
    ]


def test_a_deal_without_roles_says_so(deployment: Any) -> None:
    deployment.roles = []
    assert printed(roles.roles_table(deployment)) == "Small has no roles\n"


def test_what_an_account_still_holds_is_listed(deployment: Any) -> None:
    text = printed(roles.holders_page(deployment, SPONSOR, ["the registrar", "5 USDC"]))
    assert text.rstrip().split("\n\n")[-1].splitlines() == [f"{SPONSOR} still holds:", "  the registrar", "  5 USDC"]
    nothing = printed(roles.holders_page(deployment, SPONSOR, []))
    assert nothing.rstrip().split("\n\n")[-1] == (
        f"{SPONSOR} holds nothing of this deal: no role, no allowance, no cash, no share"
    )
