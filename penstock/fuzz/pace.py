"""How fast this machine executes contracts, whatever the state machine does around them."""

from __future__ import annotations

import time

from penstock.evm.codec import number_of
from penstock.fuzz.compare import packed
from penstock.fuzz.driver import TestBed

AT_A_TIME = 50


def raw_calls(test_bed: TestBed, seconds: float = 0.2) -> float:
    """
    The smallest call there is, one balance of the asset, per second: on this chain, encoded once, its answer not read.

    Parameters
    ----------
    seconds : the minimum duration of the measurement.
    """
    asset = test_bed.asset(6)
    question = asset.abi.function("balanceOf").selector + packed([number_of(test_bed.addresses["ann"])])
    calls, began = 0, time.perf_counter()
    while True:
        for _ in range(AT_A_TIME):
            test_bed.chain.query(asset.address, question)
        calls += AT_A_TIME
        took = time.perf_counter() - began
        if took >= seconds:
            return calls / took
