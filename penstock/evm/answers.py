"""The shapes of a node's answers: null or {} where a block must be is no answer, and no traceback either."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

QUANTITY = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
BLOCKS = ("eth_getBlockByNumber", "eth_getBlockByHash")
_HEX = {
    *("eth_chainId", "eth_blockNumber", "eth_getBalance", "eth_getTransactionCount", "eth_estimateGas", "eth_gasPrice"),
    *("eth_maxPriorityFeePerGas", "eth_getCode", "eth_call", "eth_sendRawTransaction", "eth_getStorageAt"),
}
_HEX_TEXT = re.compile(r"0x[0-9a-fA-F]*", re.ASCII)


def is_shaped(method: str, params: Sequence[Any], answer: Any) -> bool:
    """
    Whether an answer has the shape of its method. Null is one for a block or a receipt that may not be there yet, and
    none for the latest block.
    """
    if method in _HEX:
        return isinstance(answer, str) and bool(_HEX_TEXT.fullmatch(answer))
    if method in BLOCKS:
        if params[0] == "pending":  # it has no hash yet
            return answer is None or isinstance(answer, dict)
        return bool(params[0] != "latest") if answer is None else _holds_hex(answer, "number", "hash", "timestamp")
    if method == "eth_getTransactionReceipt" and answer is not None:
        words = ("transactionHash", "blockNumber", "blockHash", "gasUsed", "status")
        return _holds_hex(answer, *words) and isinstance(answer.get("logs"), list)
    if method == "eth_getTransactionByHash" and answer is not None:
        return _holds_hex(answer, "hash", "from") and isinstance(answer.get("input", ""), str)
    if method == "eth_getProof":
        return _holds_hex(answer, "storageHash")
    return method != "eth_getLogs" or isinstance(answer, list)


def _holds_hex(answer: Any, *keys: str) -> bool:
    return isinstance(answer, dict) and all(QUANTITY.fullmatch(str(answer.get(key))) for key in keys)
