"""Any EVM chain: compile, start nodes, send, call and read, on a node or in the process. Knows no deal."""

import sys

_PYTHONS_OWN = 1000
_LIMIT = _PYTHONS_OWN if "py_ecc" in sys.modules else sys.getrecursionlimit()

import eth_account  # noqa: E402, F401

# py_ecc, which eth_account imports, raises the limit to 100,000; nested JSON would then overflow Python's own stack.
sys.setrecursionlimit(_LIMIT)
