"""
The code on a chain, compared with what the sources give.

given an honest deployment
    every contract should be the same, and what is not ours left out
given one byte changed on the chain: in code, in what a constructor fixed, in a clone's arguments
    the contract, the byte's place and both values should be named
given the factory, whose constructor makes two contracts where two are already
    both places should be free when it is run again
given other metadata alone, a contract's own or that of one it creates
    it should be accepted, and said
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from eth_utils.crypto import keccak
from typer.testing import CliRunner

from penstock import paths
from penstock.cli.app import app
from penstock.deploy.verify import sources
from penstock.deploy.verify.bytecode import Compared, OtherBytecode, compare, require_same
from penstock.evm import artifacts as compiling
from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.onchain import manifest as manifests
from penstock.onchain.manifest import Manifest
from tests.deploy.conftest import Stage
from tests.fixtures.deals import DEAL
from tests.fixtures.slow import mostly_slow

pytestmark = pytest.mark.sampled

MADE = ["logic", "trial", "factory", "extension", "implementation", "share:senior", "share:equity", "asset"]
METADATA = bytes.fromhex("a264697066735822")


@pytest.fixture(scope="module")
def launched(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("launched")
    (folder / "small.toml").write_text(DEAL)
    chain = networks.connect(url)
    with chain.undone():
        stage = Stage(url, chain, folder / "small.toml", folder / "small.json")
        stage.run(order=stage.order(reports=None))
        yield stage


@pytest.fixture
def there(launched: Stage) -> Iterator[Stage]:
    with launched.chain.undone():
        yield launched


def code_of(stage: Stage, name: str) -> bytes:
    address = manifests.read(stage.file).contracts[name].address
    return bytes.fromhex(stage.chain.ask("eth_getCode", address, "latest")[2:])


def put(stage: Stage, name: str, code: bytes) -> None:
    address = manifests.read(stage.file).contracts[name].address
    stage.chain.ask("anvil_setCode", address, "0x" + code.hex())


def flip(code: bytes, at: int) -> bytes:
    return code[:at] + bytes([code[at] ^ 1]) + code[at + 1 :]


def rows(stage: Stage, manifest: Manifest | None = None) -> dict[str, Compared]:
    made = compare(stage.chain, manifest or manifests.read(stage.file), compile_contracts())
    return {each.name: each for each in made}


def test_an_honest_deployment_is_the_same(there: Stage):
    found = rows(there)
    names = ["proxy", "logic", "trial", "factory", "lens", "batch", "extension", "implementation", "deal"]
    assert list(found) == [*names, "share:senior", "share:equity", "asset", "policy", "reports"]
    assert {each.verdict for each in found.values()} == {"same"}
    require_same(list(found.values()))


def test_what_is_not_ours_is_left_out(there: Stage):
    manifest = manifests.read(there.file)
    foreign = manifest.contracts["asset"].model_copy(update={"contract": None, "constructor": None})
    other = manifest.model_copy(update={"contracts": {**manifest.contracts, "asset": foreign}})
    assert rows(there, other)["asset"].verdict == "not ours, left out"


@pytest.mark.parametrize(
    "name",
    [
        *("proxy", "logic", "trial", "factory", "lens", "batch", "extension", "implementation"),
        *("share:senior", "share:equity", "asset", "policy", "reports"),
    ],
)
def test_a_changed_byte_is_named(there: Stage, name: str):
    code = code_of(there, name)
    at = len(code) // 3
    put(there, name, flip(code, at))
    found = rows(there)
    assert {each for each, row in found.items() if row.difference} == {name}
    values = f"byte {at} of the code is 0x{code[at] ^ 1:02x} there, 0x{code[at]:02x} here"
    assert str(found[name].difference).startswith(values)
    with pytest.raises(OtherBytecode, match=f"^{name} at 0x.*{values}") as said:
        require_same(list(found.values()))
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("name", mostly_slow([each for each in MADE if each != "logic"], ("implementation", "asset")))
def test_what_a_constructor_fixed_is_compared(there: Stage, name: str):
    contract = manifests.read(there.file).contracts[name].contract
    places = [at for each in compile_contracts()[str(contract)].immutables.values() for at in each]
    assert places
    code = code_of(there, name)
    for start, length in places:
        put(there, name, flip(code, start + length - 1))
        assert f"byte {start + length - 1} of the code" in str(rows(there)[name].difference)
        assert str(rows(there)[name].difference).endswith("here, in an immutable")


def test_a_clones_own_code_and_its_arguments_are_compared(there: Stage):
    code = code_of(there, "deal")
    for at, where in (
        (12, "the proxy's 45 bytes"),
        (45, "its immutable arguments"),
        (len(code) - 1, "its immutable arg"),
    ):
        put(there, "deal", flip(code, at))
        said = str(rows(there)["deal"].difference)
        assert said.startswith(f"byte {at} of the code") and f"in {where}" in said
    put(there, "deal", code + b"\0")
    assert f"the same as far as byte {len(code)}" in str(rows(there)["deal"].difference)


def test_code_cut_short_and_no_code(there: Stage):
    code = code_of(there, "logic")
    put(there, "logic", code[:-60])
    assert f"{len(code) - 60} bytes of code there, {len(code)} here" in str(rows(there)["logic"].difference)
    put(there, "logic", b"")
    assert rows(there)["logic"].difference == "no code there"


def test_every_contract_that_is_the_same_has_sources_to_submit(there: Stage):
    """But the proxy. What factory and deal make is among them; clones are linked when their implementation is known."""
    made = sources.contracts(there.chain, manifests.read(there.file), compile_contracts())
    *others, clone = (each.name for each in made)
    assert clone == "deal"
    assert {"extension", "implementation", "share:senior", "share:equity"} < set(others)
    assert {*others, clone} == set(rows(there)) - {"proxy"}


@pytest.mark.parametrize("name", ["extension", "implementation"])
def test_what_the_factory_makes_is_freed_when_its_constructor_runs_again(
    there: Stage, monkeypatch: pytest.MonkeyPatch, name: str
):
    place = manifests.read(there.file).contracts[name].address
    asked = there.chain.ask
    freed = []

    def taken(method: str, *more: Any) -> Any:
        """As the chain is: with the contract there."""
        if method == "eth_call" and len(more) == 3 and place in more[2]:
            freed.append(more[2].pop(place))
        return asked(method, *more)

    with monkeypatch.context() as patched:
        patched.setattr(there.chain, "ask", taken)
        with pytest.raises(OtherBytecode, match=r"^factory: .* did not run the constructor once more"):
            rows(there)
    assert len(freed) == 1
    assert rows(there)["factory"].verdict == "same"


@pytest.mark.parametrize("name", ["share:senior", "extension", "factory"])
def test_other_metadata_alone_is_accepted_and_said(there: Stage, name: str):
    code = code_of(there, name)
    first, last = code.index(METADATA), code.rindex(METADATA)
    # The extension creates shares, so that their metadata is in its code too.
    assert (first != last) == (name == "extension")
    changed = code
    for at in {first, last}:
        changed = flip(flip(changed, at + 12), at + 38)
    put(there, name, changed)
    found = rows(there)
    assert found[name].verdict == "same code, other metadata" and found[name].difference is None
    require_same(list(found.values()))
    put(there, name, flip(changed, first - 1))
    assert f"byte {first - 1} of the code" in str(rows(there)[name].difference)


def test_other_constructor_arguments_than_the_manifests_are_seen(there: Stage):
    manifest = manifests.read(there.file)
    share = manifest.contracts["share:senior"]
    assert share.constructor is not None
    other = share.model_copy(update={"constructor": [1, *share.constructor[1:]]})
    told = manifest.model_copy(update={"contracts": {**manifest.contracts, "share:senior": other}})
    assert str(rows(there, told)["share:senior"].difference).endswith("in an immutable")


@pytest.mark.slow
def test_the_command_compiles_anew_and_exits_by_what_it_found(there: Stage, monkeypatch: pytest.MonkeyPatch):
    compiled = []

    def solc(request: dict, _: object) -> dict:  # type: ignore[type-arg]
        compiled.append(compiling.fingerprint(request))
        return json.loads(paths.artifacts().read_text())["contracts"]

    monkeypatch.setattr(compiling, "run_solc", solc)
    words = ["verify", str(there.file), "--network", there.url]
    made = CliRunner().invoke(app, words)
    assert made.exit_code == 0 and len(compiled) == 1, made.output
    code = code_of(there, "factory")
    put(there, "factory", flip(code, 100))
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 1 and "OTHER CODE" in refused.stdout
    assert refused.stderr.startswith("factory at 0x") and refused.stderr.count("\n") == 1
    assert "byte 100 of the code" in refused.stderr
    for option in (
        ["--sources", str(there.file.parent / "sources")],
        ["--verifier", "sourcify", "--verifier-url", there.url],
    ):
        stopped = CliRunner().invoke(app, [*words, *option])
        assert stopped.exit_code == 1 and stopped.stderr == refused.stderr and stopped.stdout == refused.stdout
    assert not (there.file.parent / "sources").exists(), "nothing is written or submitted when the code differs"
    # Metadata apart the code is ours; the manifest of other metadata is still another deployment's.
    at = code.rindex(METADATA) + 20
    put(there, "factory", flip(code, at))
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 1 and "factory at" in refused.stderr and "has code of hash" in refused.stderr
    manifest = manifests.read(there.file)
    told = manifest.contracts["factory"].model_copy(update={"code_hash": "0x" + keccak(flip(code, at)).hex()})
    file = there.file.with_name("told.json")
    manifests.write(manifest.model_copy(update={"contracts": {**manifest.contracts, "factory": told}}), file)
    accepted = CliRunner().invoke(app, ["verify", str(file), *words[2:]])
    assert accepted.exit_code == 0 and "same code, other metadata" in accepted.stdout, accepted.output
