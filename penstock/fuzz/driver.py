"""The contracts' side of a run: the same steps as transactions, on any chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from penstock.evm.artifacts import Artifact
from penstock.evm.chain import ZERO_ADDRESS, Chain, Contract
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRevert
from penstock.evm.permits import sign_claim, sign_permit
from penstock.fuzz import expected_logs
from penstock.fuzz.compare import Answer, Asked
from penstock.fuzz.expected_logs import ExpectedLog, Written
from penstock.fuzz.oracle import APPROVED, NO_LIMIT, PLENTY
from penstock.fuzz.reader import Reader
from penstock.fuzz.steps import ACTORS, CONTRACTS, DEAL, DONE, HOLDERS, PEOPLE, WITHOUT_REASON, Outcome, Step, payees_of
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import Deployment, System, deploy_system, launch
from penstock.onchain.reports import arguments_of
from penstock.onchain.terms_encode import encode_terms

FAR_OFF = 2**40


@dataclass
class TestBed:
    """What all runs on one chain share: contracts, accounts, an asset for each number of decimals."""

    __test__ = False  # pytest must not collect it

    chain: Chain
    system: System
    registry: Contract
    reporter: Contract
    probe: Contract
    lens: Contract
    callers: dict[str, Contract]
    addresses: dict[str, Address]
    assets: dict[int, Contract] = field(default_factory=dict)

    def asset(self, decimals: int) -> Contract:
        """Deployed at its first use, with plenty for everybody, and never inside a snapshot that is reverted."""
        if decimals not in self.assets:
            asset = self.assets[decimals] = self.chain.deploy(self.system.artifacts["ControlledUSD"], decimals)
            for name in ACTORS:
                asset.send("mint", self.addresses[name], PLENTY)
        return self.assets[decimals]


def build_test_bed(chain: Chain, artifacts: Mapping[str, Artifact] | None = None) -> TestBed:
    """Deploys what all runs share: our contracts, unless others of the same names are given."""
    system = deploy_system(chain, artifacts=artifacts)
    artifacts = system.artifacts
    addresses = dict(zip(PEOPLE, chain.accounts, strict=False))
    callers = {name: chain.deploy(artifacts["CallerContract"]) for name in CONTRACTS}
    addresses |= {name: caller.address for name, caller in callers.items()}
    registry = chain.deploy(artifacts["HolderRegistry"], addresses["registrar"])
    registry.send("allow", [addresses[name] for name in HOLDERS], sender=addresses["registrar"])
    reporter = chain.deploy(artifacts["SingleReporter"], addresses["reporter"])
    probe, lens = chain.deploy(artifacts["Probe"]), chain.deploy(artifacts["DealLens"])
    return TestBed(chain, system, registry, reporter, probe, lens, callers, addresses)


class OnChain:
    """
    One launched deal with its actors. `act` takes a step; `answer` is every number there is.

    Parameters
    ----------
    allotments : shares at closing, by tranche and holder.

    Attributes
    ----------
    emitted : every log of the last step, in order; none of a step that was refused or taken back.
    """

    def __init__(
        self, test_bed: TestBed, terms: DealTerms, asset: Contract, allotments: dict[tuple[int, str], int]
    ) -> None:
        self.test_bed, self.terms, self.chain, self.asset = test_bed, terms, test_bed.chain, asset
        self.addresses = test_bed.addresses
        self._given = [
            Allotment(tranche, self.addresses[holder], shares) for (tranche, holder), shares in allotments.items()
        ]
        sponsor = self.addresses["sponsor"]
        self._payees = {label: self.addresses[name] for label, name in payees_of(terms).items()}
        self.deployment: Deployment = launch(
            test_bed.system,
            terms,
            self.asset,
            self._payees,
            sponsor,
            self._given,
            test_bed.registry.address,
            test_bed.reporter.address,
        )
        self.deal = self.deployment.deal
        for name in APPROVED:
            self.asset.send("approve", self.deal.address, NO_LIMIT, sender=self.addresses[name])
        self.emitted: list[Written] = []
        self._by_name = self.addresses | {
            DEAL: self.deal.address,
            expected_logs.NOBODY: ZERO_ADDRESS,
            expected_logs.ASSET: self.asset.address,
            expected_logs.REGISTRY: test_bed.registry.address,
            expected_logs.REPORTER: test_bed.reporter.address,
            **{expected_logs.share(index): each.address for index, each in enumerate(self.deployment.shares)},
        }
        self.reader = Reader(self.deployment, test_bed.system.artifacts, self.addresses, test_bed.probe, test_bed.lens)

    def act(self, step: Step) -> Outcome:
        """Takes the step. What a contract refuses leaves the chain as it was."""
        if step.inside:
            self.asset.send("plan", self.addresses["looper"], self._call_by_contract(step.inside), False, True)
        began = self.chain.block()
        self.emitted = []
        try:
            getattr(self, f"_do_{step.what}")(step)
        except ChainRevert as revert:
            outcome = Outcome(revert.name or WITHOUT_REASON)
        else:
            outcome = Outcome("", self._inside() if step.inside else "")
        self.emitted += self._logs(began)
        if step.inside:
            self.asset.send("plan", ZERO_ADDRESS, b"", False, True)
        return outcome

    def answer(self, asked: Asked) -> Answer:
        """Every number."""
        return self.reader.read(asked)

    def log_difference(self, expected: list[ExpectedLog]) -> str:
        """How the logs of the last step differ from these; empty if they are the same."""
        should = expected_logs.written(expected, self._by_name)
        if should == self.emitted:
            return ""
        names = {address: name for name, address in self._by_name.items()}
        abis = [self.deal.abi, self.asset.abi, self.test_bed.registry.abi, self.test_bed.reporter.abi]
        return expected_logs.difference(self.terms, self.emitted, should, names, abis)

    def _logs(self, began: int) -> list[Written]:
        """All logs after a block."""
        return [(each.address, each.topics, each.data) for each in self.chain.logs(since=began + 1)]

    def _inside(self) -> str:
        """The outcome of the call in the middle of the transfer."""
        if self.asset.call("succeeded"):
            return DONE
        return self.chain.registry.decode(self.asset.call("answer")).name or WITHOUT_REASON

    def _send(self, by: str, to: Contract, function: str, *args: object, value: int = 0) -> None:
        if by in CONTRACTS:
            data = to.abi.function(function).encode(args)
            self.test_bed.callers[by].send("act", to.address, data, sender=self.addresses["anyone"])
        else:
            to.send(function, *args, sender=self.addresses[by], value=value)

    def _call_by_contract(self, step: Step) -> bytes:
        """Calldata that makes the looper take a step."""
        share = self.deployment.shares[min(step.tranche, len(self.terms.tranches) - 1)]
        to, function, args = {
            "settle": (self.deal, "settle", (step.count,)),
            "cut_off": (self.deal, "cutOff", ()),
            "claim": (self.deal, "claim", (step.tranche,)),
            "claim_for": (self.deal, "claimFor", (step.tranche, self._by_name.get(step.to, ZERO_ADDRESS))),
            "switch": (self.deal, "setClaimFor", (step.good,)),
            "claim_fee": (self.deal, "claimFee", (step.tranche,)),
            "claim_to": (self.deal, "claimTo", (step.tranche, self._by_name.get(step.to, ZERO_ADDRESS))),
            "transfer_cum": (share, "transferCum", (self.addresses.get(step.to, ZERO_ADDRESS), step.amount)),
            "transfer": (share, "transfer", (self.addresses.get(step.to, ZERO_ADDRESS), step.amount)),
        }[step.what]
        act = self.test_bed.callers["looper"].abi.function("act")
        return act.encode((to.address, to.abi.function(function).encode(args)))

    # The steps

    def _do_wait(self, step: Step) -> None:
        self.chain.set_time(self.chain.now() + step.amount)

    def _do_block(self, step: Step) -> None:
        self.asset.send("block_", self.addresses.get(step.to, self.deal.address), True)

    def _do_unblock(self, step: Step) -> None:
        self.asset.send("block_", self.addresses.get(step.to, self.deal.address), False)

    def _do_pause(self, step: Step) -> None:
        self.asset.send("pause", True)

    def _do_unpause(self, step: Step) -> None:
        self.asset.send("pause", False)

    def _do_cut(self, step: Step) -> None:
        self.asset.send("cut", self.deal.address, step.amount)

    def _do_gift(self, step: Step) -> None:
        self._send(step.by, self.asset, "transfer", self.deal.address, step.amount)

    def _do_cut_off(self, step: Step) -> None:
        self._send(step.by, self.deal, "cutOff")

    def _do_announce_call(self, step: Step) -> None:
        self._send(step.by, self.deal, "announceCall")

    def _do_let_take(self, step: Step) -> None:
        self._send(step.by, self.asset, "approve", self.deal.address, step.amount)

    def _do_settle(self, step: Step) -> None:
        self._send(step.by, self.deal, "settle", step.count)

    def _do_pay(self, step: Step) -> None:
        self._send(step.by, self.deal, "payAndSettle", step.amount, step.count)

    def _do_pay_by_permit(self, step: Step) -> None:
        payer = self.addresses[step.by]
        signer = payer if step.good else self.addresses["registrar" if step.by != "registrar" else "reporter"]
        signed = sign_permit(self.asset, payer, self.deal.address, step.amount, FAR_OFF, signer=signer)
        self._send(step.by, self.deal, "payAndSettleWithPermit", step.amount, step.count, FAR_OFF, *signed)

    def _do_claim(self, step: Step) -> None:
        self._send(step.by, self.deal, "claim", step.tranche)

    def _do_claim_for(self, step: Step) -> None:
        self._send(step.by, self.deal, "claimFor", step.tranche, self._by_name[step.to])

    def _do_claim_to(self, step: Step) -> None:
        self._send(step.by, self.deal, "claimTo", step.tranche, self._by_name[step.to])

    def _do_claim_signed(self, step: Step) -> None:
        holder, recipient = self.addresses[step.of], self._by_name[step.to]
        signer = holder if step.good else self.addresses["registrar" if step.of != "registrar" else "reporter"]
        signed = sign_claim(self.deal, step.tranche, holder, recipient, FAR_OFF, signer=signer)
        self._send(step.by, self.deal, "claimBySig", step.tranche, holder, recipient, FAR_OFF, signed)

    def _do_switch(self, step: Step) -> None:
        self._send(step.by, self.deal, "setClaimFor", step.good)

    def _do_claim_fee(self, step: Step) -> None:
        self._send(step.by, self.deal, "claimFee", step.tranche)

    def _do_transfer(self, step: Step) -> None:
        self._send(step.by, self._share(step), "transfer", self.addresses[step.to], step.amount)

    def _do_transfer_cum(self, step: Step) -> None:
        self._send(step.by, self._share(step), "transferCum", self.addresses[step.to], step.amount)

    def _do_approve(self, step: Step) -> None:
        self._send(step.by, self._share(step), "approve", self.addresses[step.to], step.amount)

    def _do_transfer_from(self, step: Step) -> None:
        addresses = self.addresses
        self._send(step.by, self._share(step), "transferFrom", addresses[step.of], addresses[step.to], step.amount)

    def _do_permit(self, step: Step) -> None:
        owner, spender = self.addresses[step.of], self.addresses[step.to]
        signer = owner if step.good else self.addresses["registrar"]
        signed = sign_permit(self._share(step), owner, spender, step.amount, FAR_OFF, signer=signer)
        self._send(step.by, self._share(step), "permit", owner, spender, step.amount, FAR_OFF, *signed)

    def _do_allow(self, step: Step) -> None:
        self._send(step.by, self.test_bed.registry, "allow", [self.addresses[step.to]])

    def _do_disallow(self, step: Step) -> None:
        self._send(step.by, self.test_bed.registry, "disallow", [self.addresses[step.to]])

    def _do_report(self, step: Step) -> None:
        self._send(step.by, self.test_bed.reporter, "report", self.deal.address, step.count, *arguments_of(step.report))

    def _do_forbidden(self, step: Step) -> None:
        by = self.addresses[step.by]
        actions: tuple[Callable[[], object], ...] = (
            lambda: self.deal.send("close", [], sender=by),
            lambda: self.deal.send("moveShares", 0, self.addresses["ann"], by, 1, sender=by),
            lambda: self.chain.transact(self.deal.address, b"", by, value=1),
            lambda: self.chain.transact(self.deal.address, b"\xde\xad\xbe\xef" + bytes(32), by),
            self._launch_again,
            lambda: self.test_bed.registry.send("acceptOwnership", sender=by),
            lambda: self.test_bed.reporter.send("acceptOwnership", sender=by),
        )
        actions[step.count]()

    def _launch_again(self) -> None:
        test_bed, deployment = self.test_bed, self.deployment
        packed = encode_terms(self.terms, self.asset.address, self._payees, deployment.policy, deployment.reports)
        given = [(each.tranche, each.holder, each.shares) for each in self._given]
        test_bed.system.factory.send("launch", packed, given, bytes(32), sender=self.addresses["sponsor"])

    def _do_alike(self, step: Step) -> None:
        """
        INV 08: in one call by one, or period by period by another in later blocks, a settlement ends the same, and logs
        the same. Both are taken back; their outcome and their logs are the step's.
        """
        tranches = tuple(range(len(self.terms.tranches)))
        every = Asked(tranches, tranches)
        last = (expected_logs.SETTLED.topic, self.terms.periods.to_bytes(32, "big"))
        ends = []
        for by, counts in ((step.by, [step.count]), (step.to, [1] * step.count)):
            began = self.chain.block()
            with self.chain.undone():
                error = ""
                for done, count in enumerate(counts):
                    try:
                        self._send(by, self.deal, "settle", count)
                    except ChainRevert as revert:
                        error = "" if done else revert.name
                        break
                    if any(topics[:2] == last for _, topics, _ in self._logs(began)):
                        break  # what came after its cut-off is late revenue, which the one call leaves
                ends.append((error, self.answer(every), self._logs(began)))
        if ends[0] != ends[1]:
            raise ChainRevert("NotAlike", {"error": ends[0][0], "other": ends[1][0]})
        error, _, self.emitted = ends[0]
        if error:
            raise ChainRevert(error, {})

    def _share(self, step: Step) -> Contract:
        return self.deployment.shares[step.tranche]
