"""Whether what stands on a chain is what our sources give: told to the user, and to block explorers."""

from typing import Literal

# Which API an explorer speaks.
Verifier = Literal["etherscan", "blockscout", "sourcify"]
