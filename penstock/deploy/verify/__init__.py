"""Whether the code on a chain is what our sources compile to, and their submission to block explorers."""

from typing import Literal

# The API of an explorer.
Verifier = Literal["etherscan", "blockscout", "sourcify"]
