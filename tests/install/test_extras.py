"""What to type for a part that is not installed: packages by name, of the versions that the package asks for."""

from __future__ import annotations

import pytest

from penstock import extras


@pytest.mark.parametrize(
    ("extra", "package"),
    [
        ("fuzz", "hypothesis"),
        ("plots", "matplotlib"),
        ("simulate", "numba"),
        ("solc", "py-solc-x"),
        ("structure", "tomlkit"),
    ],
)
def test_an_extra_is_installed_by_the_names_of_its_packages(extra: str, package: str) -> None:
    command = extras.install_command(extra)
    assert command.startswith(f"pip install '{package}") and "penstock" not in command
    assert "web3" not in command, "what everybody has is not asked for again"


def test_what_is_missing_is_one_line() -> None:
    with pytest.raises(extras.ExtraMissing) as missing:
        extras.require("no_such_module", "plots", "the picture")
    assert str(missing.value) == (
        f"the picture needs no_such_module, which is not installed: {extras.install_command('plots')}"
    )
