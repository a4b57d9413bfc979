"""
Words that the deal does not read now: arrears that were paid, a pot that was larger. What settlements left is compared.

given arrears that were paid, and a trap beyond 63 bits that was released
    it should be clean, and name any other word there
given two periods settled in one transaction, arrears after the first only
    it should take what one call and what two would have left, and nothing else
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.dealfile import loads
from penstock.evm.networks import connect_to_read
from penstock.model.deal import settle
from penstock.model.state import opening_state
from penstock.onchain.launch import System
from tests.audit.conftest import clean
from tests.audit.tamper import names
from tests.contracts.deals import HALF_YEARS
from tests.contracts.stage import Stage, put_on

# A bullet, and a test that always fails: all that is left waits in the trap until the deal has matured.
TERMS = loads(
    HALF_YEARS.replace("decimals = 6", "decimals = 18")
    + """
[[tranche]]
id = "senior"
symbol = "SML-A"
face = "100_000.00"
coupon = "0.06"
principal = { kind = "bullet" }

[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
face = "50_000.00"

[[test]]
id = "lockup"
metric = "dscr"
of = "senior"
below = "100"

[ladder]
normal = ["interest:senior", "principal:senior", "trap?lockup", "residual:equity"]
""",
    "bullet.toml",
)
COLLECTIONS = [200_000 * 10**18, 0, 0, 0]


@dataclass(frozen=True)
class Settled:
    """A deal whose last two periods were settled in one transaction. owed : interest in arrears after each period."""

    stage: Stage
    owed: list[int]
    trapped: int

    def audited(self, folder: Path) -> Audit:
        return audit(
            connect_to_read(self.stage.system.chain.endpoint), Target(self.stage.deal.address), folder / "checkpoint"
        )

    def slot(self, variable: str) -> int:
        return self.stage.system.artifacts["Deal"].slots[variable]

    def word(self, variable: str) -> int:
        return int.from_bytes(self.stage.system.chain.storage(self.stage.deal.address, self.slot(variable)), "big")

    def put(self, variable: str, value: int) -> None:
        place = f"0x{self.slot(variable):064x}"
        self.stage.system.chain._ask("anvil_setStorageAt", self.stage.deal.address, place, f"0x{value:064x}")


@pytest.fixture
def settled(anvil_system: System) -> Iterator[Settled]:
    chain, state = anvil_system.chain, opening_state(TERMS)
    owed, trapped = [], 0
    for amount in COLLECTIONS:
        settle(TERMS, state, amount)
        owed.append(state.interest_arrears[0])
        trapped = max(trapped, state.trapped[0])
    assert owed[0] == owed[3] == 0 < owed[1] < owed[2] and trapped > 2**63 and not any(state.trapped)
    with chain.undone():
        stage = put_on(anvil_system, TERMS, chain.deploy(anvil_system.artifacts["MockUSD"], 18))
        stage.settle(COLLECTIONS[0])
        stage.settle()
        stage.until(4)
        stage.settle(count=2)
        assert stage.state().period == 4
        yield Settled(stage, owed, trapped)


def test_what_settlements_left_is_clean(settled: Settled, tmp_path: Path) -> None:
    assert (settled.word("_arrears"), settled.word("_pots")) == (settled.owed[1], settled.trapped)
    clean(settled.audited(tmp_path))


@pytest.mark.parametrize(
    ("variable", "change"),
    [
        ("_arrears", lambda word: 0),
        ("_arrears", lambda word: word ^ 1),
        ("_arrears", lambda word: word | 1 << 128),
        ("_arrears", lambda word: word ^ 1 << 255),
        ("_pots", lambda word: 0),
        ("_pots", lambda word: word ^ 1),
        ("_pots", lambda word: word | 1 << 127),
        ("_pots", lambda word: word | 1 << 128),
    ],
)
def test_another_word_than_was_left_is_named(
    settled: Settled, tmp_path: Path, variable: str, change: Callable[[int], int]
) -> None:
    before = settled.word(variable)
    settled.put(variable, change(before))
    found = settled.audited(tmp_path)
    names(found, "storage", f"slot {settled.slot(variable)} (", f"chain 0x{change(before):064x}", f"0x{before:064x}")
    assert len(found.findings.differences) == 1


def test_of_two_periods_in_a_transaction_either_may_have_written(settled: Settled, tmp_path: Path) -> None:
    """One call writes once; two calls of another contract would have written the arrears of the first."""
    settled.put("_arrears", settled.owed[2])
    clean(settled.audited(tmp_path))
    settled.put("_arrears", settled.owed[2] + 1)
    both = f"logs 0x{settled.owed[1]:064x} or 0x{settled.owed[2]:064x}"
    names(settled.audited(tmp_path), "storage", both)
