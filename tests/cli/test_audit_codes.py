"""
penstock audit, from the command line: contracts changed, and contracts that are no deal.

given a manifest, and an asset whose calls fail since its code was changed
    it should name the code first, and come to a verdict
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.chain import networks
from tests.cli.test_audit import lived, url  # noqa: F401
from tests.cli.test_deployment import penstock


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
