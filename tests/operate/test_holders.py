"""
Who holds a deal's shares.

given a crowd
    status should list the largest holdings and a total of all, or as many as are asked for, or one account's
    status as JSON should have all, and what each has claimed
    holders should list everyone with shares, claimed and claimable at one block, and write them to a file
given the file
    claim should read it
given a stranger
    status should say that it holds no shares
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.actors import HOLDER, OTHER, SPONSOR
from tests.fixtures.cli import penstock, refused
from tests.fixtures.tables import Printed, tables
from tests.operate.conftest import USD, Stage
from tests.operate.crowd import MANY, STRANGER, Crowd, settled_crowd

pytestmark = pytest.mark.sampled

SENIOR = 1_000 * USD


@pytest.fixture
def crowd(stage: Stage) -> Crowd:
    """One of the small has claimed, and sold a share; one has sold all it had, to a new holder."""
    crowd = settled_crowd(stage)
    crowd.deal.deal.send("claimFor", 0, MANY[1], sender=OTHER)
    crowd.deal.deal.send("claim", 0, sender=SPONSOR)
    crowd.deal.shares[0].send("transfer", STRANGER, 100 * USD, sender=SPONSOR)
    return crowd


def page(crowd: Crowd, *words: str) -> Printed:
    done = penstock("status", str(crowd.file), *words)
    assert done.exit_code == 0, done.stderr
    (found,) = (each for each in tables(done.stdout) if " ".join(each.title).startswith("Holders"))
    return found


def units(text: str) -> int:
    return int(Decimal(text.replace(",", "")).scaleb(6))


def shown(units: int) -> str:
    """As tables have it: two decimals, rounded down."""
    return f"{units // 10**4 / 100:,.2f}"


def holdings(crowd: Crowd) -> dict[tuple[str, int], tuple[int, int]]:
    """Shares and claimable of everyone, asked of the contracts."""
    everyone = [*MANY, crowd.pool, HOLDER, OTHER, SPONSOR, STRANGER]
    found = {}
    for tranche, share in enumerate(crowd.deal.shares):
        for each in everyone:
            has = (share.call("balanceOf", each), crowd.due(each, tranche=tranche)[0])
            if any(has):
                found[each, tranche] = has
    return found


def test_status_lists_the_largest_and_a_total(crowd: Crowd):
    has = holdings(crowd)
    found = page(crowd)
    assert " ".join(found.title) == "Holders: the 10 largest of 35 holdings; --holders N lists more"
    *rows, total = found.rows
    # All of equity, four tenths of senior, and then some of the small
    assert [row[:3] for row in rows[:5]] == [
        [MANY[0], "equity", "500.00"],
        *([each, "senior", "100.00"] for each in (crowd.pool, HOLDER, OTHER)),
        [STRANGER, "senior", "100.00"],
    ]
    assert [row[2] for row in rows[5:]] == ["20.00"] * 5
    for holder, tranche, shares, claimable in rows:
        wanted = has[holder, ("senior", "equity").index(tranche)]
        assert (units(shares), claimable) == (wanted[0], shown(wanted[1]))
    assert total == ["all 35", "", "", shown(sum(claimable for _, claimable in has.values()))]
    assert len(has) == 35


@pytest.mark.parametrize("most", [0, 1, 34, 35, 100])
def test_as_many_holdings_as_are_asked_for(crowd: Crowd, most: int):
    found = page(crowd, "--holders", str(most))
    totals = most < 35
    assert len(found.rows) == min(most, 35) + totals
    assert (found.rows[-1][0] == "all 35") == totals


def test_one_accounts_holdings(crowd: Crowd):
    has = holdings(crowd)
    found = page(crowd, "--holder", MANY[0].lower())
    assert [row[:3] for row in found.rows] == [[MANY[0], "senior", "20.00"], [MANY[0], "equity", "500.00"]]
    assert [row[3] for row in found.rows] == [shown(has[MANY[0], tranche][1]) for tranche in (0, 1)]
    for who in (SPONSOR, "0x" + "77" * 20):  # one has sold all and claimed, the other was never a holder
        refused(penstock("status", str(crowd.file), "--holder", who), "holds no shares of this deal")
    for option in (("--holders", "3"), ("--holder", HOLDER)):
        refused(penstock("status", str(crowd.file), str(crowd.file), *option), "is for one deployment", code=2)


def test_the_json_has_all_of_them(crowd: Crowd):
    has = holdings(crowd)
    shown = json.loads(penstock("status", str(crowd.file), "--json").stdout)
    found = {
        (each["holder"], ("senior", "equity").index(each["tranche"])): (units(each["shares"]), units(each["claimable"]))
        for each in shown["holders"]
    }
    assert found == has
    assert (shown["holdings"], units(shown["claimable_by_holders"])) == (35, sum(amount for _, amount in has.values()))
    (claimed,) = (each["claimed"] for each in shown["holders"] if each["holder"] == MANY[1])
    assert units(claimed) == crowd.cash(MANY[1])[0] > 0
    few = json.loads(penstock("status", str(crowd.file), "--json", "--holders", "2").stdout)
    assert [each["holder"] for each in few["holders"]] == [MANY[0], crowd.pool]
    assert few["holdings"] == 35


def test_holders_are_listed_with_what_they_claimed_at_a_block(crowd: Crowd):
    has, cash = holdings(crowd), dict(zip(MANY, crowd.cash(*MANY), strict=True))
    # The sponsor has sold and keeps no shares, and is listed for what it claimed
    (sponsor,) = (
        each["amount"]
        for each in crowd.deal.deal.events()
        if each.name == "Claimed" and each["holder"] == SPONSOR and each["tranche"] == 0
    )
    done = penstock("holders", str(crowd.file), "--csv", "all.csv")
    assert done.exit_code == 0, done.stderr
    block = crowd.stage.chain.block()
    rows = list(csv.DictReader(Path("all.csv").read_text().splitlines()))
    assert list(rows[0]) == ["holder", "tranche", "shares", "claimed", "claimable", "block"]
    found = {
        (row["holder"], ("senior", "equity").index(row["tranche"])): tuple(
            units(row[name]) for name in ("shares", "claimed", "claimable")
        )
        for row in rows
    }
    wanted = {
        key: (shares, cash.get(key[0], 0) if key[1] == 0 else 0, claimable) for key, (shares, claimable) in has.items()
    }
    assert found == wanted | {(SPONSOR, 0): (0, sponsor, 0)}
    assert {row["block"] for row in rows} == {str(block)}
    (sums,) = tables(done.stdout)
    assert " ".join(sums.title).startswith(f"Holders of Small at block {block}, 2026-04-")
    for tranche, name in enumerate(("senior", "equity")):
        own = [amounts for key, amounts in found.items() if key[1] == tranche]
        count = sum(shares > 0 for shares, _, _ in own)
        columns = [sum(column) for column in zip(*own, strict=True)]
        assert sums.row(name) == [str(count), *map(shown, columns)]
    assert sums.row("senior")[:2] == ["34", "1,000.00"]


def test_without_a_file_all_are_printed(crowd: Crowd):
    done = penstock("holders", str(crowd.file))
    listed, _ = tables(done.stdout)
    assert len(listed.rows) == 36
    assert penstock("holders", str(crowd.file), "--csv", "all.csv").exit_code == 0
    rows = list(csv.reader(Path("all.csv").read_text().splitlines()))[1:]
    assert listed.rows == [[row[0], row[1], *(shown(units(each)) for each in row[2:5])] for row in rows]


def test_claim_reads_the_file(crowd: Crowd):
    assert penstock("holders", str(crowd.file), "--csv", "all.csv").exit_code == 0
    due = crowd.due(*MANY[2:])
    done = penstock("claim", str(crowd.file), "--holders", "all.csv", "--tranche", "senior")
    assert done.exit_code == 0, done.stderr
    assert crowd.cash(*MANY[2:]) == due
    assert "Paid to 29 holders in 1 transaction" in done.stdout
