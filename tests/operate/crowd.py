"""A deal of thirty small holders, a pool, and two who cannot be paid by others, after its first period."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.codec import checksum
from penstock.onchain.launch import Deployment
from tests.fixtures.actors import HOLDER, OTHER, SPONSOR
from tests.fixtures.cli import penstock
from tests.fixtures.deals import TESTED
from tests.operate.conftest import USD, Stage

MANY = [checksum(f"0x{0xC0FFEE_0000_0000 + index:040x}") for index in range(30)]
STRANGER = checksum("0x" + "5a" * 20)
EACH = 20


@dataclass
class Crowd:
    """Thirty holders of 20 senior shares, a pool, one who said no and one whom the asset blocks, of 100 each."""

    stage: Stage
    file: Path
    asset: Contract
    pool: str
    deal: Deployment

    def cash(self, *holders: str) -> list[int]:
        return [self.asset.call("balanceOf", each) for each in holders]

    def due(self, *holders: str, tranche: int = 0) -> list[int]:
        return [self.deal.deal.call("claimable", tranche, each) for each in holders]

    def listed(self, *holders: str) -> str:
        Path("holders.txt").write_text("\n".join(holders))
        return "holders.txt"


def settled_crowd(stage: Stage) -> Crowd:
    artifacts = compile_contracts()
    asset = stage.chain.deploy(artifacts["BlacklistUSD"], 6)
    asset.send("mint", SPONSOR, 50 * USD)
    pool = stage.chain.deploy(artifacts["CallerContract"]).address
    rows = [*((each, "senior", EACH) for each in MANY), (pool, "senior", 100), (HOLDER, "senior", 100)]
    rows += [(OTHER, "senior", 100), (SPONSOR, "senior", 100), (MANY[0], "equity", 500)]
    Path("who.csv").write_text("\n".join(["holder,tranche,shares", *(",".join(map(str, row)) for row in rows)]))
    file = stage.launch("crowd", text=TESTED, allocation=Path("who.csv"), asset=asset.address)
    stage.pay(file, 320 * USD)
    stage.day(100)
    assert penstock("settle", str(file)).exit_code == 0
    deal = stage.deal(file)
    deal.deal.send("setClaimFor", False, sender=HOLDER)
    asset.send("blacklist", OTHER, True)
    return Crowd(stage, file, asset, pool, deal)
