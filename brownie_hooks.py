"""What Brownie compiles, which asks this file: the contracts that artifacts.json carries, and no other mocks."""

from pathlib import Path

from penstock.evm.artifacts import CARRIED_MOCKS


def brownie_load_source(path: Path, source: str) -> str:
    """The source of a contract; of a mock that only the tests use, nothing."""
    return source if "mocks" not in path.parts or path.stem in CARRIED_MOCKS else ""
