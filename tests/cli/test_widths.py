"""
Every command that prints a table, on a terminal of 80, 100, 120 and 200 columns.

given any command and any width
    no line should be longer; every number and every name should be there, whole; a table should show the same figures
    as in a pipe, in the scale it names, but for columns it names that say nothing
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from penstock.cli.app import app
from penstock.evm import artifacts
from penstock.evm.artifacts import compile_contracts
from penstock.onchain import manifest as manifests
from penstock.report.cells import shortened
from tests.fixtures.actors import HOLDER, OTHER
from tests.fixtures.cli import TERMINAL
from tests.fixtures.every_figure import FILE, FLOWS, PAYEES, Life
from tests.fixtures.tables import Printed, prose, tables

pytestmark = pytest.mark.xdist_group("every_figure")  # the deal is launched once
WIDTHS = (80, 100, 120, 200)
DEALS = Path(__file__).parents[2] / "deals"
GREENSBORO, DROUGHT = str(DEALS / "greensboro-solar.toml"), str(DEALS / "greensboro-drought.csv")
MINIMAL = str(DEALS / "minimal.toml")
NUMBER = re.compile(r"-?\d[\d,]*(\.\d+)?")
HOW_FAST = re.compile(r"[\d.,]+ (s|steps/s|raw calls/s)\b")


def printed(width: int | None, *words: str, code: int = 0) -> str:
    """What a command prints on a terminal of that many columns, or into a pipe."""
    environment: dict[str, str | None] = {**dict.fromkeys(TERMINAL), "COLUMNS": str(width) if width else None}
    done: Result = CliRunner(env=environment).invoke(app, list(words))
    assert done.exit_code == code, done.stderr
    return HOW_FAST.sub(r"0 \1", done.stdout)


def at_every_width(run: Callable[[int | None], str]) -> None:
    """That a command prints the same in a pipe and at each width."""
    wide = run(None)
    for width in WIDTHS:
        require_same(wide, run(width), width)


def require_same(wide: str, narrow: str, width: int) -> None:
    """That a page says the same within a width as without one."""
    for line in narrow.splitlines():
        assert cell_len(line) <= width, line
    assert prose(narrow) == prose(wide)
    whole, fitted = tables(wide), tables(narrow)
    assert whole
    assert len(fitted) == len(whole)
    for one, other in zip(whole, fitted, strict=True):
        require_same_table(one, other)


def require_same_table(wide: Printed, narrow: Printed) -> None:
    title, notes = " ".join(narrow.title), " ".join(" ".join(narrow.after).split())
    scale = 1000 if "in thousands" in title else 1 if "in whole" in title else None
    assert " ".join(title.split()).startswith(" ".join(" ".join(wide.title).split()))
    left_out = notes.partition("left out, because zero or empty: ")[2].partition(" total in full")[0].split(", ")
    for name in wide.columns:
        if name not in narrow.columns:
            assert name in left_out
            assert {*wide.columns[name]} <= {"–", "0", "0.00"}
            continue
        before, after = wide.words(name), narrow.words(name)
        if any("…" in word for word in after):
            before = [shortened(word) for word in before]
        for one, other in zip(before, after, strict=True):
            assert other == one or (scale and other == scaled(one, scale)), (name, one, other)


def scaled(text: str, scale: int) -> str:
    assert NUMBER.fullmatch(text), text
    return f"{(Decimal(text.replace(',', '')) / scale).to_integral_value(ROUND_DOWN):,}"


READING = {
    "check": ("check", "every.toml", "--schedule"),
    "check of the example": ("check", GREENSBORO, "--schedule"),
    "simulate": ("simulate", "every.toml", "--flows", "flows.csv"),
    "simulate by year": ("simulate", "every.toml", "--flows", "flows.csv", "--by", "year"),
    "simulate the example": ("simulate", GREENSBORO, "--flows", DROUGHT),
    "simulate the example by period": ("simulate", GREENSBORO, "--flows", DROUGHT, "--by", "period"),
    "status": ("status", FILE),
    "status of all": ("status", "--all"),
    "status of the largest holders": ("status", FILE, "--holders", "2"),
    "holders": ("holders", FILE),
    "audit": ("audit", FILE),
    "handover": ("admin", "handover", FILE, "--to", OTHER),
}


@pytest.mark.parametrize("case", READING)
def test_commands_that_send_nothing(middle: Life, case: str) -> None:
    Path("flows.csv").write_text(FLOWS)
    at_every_width(lambda width: printed(width, *READING[case]))


def example(name: str) -> tuple[str, str, str]:
    return str(DEALS / f"{name}.toml"), "--flows", str(DEALS / f"{name}.csv")


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", GREENSBORO, "--flows", DROUGHT, "--figures"),
        ("simulate", *example("clo")),
        ("check", *example("ppa-50m")),
        ("size", *example("ppa-50m"), "--dscr", "1.15", "--p90", "0.95", "--p90-dscr", "1.05", "--tranche", "mezz"),
        ("portfolio", str(DEALS / "holdings.csv")),
    ],
    ids=lambda words: words[0],
)
def test_pages_of_structurers(words: tuple[str, ...]) -> None:
    at_every_width(lambda width: printed(width, *words))


def test_what_somebody_still_holds(middle: Life) -> None:
    at_every_width(lambda width: printed(width, "admin", "handover", FILE, "--check", code=1))


def test_the_plan_of_a_launch_and_its_result(middle: Life) -> None:
    """With every part of its own, a delay, three payees and prices in money."""
    Path("other.toml").write_text(Path("every.toml").read_text())
    payees = [word for label, place in PAYEES.items() for word in ("--payee", f"{label}={place}")]
    words = ["deploy", "other.toml", "--network", middle.url, "--reports", "new", "--policy", "new", "--delay", "7"]
    words += [*payees, "--salt", "7", "--gas-price", "20", "--price", "2500"]

    def launched(width: int | None) -> str:
        with middle.chain.undone():
            page = printed(width, *words, "--execute")
            for file in Path("deployments/31337").glob("other.*"):
                file.unlink()
            return page

    at_every_width(lambda width: printed(width, *words))
    at_every_width(launched)


def test_settlements(middle: Life) -> None:
    def settled(width: int | None) -> str:
        with middle.chain.undone():
            return printed(width, "settle", FILE, "--pay", "212.749999", "--advance")

    at_every_width(settled)


@pytest.mark.parametrize("holder", [HOLDER, PAYEES["manager"]])
def test_claims(middle: Life, holder: str) -> None:
    def claimed(width: int | None) -> str:
        with middle.chain.undone():
            return printed(width, "claim", FILE, "--holder", holder)

    at_every_width(claimed)


def test_claims_for_others(middle: Life) -> None:
    """Two are paid, one said no, one is a contract and one a stranger."""
    deal = manifests.read(Path(FILE))
    Path("holders.txt").write_text("\n".join([*manifests.read(Path(FILE)).roles.holders, deal.deal, "0x" + "5a" * 20]))

    def claimed(width: int | None) -> str:
        with middle.chain.undone():
            middle.chain.at(deal.deal, compile_contracts()["IDeal"].abi).send("setClaimFor", False, sender=HOLDER)
            return printed(width, "claim", FILE, "--holders", "holders.txt")

    at_every_width(claimed)


def test_a_manifest_that_is_rebuilt(middle: Life) -> None:
    def rebuilt(width: int | None) -> str:
        Path("rebuilt.json").unlink(missing_ok=True)
        deal = manifests.read(Path(FILE)).deal
        return printed(width, "manifest", "rebuild", deal, "--network", middle.url, "--out", "rebuilt.json")

    at_every_width(rebuilt)


def test_a_demonstration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the page ends with the name of a file
    at_every_width(lambda width: printed(width, "demo", "--deal", MINIMAL, "--out", "."))


def test_compiling() -> None:
    at_every_width(lambda width: printed(width, "compile").partition("compiler: ")[0])


def test_fuzzing() -> None:
    at_every_width(lambda width: printed(width, "fuzz", GREENSBORO, "--examples", "2", "--seed", "1"))


def test_verifying(middle: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "recompile", compile_contracts)  # compiled already
    at_every_width(lambda width: printed(width, "verify", FILE))
