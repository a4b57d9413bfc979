"""
penstock audit, from the command line: contracts changed, and contracts that are no deal.

given a manifest, and an asset whose calls fail since its code was changed
    it should name the code first, and come to a verdict
given the address of a share, the share logic, the factory or the implementation
    it should say in a line what it is, and of a share whose
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.chain import networks
from tests.cli.test_audit import lived, url  # noqa: F401
from tests.cli.test_deployment import penstock, refused


@pytest.mark.parametrize("at", [0, 2])
def test_a_changed_byte_in_the_assets_code_is_named_first(lived: tuple[str, str], at: int) -> None:  # noqa: F811
    url, file = lived  # noqa: F811
    asset = json.loads(Path(file).read_text())["contracts"]["asset"]
    chain = networks.connect(url)
    code = bytearray(chain.code(asset["address"]))
    code[at] = 0x0C  # no opcode
    chain._ask("anvil_setCode", asset["address"], "0x" + code.hex())
    done = penstock("audit", file)
    assert (done.exit_code, done.stderr) == (1, "")
    first = f"verdict: WRONG — first difference: code: asset at {asset['address']} has code of hash 0x"
    last = done.stdout.splitlines()[-1]
    assert last.startswith(first) and last.endswith(f"; the manifest says {asset['code_hash']}")
    assert f"cash: the asset {asset['address']} fails when it is asked for balanceOf(0x" in done.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("share:equity", "a share of the deal {deal}"),
        ("logic", "the logic that shares of deals run"),
        ("factory", "a factory of deals"),
        ("implementation", "the implementation that deals run"),
    ],
)
def test_a_contract_of_ours_that_is_no_deal_is_told(lived: tuple[str, str], name: str, words: str) -> None:  # noqa: F811
    url, file = lived  # noqa: F811
    known = json.loads(Path(file).read_text())
    address = known["contracts"][name]["address"]
    said = (
        f"{address} is {words.format(deal=known['deal'])}, not a deal; accepted: the address of a deal, or its manifest"
    )
    refused(penstock("audit", address, "--rpc", url), said)
    chain = networks.connect(url)
    code = bytearray(chain.code(address))
    code[5] ^= 1
    chain._ask("anvil_setCode", address, "0x" + code.hex())
    other = penstock("audit", address, "--rpc", url).stdout.splitlines()[-1]
    assert f"the deal at {address}: its code does not begin as a clone's does" in other
