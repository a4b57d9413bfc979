"""
Sources to artifacts.

compilers   every one that is here should give the same bytecode, and the same again
sources     no machine should show in what is compiled · imports through the remapping should be found
cache       it should be read, be whole, and be of each file by itself
failing     it should show solc's message · name two contracts with one name · say what to install
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from penstock import paths
from penstock.evm import artifacts, solc
from penstock.evm.artifacts import Artifact, compile_contracts
from penstock.evm.errors import CompileFailed, CompilerNotFound
from penstock.evm.solc import native_compilers, npm_compiler

pytestmark = pytest.mark.sampled

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty folder of sources inside the project, where no other test looks, with a cache of its own."""
    monkeypatch.setattr(paths, "build", lambda: tmp_path)
    made = FIXTURES.parent / f"made-{uuid4().hex}"
    made.mkdir()
    try:
        yield made
    finally:
        for file in made.iterdir():
            file.unlink()
        made.rmdir()


def write(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"// SPDX-License-Identifier: MIT\npragma solidity ^0.8.20;\n{body}\n")


def code(artifacts: dict[str, Artifact]) -> dict[str, tuple[bytes, bytes]]:
    return {name: (made.bytecode, made.deployed_bytecode) for name, made in artifacts.items()}


@pytest.mark.slow
def test_every_compiler_here_gives_the_same_bytecode_and_again(artifacts: dict[str, Artifact]) -> None:
    reference = code(artifacts)
    assert reference["Counter"][0].startswith(bytes.fromhex("60"))
    for each in (npm_compiler(), *native_compilers()):
        assert code(compile_contracts(FIXTURES, compiler=each, cache=False)) == reference


@pytest.mark.slow
def test_a_contract_over_openzeppelin_compiles_and_only_ours_are_returned(folder: Path) -> None:
    write(
        folder,
        "Share.sol",
        'import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";\n'
        '// import "./commented-out.sol";\n'
        'contract Share is ERC20 { constructor() ERC20("Share", "SHR") {} }',
    )
    (share,) = compile_contracts(folder).values()

    assert share.name == "Share" and "transfer(address,uint256)" in share.abi.functions
    assert 0 < len(share.deployed_bytecode) < 24_576


def test_nothing_in_the_input_names_this_machine(folder: Path) -> None:
    write(folder, "A.sol", 'import "./B.sol"; contract A {}')
    write(folder, "B.sol", "contract B {}")
    request = artifacts.standard_json(folder)

    assert [Path(name).name for name in request["sources"]] == ["A.sol", "B.sol"]
    assert str(paths.root()) not in str(request) and str(Path.home()) + "/" not in str(request)


def test_a_kept_result_needs_no_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "A.sol", "contract A { uint256 public immutable one; constructor() { one = 1; } }")
    first = compile_contracts(folder)
    monkeypatch.setattr(artifacts, "find_compiler", none_here)
    second = compile_contracts(folder)

    assert code(first) == code(second)
    assert first["A"].immutables == second["A"].immutables != {}
    assert [each.suffix for each in (paths.build() / "artifacts").iterdir() if each.suffix != ".lock"] == [".json"]


@pytest.mark.slow
def test_a_changed_source_or_setting_is_compiled_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "A.sol", "contract A {}")
    compile_contracts(folder)
    monkeypatch.setattr(artifacts, "find_compiler", none_here)
    with pytest.raises(CompilerNotFound):
        compile_contracts(folder, settings={**artifacts.SETTINGS, "viaIR": not artifacts.VIA_IR})
    write(folder, "A.sol", "contract A { uint256 x; }")
    with pytest.raises(CompilerNotFound):
        compile_contracts(folder)


def test_only_what_changed_and_what_imports_it_is_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def noted(request: dict[str, Any], compiler: solc.Compiler) -> dict[str, Any]:
        asked.append([Path(name).name for name in request["settings"]["outputSelection"]])
        return run(request, compiler)

    run = artifacts.run_solc
    monkeypatch.setattr(artifacts, "run_solc", noted)
    write(folder, "Base.sol", "abstract contract Base { uint256 public immutable one = 1; }")
    write(folder, "A.sol", 'import "./Base.sol"; contract A is Base { uint256 public immutable two = one + 1; }')
    write(folder, "B.sol", "contract B { uint256 public three = 3; }")
    compile_contracts(folder)
    write(folder, "B.sol", "contract B { uint256 public three = 33; }")
    compile_contracts(folder)
    write(folder, "Base.sol", "abstract contract Base { uint256 public immutable one = 11; }")
    changed = compile_contracts(folder)

    assert asked == [["A.sol", "B.sol", "Base.sol"], ["B.sol"], ["A.sol", "Base.sol"]]
    whole = compile_contracts(folder, cache=False)
    assert code(changed) == code(whole)
    assert changed["A"].immutables == whole["A"].immutables and list(whole["A"].immutables) == ["0", "1"]


def test_solcs_message_is_shown_and_nothing_is_kept(folder: Path) -> None:
    write(folder, "A.sol", "contract A { uint256 x = true; }")
    with pytest.raises(CompileFailed, match=r"(?s)TypeError.*A\.sol:3:26.*uint256 x = true"):
        compile_contracts(folder)
    assert list((paths.build() / "artifacts").glob("*.json")) == []


@pytest.mark.slow
@pytest.mark.parametrize("native", [False, True])
def test_it_says_when_it_compiles_and_only_then(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    found = replace(solc.find_compiler(), native=native)
    monkeypatch.setattr(artifacts, "find_compiler", lambda: found)
    caplog.set_level("INFO", "penstock")
    write(folder, "A.sol", "contract A {}")
    compile_contracts(folder)
    assert caplog.messages == ["compiling the contracts" + ("" if native else ", which takes half a minute or more")]
    caplog.clear()
    compile_contracts(folder)
    assert caplog.messages == []


def test_a_missing_import_is_named_with_its_line(folder: Path) -> None:
    write(folder, "A.sol", 'import "./Missing.sol"; contract A {}')
    with pytest.raises(CompileFailed, match=r"(?s)Missing\.sol.*A\.sol:3"):
        compile_contracts(folder)


def test_two_contracts_with_one_name_are_refused(folder: Path) -> None:
    write(folder, "A.sol", "contract A {}")
    write(folder, "B.sol", "contract A {}")
    with pytest.raises(CompileFailed, match=r"two contracts are called A: .*A\.sol and in .*B\.sol"):
        compile_contracts(folder)


def test_a_compiler_of_another_version_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    other = tmp_path / "solc"
    other.write_text("#!/bin/sh\necho 'Version: 0.8.30+commit.00000000.Linux.g++'\n")
    other.chmod(0o755)
    assert solc.inspect(other) is None
    monkeypatch.setattr(paths, "solc_wrapper", lambda: other)
    with pytest.raises(CompilerNotFound, match="make setup"):
        npm_compiler()


def test_a_native_compiler_on_the_path_is_taken_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    native = tmp_path / "solc"
    native.write_text(f"#!/bin/sh\necho 'Version: {solc.VERSION}+commit.{solc.COMMIT}.Linux.g++'\n")
    native.chmod(0o755)
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert solc.find_compiler() == solc.Compiler(native, native=True)


def none_here() -> solc.Compiler:
    raise CompilerNotFound("none")
