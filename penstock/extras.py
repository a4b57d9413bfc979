"""Parts of Penstock that need more than its own installation brings."""

import shlex
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

from packaging.requirements import Requirement

from penstock.errors import PenstockError

PACKAGES = {"sha3": "safe-pysha3", "solcx": "py-solc-x"}
"""What to call a module whose package has another name."""


class ExtraMissing(PenstockError):
    """A package that only one part of Penstock needs, and that is not installed."""


def has(module: str) -> bool:
    """Whether a package is installed; imports nothing."""
    return find_spec(module) is not None


def install_command(extra: str) -> str:
    """What to type for an extra: its packages by name, since `penstock` on PyPI is another project."""
    try:
        required = [Requirement(each) for each in requires("penstock") or ()]
    except PackageNotFoundError:  # used from its sources, and not installed
        required = []
    ours = [each for each in required if each.marker and 'extra == "' in str(each.marker)]
    packages = [
        f"{each.name}{each.specifier}" for each in ours if each.marker and each.marker.evaluate({"extra": extra})
    ]
    return " ".join(["pip install", *(shlex.quote(each) for each in packages or [f".[{extra}]"])])


def require(module: str, extra: str, purpose: str) -> None:
    """
    Raises
    ------
    ExtraMissing : when the module is not installed; says what to install.
    """
    if not has(module):
        package = PACKAGES.get(module, module)
        raise ExtraMissing(f"{purpose} needs {package}, which is not installed: {install_command(extra)}")
