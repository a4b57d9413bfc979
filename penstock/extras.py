"""Parts of Penstock that need more than `pip install penstock` installs."""

from importlib.util import find_spec

from penstock.errors import PenstockError

PACKAGES = {"solcx": "py-solc-x"}
"""What to call a module whose package has another name."""


class ExtraMissing(PenstockError):
    """A package that only one part of Penstock needs, and that is not installed."""


def has(module: str) -> bool:
    """Whether a package is installed; imports nothing."""
    return find_spec(module) is not None


def require(module: str, extra: str, purpose: str) -> None:
    """
    Raises
    ------
    ExtraMissing : when the module is not installed; says what to install.
    """
    if not has(module):
        package = PACKAGES.get(module, module)
        raise ExtraMissing(f"{purpose} needs {package}, which is not installed: pip install 'penstock[{extra}]'")
