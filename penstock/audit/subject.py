"""The subject of an audit: a deal's address, the audited block, and what the deal's own code says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from penstock.audit.code import compare_code, expected_codes, immutables_of, known_as
from penstock.audit.findings import Findings
from penstock.dealfile import loads
from penstock.evm.artifacts import Artifact
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainError, ChainRefused
from penstock.evm.retry import RetryingRpc
from penstock.format import exact_money, shares_of
from penstock.model.terms import DealTerms
from penstock.onchain import manifest_check
from penstock.onchain.addresses import share_addresses, split_clone
from penstock.onchain.manifest import Manifest
from penstock.onchain.terms_decode import ChainTerms, decode_terms
from penstock.onchain.terms_diff import difference
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.onchain.terms_layout import Call, Header, TermsRefused
from penstock.onchain.terms_rules import broken_rules

# Of a pool of nodes, so many looks find a new block.
LOOKS = 3


class AuditRefused(ChainError):
    """There is nothing that could be audited."""


class NothingToReplay(Exception):
    """
    The findings leave nothing further to audit: there is no deal, its terms are unknown, or they break a rule.

    name : of the deal.
    """

    def __init__(self, name: str = "no deal") -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Target:
    """
    What the user says about a deal. None of it is trusted; all of it is compared.

    deal_text, deal_file : of a deal file, or None. manifest : or None.
    """

    deal: Address
    deal_text: str | None = None
    deal_file: str = "the deal file"
    manifest: Manifest | None = None


@dataclass(frozen=True)
class Subject:
    """A deal at a block. payees : the address of each fee's payee, in order. since : the block of its first log."""

    chain: RetryingRpc
    artifacts: Mapping[str, Artifact]
    deal: Address
    shares: tuple[Address, ...]
    asset: Address
    factory: Address
    terms: DealTerms
    payees: tuple[Address, ...]
    packed: bytes
    block: int
    block_hash: str

    def money(self, amount: int) -> str:
        """Base units of the asset in currency units, every digit of them: what a finding prints."""
        return exact_money(amount, self.terms.decimals)

    @property
    def call_payee(self) -> Address:
        """Who pays for the clean-up call, of a deal that has one."""
        return Call.read(self.packed, Header.read(self.packed, 0).call_at).payee

    def shares_in(self, tranche: int, amount: int) -> str:
        """Base units of a tranche's share in words: "1,000 shares of senior"."""
        return shares_of(self.terms.tranches[tranche].id, amount, self.terms.share_decimals)

    def call(self, to: Address, abi: str, function: str, *args: Any, block: int | None = None) -> Any:
        """What a view returns at the audited block, or at another."""
        entry = self.artifacts[abi].abi.function(function)
        request = {"to": to, "data": "0x" + entry.encode(args).hex()}
        (answer,) = self.chain.ask_many("eth_call", [[request, hex(self.block if block is None else block)]])
        return entry.decode(bytes.fromhex(answer[2:]))


def identify(chain: RetryingRpc, artifacts: Mapping[str, Artifact], target: Target, findings: Findings) -> Subject:
    """
    Reads the deal's code, and compares all code and the terms.

    Raises
    ------
    AuditRefused : where there is no contract, or one of ours that is not a deal. ManifestRefused : a manifest of
    another chain. NothingToReplay : where it is not a deal, or has terms that no deal file gives; the findings say so.
    """
    if target.manifest:
        chain.expect(target.manifest.launch.block)  # from a pool of nodes, one that has the launch
    block = int(chain.head(looks=LOOKS)["number"], 16)
    (header,) = chain.ask_many("eth_getBlockByNumber", [[hex(block), False]])
    launched = _hold_manifest(chain, target.manifest, block, findings) if target.manifest else None
    (code,) = _codes(chain, [target.deal], block)
    if not code:
        raise AuditRefused(f"chain {chain.chain_id} has no contract at {target.deal}: is the RPC of another chain?")
    clone = split_clone(code)
    ours = known_as(artifacts, code) if clone is None and target.manifest is None else None
    if ours:
        raise AuditRefused(f"{target.deal} is {ours}, not a deal; accepted: the address of a deal, or its manifest")
    if clone is None:
        findings.wrong("code", f"the deal at {target.deal}: its code does not begin as a clone's does")
        raise NothingToReplay
    implementation, packed = clone
    terms, onchain = _terms(target, packed, findings)
    (runs,) = _codes(chain, [implementation], block)
    (extension,) = _addresses_in(artifacts["Deal"], runs, f"the deal runs {implementation}", findings)
    (rare,) = _codes(chain, [extension], block)
    about = f"the deal delegates to {extension}"
    _, factory, logic, trial = _addresses_in(artifacts["DealExtension"], rare, about, findings)
    manifest = target.manifest
    if manifest and manifest.factory != factory:
        findings.wrong("code", f"the implementation names the factory {factory}, the manifest {manifest.factory}")
        factory = manifest.factory
    ids = [tranche.id for tranche in terms.tranches]
    shared = (implementation, extension, trial, factory, logic)
    wanted = expected_codes(artifacts, target.deal, *shared, ids)
    findings.compared("code")  # the clone itself
    for (name, (address, expected)), there in zip(
        wanted.items(), _codes(chain, [address for address, _ in wanted.values()], block), strict=True
    ):
        compare_code(findings, name, address, there, expected)
    shares = share_addresses(target.deal, len(ids))
    if manifest and onchain:
        # The text is compared with the deal below, unless another deal file was given
        texts = (
            manifest_check.text_differences(manifest, packed, onchain) if manifest.deal_text != target.deal_text else ()
        )
        origin = manifest_check.origin_differences(manifest, packed, launched, chain)
        for text in (*origin, *manifest_check.terms_differences(manifest, packed, onchain, shares), *texts):
            findings.wrong("terms", text)
    try:
        terms_header = Header.read(packed, 0)
    except TermsRefused:  # a finding already, see _terms
        raise NothingToReplay from None
    if onchain and terms is onchain.terms:
        _require_rules(terms.name, packed, findings)
    if manifest is None:
        named = {"asset": terms_header.asset, "report source": terms_header.reports, "policy": terms_header.policy}
        others = ", ".join(f"{name} {address}" for name, address in named.items() if address != NO_ADDRESS)
        findings.note("code", f"no manifest given, so the expected code of these is unknown: {others}")
    payees = tuple(onchain.payees[fee.payee] for fee in onchain.terms.fees) if onchain else ()
    if len(payees) != len(terms.fees):
        payees = tuple(_payees(target, terms))
    digest = str(header["hash"])
    return Subject(
        chain, artifacts, target.deal, shares, terms_header.asset, factory, terms, payees, packed, block, digest
    )


