"""
The same test body on revm in the process, on Anvil by http and by socket, and on Ganache.

deploy      it should make the contract the artifact describes · refuse with the constructor's error
send        it should return events, gas, block, time · move ether · refuse bad arguments before sending
call        it should return values with their names · leave no trace even when the function writes
a refusal   it should carry the custom error, a text, a panic, or nothing
time        it should stand still · be set exactly · never go back · come back with a snapshot
snapshot    it should bring back state, logs, balance · be spent, and every later one with it
"""

import pytest

from penstock.evm.abi import Abi
from penstock.evm.artifacts import Artifact
from penstock.evm.chain import Chain, Contract
from penstock.evm.errors import BadArgument, ChainError, ChainRefused, ChainRevert, TimeRunsForward
from tests.conftest import fast_chain

START = 1_767_225_600
DAY = 86_400


def test_deploy_makes_the_contract_the_artifact_describes(chain: Chain, counter_artifact: Artifact) -> None:
    counter = chain.deploy(counter_artifact, START + DAY, sender=chain.accounts[1], value=7)

    assert counter.receipt is not None and counter.receipt.contract == counter.address
    assert counter.call("owner") == chain.accounts[1]
    assert counter.call("opensAt") == START + DAY
    assert chain.balance(counter.address) == 7
    assert without_immutables(chain.code(counter.address), counter_artifact) == counter_artifact.deployed_bytecode
    assert chain.code(chain.accounts[5]) == b""


def test_deploy_refuses_with_the_constructors_error(chain: Chain, counter_artifact: Artifact) -> None:
    with pytest.raises(ChainRevert) as refused:
        chain.deploy(counter_artifact, 0)

    assert refused.value.name == "Counter_NotOpen"


def test_what_has_no_code_is_not_deployed(chain: Chain) -> None:
    with pytest.raises(BadArgument, match="interface or abstract"):
        chain.deploy(raw(""))


def test_contracts_see_the_chain_id_that_permits_are_signed_for(chain: Chain) -> None:
    made = chain.deploy(raw("465f5260205ff3"))  # its code is the 32 bytes of CHAINID
    assert int.from_bytes(chain.code(made.address), "big") == chain.chain_id


def test_a_contract_above_the_size_limit_is_refused(chain: Chain) -> None:
    chain.deploy(raw("6160005ff3"))  # 24,576 bytes
    with pytest.raises(ChainError):  # Ganache calls it a revert
        chain.deploy(raw("6160015ff3"))


def test_send_returns_what_happened(chain: Chain, counter: Contract) -> None:
    receipt = counter.send("add", 5, "three words more", sender=chain.accounts[2], value=3)

    (event,) = receipt.events(counter.abi)
    assert (event.name, event.address, event.block) == ("Counted", counter.address, receipt.block)
    assert event.values == {"by": chain.accounts[2], "count": 5, "note": "three words more"}
    assert receipt.status == 1
    assert receipt.gas_used > 21_000
    assert receipt.timestamp == chain.now() == START
    assert receipt.block == chain.block()
    assert chain.balance(counter.address) == 3


def test_gas_of_a_first_touch_is_the_same_everywhere(chain: Chain, counter_artifact: Artifact) -> None:
    with fast_chain(START) as fresh:
        here, reference = chain.deploy(counter_artifact, 1), fresh.deploy(counter_artifact, 1)

        assert here.receipt and reference.receipt
        assert here.receipt.gas_used == reference.receipt.gas_used
        assert here.send("add", 5, "a note", value=1).gas_used == reference.send("add", 5, "a note", value=1).gas_used


def test_a_call_names_what_it_returns(chain: Chain, counter: Contract) -> None:
    counter.send("add", 5, "", sender=chain.accounts[1])

    status = counter.call("status")
    assert status == (5, START, False)
    assert status.total == 5
    latest = counter.call("latest")
    assert latest == (chain.accounts[1], START, 5)
    assert latest.countedAt == START


def test_a_call_of_a_function_that_writes_leaves_no_trace(chain: Chain, counter: Contract) -> None:
    assert counter.call("add", 5, "") == 5
    assert counter.call("count") == 0
    assert chain.logs(counter.address) == []


def test_a_call_has_the_sender_it_is_given(chain: Chain, counter: Contract) -> None:
    with pytest.raises(ChainRevert, match="Counter_NotOwner"):
        counter.call("withdraw")
    assert counter.call("withdraw", sender=chain.accounts[0]) is None


def test_structs_are_sent_as_tuples_or_by_name(chain: Chain, counter: Contract) -> None:
    by_name = {"count": 2, "by": chain.accounts[0], "countedAt": START}
    counter.send("addAll", [(chain.accounts[0], START, 1), by_name])

    assert counter.call("count") == 3


@pytest.mark.parametrize(
    ("function", "arguments", "name", "values"),
    [
        ("add", (101, ""), "Counter_TooMuch", {"asked": 101, "limit": 100}),
        ("addWhenOpen", (), "Counter_NotOpen", {"opensAt": START + DAY, "nowAt": START}),
        ("refuse", (), "Error", {"message": "refused in words"}),
        ("subtract", (1,), "Panic", {"code": 0x11}),
        ("refuseSilently", (), "", {}),
    ],
)
def test_a_refusal_says_why(
    counter: Contract, function: str, arguments: tuple[object, ...], name: str, values: dict[str, object]
) -> None:
    for act in (counter.send, counter.call):
        with pytest.raises(ChainRevert) as refused:
            act(function, *arguments)
        assert (refused.value.name, refused.value.values) == (name, values)
        assert "\n" not in str(refused.value)
    assert counter.call("count") == 0


