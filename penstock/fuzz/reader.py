"""Reads every number of a deal from a chain: words of storage, and what the contracts' views return, in one call."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.evm.artifacts import Artifact
from penstock.evm.chain import Contract
from penstock.evm.codec import Address, canonical, number_of
from penstock.fuzz.compare import Answer, Asked
from penstock.fuzz.steps import ACTORS, HOLDERS
from penstock.onchain.launch import Deployment
from penstock.onchain.state import holder_slot, mapping_slot

Place = tuple[Address, int]
"""A contract and a slot of its storage."""


class Reader:
    """
    Reads one deal.

    Parameters
    ----------
    artifacts : of the deployed contracts, which say what is in which slot.
    addresses : of all actors, by name. probe, lens : a `Probe` and a `DealLens`.
    """

    def __init__(
        self,
        deployment: Deployment,
        artifacts: Mapping[str, Artifact],
        addresses: Mapping[str, Address],
        probe: Contract,
        lens: Contract,
    ) -> None:
        self.chain, self.deal, self.shares = deployment.chain, deployment.deal, deployment.shares
        self.asset = deployment.asset
        self.addresses, self.artifacts, self.probe, self.lens = addresses, artifacts, probe, lens
        tranches = range(len(self.shares))
        self._places = [
            *self._holdings_at(tranches),
            *self._wallets_at(),
            *self._of_accounts("_claimFor"),
            *self._of_accounts("_claimNonces"),
        ]
        self._share_places: dict[tuple[int, str] | tuple[int, str, str], Place] = {}
        self._of_the_deal = _question(self.deal, "state") + _question(self.deal, "nextPaymentAt")
        self._of_holders = [self._about_holders(tranche) for tranche in tranches]
        self._of_shares = [self._about_share(tranche) for tranche in tranches]

    def read(self, asked: Asked) -> Answer:
        """Everything, in the order of `compare.Expectation`."""
        returned = self.chain.query(self.probe.address, self.question(asked))
        places = [*self._places, *map(self._allowance_at, asked.pairs), *map(self._nonce_at, asked.signers)]
        return Answer(self.chain.storage_words(places), returned)

    # Storage

    def _holdings_at(self, tranches: range) -> list[Place]:
        base = self.artifacts["Deal"].slots["_holders"]
        return [
            (self.deal.address, holder_slot(tranche, self.addresses[name], base))
            for tranche in tranches
            for name in HOLDERS
        ]

    def _wallets_at(self) -> list[Place]:
        base = self.artifacts["ControlledUSD"].slots["_balances"]
        owners = [*(self.addresses[name] for name in ACTORS), self.deal.address]
        return [(self.asset.address, mapping_slot(number_of(owner), base)) for owner in owners]

    def _of_accounts(self, name: str) -> list[Place]:
        base = self.artifacts["Deal"].slots[name]
        return [(self.deal.address, mapping_slot(number_of(self.addresses[name]), base)) for name in ACTORS]

    def _allowance_at(self, pair: tuple[int, str, str]) -> Place:
        if pair not in self._share_places:
            tranche, owner, spender = pair
            base = self._slot_in_share("_allowances", owner)
            place = (self.shares[tranche].address, mapping_slot(number_of(self.addresses[spender]), base))
            self._share_places[pair] = place
        return self._share_places[pair]

    def _nonce_at(self, signer: tuple[int, str]) -> Place:
        if signer not in self._share_places:
            tranche, owner = signer
            self._share_places[signer] = (self.shares[tranche].address, self._slot_in_share("_nonces", owner))
        return self._share_places[signer]

    def _slot_in_share(self, mapping: str, owner: str) -> int:
        base = self.artifacts["TrancheShareLogic"].slots[mapping]
        return mapping_slot(number_of(self.addresses[owner]), base)

    # Views

    def question(self, asked: Asked) -> bytes:
        """Calldata of the Probe."""
        addresses = self.addresses
        parts = [self._of_the_deal]
        parts += [self._of_holders[tranche] for tranche in asked.holders]
        parts += [self._of_shares[tranche] for tranche in asked.shares]
        for tranche, owner, to in asked.pairs if asked.shares else ():
            if tranche in asked.shares:
                parts.append(_question(self.shares[tranche], "allowance", addresses[owner], addresses[to]))
        for tranche, owner in asked.signers if asked.shares else ():
            if tranche in asked.shares:
                parts.append(_question(self.shares[tranche], "nonces", addresses[owner]))
        return b"".join(parts)

    def _about_holders(self, tranche: int) -> bytes:
        """All holders of a tranche in one call."""
        holders = [self.addresses[name] for name in HOLDERS]
        return _question(self.lens, "holdersOf", self.deal.address, tranche, holders)

    def _about_share(self, tranche: int) -> bytes:
        share = self.shares[tranche]
        balances = [_question(share, "balanceOf", self.addresses[name]) for name in HOLDERS]
        return b"".join([_question(share, "totalSupply"), *balances])


def _question(contract: Contract, function: str, *args: object) -> bytes:
    """One question to the Probe: whom, how long, calldata."""
    data = contract.abi.function(function).encode(args)
    return canonical(contract.address) + len(data).to_bytes(2, "big") + data
