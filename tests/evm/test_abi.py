"""Values in and out of calldata, and refusals as one line."""

import re
from typing import Any

import pytest
from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from hypothesis import given
from hypothesis import strategies as st

from penstock.evm.abi import Abi, Log
from penstock.evm.codec import checksum, codec, decode_values
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


PLAIN = ("uint256", "address", "uint8", "uint64")


@given(
    st.tuples(
        st.integers(-1, 2**256),
        st.sampled_from([OWNER, OWNER.lower(), bytes.fromhex(OWNER[2:]), "0x12", b"", 5, None]),
        st.one_of(st.integers(-1, 256), st.booleans()),
        st.one_of(st.integers(2**64 - 1, 2**64), st.just("7")),
    )
)
def test_plain_values_are_packed_as_eth_abi_packs_them(values: tuple[Any, ...]) -> None:
    """And refused as it refuses them."""
    try:
        packed = encode(PLAIN, values)
    except EncodingError as refused:
        with pytest.raises(type(refused)) as found:
            codec(PLAIN).encode(values)
        assert str(found.value).replace("_CachedAddress", "Address") == str(refused)
    else:
        assert codec(PLAIN).encode(values) == packed
        assert codec(PLAIN).decode(packed) == (values[0], OWNER, values[2], values[3])


LISTS = ("address[]", "uint64[]", "bytes", "bool", "uint8")


@given(
    st.tuples(
        st.one_of(st.lists(st.sampled_from([OWNER, OWNER.lower(), "0x12"]), max_size=3), st.just((OWNER, 7))),
        st.one_of(st.lists(st.integers(2**64 - 1, 2**64), max_size=3), st.sampled_from([5, "7", None])),
        st.one_of(st.binary(max_size=70), st.sampled_from([bytearray(b"x"), "0x12", 5, None])),
        st.sampled_from([True, False, 1, 0, None]),
        st.integers(-1, 256),
    )
)
def test_lists_and_bytes_are_packed_as_eth_abi_packs_them(values: tuple[Any, ...]) -> None:
    """And refused as it refuses them."""
    try:
        packed = encode(LISTS, values)
    except EncodingError as refused:
        with pytest.raises(type(refused)) as found:
            codec(LISTS).encode(values)
        assert str(found.value).replace("_CachedAddress", "Address") == str(refused)
    else:
        assert codec(LISTS).encode(values) == packed


@given(
    st.tuples(
        st.sampled_from([0, 2**256 - 1]),
        st.sampled_from([0, 2**160 - 1, 2**160]),
        st.sampled_from([0, 255, 256]),
        st.sampled_from([0, 2**64 - 1, 2**64]),
    ),
    st.sampled_from([0, 0, 32, 1, -1, -32]),
)
def test_plain_words_are_read_as_eth_abi_reads_them(words: tuple[int, ...], more: int) -> None:
    data = b"".join(word.to_bytes(32, "big") for word in words) + bytes(max(0, more))
    data = data[: len(data) + min(0, more)]
    try:
        values = decode(PLAIN, data)
    except DecodingError as refused:
        with pytest.raises(BadArgument, match=re.escape(str(refused))):
            decode_values(PLAIN, data)
    else:
        assert decode_values(PLAIN, data) == (values[0], checksum(values[1]), *values[2:])


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
