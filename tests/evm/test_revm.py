"""What only the chain in the process can get wrong."""

import pytest

from penstock.evm.abi import Abi
from penstock.evm.artifacts import Artifact
from penstock.evm.errors import ChainRefused, ChainRevert, NotADevChain
from penstock.evm.revm import MOST_SNAPSHOTS, SPECS, Revm

MCOPY = bytes.fromhex("5f5f5f5e00")  # Cancun
PUSH0 = bytes.fromhex("5f00")  # Shanghai


def raw(code: bytes) -> Artifact:
    return Artifact("Raw", "raw", Abi("Raw", []), code, b"", {})


@pytest.mark.parametrize(("spec", "refused"), [("PARIS", [PUSH0, MCOPY]), ("SHANGHAI", [MCOPY]), ("CANCUN", [])])
def test_the_rules_are_those_of_the_fork_that_is_named(spec: str, refused: list[bytes]) -> None:
    for code in (PUSH0, MCOPY):
        chain = Revm(spec=spec)
        if code in refused:
            with pytest.raises(ChainRefused, match="NotActivated"):
                chain.deploy(raw(code))
        else:
            chain.deploy(raw(code))


@pytest.mark.parametrize("spec", ["shanghai", "Shanghai", "OSAKA", "LATEST", ""])
def test_a_fork_revm_does_not_know_is_refused_and_not_taken_for_the_newest(spec: str) -> None:
    with pytest.raises(NotADevChain, match="no rules called"):
        Revm(spec=spec)


@pytest.mark.parametrize("spec", ["SHANGHAI", *list(SPECS)[-2:]])
def test_a_contract_runs_under_every_later_fork(spec: str, counter_artifact: Artifact) -> None:
    counter = Revm(spec=spec).deploy(counter_artifact, 1)
    counter.send("add", 5, "")
    assert counter.call("count") == 5


def test_ten_thousand_snapshots_do_not_use_up_the_call_stack(counter_artifact: Artifact) -> None:
    chain = Revm()
    counter = chain.deploy(counter_artifact, 1)
    for _ in range(10_000):
        with chain.undone():
            assert counter.call("add", 1, "") == 1
    counter.send("increment")
    assert counter.call("count") == 1


def test_too_many_open_snapshots_are_refused_before_calls_fail(counter_artifact: Artifact) -> None:
    chain = Revm()
    counter = chain.deploy(counter_artifact, 1)
    for _ in range(MOST_SNAPSHOTS):
        chain.snapshot()
    counter.send("increment")
    with pytest.raises(ChainRefused, match="snapshots are open"):
        chain.snapshot()
    chain.revert(0)
    assert counter.call("count") == 0


def test_going_back_past_several_snapshots_leaves_a_chain_that_works(counter_artifact: Artifact) -> None:
    chain = Revm()
    counter = chain.deploy(counter_artifact, 1)
    for _ in range(2_000):
        first = chain.snapshot()
        counter.send("increment")
        chain.snapshot()
        counter.send("increment")
        chain.revert(first)
    assert counter.call("count") == 0


@pytest.mark.parametrize("function", ["count", "increment"])
def test_a_call_leaves_nothing_in_the_journal(counter_artifact: Artifact, function: str) -> None:
    """Nor warm what it read: a transaction after it costs what it costs on a node."""
    chain = Revm()
    counter = chain.deploy(counter_artifact, 1)
    before = chain._evm.journal_len
    for _ in range(3):
        counter.call(function)
    assert chain._evm.journal_len == before
    other = Revm().deploy(counter_artifact, 1)
    assert counter.send("increment").gas_used == other.send("increment").gas_used


def test_a_call_that_is_refused_leaves_nothing_in_the_journal() -> None:
    chain = Revm()
    reverts = chain.transact(None, bytes.fromhex("6460006000fd6000526005601bf3"), chain.accounts[0]).contract
    assert reverts is not None
    before = chain._evm.journal_len
    with pytest.raises(ChainRevert):
        chain.query(reverts, b"")
    assert chain._evm.journal_len == before


def test_gas_of_a_second_touch_is_below_a_nodes(counter_artifact: Artifact) -> None:
    counter = Revm().deploy(counter_artifact, 1)
    first, second = counter.send("increment").gas_used, counter.send("increment").gas_used
    # A node's second (test_rpc.py) is 17,100 below its first; here the slot is warm (2,100) and dirty (2,700).
    assert first - second == 17_100 + 2_100 + 2_700
