"""INV 08 and 10 from the bytecode itself: what a contract has no instruction for, it cannot do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penstock.evm.artifacts import compile_contracts

# Instructions by which a settlement could see who sends it, in which block and at what price, or by which code could
# be replaced: ORIGIN, GASPRICE, BLOCKHASH, COINBASE, NUMBER, PREVRANDAO, GASLIMIT, BASEFEE, SELFBALANCE.
SEES = {0x32, 0x3A, 0x40, 0x41, 0x43, 0x44, 0x45, 0x47, 0x48}
CALLCODE, DELEGATECALL, SELFDESTRUCT, CALLER, TIMESTAMP, PUSH32 = 0xF2, 0xF4, 0xFF, 0x33, 0x42, 0x7F
DELEGATES = ("Deal", "DealExtension", "Meters", "TrancheShare")
PRODUCTION = sorted(name for name, made in compile_contracts().items() if made.in_production)


def instructions(contract: str) -> set[int]:
    return {opcode for _, opcode in _opcodes(_own_code(contract))}


def _opcodes(code: bytes) -> Iterator[tuple[int, int]]:
    """Place and opcode of each instruction, without what PUSH carries."""
    at = 0
    while at < len(code):
        yield at, code[at]
        at += 1 + (code[at] - 0x5F if 0x60 <= code[at] <= 0x7F else 0)


def _own_code(contract: str) -> bytes:
    """A contract's code without solc's metadata and the contracts it creates."""
    artifacts = compile_contracts()
    code = artifacts[contract].deployed_bytecode
    metadata = -int.from_bytes(code[-2:], "big") - 2
    if b"solc" in code[metadata:]:  # mutants are compiled without
        code = code[:metadata]
    if contract == "DealExtension":
        assert code.count(artifacts["TrancheShare"].bytecode) == 1
        code = code.replace(artifacts["TrancheShare"].bytecode, b"")
    return code


@pytest.mark.parametrize("contract", PRODUCTION)
def test_inv_08_no_contract_sees_block_price_or_origin(contract: str) -> None:
    assert not instructions(contract) & SEES


@pytest.mark.parametrize("contract", PRODUCTION)
def test_inv_10_no_contract_can_vanish_or_run_other_code(contract: str) -> None:
    """But for a share, which delegates to the logic in its code, a deal and meters: each to its extension."""
    found = instructions(contract)
    assert not found & {CALLCODE, SELFDESTRUCT}
    assert (DELEGATECALL in found) == (contract in DELEGATES)


@pytest.mark.parametrize("contract", DELEGATES)
def test_inv_10_the_one_delegation_is_to_an_address_in_the_code(contract: str) -> None:
    """There is one such instruction, and the immutable it goes to is the last that the code loads before it."""
    artifact = compile_contracts()[contract]
    code = _own_code(contract)
    places = [at for at, opcode in _opcodes(code) if opcode == DELEGATECALL]
    assert len(places) == 1
    loads = {at for own in artifact.immutables.values() for at, _ in own}
    pushed = [at for at, opcode in _opcodes(code) if opcode == PUSH32 and at + 1 in loads and at < places[0]]
    assert places[0] - pushed[-1] < 100, "the immutable is loaded for it"
    if contract == "Deal":
        assert len(artifact.immutables) == 1, "a deal has no other address in its code"
    if contract == "DealExtension":
        assert len(artifact.immutables) == 4, "its own address, factory, share logic, trial: each is used"
        trial = artifact.immutables[max(artifact.immutables, key=int)]
        assert pushed[-1] + 1 in {at for at, _ in trial}, "and not to the factory or the share logic"


@pytest.mark.parametrize("name", ["Deal", "DealExtension", "DealTrial"])
def test_extension_and_trial_keep_the_deals_storage_and_none_of_their_own(name: str) -> None:
    slots = compile_contracts()[name].slots
    assert slots == {
        "_ledger": 0,
        "_cash": 12,
        "_pots": 28,
        "_juniorBalances": 42,
        "_arrears": 49,
        "_feeArrears": 65,
        "_holders": 73,
        "_claimFor": 74,
        "_indices": 75,
        "_windows": 87,
        "_cutOff": 2135,
        "_call": 2136,
        "_writtenDown": 2137,
        "_promote": 2145,
        "_claimNonces": 2150,
    }


def test_every_contract_is_looked_at() -> None:
    core = {"Deal", "DealExtension", "DealTrial", "TrancheShare"}
    assert {*core, "DelayedPolicy", "DelayedReports", "HolderRegistry"} <= set(PRODUCTION)


def test_the_reading_of_opcodes_sees_what_is_there() -> None:
    assert {CALLER, TIMESTAMP} <= instructions("Deal")
    assert 0x46 in instructions("TrancheShareLogic"), "CHAINID, of the permit's domain"
    assert DELEGATECALL in instructions("TrancheShare")
