"""
What deploy says at the end, and manifest rebuild.

given a deal that was launched, now or before
    every address, the gas and the manifest's file should be named, and the payment dates that have passed
given transactions that others send
    each file should be named with how many it holds and when to send it
given a deal that was found on the chain
    it should be said what the chain does not know
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.pages.deployment import exported_page, launched_page, rebuilt_page
from penstock.deploy.export import Exported
from penstock.evm.codec import checksum
from penstock.model.calendar import timestamp
from penstock.report.tables import console
from tests.fixtures.actors import HOLDER, OPERATOR, SPONSOR
from tests.fixtures.every_figure import TERMS
from tests.fixtures.tables import tables

DEAL, ASSET, LENS, BATCH, FACTORY, *SHARES = (checksum(f"0x{0xFACADE00 + index:040x}") for index in range(7))


def printed(page: object) -> str:
    shown = console()
    with shown.capture() as taken:
        shown.print(page)
    return taken.get()


def manifest(**more: Any) -> Any:
    contracts = {"lens": SimpleNamespace(address=LENS), "batch": SimpleNamespace(address=BATCH)}
    made = {
        "deal": DEAL,
        "factory": FACTORY,
        "asset": ASSET,
        "asset_is_mock": False,
        "contracts": contracts,
        "shares": dict(zip(("senior", "equity"), SHARES, strict=True)),
        "payees": {"operator": OPERATOR, "agent": HOLDER},
        "chain_id": 5,
        "sponsor": SPONSOR,
        "deal_text": "text",
        "launch": SimpleNamespace(gas=1_452_840, block=17, hash="0xabc"),
    }
    return SimpleNamespace(**{**made, **more})


def launched(now: int = 0, already: bool = False, **more: Any) -> tuple[str, list[list[str]], list[str]]:
    """The title, the rows, and the notes."""
    done: Any = SimpleNamespace(
        manifest=manifest(**more), deployment=SimpleNamespace(terms=TERMS), file=Path("d/small.json"), already=already
    )
    text = printed(launched_page(done, now))
    (found,) = tables(text)
    return found.title[0], found.rows, text.rstrip().split("\n\n")[-1].splitlines()


PARTS = [
    ["share senior", SHARES[0]],
    ["share equity", SHARES[1]],
    ["payee operator", OPERATOR],
    ["payee agent", HOLDER],
]


def test_every_address_of_a_launch_is_named() -> None:
    title, rows, notes = launched()
    assert title == "Every Figure on chain 5, launched for 1,452,840 gas"
    assert rows == [["deal", DEAL], ["asset", ASSET], ["lens", LENS], ["batch", BATCH], *PARTS]
    assert notes == ["manifest: d/small.json"]
    _, rows, _ = launched(asset_is_mock=True, contracts={})
    assert rows == [["deal", DEAL], ["asset", f"{ASSET} (MockUSD)"], *PARTS]


def test_a_deal_that_is_there_already_is_said_to_be() -> None:
    title, _, _ = launched(already=True)
    assert title == "Every Figure on chain 5 already exists since block 17, for 1,452,840 gas; nothing was sent"


@pytest.mark.parametrize(("period", "past"), [(0, 0), (1, 1), (5, 5)])
def test_payment_dates_that_have_passed_are_counted(period: int, past: int) -> None:
    """A date has passed when its day has begun."""
    now = timestamp(TERMS.payment_dates[period - 1]) if period else timestamp(TERMS.payment_dates[0]) - 1
    note = f"note: the chain's clock is past {past} of 8 payment dates; "
    end = "the first revenue is assigned to the first of these periods"
    assert launched(now)[2][1:] == ([note + end] if past else [])


def test_what_the_chain_does_not_know_of_a_deal_is_said() -> None:
    text = printed(rebuilt_page(manifest(deal_text=None, contracts={}), "small.json", ["no fee", "no test"]))
    (found,) = tables(text)
    assert found.title == ["Rebuilt from block 17 of chain 5"]
    assert found.rows == [
        ["deal", DEAL],
        ["factory", FACTORY],
        ["asset", ASSET],
        *PARTS[:2],
        ["lens", "none on this chain"],
        ["batch", "none on this chain"],
        ["sponsor", SPONSOR],
        ["launch", "0xabc"],
    ]
    first, unknown, *broken = text.rstrip().split("\n\n")[-1].splitlines()
    assert first == "manifest: small.json"
    assert unknown.startswith(
        "note: the deal file's text is not on the chain, so fees, reserves and tests are numbered"
    )
    assert broken == [f"note: the terms break a rule of the deal file: {each}" for each in ("no fee", "no test")]
    known = printed(rebuilt_page(manifest(), "small.json"))
    assert known.rstrip().split("\n\n")[-1].splitlines() == ["manifest: small.json"]
    assert ["lens", LENS] in tables(known)[0].rows


def test_files_for_others_to_send_are_named_with_their_order() -> None:
    unsigned = Exported(Path("plan.json"), 1, "first")
    batches = [Exported(Path("a.json"), 2, "then"), Exported(Path("b.json"), 1_000, "last")]
    end = "nothing was sent; run the same command again after they are executed to write the manifest"
    assert printed(exported_page(HOLDER, unsigned, batches)).splitlines() == [
        "the gas of a Safe's batch is paid by the account that executes it",
        "exported 1 transaction, to be sent first: plan.json",
        f"exported 2 transactions of the Safe {HOLDER}, then: a.json",
        f"exported 1,000 transactions of the Safe {HOLDER}, last: b.json",
        end,
    ]
    assert printed(exported_page(HOLDER, unsigned, [])).splitlines() == [
        "exported 1 transaction, to be sent first: plan.json",
        end,
    ]
