"""
The whole life of a deal on Ganache: launch, settlements, sales of shares, claims, and the status at the end.

    make ganache
    .venv/bin/brownie run scripts/life.py --network ganache

Everything is done by the functions behind `penstock deploy`, `settle`, `claim` and `status`.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from penstock.cli.pages.deal_status import status_page
from penstock.dealfile import load
from penstock.dealfile.flows import load_flows
from penstock.deploy.run import Deployed, deploy
from penstock.evm import networks, nodes
from penstock.evm.broadcast import Pace
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer, signer_for
from penstock.format import exact_money
from penstock.model.calendar import timestamp
from penstock.model.errors import NothingToClaim
from penstock.onchain.deployments import open_deployments
from penstock.operate.claim import claim_all
from penstock.operate.pay import pay_and_settle
from penstock.operate.status import DealStatus, status_of
from penstock.report import tables

ROOT = Path(__file__).resolve().parent.parent
DEAL = ROOT / "deals" / "greensboro-solar.toml"
PERIODS = 8
SALE_EVERY = 2
PACE = Pace(poll=0.2)


def life(chain: RetryingRpc, deal: Path, folder: Path, say: Callable[[str], None]) -> DealStatus:
    """
    Plays the first periods of a deal with the flows beside its file.

    Parameters
    ----------
    folder : where the manifest goes.

    Returns
    -------
    The state of the deal at the end.
    """
    terms = load(deal)
    sponsor, *others = chain.accounts
    payees = dict(zip(terms.payees, others, strict=False))
    buyers = others[len(payees) :]
    made = deploy(chain, deal, payees=payees, file=folder / f"{deal.stem}.json", salt=chain.block())
    deployment, manifest = made.deployment, made.manifest
    say(f"launched {terms.name} on {chain.client}: deal {manifest.deal}, {manifest.launch.gas:,} gas")
    revenue = load_flows(deal.with_suffix(".csv"), terms).collections[:PERIODS]
    for period, amount in enumerate(revenue, start=1):
        chain.set_time(max(chain.now(), deployment.deal.call("nextPaymentAt")))
        done = pay_and_settle(deployment, chain, amount, 1, _key(chain, sponsor), manifest.asset_is_mock, PACE)
        paid = ", ".join(
            f"{each.id} {exact_money(credited, terms.decimals)}"
            for each, credited in zip(terms.tranches, done.change("credited"), strict=True)
        )
        say(f"settled period {period}: collections {exact_money(done.collections, terms.decimals)}; {paid}")
        if period % SALE_EVERY == 0:
            tranche, buyer = period // SALE_EVERY % len(terms.tranches), buyers[period % len(buyers)]
            sold = terms.tranches[tranche].supply // 5
            deployment.share(tranche).send("transfer", buyer, sold, sender=sponsor)
            shown = f"{sold // 10**terms.share_decimals:,}"
            say(f"sold {shown} shares of {terms.tranches[tranche].id} to {buyer}")
    for holder in dict.fromkeys([*payees.values(), *buyers, sponsor]):
        for claim in _claimed(made, chain, holder):
            say(claim)
    members, faults = open_deployments([(made.file, manifest)], chain)
    if faults:
        raise SystemExit(str(faults[0]))
    return status_of(members[0])


def _claimed(made: Deployed, chain: RetryingRpc, holder: Address) -> list[str]:
    deployment, decimals = made.deployment, made.deployment.terms.decimals
    try:
        claims = claim_all(deployment, chain, holder, lambda: _key(chain, holder), PACE)
    except NothingToClaim:
        return []
    return [f"claimed by {holder}: {each.name} {exact_money(each.amount, decimals)}" for each in claims]


def _key(chain: RetryingRpc, account: Address) -> Signer:
    return signer_for(chain, account, lambda _: "")


def show(chain: RetryingRpc, deal: Path) -> None:
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        found = life(chain, deal, Path(folder), print)
    print()
    tables.console().print(status_page(found))
    print(f"\n{time.perf_counter() - began:.0f} s")


def main(deal: str = str(DEAL)) -> None:
    from brownie import web3

    show(networks.connect(web3.provider.endpoint_uri), Path(deal))


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else DEAL
    with nodes.ganache(timestamp=timestamp(load(chosen).closing)) as node:
        show(networks.connect(node.url), chosen)
