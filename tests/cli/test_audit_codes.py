"""
penstock audit, from the command line: contracts changed, and contracts that are not deals.

given a manifest, and an asset whose calls fail since its code was changed
    it should name the code first, and come to a verdict
given the address of a share, the share logic, the factory or the implementation
    it should say in a line what it is, and of a share whose
given --recompile
    it should compare with what the sources give now, not with what the package carries
given what looks like an address and is none
    it should say what an address is, unless a file has that name
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.evm import networks
from tests.fixtures.actors import HOLDER
from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import Launched


@pytest.mark.parametrize("at", [0, 2])
def test_a_changed_byte_in_the_assets_code_is_named_first(settled_twice: Launched, at: int) -> None:
    url, file = settled_twice.url, settled_twice.file
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
        ("lens", "the lens that reads deals"),
        ("batch", "the batch that pays many holders"),
        ("extension", "the extension that deals run"),
        ("trial", "the trial that deals run"),
        ("implementation", "the implementation that deals run"),
    ],
)
def test_a_contract_of_ours_that_is_no_deal_is_told(settled_twice: Launched, name: str, words: str) -> None:
    url, file = settled_twice.url, settled_twice.file
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


def test_with_recompile_the_sources_decide(settled_twice: Launched, monkeypatch: pytest.MonkeyPatch) -> None:
    from penstock.audit import run
    from penstock.evm import artifacts

    carried = artifacts.load_artifacts()
    share = carried["TrancheShareLogic"]
    planted = share.deployed_bytecode[:9] + bytes([share.deployed_bytecode[9] ^ 1]) + share.deployed_bytecode[10:]
    other = {**carried, "TrancheShareLogic": replace(share, deployed_bytecode=planted)}
    monkeypatch.setattr(run, "load_artifacts", lambda: other)
    monkeypatch.setattr(artifacts, "recompile", lambda: carried)  # compiled for real in tests/install
    deal = json.loads(Path(settled_twice.file).read_text())["deal"]
    for words, code in (([], 1), (["--recompile"], 0)):
        done = penstock("audit", deal, "--rpc", settled_twice.url, *words)
        assert (done.exit_code, done.stderr) == (code, "")
        assert ("WRONG — first difference: code: " in done.stdout) == bool(code)


@pytest.mark.parametrize("words", ["0xd6200ce", HOLDER + "0", HOLDER[:-1], "0x", "0X" + HOLDER[2:]])
def test_what_is_no_address_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    said = f"{words}: No such file, and no address; accepted: 0x and 40 hexadecimal digits, or a manifest's file"
    refused(penstock("audit", words), said)
    Path(words).write_text("{}")
    refused(penstock("audit", words), f"{words}: schema None; accepted: 2")
