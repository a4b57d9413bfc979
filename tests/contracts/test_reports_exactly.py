"""What a report source is given, and what a period without a report has, to the last unit."""

from __future__ import annotations

from penstock.evm.chain import Contract
from penstock.evm.codec import canonical
from penstock.model.report import Report
from penstock.model.terms import Fee, FeeBase, Rung
from penstock.model.units import WAD
from penstock.onchain.launch import System
from penstock.onchain.reports import unpack_reported
from tests.contracts.stage import put_on
from tests.model.examples import FEE, INTEREST, PRINCIPAL, RESIDUAL, deal_of, lender
from tests.parity.both import lives_as_the_model

REPORT_GAS = 100_000

TELLS_ITS_GAS = bytes.fromhex("5a60405260025f526101e05ff3")
"""GAS, 2 dear; MSTORE(64); MSTORE(0, 2); RETURN(0, 480): a report whose asset value is the gas it began with."""

LOSS = 60
READS = 48
TELLS_A_LOSS = b"".join(bytes([0x60, slot, 0x54, 0x50]) for slot in range(READS)) + bytes(
    [0x60, LOSS, 0x60, 0x20, 0x52, 0x60, 1, 0x5F, 0x52, 0x61, 0x01, 0xE0, 0x5F, 0xF3]
)
"""Reads so many words of storage, which is a little too dear for what was not read before in the transaction."""

CALL_SIZE = 37


def deployed(system: System, code: bytes) -> Contract:
    """A report source of this runtime code."""
    create = bytes([0x60, len(code), 0x80, 0x60, 10, 0x5F, 0x39, 0x5F, 0xF3, 0x00]) + code
    place = system.chain.transact(None, create, system.chain.accounts[0]).contract
    assert place
    return system.chain.at(place, system.artifacts["SingleReporter"].abi)


def calls(*wanted: tuple[Contract, str, tuple[object, ...]]) -> bytes:
    """Creation code that makes these calls, one after the other, in one transaction."""
    code, tail = b"", b""
    data = [contract.abi.function(name).encode(args) for contract, name, args in wanted]
    for (contract, _, _), each in zip(wanted, data, strict=True):
        at = (CALL_SIZE * len(wanted) + 3 + len(tail)).to_bytes(2, "big")
        copy = bytes([0x60, len(each), 0x61, *at, 0x5F, 0x39])
        code += copy + bytes([0x5F, 0x5F, 0x60, len(each), 0x5F, 0x5F, 0x73, *canonical(contract.address), 0x5A, 0xF1])
        code += b"\x50"
        tail += each
    return code + b"\x5f\x5f\xf3" + tail


def test_a_source_is_given_just_the_gas_it_is_owed(system: System) -> None:
    source = deployed(system, TELLS_ITS_GAS)
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    stage = put_on(system, deal_of(lender(), normal=rungs, write_down=True), reports=source)
    stage.until(1)
    events = stage.deal.send("settle", 1).events(stage.deal.abi)
    (told,) = (each.values for each in events if each.name == "Reported")
    assert unpack_reported(told["figures"], 0) == Report(None, REPORT_GAS - 2)


def test_without_a_report_the_asset_is_worth_nothing(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """A fee of all of its value in a year: a single unit of it would show."""
    fee = Fee("am", "operator", FeeBase.ASSET_VALUE, rate=WAD)
    rungs = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, fees=(fee,))
    numbers = lives_as_the_model(system, asset_of, reporter, terms, [150, 150, 150, 1150])
    assert numbers[-1]["credited"][1] == 200


def test_a_source_near_its_bound_is_heard_by_whoever_read_it_before(system: System) -> None:
    """As SECURITY says: what a transaction read before costs it less."""
    source = deployed(system, TELLS_A_LOSS)
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    stage = put_on(system, deal_of(lender(), normal=rungs, write_down=True), reports=source)
    stage.until(1)
    settling = (stage.deal, "settle", (1,))
    reading = (source, "reportOf", (stage.deal.address, 1))

    def equity_after(*wanted: tuple[Contract, str, tuple[object, ...]]) -> int:
        with system.chain.undone():
            system.chain.transact(None, calls(*wanted), system.chain.accounts[0])
            assert stage.state().period == 1
            return stage.state().balance[1]

    assert equity_after(settling) == 100
    assert equity_after(reading, settling) == 100 - LOSS
    assert equity_after(settling) == 100