def _addresses_in(artifact: Artifact, code: bytes, about: str, findings: Findings) -> list[Address]:
    """The immutables of a contract that should be ours; all of them are addresses."""
    inside = immutables_of(artifact, code)
    if inside is None:
        length = len(artifact.deployed_bytecode)
        findings.wrong("code", f"{about}, which has {len(code)} bytes of code; our {artifact.name} has {length}")
        raise NothingToReplay
    return [checksum(each.to_bytes(32, "big")[12:]) for each in inside]


def _terms(target: Target, packed: bytes, findings: Findings) -> tuple[DealTerms, ChainTerms | None]:
    """The terms to replay with: the deal file's if the chain holds the same, else the chain's own."""
    refusal: TermsRefused | None = None
    onchain: ChainTerms | None = None
    try:
        onchain = decode_terms(packed)
    except TermsRefused as refused:
        refusal = refused
    if target.deal_text is None:
        if onchain is None:
            findings.wrong("terms", f"{refusal}; give --deal FILE for a comparison")
            raise NothingToReplay
        findings.note("terms", "no deal file given: the terms are the chain's own, compared with the launch only")
        return onchain.terms, onchain
    terms = loads(target.deal_text, target.deal_file)
    findings.compared("terms", len(packed))
    if onchain is None:
        findings.wrong("terms", f"not those of {target.deal_file}: {refusal}")
        return terms, None
    text = difference(terms, packed, onchain)
    if text:
        findings.wrong("terms", f"other terms than {target.deal_file} {text}")
    return (onchain.terms if text else terms), onchain


def _require_rules(name: str, packed: bytes, findings: Findings) -> None:
    """Records every rule of the deal file that terms break which no deal file vouches for."""
    findings.compared("terms", len(packed))
    broken = broken_rules(packed)
    for words in broken:
        findings.wrong("terms", f"against the rules of a deal file: {words}")
    if broken:
        findings.note("periods", "not replayed: the model is defined for terms that a deal file gives")
        raise NothingToReplay(name)


def _hold_manifest(chain: RetryingRpc, manifest: Manifest, block: int, findings: Findings) -> Any:
    """Refuses a manifest of another chain and records every contract that differs; returns the launch's block."""
    numbers = ["0x0", hex(manifest.launch.block)]
    genesis, launched = chain.ask_many("eth_getBlockByNumber", [[each, False] for each in numbers])
    manifest_check.require_chain(manifest, chain.chain_id, str(genesis["hash"]), launched)
    found = _codes(chain, [each.address for each in manifest.contracts.values()], block)
    codes = {name: (code, "0x" + keccak(code).hex()) for name, code in zip(manifest.contracts, found, strict=True)}
    findings.compared("code", len(codes))
    for text in manifest_check.code_differences(manifest, codes):
        findings.wrong("code", text)
    return launched


def _payees(target: Target, terms: DealTerms) -> list[Address]:
    known = target.manifest.payees if target.manifest else {}
    return [known.get(fee.payee, NO_ADDRESS) for fee in terms.fees]


def _codes(chain: RetryingRpc, addresses: list[Address], block: int) -> list[bytes]:
    try:
        found = list(chain.ask_many("eth_getCode", [[each, hex(block)] for each in addresses]))
    except ChainRefused as refused:
        raise AuditRefused(f"the RPC gives no code at block {block}: {refused}") from None
    return [bytes.fromhex(each[2:]) for each in found]
