"""The ABIs in abi/ are those of the contracts as they are."""

from __future__ import annotations

from penstock import paths
from penstock.evm.artifacts import compile_contracts
from tools import abi


def test_the_committed_abis_are_not_stale() -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in (paths.root() / abi.FOLDER).iterdir()}
    assert committed == abi.files(compile_contracts()), "run `make abi` and commit abi/"
