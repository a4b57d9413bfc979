"""INV 08 and 10 from the bytecode itself: what a contract has no instruction for, it cannot do."""

from __future__ import annotations

import pytest

from penstock.evm.artifacts import compile_contracts

# Instructions by which a settlement could see who sends it, in which block and at what price, or by which code could
# be replaced: ORIGIN, GASPRICE, BLOCKHASH, COINBASE, NUMBER, PREVRANDAO, GASLIMIT, BASEFEE, SELFBALANCE.
SEES = {0x32, 0x3A, 0x40, 0x41, 0x43, 0x44, 0x45, 0x47, 0x48}
CALLCODE, DELEGATECALL, SELFDESTRUCT, CALLER, TIMESTAMP = 0xF2, 0xF4, 0xFF, 0x33, 0x42
PRODUCTION = sorted(name for name, made in compile_contracts().items() if made.in_production)


def instructions(contract: str) -> set[int]:
    """The opcodes of a contract's code, without what PUSH carries, solc's metadata, and contracts it creates."""
    artifacts = compile_contracts()
    code = artifacts[contract].deployed_bytecode
    metadata = -int.from_bytes(code[-2:], "big") - 2
    if b"solc" in code[metadata:]:  # mutants are compiled without
        code = code[:metadata]
    if contract == "Deal":
        assert code.count(artifacts["TrancheShare"].bytecode) == 1
        code = code.replace(artifacts["TrancheShare"].bytecode, b"")
    found, at = set(), 0
    while at < len(code):
        opcode = code[at]
        found.add(opcode)
        at += 1 + (opcode - 0x5F if 0x60 <= opcode <= 0x7F else 0)
    return found


@pytest.mark.parametrize("contract", PRODUCTION)
def test_inv_08_no_contract_sees_block_price_or_origin(contract: str) -> None:
    assert not instructions(contract) & SEES


@pytest.mark.parametrize("contract", PRODUCTION)
def test_inv_10_no_contract_can_vanish_or_run_other_code(contract: str) -> None:
    """But for a share, which delegates to the logic in its own code and to nothing else."""
    found = instructions(contract)
    assert not found & {CALLCODE, SELFDESTRUCT}
    assert (DELEGATECALL in found) == (contract == "TrancheShare")


def test_every_contract_is_looked_at() -> None:
    assert {"Deal", "DelayedPolicy", "DelayedReports", "HolderRegistry", "TrancheShare"} <= set(PRODUCTION)


def test_the_reading_of_opcodes_sees_what_is_there() -> None:
    assert {CALLER, TIMESTAMP} <= instructions("Deal")
    assert 0x46 in instructions("TrancheShareLogic"), "CHAINID, of the permit's domain"
    assert DELEGATECALL in instructions("TrancheShare")
