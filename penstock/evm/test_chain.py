"""The fastest chain available: in the process, or Anvil where pyrevm is not installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from penstock.evm import nodes
from penstock.evm.chain import Chain
from penstock.evm.rpc import Rpc

HAS_REVM = find_spec("pyrevm") is not None


@contextmanager
def fast_chains(timestamp: int) -> Iterator[Callable[[], Chain]]:
    """Gives chains that start at a time: a new one for each call in the process, always the same one on Anvil."""
    if HAS_REVM:
        from penstock.evm.revm import Revm

        yield lambda: Revm(timestamp)
    else:
        with nodes.anvil(timestamp=timestamp) as node:
            chain = Rpc(node.ipc or node.url)
            yield lambda: chain
