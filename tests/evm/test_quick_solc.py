"""
The compiler of `tools/quick-solc.js` beside npm's own, which it changes while loading.

same        all of solc's output, of contracts, of errors, of imports and of what fails inside the compiler
used        the functions should be replaced · left alone where the engine cannot do it
"""

import json
import subprocess
from typing import Any

import pytest

from penstock import paths
from penstock.evm import artifacts

pytestmark = pytest.mark.sampled

SHARE = "contracts/TrancheShareLogic.sol"
LOCALS = " ".join(f"uint v{index} = x + {index};" for index in range(20))
SUM = " + ".join(f"v{index}" for index in range(20))
BODIES = {
    "no such name": "contract A { uint x = y; }",
    "no such file": 'import "./B.sol"; contract A {}',
    "no Solidity": "contract {",
    "stack too deep": f"contract A {{ function f(uint x) external pure returns (uint) {{ {LOCALS} return {SUM}; }} }}",
}

# Prints what is compiled, and how many WebAssembly modules there were.
PROGRAM = """
const { Instance, validate } = WebAssembly;
let made = 0;
WebAssembly.Instance = function (...given) { made += 1; return new Instance(...given); };
WebAssembly.validate = (...given) => process.argv[2] !== "old" && validate(...given);
const solc = require(process.argv[1]);
const input = require("node:fs").readFileSync(0, "utf8");
process.stdout.write(solc.compile(input, { import: () => ({ error: "there is none" }) }) + "\\n" + made);
"""


def compiled(module: str, request: dict[str, Any], engine: str = "") -> tuple[str, int]:
    """solc's output and how many WebAssembly modules there were."""
    command = ["node", "-e", PROGRAM, "--", module, engine]
    ran = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, cwd=paths.root())
    assert ran.returncode == 0, ran.stderr
    output, made = ran.stdout.rsplit("\n", 1)
    return output, int(made)


def request(sources: dict[str, Any], **settings: Any) -> dict[str, Any]:
    selection = {"*": {"*": ["*"], "": ["*"]}}
    return {"language": "Solidity", "sources": sources, "settings": {**settings, "outputSelection": selection}}


@pytest.mark.slow
def test_a_share_compiles_to_the_same_output() -> None:
    whole = artifacts.standard_json(paths.contracts())
    wanted = {**whole, "settings": {**whole["settings"], "outputSelection": {SHARE: {"*": ["*"], "": ["*"]}}}}
    quick, modules = compiled("./tools/quick-solc", wanted)
    plain, alone = compiled("solc", wanted)

    assert len(json.loads(quick)["contracts"][SHARE]["TrancheShareLogic"]["evm"]["bytecode"]["object"]) > 5_000
    assert quick == plain
    assert modules == alone + 1


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_what_fails_fails_in_the_same_words(body: str) -> None:
    wanted = request({"A.sol": {"content": f"// SPDX-License-Identifier: MIT\npragma solidity ^0.8.20;\n{body}"}})
    quick, modules = compiled("./tools/quick-solc", wanted)
    plain, alone = compiled("solc", wanted)

    assert any(each["severity"] == "error" for each in json.loads(quick)["errors"])
    assert quick == plain
    assert modules == alone + 1


def test_an_engine_without_such_exceptions_compiles_too() -> None:
    wanted = request({"A.sol": {"content": "contract A {}"}})

    assert compiled("./tools/quick-solc", wanted, "old") == compiled("solc", wanted)
