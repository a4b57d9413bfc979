"""Where the project's files are, in a checkout and in an installed package. Every other module asks here."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder that holds the package: of a checkout, its root."""
    return PACKAGE.parent


def is_checkout() -> bool:
    """Whether the Solidity sources are here; an installed package has `artifacts` in their place."""
    return (contracts() / "Deal.sol").is_file()


def artifacts() -> Path:
    """The compiled contracts that the package carries: `make artifacts` writes it."""
    return PACKAGE / "artifacts.json"


def networks() -> Path:
    """The networks known by name, as Brownie lists them."""
    return PACKAGE / "evm" / "networks.yaml"


def deals() -> Path:
    """The example deals: deals/ of a checkout, which an installed package carries inside itself."""
    return PACKAGE / "deals"


def contracts() -> Path:
    """Our Solidity sources; only in a checkout."""
    return root() / "contracts"


def node_modules() -> Path:
    """Packages installed by npm; only in a checkout."""
    return root() / "node_modules"


def build() -> Path:
    """Files that can be rebuilt, such as figures; for an installed package, build/ in the working folder."""
    return (root() if is_checkout() else Path.cwd()) / "build"


def solc_wrapper() -> Path:
    """The program that speaks solc's command line over the npm compiler; only in a checkout."""
    return root() / "tools" / "solc"
