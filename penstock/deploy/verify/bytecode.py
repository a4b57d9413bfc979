"""Compares the code on a chain with what our sources give, byte by byte, metadata apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.deploy.checks import code_at
from penstock.deploy.verify.sources import Clone, Contract, contracts
from penstock.evm.artifacts import Artifact, without_metadata
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.onchain.addresses import CLONE_LENGTH, PROXY, PROXY_CODE, clone_code
from penstock.onchain.links import LinksManifest
from penstock.onchain.manifest import Manifest


class OtherBytecode(ChainError):
    """Code on a chain that differs from our sources, a line for each contract."""

    is_list = True


@dataclass(frozen=True)
class Compared:
    """
    One contract of a deployment.

    contract : its name in our sources, None if it is not ours. difference : in words, or None. metadata : whether only
    metadata differs.
    """

    name: str
    address: Address
    contract: str | None
    difference: str | None = None
    metadata: bool = False

    @property
    def verdict(self) -> str:
        if self.contract is None:
            return "not ours, left out"
        if self.difference:
            return "OTHER CODE"
        return "same code, other metadata" if self.metadata else "same"


def compare(
    chain: RetryingRpc, manifest: Manifest | LinksManifest, artifacts: Mapping[str, Artifact]
) -> list[Compared]:
    """
    Every contract of a deployment against our sources.

    What a constructor fixes in the code (immutables) is compared too: the constructor is run once more, at the
    contract's own address, by an eth_call that puts the creation code there.

    Raises
    ------
    ManifestRefused : as `contracts`. OtherBytecode : when the node runs no such call.
    """
    ours = {each.name: each for each in contracts(chain, manifest, artifacts)}
    rows = []
    for name, listed in manifest.contracts.items():
        code = code_at(chain, listed.address)
        if name == "proxy":
            wanted = PROXY_CODE if code else b""  # a factory may have been deployed in another way
            rows.append(_row(name, listed.address, "CREATE2 proxy", wanted, code, {}))
        elif name not in ours:
            rows.append(Compared(name, listed.address, None))
        else:
            rows.append(_compare(chain, manifest, ours[name], code))
    return rows


def require_same(rows: list[Compared]) -> None:
    """Raises OtherBytecode, a line for each contract that differs."""
    lines = [f"{each.name} at {each.address}: {each.difference}" for each in rows if each.difference]
    if lines:
        raise OtherBytecode("\n".join(lines))


def _compare(chain: RetryingRpc, manifest: Manifest | LinksManifest, ours: Contract | Clone, code: bytes) -> Compared:
    if isinstance(ours, Clone):
        wanted = clone_code(ours.implementation) + ours.arguments
        parts = {f"the proxy's {CLONE_LENGTH} bytes": [(0, CLONE_LENGTH)]}
        parts["its immutable arguments, the terms"] = [(CLONE_LENGTH, len(ours.arguments))]
        return _row(ours.name, ours.address, "clone of Deal", wanted, code, parts)
    wanted = _constructed(chain, manifest, ours)
    places = {"an immutable": [at for each in ours.artifact.immutables.values() for at in each]}
    return _row(ours.name, ours.address, ours.artifact.name, wanted, code, places)


def _row(
    name: str, address: Address, contract: str, wanted: bytes, code: bytes, parts: Mapping[str, list[tuple[int, int]]]
) -> Compared:
    if code == wanted:
        return Compared(name, address, contract)
    if len(code) == len(wanted) and without_metadata(wanted, wanted) == without_metadata(code, wanted):
        return Compared(name, address, contract, metadata=True)
    if not code:
        return Compared(name, address, contract, "no code there")
    bare, found = without_metadata(wanted, wanted), without_metadata(code, wanted)
    same = min(len(bare), len(found))
    at = next((place for place in range(same) if bare[place] != found[place]), same)
    where = next((part for part, spans in parts.items() if any(0 <= at - start < size for start, size in spans)), "")
    inside = f", in {where}" if where else ""
    if at == same:
        difference = f"{len(code)} bytes of code there, {len(wanted)} here, the same as far as byte {at}"
    else:
        difference = f"byte {at} of the code is 0x{found[at]:02x} there, 0x{bare[at]:02x} here{inside}"
        difference += "" if len(code) == len(wanted) else f"; {len(code)} bytes there, {len(wanted)} here"
    return Compared(name, address, contract, difference)


def _constructed(chain: RetryingRpc, manifest: Manifest | LinksManifest, ours: Contract) -> bytes:
    """The code the constructor leaves at the contract's own address."""
    creation = "0x" + (ours.artifact.bytecode + ours.arguments).hex()
    override: dict[str, dict[str, str]] = {ours.address: {"code": creation}}
    if isinstance(manifest, LinksManifest):
        sender = PROXY
    else:
        sender = manifest.deal if ours.artifact.name == "TrancheShare" else manifest.sponsor
    if ours.artifact.name == "DealFactory":
        # It makes the extension and the implementation first, at addresses that must be free for them.
        override[ours.address]["nonce"] = "0x1"
        for made_by_it in ("extension", "implementation"):
            override[manifest.contracts[made_by_it].address] = {"code": "0x", "nonce": "0x0"}
    call = {"from": sender, "to": ours.address, "data": "0x"}
    try:
        made = bytes.fromhex(str(chain.ask("eth_call", call, "latest", override))[2:])
    except ChainError as error:
        raise OtherBytecode(f"{ours.name}: {chain.label} did not run the constructor once more: {error}") from None
    if len(made) != len(ours.artifact.deployed_bytecode):
        raise OtherBytecode(
            f"{ours.name}: {chain.label} did not run the constructor once more, {len(made)} bytes came back; "
            "accepted: a node whose eth_call takes state overrides"
        )
    return made
