"""
Writes Terms.sol, the packed terms of deal.toml, for the forge campaign.

    python -m tests.formal.forge.write_terms

Asset and reports are left zero: the campaign fills in what it deployed.
"""

from __future__ import annotations

from pathlib import Path

from penstock.dealfile import load
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms

HERE = Path(__file__).parent
PAYEES = {"operator": "0x" + "0" * 37 + "fe0", "manager": "0x" + "0" * 37 + "fe1"}
SOLIDITY = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev deal.toml, packed by write_terms.py.
bytes constant TERMS =
    hex"{terms}";
"""


def source() -> str:
    """What Terms.sol should be."""
    return SOLIDITY.format(terms=encode_terms(load(HERE / "deal.toml"), NO_ADDRESS, PAYEES).hex())


if __name__ == "__main__":
    (HERE / "Terms.sol").write_text(source())
