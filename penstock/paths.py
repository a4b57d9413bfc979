"""Where the project's files are. Every other module asks here."""

from pathlib import Path


def root() -> Path:
    """Project root, found from this file: Penstock is installed in place (`pip install -e`)."""
    return Path(__file__).resolve().parents[1]


def contracts() -> Path:
    """Our Solidity sources."""
    return root() / "contracts"


def node_modules() -> Path:
    """What npm installed."""
    return root() / "node_modules"


def build() -> Path:
    """What can be made again: artifacts, reports, figures."""
    return root() / "build"


def solc_wrapper() -> Path:
    """The program that speaks solc's command line over the npm compiler."""
    return root() / "tools" / "solc"
