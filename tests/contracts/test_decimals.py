"""
the decimals of an asset
├── given a deal file, none but 0 to 18 should be accepted
├── given terms made by hand
│   ├── when the asset has the same, however many, the deal should count in base units
│   └── when it has others, the launch should be refused with both
└── given an asset that tells none, or more than fit a byte, the launch should be refused
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.dealfile.errors import DealFileError
from penstock.evm.errors import ChainRevert
from penstock.onchain.launch import System, launch
from penstock.onchain.terms_encode import encode_terms
from tests.contracts import deals
from tests.contracts.hostile import Mock, Response, a_life_beside_the_model, respond
from tests.contracts.stage import USD, everything_to, put_on

EVERY_BYTE = [0, 2, 6, 18, 19, 27, 77, 255]


@pytest.mark.parametrize("decimals", [19, 27, 77, 255])
def test_a_deal_file_has_eighteen_at_most(decimals: int) -> None:
    with pytest.raises(DealFileError) as caught:
        deals.with_decimals(deals.COARSE, decimals)
    refusal = f"deal.decimals = {decimals}: out of range; accepted: a whole number from 0 to 18, the asset's own"
    assert refusal in str(caught.value)


@pytest.mark.parametrize("decimals", EVERY_BYTE)
def test_a_deal_counts_in_base_units_whatever_they_are_worth(system: System, mock: Mock, decimals: int) -> None:
    terms = replace(deals.WHOLE, decimals=decimals)
    stage = put_on(system, terms, mock("MockUSD", decimals))
    assert stage.share().call("decimals") == min(decimals, 6)
    pair = a_life_beside_the_model(stage, (30_000 * USD, 1, 0, 200_000 * USD))
    assert pair.model.numbers()["period"] == 4


@pytest.mark.parametrize("decimals", EVERY_BYTE)
def test_one_more_or_less_is_refused(system: System, mock: Mock, decimals: int) -> None:
    asset = mock("MockUSD", decimals)
    for expected in {max(decimals - 1, 0), min(decimals + 1, 255)} - {decimals}:
        with pytest.raises(ChainRevert) as caught:
            launch(system, replace(deals.PLAIN, decimals=expected), asset, {})
        assert (caught.value.name, caught.value.values) == (
            "Deal_WrongDecimals",
            {"decimals": decimals, "expected": expected},
        )


def launched_on(system: System, asset: str) -> None:
    """Sent as it is: nothing is asked of the asset before."""
    packed = encode_terms(deals.PLAIN, asset, {})
    given = [(each.tranche, each.holder, each.shares) for each in everything_to(system.chain.accounts[1], deals.PLAIN)]
    system.factory.send("launch", packed, given, bytes(32))


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (Response.ANSWERS, b""),
        (Response.ANSWERS, b"\x06"),
        (Response.ANSWERS, (256 + 6).to_bytes(32, "big")),
        (Response.ANSWERS, b"\xff" * 32),
        (Response.REVERTS, b""),
        (Response.BURNS, b""),
    ],
)
def test_an_asset_that_tells_none_is_refused(system: System, mock: Mock, response: Response, answer: bytes) -> None:
    asset = mock("ScriptedResponder")
    respond(asset, response, answer)
    logs = len(system.chain.logs())
    with pytest.raises(ChainRevert) as caught:
        launched_on(system, asset.address)
    assert (caught.value.name, caught.value.values) == ("", {})
    assert len(system.chain.logs()) == logs


@pytest.mark.parametrize("number", range(10))
def test_no_precompile_is_an_asset(system: System, number: int) -> None:
    logs = len(system.chain.logs())
    with pytest.raises(ChainRevert) as caught:
        launched_on(system, f"0x{number:040x}")
    assert (caught.value.name, caught.value.values) == ("", {})
    assert len(system.chain.logs()) == logs
