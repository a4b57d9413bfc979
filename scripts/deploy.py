"""
Launches a deal from its file on the chain Brownie is connected to, settles every period and lets everybody claim.

    .venv/bin/brownie run scripts/deploy.py --network anvil
    .venv/bin/brownie run scripts/deploy.py main deals/greensboro-solar.toml --network ganache
    .venv/bin/brownie run scripts/deploy.py launch deals/minimal.toml execute --network anvil

Everything is done by the functions behind `penstock deploy`, `settle` and `claim`; Brownie brings the node. `launch`
is `penstock deploy` itself, to settle and claim by the other scripts: `name=value` means --name value, `name` means
--name.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from penstock.cli.app import app
from penstock.cli.options import options
from penstock.dealfile import load
from penstock.dealfile.flows import load_flows
from penstock.deploy.run import Deployed, deploy
from penstock.evm.broadcast import Pace
from penstock.evm.codec import Address
from penstock.evm.networks import connect
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer, signer_for
from penstock.format import exact_money
from penstock.model.errors import NothingToClaim
from penstock.operate.claim import claim_all
from penstock.operate.pay import pay_and_settle

ROOT = Path(__file__).resolve().parent.parent
MINIMAL = ROOT / "deals" / "minimal.toml"
LEVEL_REVENUE = 30_000  # whole units a period, for a deal without flows of its own
PACE = Pace(poll=0.2)


def launch_and_settle(chain: RetryingRpc, deal: Path, say: Callable[[str], None]) -> Deployed:
    """
    Plays a deal's periods with the flows beside its file, or level revenue; the sponsor holds all shares.

    Returns
    -------
    The deployment, everything claimed.
    """
    terms = load(deal)
    unit = 10**terms.decimals
    sponsor, *others = chain.accounts
    labels = terms.payees
    with TemporaryDirectory() as folder:
        # A deal of its own on each run: the same one would be found launched, and left alone.
        file, salt = Path(folder) / f"{deal.stem}.json", chain.block()
        deployed = deploy(chain, deal, payees=dict(zip(labels, others, strict=False)), file=file, salt=salt)
    deployment = deployed.deployment
    say(f"{terms.name}: deal {deployment.deal.address} on {chain.client}, {deployed.manifest.launch.gas:,} gas")

    flows = deal.with_suffix(".csv")
    if flows.is_file():
        received = load_flows(flows, terms)
        for note in received.notes:
            say(note)
        revenue = [*received.collections, *([received.late] if received.late else [])]
    else:
        revenue = [LEVEL_REVENUE * unit] * terms.periods
    for period, amount in enumerate(revenue, start=1):
        done = pay_and_settle(deployment, chain, amount, 1, _key(chain, sponsor), True, PACE, advance=True)
        paid = ", ".join(
            f"{each.id} {exact_money(credited, terms.decimals)}"
            for each, credited in zip(terms.tranches, done.change("credited"), strict=True)
        )
        name = f"period {period}" if period <= terms.periods else "late revenue"
        say(f"settled {name}: collections {exact_money(done.collections, terms.decimals)}; {paid}")
    for holder in dict.fromkeys([sponsor, *deployment.payees.values()]):
        try:
            claims = claim_all(deployment, chain, holder, partial(_key, chain, holder), PACE)
        except NothingToClaim:
            continue
        for claim in claims:
            say(f"claimed by {holder}: {claim.name} {exact_money(claim.amount, terms.decimals)}")
    left = deployment.asset.call("balanceOf", deployment.deal.address)
    say(f"held by the deal: {exact_money(left, terms.decimals)}")
    return deployed


def _key(chain: RetryingRpc, account: Address) -> Signer:
    return signer_for(chain, account, lambda _: "")


def main(deal: str = str(MINIMAL)) -> None:
    from brownie import web3

    launch_and_settle(connect(web3.provider.endpoint_uri), Path(deal), print)


def launch(*words: str) -> None:
    from brownie import web3

    app(["deploy", *options(words), "--network", web3.provider.endpoint_uri], standalone_mode=False)
