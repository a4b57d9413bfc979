"""
What an explorer does with sources: compiles them, and compares the result with what the chain ran.

The creation code, which a trace of the making transaction shows, has to be the same byte for byte, with metadata and
constructor arguments; so has the code that stands there, immutables apart.
"""

from __future__ import annotations

import json
from typing import Any

from penstock import paths
from penstock.evm.artifacts import fingerprint, run_solc
from penstock.evm.codec import checksum
from penstock.evm.errors import CompileFailed
from penstock.evm.rpc import Rpc
from penstock.evm.solc import find_compiler

COMPILER = "0.8.30+commit.73712a01"
CLONE_BEGINS, CLONE_ENDS = "363d3d373d3d3d363d73", "5af43d82803e903d91602b57fd5bf3"


class No(Exception):
    """A verification that failed, in words."""


class Judge:
    def __init__(self, chain: Rpc) -> None:
        self.chain = chain
        self._created: dict[str, bytes] = {}

    def check(self, address: str, compiler: str, name: str, request: dict[str, Any], given: str | None) -> str:
        """A name for what was verified. Raises No. given : constructor arguments, None where nobody asks for them."""
        if compiler != COMPILER:
            raise No(f"Invalid or not supported solc version {compiler}")
        made = self.compiled(request, name)
        created = self._creation(address)
        creation = bytes.fromhex(made["bytecode"])
        if created[: len(creation)] != creation:
            raise No("Compiled contract deployment bytecode does NOT match the transaction deployment bytecode")
        if given is not None and created[len(creation) :].hex() != given:
            raise No("Invalid constructor arguments provided")
        if _masked(made, self.code(address)) != _masked(made, bytes.fromhex(made["deployed"])):
            raise No("Compiled runtime bytecode does NOT match")
        return fingerprint({"sources": request["sources"], "name": name})

    def compiled(self, request: dict[str, Any], name: str) -> dict[str, Any]:
        """One contract of a request, compiled for real; kept in build/ by all that was given."""
        source, _, contract = name.partition(":")
        wanted = ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata"]
        request = {**request, "settings": {**request["settings"], "outputSelection": {source: {contract: wanted}}}}
        kept = paths.build() / "explorer" / f"{fingerprint(request)}.json"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            try:
                made = run_solc(request, find_compiler())
            except CompileFailed as failed:
                raise No(f"Compilation failed: {str(failed).splitlines()[0]}") from None
            kept.write_text(json.dumps(made))
        made = json.loads(kept.read_text())
        if name not in made:
            raise No(f"Unable to find the contract {name} in the compiled sources")
        return dict(made[name])

    def code(self, address: str) -> bytes:
        return bytes.fromhex(self.chain.ask("eth_getCode", address, "latest")[2:])

    def _creation(self, address: str) -> bytes:
        if address not in self._created:
            for number in range(int(self.chain.ask("eth_blockNumber"), 16) + 1):
                for hashed in self.chain.ask("eth_getBlockByNumber", hex(number), False)["transactions"]:
                    self._walk(self.chain.ask("debug_traceTransaction", hashed, {"tracer": "callTracer"}))
        if address not in self._created:
            raise No(f"Unable to locate ContractCode at {address}")
        return self._created[address]

    def _walk(self, call: dict[str, Any]) -> None:
        if call["type"] in ("CREATE", "CREATE2"):
            self._created[checksum(call["to"])] = bytes.fromhex(call["input"][2:])
        for each in call.get("calls", ()):
            self._walk(each)

    def implementation(self, address: str) -> str | None:
        code = self.code(address).hex()
        is_clone = code.startswith(CLONE_BEGINS) and code[60:90] == CLONE_ENDS
        return checksum("0x" + code[20:60]) if is_clone else None


def _masked(made: dict[str, Any], code: bytes) -> bytes:
    bare = bytearray(code)
    for places in made["immutables"].values():
        for at in places:
            bare[at["start"] : at["start"] + at["length"]] = bytes(at["length"])
    return bytes(bare)
