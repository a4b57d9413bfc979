"""A node that may be slow, silent, busy or wrong for a while: what is asked of it again, and what is asked twice."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from penstock.evm.errors import NodeFailed, Registry
from penstock.evm.rpc import Rpc
from penstock.evm.transport import label_of

# Questions that may be asked again whatever became of the first: they change nothing, or the same thing once.
_ASKED_AGAIN = ("eth_", "net_", "web3_", "txpool_")
_ASKED_ONCE = ("eth_sendTransaction",)
MOST_ANSWERS = 7
_HEX = {
    *("eth_chainId", "eth_blockNumber", "eth_getBalance", "eth_getTransactionCount", "eth_estimateGas", "eth_gasPrice"),
    *("eth_maxPriorityFeePerGas", "eth_getCode", "eth_call", "eth_sendRawTransaction"),
}
_HEX_TEXT = re.compile(r"0x[0-9a-fA-F]*", re.ASCII)


@dataclass(frozen=True)
class RetryPolicy:
    """
    How long to bear with a node, in seconds.

    request : for one answer. outage : of silence in all, before giving up. start : the same, for the first question.
    """

    request: float = 15.0
    outage: float = 90.0
    start: float = 2.0
    first_pause: float = 0.1
    longest_pause: float = 5.0


class RetryingRpc(Rpc):
    """An `Rpc` that asks again when there is no answer or the node limits requests. Parameters as there."""

    def __init__(
        self,
        endpoint: str | Path,
        keys: Sequence[bytes] = (),
        registry: Registry | None = None,
        patience: RetryPolicy | None = None,
    ) -> None:
        full = patience or RetryPolicy()
        self.patience = replace(full, outage=full.start)
        # The transport asks again what only reads; signed transactions are sent again here.
        super().__init__(endpoint, keys, registry, full.start, full.request)
        self.patience, self._transport.patience = full, full.outage

    def sure(self, method: str, *params: Any) -> Any:
        """
        An answer given twice running: one wrong answer decides nothing.

        Raises
        ------
        NodeFailed : when no two answers running agree. Otherwise as `ask`.
        """
        last = self._ask(method, *params)
        for _ in range(MOST_ANSWERS):
            again = self._ask(method, *params)
            if again == last:
                return again
            last = again
        raise NodeFailed(f"{self.label} gives {MOST_ANSWERS + 1} different answers to {method}")

    def ask_all(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Several reading questions in few requests, answers in their order. Raises as `ask`, for the first to fail."""
        try:
            told = list(self._transport.ask_many([(method, list(params)) for method, params in questions]))
        except NodeFailed:  # no batches here, or not now
            told = [{"error": None}] * len(questions)
        pairs = zip(questions, told, strict=True)
        return [
            self._ask(method, *params) if "error" in answer else self._sound(method, answer["result"])
            for (method, params), answer in pairs
        ]

    @property
    def label(self) -> str:
        """The endpoint without path, query and user: providers put their keys there."""
        return label_of(self.endpoint)

    def now(self) -> int:
        return int(self.sure("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def _sound(self, method: str, answer: Any) -> Any:
        """An answer of the shape its method has; another is no answer."""
        if method in _HEX and not (isinstance(answer, str) and _HEX_TEXT.fullmatch(answer)):
            raise NodeFailed(f"{self.label} answers {method} with {self._transport.hidden(answer)[:40]!r}")
        return answer

    def _ask(self, method: str, *params: Any) -> Any:
        if not method.startswith(_ASKED_AGAIN) or method in _ASKED_ONCE:
            return super()._ask(method, *params)
        began, pause = time.monotonic(), self.patience.first_pause
        while True:
            try:
                return self._sound(method, super()._ask(method, *params))
            except NodeFailed as failed:
                if time.monotonic() - began >= self.patience.outage:
                    raise NodeFailed(f"{failed} (for {self.patience.outage:.0f} s)") from None
            time.sleep(pause)
            pause = min(2 * pause, self.patience.longest_pause)
