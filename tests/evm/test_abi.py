"""Values in and out of calldata, and refusals as one line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.evm.abi import Abi, Log
from penstock.evm.codec import checksum, codec
from penstock.evm.errors import BadArgument, ChainRevert, Registry, describe

OWNER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
WORD = {"type": "uint256", "internalType": "uint256"}
RUNG = {
    "type": "tuple[]",
    "name": "rungs",
    "internalType": "struct Types.Rung[]",
    "components": [{**WORD, "name": "due"}, {"type": "address", "name": "payee"}],
}
DEAL = Abi(
    "Deal",
    [
        {"type": "function", "name": "open", "stateMutability": "nonpayable", "outputs": [], "inputs": [RUNG]},
        {"type": "function", "name": "rungs", "stateMutability": "view", "inputs": [], "outputs": [RUNG]},
        {
            "type": "function",
            "name": "paid",
            "stateMutability": "view",
            "inputs": [],
            "outputs": [{**WORD, "name": ""}],
        },
        {
            "type": "function",
            "name": "paid",
            "stateMutability": "view",
            "inputs": [{**WORD, "name": "period"}],
            "outputs": [{**WORD, "name": ""}],
        },
        {"type": "error", "name": "Deal_PeriodNotOver", "inputs": [{**WORD, "name": "endsAt"}]},
        {"type": "error", "name": "BelowLedger", "inputs": [{**WORD, "name": "ratioWad"}, {**WORD, "name": ""}]},
        {
            "type": "event",
            "name": "Opened",
            "anonymous": False,
            "inputs": [
                {"type": "string", "name": "name", "indexed": True},
                {**WORD, "name": "period", "indexed": True},
            ],
        },
    ],
)


def test_a_list_of_structs_goes_in_by_name_and_comes_out_with_names() -> None:
    rungs = [(1, OWNER), (2, checksum("0x" + "00" * 20))]
    named = [{"payee": payee, "due": due} for due, payee in rungs]
    data = DEAL.function("open").encode([named])

    assert data == DEAL.function("open").encode([rungs])
    read = DEAL.function("rungs").decode(data[4:])
    assert list(read) == rungs
    assert (read[0].due, read[0].payee, type(read[0]).__name__) == (1, OWNER, "Rung")


def test_a_struct_with_a_wrong_field_is_refused() -> None:
    with pytest.raises(BadArgument, match="a struct with due, payee"):
        DEAL.function("open").encode([[{"due": 1, "payer": OWNER}]])


def test_an_overloaded_function_is_named_by_its_signature() -> None:
    assert DEAL.function("paid(uint256)").encode([3])[-1] == 3
    with pytest.raises(BadArgument, match=r"it has paid\(\), paid\(uint256\)"):
        DEAL.function("paid")


@pytest.mark.parametrize("address", ["0x12", OWNER[:-1] + "7", 5, None, "payee"])
def test_what_is_not_an_address_is_refused(address: Any) -> None:
    with pytest.raises(BadArgument):
        DEAL.function("open").encode([[(1, address)]])


def test_an_indexed_text_is_read_as_its_hash() -> None:
    (topic,) = DEAL.events
    event = DEAL.event(Log(OWNER, (topic, b"\x07" * 32, (9).to_bytes(32, "big")), b"", 1))
    assert event is not None and event.values == {"name": b"\x07" * 32, "period": 9}
    assert DEAL.event(Log(OWNER, (), b"", 1)) is None


@given(st.integers(0, 2**256 - 1), st.text(), st.lists(st.binary(min_size=32, max_size=32)), st.booleans())
def test_what_is_packed_is_unpacked(number: int, text: str, words: list[bytes], flag: bool) -> None:
    values = (number, text, tuple(words), flag)
    both = codec(("uint256", "string", "bytes32[]", "bool"))
    assert both.decode(both.encode(values)) == values


@given(
    st.binary(max_size=200), st.sampled_from([b"", bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71"), *DEAL.errors])
)
def test_any_revert_data_become_one_line(data: bytes, selector: bytes) -> None:
    refused = Registry([DEAL]).revert(selector + data)
    assert isinstance(refused, ChainRevert)
    assert refused.data == selector + data
    assert len(str(refused).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "values", "line"),
    [
        (
            "Deal_PeriodNotOver",
            {"endsAt": 1_775_001_600},
            "Deal_PeriodNotOver: endsAt=1775001600 (2026-04-01 00:00 UTC)",
        ),
        (
            "BelowLedger",
            {"ratioWad": 15 * 10**17, "1": 7},
            "Deal: BelowLedger: ratioWad=1500000000000000000 (1.5), 1=7",
        ),
        ("Deal_Closed", {}, "Deal_Closed"),
        ("Error", {"message": "no\nthanks"}, "no thanks"),
        ("Panic", {"code": 0x12}, "panic 0x12: division or modulo by zero"),
        ("Panic", {"code": 0x99}, "panic 0x99: unknown"),
        ("", {}, "reverted without a reason"),
        ("", {"data": "0x12345678"}, "reverted with unknown data 0x12345678"),
    ],
)
def test_a_refusal_is_one_readable_line(name: str, values: dict[str, Any], line: str) -> None:
    assert describe(name, values, "Deal") == line
