"""Code without the hash of its sources' texts."""

from __future__ import annotations

import re

# solc's trailer, CBOR of {ipfs: hash, solc: version}: the hash covers comments and file names, not what the code does.
# A contract that makes another holds that one's trailer too.
_HASH = re.compile(rb"(?<=\xa2\x64ipfs\x58\x22).{34}(?=\x64solc\x43.{3}\x00\x33)", re.DOTALL)


def without_metadata(code: bytes, wanted: bytes) -> bytes:
    """Code with zeros where the wanted code has such a hash."""
    bare = bytearray(code)
    for found in _HASH.finditer(wanted):
        if found.end() <= len(bare):
            bare[found.start() : found.end()] = bytes(found.end() - found.start())
    return bytes(bare)
