"""Addresses as people write them: 0x and 40 hexadecimal digits, whose case may be a checksum."""

from __future__ import annotations

import re

from eth_utils.address import to_checksum_address

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def is_address(text: str) -> bool:
    """Whether a text has an address's form, whatever its case."""
    return _ADDRESS.fullmatch(text) is not None


def is_spelled_right(address: str) -> bool:
    """Whether mixed case is the address's checksum; one case alone has none. Source: EIP-55."""
    digits = address[2:]
    return digits in (digits.lower(), digits.upper(), to_checksum_address(address)[2:])
