from __future__ import annotations

from collections.abc import Iterator

import pytest

from mutation.compiler import Contracts, Solc


@pytest.fixture(scope="session")
def solc() -> Iterator[Solc]:
    compiler = Solc()
    yield compiler
    compiler.close()


@pytest.fixture(scope="session")
def contracts(solc: Solc) -> Contracts:
    return Contracts(solc)
