"""A client that knows the ABI alone, clients/viem/read-deal.mjs, on a node: every figure it prints is the model's."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from penstock import paths
from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts, load_artifacts
from penstock.evm.chain import Contract
from penstock.evm.rpc import Rpc
from penstock.format import is_plain
from penstock.model.deal import settle
from penstock.model.report import Report
from penstock.model.rungs import Target
from penstock.model.shares import ShareLedger
from penstock.model.state import opening_state
from penstock.model.terms import Metric, Rung, RungKind
from penstock.model.units import WAD
from penstock.onchain.addresses import SHARED_SALT, create2
from penstock.onchain.launch import System, deploy_system
from tests.contracts import deals
from tests.contracts.stage import USD, Stage, put_on
from tests.fixtures.reports import tell

SCRIPT = paths.root() / "clients" / "viem" / "read-deal.mjs"
START = 1_767_225_600  # closing
# Collections and losses of the first three periods; the third changes the ladder
LIFE = ((60_000, 0), (33_000, 0), (9_000, 5_000))


@pytest.fixture(scope="module")
def node() -> Iterator[nodes.Node]:
    with nodes.anvil(timestamp=START) as running:
        yield running


@pytest.fixture(scope="module")
def system(node: nodes.Node) -> System:
    return deploy_system(Rpc(node.url), artifacts=compile_contracts())


@pytest.fixture(scope="module")
def lens(system: System) -> Contract:
    return system.chain.deploy(system.artifacts["DealLens"])


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", str(SCRIPT), *arguments], capture_output=True, text=True, timeout=120, check=False)


def units(amount: int, decimals: int = 6) -> str:
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}d}".rstrip("0").rstrip(".")


def header(stage: Stage) -> list[str]:
    """What does not change: the tranches and the ladders."""
    terms = stage.terms
    lines = [f"{terms.name} at {stage.deal.address}: closing {terms.closing}, {terms.periods} periods"]
    for index, tranche in enumerate(terms.tranches):
        coupon = ", ".join(f"{units(rate, 16)} % from period {first}" for first, rate in tranche.coupons)
        lines.append(
            f"{tranche.id}: {tranche.symbol} at {stage.share(index).address}, face {units(tranche.face)}, "
            f"{units(tranche.supply)} shares, coupon {coupon or 'none'}"
        )
    for name, ladder in (("normal", terms.normal), ("enforcement", terms.enforcement)):
        lines += [f"{name} ladder, rung {place}: {in_words(stage, rung)}" for place, rung in enumerate(ladder, start=1)]
    for index, test in enumerate(terms.tests):
        assert test.metric is Metric.DSCR
        ratio = f"debt service coverage (DSCR) of {terms.tranches[test.tranche].id} below {units(test.threshold, 18)}"
        lines.append(f"test {index}: {ratio} fails")
    return lines


def in_words(stage: Stage, rung: Rung) -> str:
    terms = stage.terms
    paid = rung.targets if rung.rule.target in (Target.LENDER, Target.EQUITY) else ()
    target = " and ".join(terms.tranches[each].id for each in paid)
    match rung.kind:
        case RungKind.FEE:
            (fee,) = rung.targets
            words = f"pay fee {fee} to {stage.deployment.payees[terms.fees[fee].payee]}"
        case RungKind.INTEREST:
            words = f"pay interest of {target}"
        case RungKind.PRINCIPAL:
            words = f"pay principal of {target}"
        case RungKind.ALL:
            words = f"repay all of {target}"
        case RungKind.SWEEP:
            words = f"repay early {target}"
        case RungKind.RESERVE:
            words = f"fill reserve {rung.targets[0]}"
        case RungKind.TRAP:
            words = "hold cash back"
        case RungKind.RESIDUAL:
            words = f"pay the rest to {target}"
    limit = "" if rung.fraction == WAD else f", at most {units(rung.fraction, 16)} % of what is left"
    return words + limit + ("" if rung.test is None else f", while test {rung.test} fails")


def test_the_client_prints_what_the_model_says(node: nodes.Node, system: System, lens: Contract) -> None:
    reporter = system.chain.deploy(system.artifacts["SingleReporter"], system.chain.accounts[0])
    stage = put_on(system, deals.EVERY_PART, reports=reporter)
    ann, bob, terms, state = stage.cast.ann, stage.cast.bob, stage.terms, opening_state(stage.terms)
    ledgers = [ShareLedger(tranche.supply) for tranche in terms.tranches]
    for index, ledger in enumerate(ledgers):
        ledger.allot(ann, ledger.supply)
        ledger.transfer(ann, bob, 7_000_003 + index)
        stage.share(index).send("transfer", bob, 7_000_003 + index, sender=ann)
    for period, (collections, loss) in enumerate(LIFE, start=1):
        report = Report(loss * USD, 100_000 * USD)
        tell(reporter, stage.deal.address, period, *report.figures)
        stage.settle(collections * USD + period)
        settled = settle(terms, state, collections * USD + period, report)
        for ledger, credited in zip(ledgers, state.credited, strict=True):
            ledger.credit(credited - ledger.credited)
        assert ledgers[period].claim(bob) == stage.claim(period, bob)
    assert settled.enforced
    settlement = [
        f"last settlement: period 3, {units(settled.collections)} collected, enforcement ladder",
        *(
            f"{in_words(stage, rung)}: {units(payment.paid)}"
            for rung, payment in zip(terms.enforcement, settled.rungs, strict=True)
        ),
    ]
    holder = [
        f"{bob}: {units(ledger.holdings[bob].shares)} shares of {tranche.id}, "
        f"claimable {units(ledger.claimable_down(bob))}"
        for tranche, ledger in zip(terms.tranches, ledgers, strict=True)
    ]
    assert sum(ledger.claimable_down(bob) > 0 for ledger in ledgers) >= 3

    done = run(node.url, lens.address, stage.deal.address, bob)
    assert (done.stderr, done.stdout.splitlines()) == ("", header(stage) + settlement + holder)
    other = put_on(system, deals.PLAIN)
    done = run(node.url, lens.address, system.factory.address)
    assert (done.stderr, done.stdout.splitlines()) == ("", header(stage) + settlement + header(other))


def test_the_client_names_the_tiers_of_a_promote(node: nodes.Node, system: System, lens: Contract) -> None:
    stage = put_on(system, deals.PROMOTED)
    done = run(node.url, lens.address, stage.deal.address)
    assert (done.stderr, done.stdout.splitlines()[3:]) == (
        "",
        [
            "normal ladder, rung 1: pay the rest to lp and gp",
            "promote, tier 1: until 8 % a year, 100 % to the capital of both",
            "promote, tier 2: until the promote is 20 % of profit, 0 % to the capital of both",
            "promote, tier 3: until 15 % a year, 80 % to the capital of both",
            "promote, tier 4: then, 70 % to the capital of both",
        ],
    )


def test_the_readme_says_where_the_lens_is() -> None:
    """Its lines are run, and lead to the address that `penstock deploy` gives the lens."""
    text = (SCRIPT.parents[1] / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```js\n(.*?)```", text, re.DOTALL)
    module = ["node", "--input-type=module", "-e", lines]
    done = subprocess.run(module, capture_output=True, text=True, timeout=120, check=False, cwd=paths.root())
    assert (done.stderr, done.stdout.strip()) == ("", create2(SHARED_SALT, load_artifacts()["DealLens"].bytecode))


def test_texts_of_a_deal_stay_on_their_line(node: nodes.Node, system: System, lens: Contract) -> None:
    senior, equity = deals.PLAIN.tranches
    terms = replace(
        deals.PLAIN, name="A\nB\x1b[2J\u202e", tranches=(replace(senior, id="s\u2028", symbol="S\r"), equity)
    )
    done = run(node.url, lens.address, put_on(system, terms).deal.address)
    lines = done.stdout.split("\n")
    assert (done.returncode, done.stderr) == (0, "") and all(map(is_plain, lines))
    assert lines[0].startswith("A\\u{a}B\\u{1b}[2J\\u{202e} at 0x") and lines[1].startswith("s\\u{2028}: S\\u{d} at 0x")


def test_the_client_says_what_it_takes() -> None:
    done = run()
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_a_node_that_is_not_there_is_one_line() -> None:
    done = run("http://127.0.0.1:1", *["0x" + "11" * 20] * 2)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "http://127.0.0.1:1: HTTP request failed.\n")


def test_the_client_is_short_and_knows_nothing_else() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 85
    assert re.findall(r'from "(.*)"', text) == ["node:fs", "viem"]
    assert re.findall(r"\.\./[\w/$.{}-]*", text) == ["../../abi/${name}.json"]
