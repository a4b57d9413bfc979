"""
penstock call, and what settle, status, watch and audit say of a clean-up call.

given a deal without a call, or more outstanding than its terms allow, or less than a day left, or a deal at its end
    penstock call should refuse in one line
    and say which later period can be called still, if any; status should say the same, and no price
given a deal that may be called
    it should plan an announcement, with the price and what the payee lacks and allows; send nothing without --execute
    with --allow, it should let the deal take so much first; with an earlier allowance that is too small, clear it
    sent again, it should have nothing to do; exported, it should name the payee
    status should say until when, by whom and at what price, as a page and as JSON
given a settlement of the announced period
    it should say what the payee paid; status, watch and audit should know it
    where the payee cannot pay, it should settle as usual; settle and watch should say that the call was not paid
    where the payee can pay, no revenue should be needed, of one deal or of many
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.actors import HOLDER, OPERATOR, OTHER
from tests.fixtures.chains import START
from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import TESTED
from tests.fixtures.tables import tables
from tests.operate.conftest import DAY, USD, Stage

pytestmark = pytest.mark.sampled

CALLABLE = TESTED.replace("[ladder]", '[call]\nby = "operator"\nbelow = "0.75"\n[ladder]')


@pytest.fixture
def file(stage: Stage) -> str:
    """750 of 1,000 are outstanding: it may be called. 725 are missing: 750, 15 of interest, a fee of 10, less 50."""
    path = stage.launch(text=CALLABLE)
    stage.pay(path, 300 * USD)
    stage.day(90)
    assert penstock("settle", str(path)).exit_code == 0
    return str(path)


def fund(stage: Stage, file: str, amount: int) -> None:
    stage.deal(Path(file)).asset.send("mint", OPERATOR, amount)


def lines(words: str) -> str:
    return " ".join(words.split())


@pytest.mark.slow
def test_a_deal_without_a_call_is_refused(stage: Stage) -> None:
    refused(penstock("call", str(stage.launch())), "Small has no clean-up call: its deal file has no [call]")


def test_a_call_that_is_not_allowed_yet_is_refused(stage: Stage) -> None:
    file = str(stage.launch(text=CALLABLE))
    refused(
        penstock("call", file),
        "lenders' faces less principal paid are 1,000; a call is allowed once they are 750 or less",
    )
    said = (
        f"operator ({OPERATOR}) may call the deal once faces less principal paid are 750.00 or less; they are 1,000.00"
    )
    assert said in lines(penstock("status", file).stdout)


@pytest.mark.slow
def test_the_plan_has_price_and_purse_and_sends_nothing(stage: Stage, file: str) -> None:
    before = stage.sent(OPERATOR)
    fund(stage, file, 700 * USD)
    done = penstock("call", file)
    assert done.exit_code == 0, done.stderr
    (plan,) = tables(done.stdout)
    assert plan.title == ["On chain 31337, to announce the call of period 2 of Small: 1 transaction to send"]
    assert [row[1:3] for row in plan.rows] == [["announce the call of period 2", OPERATOR]]
    for words in (
        "with what is there now 725 are missing; the payee holds 700, and the deal may take 0",
        "the deal takes what is missing when period 2 is settled, from 2026-07-01 on; if it cannot, the period is "
        "settled as usual, and nothing is taken",
        "the payee holds too little: it lacks 25 of the 725, which it needs by the settlement",
        "the allowance is too small: 0 of the 725; --allow 725 or more",
        "nothing was sent",
    ):
        assert words in lines(done.stdout), words
    assert stage.sent(OPERATOR) == before


def test_it_is_announced_once_and_the_allowance_is_made_larger(stage: Stage, file: str) -> None:
    words = ("call", file, "--execute")
    first = penstock(*words, "--allow", "600")
    assert first.exit_code == 0, first.stderr
    assert [line.split(": block")[0] for line in first.stderr.splitlines()] == [
        "let the deal take 600 USDC",
        "announce the call of period 2",
    ]
    again = penstock(*words, "--allow", "600")
    assert (again.exit_code, "nothing is left to do" in again.stdout) == (0, True)
    assert penstock(*words).exit_code == 0
    larger = penstock(*words, "--allow", "900.5")
    assert [line.split(": block")[0] for line in larger.stderr.splitlines()] == [
        "clear what is left of an earlier allowance",
        "let the deal take 900.50 USDC",
    ]
    deal = stage.deal(Path(file))
    assert deal.asset.call("allowance", OPERATOR, deal.deal.address) == 900_500_000
    assert "too small" not in larger.stdout
    assert "it lacks 725 of the 725" in lines(larger.stdout)
    fund(stage, file, 725 * USD)
    assert "holds too little" not in penstock("call", file).stdout


@pytest.mark.slow
def test_it_is_exported_for_its_payee(stage: Stage, file: str) -> None:
    assert penstock("call", file, "--allow", "800", "--export", "out.json").exit_code == 0
    made = json.loads(Path("out.json").read_text())
    deal = stage.deal(Path(file))
    assert [(each["from"], each["to"]) for each in made["transactions"]] == [
        (OPERATOR, deal.asset.address),
        (OPERATOR, deal.deal.address),
    ]


@pytest.mark.slow
def test_an_amount_that_is_none_is_refused(file: str) -> None:
    done = penstock("call", file, "--allow", "much")
    assert done.exit_code == 2
    assert "--allow" in done.stderr


def test_a_day_before_its_payment_date_it_is_too_late(stage: Stage, file: str) -> None:
    stage.chain.set_time(START + 180 * DAY + 60)
    refused(
        penstock("call", file),
        "the call of period 2 could be announced until 2026-06-30 00:00 UTC, a day before its payment date, and the "
        "chain has 2026-06-30 00:01 UTC",
        "accepted: the same once period 2 is settled, by 2026-09-30 00:00 UTC",
    )
    page = lines(penstock("status", file).stdout)
    assert (
        f"it is too late to call period 2; operator ({OPERATOR}) may announce period 3 once 2 is settled, by "
        "2026-09-30 00:00 UTC"
    ) in page
    assert "a call with what waits takes" not in page


@pytest.mark.slow
def test_where_the_next_period_is_past_too_a_later_one_is_named(stage: Stage, file: str) -> None:
    stage.chain.set_time(START + 273 * DAY)
    refused(penstock("call", file), "accepted: the same once period 3 is settled, by 2026-12-31 00:00 UTC")
    page = lines(penstock("status", file).stdout)
    assert f"operator ({OPERATOR}) may announce period 4 once 3 is settled, by 2026-12-31 00:00 UTC" in page


def test_where_it_is_too_late_for_all_periods_nothing_is_accepted(stage: Stage, file: str) -> None:
    stage.chain.set_time(START + 365 * DAY)
    said = "it is too late for every later period too, so the deal cannot be called any more"
    refused(penstock("call", file), said)
    assert (f"operator ({OPERATOR}) cannot call the deal any more: it could until 2026-12-31 00:00 UTC") in lines(
        penstock("status", file).stdout
    )
    assert penstock("settle", file, "--empty", "--periods", "2").exit_code == 0
    refused(penstock("call", file), "it is the last period, so the deal cannot be called any more")


def test_status_says_until_when_and_at_what_price(stage: Stage, file: str) -> None:
    fund(stage, file, 700 * USD)
    stage.pay(Path(file), 25 * USD)
    page = lines(penstock("status", file).stdout)
    assert f"operator ({OPERATOR}) may call the deal: announce period 2 by 2026-06-30 00:00 UTC" in page
    assert "a call with what waits takes 700 from operator, who has 700 and allows 0" in page
    assert penstock("call", file, "--allow", "650", "--execute").exit_code == 0
    page = lines(penstock("status", file).stdout)
    assert f"the call of period 2 is announced by operator ({OPERATOR})" in page
    assert "who has 700 and allows 650" in page
    assert json.loads(penstock("status", file, "--json").stdout)["call"] == {
        "payee": "operator",
        "address": OPERATOR,
        "outstanding": "750",
        "allowed_at": "750",
        "allowed": True,
        "announced_period": 2,
        "called_period": None,
        "latest_announcement": 1_782_777_600,
        "missing": "700",
        "payee_holds": "700",
        "payee_allows": "650",
    }


@pytest.mark.slow
def test_status_of_a_deal_without_a_call_has_none(stage: Stage) -> None:
    assert json.loads(penstock("status", str(stage.launch()), "--json").stdout)["call"] is None


def called(stage: Stage, file: str) -> str:
    """Period 2 settled by its call, with 200 collected."""
    assert penstock("call", file, "--allow", "600", "--execute").exit_code == 0
    fund(stage, file, 600 * USD)
    stage.pay(Path(file), 200 * USD)
    stage.day(182)
    done = penstock("settle", file)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_settle_says_what_the_payee_paid(stage: Stage, file: str) -> None:
    page = called(stage, file)
    assert "Settled period 2: collections 200.00 USDC" in page
    assert "called: operator paid 525.00; nothing is owed any more, and all later revenue is equity's" in lines(page)
    (paid,) = tables(page)
    assert [paid.row(name) for name in ("fee om", "senior", "equity", "reserve dsra")] == [
        ["10.00"],
        ["765.00"],
        ["0.00"],
        ["-50.00"],
    ]
    deal = stage.deal(Path(file))
    assert deal.asset.call("balanceOf", OPERATOR) == 75 * USD


def test_a_called_deal_is_over(stage: Stage, file: str) -> None:
    called(stage, file)
    page = lines(penstock("status", file).stdout)
    assert "called in period 2: nothing is owed any more, and all later revenue is equity's" in page
    assert "2 of 4 periods settled, then called; chain time 2026-07-02" in page
    assert "next payment date" not in page and "ladder normal" not in page
    listed = tables(penstock("status", "--all").stdout)[0]
    assert listed.columns["settled"] == ["2/4"]
    assert " ".join(listed.words("next payment date")) == "none: called in period 2"
    found = json.loads(penstock("status", file, "--json").stdout)["call"]
    assert (found["announced_period"], found["called_period"], found["missing"]) == (2, 2, None)
    refused(penstock("call", file), "the deal was called in period 2")
    watched = penstock("watch", file, "--once").stdout
    assert "the call of period 2 is announced" in watched
    assert "called in period 2: operator paid 525" in watched
    assert "was not paid" not in watched
    stage.pay(Path(file), 20 * USD)
    done = penstock("settle", file)
    assert "Settled late revenue: collections 20.00 USDC" in done.stdout
    audited = penstock("audit", file)
    assert audited.exit_code == 0, audited.stdout
    assert "2 periods, 1 settlement of late revenue" in lines(audited.stdout)


def test_a_payee_that_cannot_pay_makes_an_ordinary_settlement(stage: Stage, file: str) -> None:
    assert penstock("call", file, "--allow", "600", "--execute").exit_code == 0
    fund(stage, file, 600 * USD)
    stage.pay(Path(file), 24 * USD)
    stage.day(182)
    done = penstock("settle", file)
    assert "Settled period 2: collections 24.00 USDC" in done.stdout
    assert "called" not in done.stdout
    said = (
        "the call of period 2 was not paid: just before, 701 were missing, and operator had 600 and allowed 600; "
        "settled as usual"
    )
    assert said in lines(done.stdout)
    watched = penstock("watch", file, "--once").stdout
    assert f"; {said}" in watched
    assert watched.count("was not paid") == 1
    assert stage.period(Path(file)) == 2
    assert stage.deal(Path(file)).asset.call("balanceOf", OPERATOR) == 600 * USD
    plan = penstock("call", file)
    assert "announce the call of period 3" in plan.stdout


@pytest.mark.slow
def test_many_are_settled_with_a_line_on_the_call_that_was_not_paid(stage: Stage, file: str) -> None:
    assert penstock("call", file, "--allow", "800", "--execute").exit_code == 0
    stage.pay(Path(file), 24 * USD)
    stage.day(182)
    done = penstock("settle", "--all")
    assert "the call of period 2 was not paid: just before, 701 were missing, and operator had 0" in lines(done.stdout)
    assert "1 settled" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((), id="one"),
        pytest.param(("--all",), id="all", marks=pytest.mark.slow),
        pytest.param(("--advance",), id="advance", marks=pytest.mark.slow),
    ],
)
def test_a_call_that_would_be_paid_is_settled_without_revenue(stage: Stage, file: str, words: tuple[str, ...]) -> None:
    which = () if "--all" in words else (file,)
    assert penstock("call", file, "--allow", "725", "--execute").exit_code == 0
    fund(stage, file, 725 * USD - 1)
    stage.day(170 if "--advance" in words else 182)
    done = penstock("settle", *which, *words)
    assert (done.exit_code, stage.period(Path(file))) == (1, 1)
    assert "no revenue has been received for period 2" in done.stderr
    fund(stage, file, 1)
    done = penstock("settle", *which, *words)
    assert done.exit_code == 0, done.stderr
    assert "not paid" not in done.stdout
    assert stage.period(Path(file)) == 4
    assert stage.deal(Path(file)).asset.call("balanceOf", OPERATOR) == 0


@pytest.mark.slow
def test_without_an_allowance_it_would_not_be_paid(stage: Stage, file: str) -> None:
    assert penstock("call", file, "--allow", "724.999999", "--execute").exit_code == 0
    fund(stage, file, 800 * USD)
    stage.day(182)
    refused(penstock("settle", file), "no revenue has been received for period 2")


@pytest.mark.slow
@pytest.mark.parametrize(("room", "code"), [(725 * USD, 0), (725 * USD - 1, 1)])
def test_beyond_the_cap_it_would_not_be_paid(stage: Stage, room: int, code: int) -> None:
    """50 were in reserve, and 725 would come."""
    file = stage.launch(text=CALLABLE)
    stage.pay(file, stage.deal(file).terms.max_amount - 50 * USD - room)
    stage.day(90)
    assert penstock("settle", str(file)).exit_code == 0
    assert penstock("call", str(file), "--allow", "725", "--execute").exit_code == 0
    fund(stage, str(file), 725 * USD)
    stage.day(182)
    assert penstock("settle", str(file)).exit_code == code


@pytest.mark.slow
def test_a_deal_whose_periods_are_settled_is_refused(stage: Stage, file: str) -> None:
    stage.day(400)
    assert penstock("settle", file, "--empty").exit_code == 0
    refused(penstock("call", file), "all 4 periods are settled")


@pytest.mark.slow
def test_a_manifest_with_another_payee_of_the_call_is_refused(stage: Stage) -> None:
    Path("small.toml").write_text(CALLABLE.replace('by = "operator"', 'by = "manager"'))
    words = ("deploy", "small.toml", "--network", stage.url, "--payee", f"operator={OPERATOR}", "--execute")
    refused(penstock(*words), "no address for the payee 'manager'", "accepted: --payee manager=0x…")
    done = penstock(*words, "--payee", f"manager={HOLDER}")
    assert done.exit_code == 0, done.stderr
    file = Path("deployments/31337/small.json")
    made = json.loads(file.read_text())
    assert made["roles"]["payees"] == {"operator": OPERATOR, "manager": HOLDER}
    made["roles"]["payees"]["manager"] = OTHER
    file.write_text(json.dumps(made))
    refused(penstock("status", str(file)), f"can be called by manager at {HOLDER}; the manifest says {OTHER}")