def test_a_refused_transaction_leaves_no_block(chain: Chain, counter: Contract) -> None:
    before = chain.block()
    with pytest.raises(ChainRevert):
        counter.send("refuse")

    assert chain.block() == before


def test_bad_arguments_are_refused_before_anything_is_sent(chain: Chain, counter: Contract) -> None:
    before = chain.block()
    for function, arguments in [
        ("add", (1,)),
        ("add", (-1, "")),
        ("add", (2**256, "")),
        ("add", ("1", "")),
        ("ad", ()),
    ]:
        with pytest.raises(BadArgument):
            counter.send(function, *arguments)

    assert chain.block() == before


def test_a_sender_without_the_money_is_refused_by_the_chain(chain: Chain, counter: Contract) -> None:
    with pytest.raises(ChainRefused):
        counter.send("add", 1, "", value=10**40)


def test_a_contract_that_is_not_there_is_named(chain: Chain, counter: Contract) -> None:
    nowhere = chain.at(chain.accounts[9], counter.abi)
    with pytest.raises(BadArgument, match="no contract there"):
        nowhere.call("count")


def test_time_stands_still_until_it_is_set(chain: Chain, counter: Contract) -> None:
    assert counter.send("increment").timestamp == START
    chain.set_time(START + DAY)
    assert chain.now() == START + DAY
    assert counter.call("status").time == START + DAY
    assert counter.send("addWhenOpen").timestamp == START + DAY
    assert counter.send("addWhenOpen").timestamp == START + DAY
    chain.set_time(START + DAY)
    assert chain.now() == START + DAY


def test_time_never_goes_back(chain: Chain) -> None:
    with pytest.raises(TimeRunsForward):
        chain.set_time(START - 1)


def test_twenty_years_pass_in_one_step(chain: Chain, counter: Contract) -> None:
    chain.set_time(START + 20 * 365 * DAY)
    assert counter.send("addWhenOpen").timestamp == START + 20 * 365 * DAY


def test_a_snapshot_brings_back_state_logs_balance_and_time(chain: Chain, counter: Contract) -> None:
    counter.send("add", 1, "kept")
    before = (chain.block(), chain.now(), chain.logs(), chain.balance(counter.address), counter.call("status"))
    with chain.undone():
        counter.send("add", 2, "undone", value=9)
        chain.set_time(START + DAY)
        counter.send("add", 3, "undone")

    after = (chain.block(), chain.now(), chain.logs(), chain.balance(counter.address), counter.call("status"))
    assert after == before
    assert counter.send("increment").timestamp == START


def test_a_snapshot_is_spent_with_every_later_one(chain: Chain, counter: Contract) -> None:
    first = chain.snapshot()
    counter.send("increment")
    second = chain.snapshot()
    counter.send("increment")
    chain.revert(first)

    assert counter.call("count") == 0
    for spent in (second, first):
        with pytest.raises(ChainRefused, match="spent"):
            chain.revert(spent)
    again = chain.snapshot()
    counter.send("increment")
    chain.revert(again)
    assert counter.call("count") == 0


def test_logs_are_kept_in_order_from_any_block(chain: Chain, counter: Contract, counter_artifact: Artifact) -> None:
    other = chain.deploy(counter_artifact, 1)
    counter.send("add", 1, "a")
    since = other.send("add", 2, "b").block
    counter.send("add", 3, "c")

    assert [event["note"] for event in counter.events()] == ["a", "c"]
    assert [event["note"] for event in counter.events(since)] == ["c"]
    assert [counter.abi.event(log)["note"] for log in chain.logs(since=since)] == ["b", "c"]  # type: ignore[index]


def test_storage_is_read_by_slot(chain: Chain, counter: Contract) -> None:
    counter.send("add", 77, "")
    assert chain.storage(counter.address, 0) == (77).to_bytes(32, "big")
    assert chain.storage(counter.address, 12_345) == bytes(32)


def test_many_slots_of_several_contracts_are_read_in_order(
    chain: Chain, counter: Contract, counter_artifact: Artifact
) -> None:
    other = chain.deploy(counter_artifact, 1)
    counter.send("add", 77, "")
    other.send("add", 5, "")
    places = [(other.address, 0), (counter.address, 12_345), (counter.address, 0), (other.address, 0)]
    assert chain.storage_words(places) == [5, 0, 77, 5]
    assert chain.storage_words([]) == []


def test_development_accounts_have_keys_everywhere(chain: Chain) -> None:
    first = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert chain.accounts[0] == first
    assert len(chain.accounts) == 10
    assert all(chain.key(each) for each in chain.accounts)
    assert chain.key("0x" + "11" * 20) is None


def raw(creation_code: str) -> Artifact:
    return Artifact("Raw", "raw", Abi("Raw", []), bytes.fromhex(creation_code), b"", {})


def without_immutables(code: bytes, artifact: Artifact) -> bytes:
    bare = bytearray(code)
    for places in artifact.immutables.values():
        for start, length in places:
            bare[start : start + length] = bytes(length)
    return bytes(bare)
