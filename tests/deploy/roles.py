"""A deployed deal whose roles are handed over and replaced."""

from __future__ import annotations

from penstock.deploy.admin import AdminPlan, carry_out
from penstock.deploy.handover import holdings, plan_handover
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.signers import KeySigner
from penstock.onchain.deployments import open_deployment
from penstock.onchain.launch import Deployment
from penstock.onchain.manifest import Manifest
from penstock.onchain.roles import roles_of
from tests.deploy.conftest import Stage
from tests.fixtures.actors import HOLDER, KEYS, SPONSOR
from tests.fixtures.chains import PACE

DELAY = 3 * 86_400


class Deal:
    """A deployed deal with what the tests do to it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.chain = stage, stage.chain
        self.manifest: Manifest = stage.manifest
        self.deployment: Deployment = open_deployment(self.manifest, stage.chain)
        self.wallet: Contract = stage.chain.deploy(compile_contracts()["CallerContract"])

    def handover(self, to: str, holder: str = SPONSOR, sweep: bool = False) -> AdminPlan:
        return plan_handover(self.chain, "anvil", self.deployment, self.manifest, holder, to, sweep)

    def carry_out(self, plan: AdminPlan, who: str = SPONSOR) -> None:
        journal = self.stage.file.with_suffix(".handover.journal.jsonl")
        carry_out(self.chain, plan.of(who), lambda: KeySigner(KEYS[who]), journal, PACE)

    def act(self, plan: AdminPlan) -> None:
        """The wallet executes its steps."""
        for step in plan.of(self.wallet.address).to_do:
            self.wallet.send("act", step.to, step.data)

    def left(self, account: str = SPONSOR) -> list[str]:
        return holdings(self.deployment, self.manifest, account)

    def holders(self) -> dict[str, str | None]:
        return {role.name: role.holder for role in roles_of(self.deployment)}

    def empty(self, account: str = SPONSOR) -> None:
        """Sends an account's shares, stablecoin and native coin away."""
        for share in self.deployment.shares:
            if held := share.call("balanceOf", account):
                share.send("transfer", HOLDER, held, sender=account)
        if held := self.deployment.asset.call("balanceOf", account):
            self.deployment.asset.send("transfer", HOLDER, held, sender=account)
        self.chain.ask("anvil_setBalance", account, hex(10**15))


def made(deal: Deal, name: str, *arguments: object) -> Contract:
    return deal.chain.deploy(compile_contracts()[name], *arguments)
