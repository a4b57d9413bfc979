"""Checks that show on the chain whether a step is done, by any account. They are data: printable and comparable."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.crypto import keccak

from penstock.evm.abi import Abi, Log
from penstock.evm.artifacts import Artifact, load_artifacts
from penstock.evm.codec import Address, canonical
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.retry import RetryingRpc
from penstock.model.compliance import Registration
from penstock.onchain.compliance import pack_registration, words_of
from penstock.onchain.holders import TRANSFER


class OtherCode(ChainError):
    """Another contract is at the address of one of ours."""


@dataclass(frozen=True)
class HasCode:
    """A contract is at an address; if the artifact is known, it is that one, immutables apart."""

    address: Address
    artifact: Artifact | None = None

    def holds(self, chain: RetryingRpc) -> bool:
        code = code_at(chain, self.address)
        if code and self.artifact and not same_code(self.artifact, code):
            raise OtherCode(
                f"the contract at {self.address} is not our {self.artifact.name}: code hash 0x{keccak(code).hex()}"
            )
        return bool(code)


@dataclass(frozen=True)
class HasCoin:
    """An account holds this much native coin, or has already sent the transaction it was for."""

    owner: Address
    amount: int

    def holds(self, chain: RetryingRpc) -> bool:
        return int(chain.sure("eth_getBalance", self.owner, "latest"), 16) >= self.amount


@dataclass(frozen=True)
class Holds:
    """An account holds this much of a token."""

    token: Address
    owner: Address
    amount: int

    def holds(self, chain: RetryingRpc) -> bool:
        return _word(chain, self.token, "balanceOf(address)", canonical(self.owner)) >= self.amount


@dataclass(frozen=True)
class Allows:
    """A spender may transfer this much of an owner's token."""

    token: Address
    owner: Address
    spender: Address
    amount: int

    def holds(self, chain: RetryingRpc) -> bool:
        said = _word(chain, self.token, "allowance(address,address)", canonical(self.owner), canonical(self.spender))
        return said >= self.amount


@dataclass(frozen=True)
class Permitted:
    """A policy lets each of these receive shares of a deal. receivers : tranches and accounts."""

    policy: Address
    deal: Address
    receivers: tuple[tuple[int, Address], ...]

    def holds(self, chain: RetryingRpc) -> bool:
        function, deal = "canReceive(address,uint256,address)", canonical(self.deal)
        return all(
            _word(chain, self.policy, function, deal, tranche.to_bytes(1, "big"), canonical(account)) == 1
            for tranche, account in self.receivers
        )


@dataclass(frozen=True)
class Bound:
    """A policy serves a deal."""

    policy: Address
    deal: Address

    def holds(self, chain: RetryingRpc) -> bool:
        return _word(chain, self.policy, "deal()") == int(self.deal, 16)


@dataclass(frozen=True)
class Registered:
    """A policy knows each of these holders as stated."""

    policy: Address
    holders: tuple[Registration, ...]

    def holds(self, chain: RetryingRpc) -> bool:
        if not code_at(chain, self.policy):
            return False
        entry = load_artifacts()["CompliancePolicy"].abi.function("holderData")
        calls = [(self.policy, entry.encode((each.holder,))) for each in self.holders]
        return all(
            Answers(to, data, words_of(pack_registration(said))).holds(chain)
            for (to, data), said in zip(calls, self.holders, strict=True)
        )


@dataclass(frozen=True)
class Distributed:
    """Shares were sent from one account to others, each in one transfer of its amount. given : holders and amounts."""

    share: Address
    sender: Address
    given: tuple[tuple[Address, int], ...]

    @property
    def total(self) -> int:
        return sum(amount for _, amount in self.given)

    def holds(self, chain: RetryingRpc) -> bool:
        if not code_at(chain, self.share):
            return False
        wanted = {(bytes(12) + canonical(holder), amount) for holder, amount in self.given}
        begins = (TRANSFER, bytes(12) + canonical(self.sender))
        found = chain.existing_logs(self.share)  # the launch issued its shares
        sent = {(log.topics[2], int.from_bytes(log.data, "big")) for log in found if log.topics[:2] == begins}
        return wanted <= sent


@dataclass(frozen=True)
class AllowsRest:
    """A spender may transfer what is left to distribute of an owner's shares; nothing where nothing is left."""

    share: Address
    owner: Address
    spender: Address
    parts: tuple[Distributed, ...]

    def holds(self, chain: RetryingRpc) -> bool:
        if not code_at(chain, self.share):
            return False
        rest = sum(each.total for each in self.parts if not each.holds(chain))
        return Allows(self.share, self.owner, self.spender, rest).holds(chain)


@dataclass(frozen=True)
class Says:
    """A view without arguments returns this value; of several (view, value) pairs, one suffices."""

    contract: Address
    answers: tuple[tuple[str, int], ...]

    def holds(self, chain: RetryingRpc) -> bool:
        return any(_word(chain, self.contract, function) == answer for function, answer in self.answers)


@dataclass(frozen=True)
class Answers:
    """A contract answers a call with just these bytes."""

    contract: Address
    data: bytes
    answer: bytes

    def holds(self, chain: RetryingRpc) -> bool:
        request = {"to": self.contract, "data": "0x" + self.data.hex()}
        return bytes.fromhex(str(chain.sure("eth_call", request, "latest"))[2:]) == self.answer


@dataclass(frozen=True)
class Shows:
    """
    One word of what a contract answers to a call is within bounds.

    Attributes
    ----------
    data : the call. word : its place in the answer. least, most : what it may be.
    """

    contract: Address
    data: bytes
    word: int
    least: int
    most: int = 2**256 - 1

    def holds(self, chain: RetryingRpc) -> bool:
        request = {"to": self.contract, "data": "0x" + self.data.hex()}
        answer = bytes.fromhex(str(chain.sure("eth_call", request, "latest"))[2:])
        found = answer[32 * self.word : 32 * self.word + 32]
        return len(found) == 32 and self.least <= int.from_bytes(found, "big") <= self.most


@dataclass(frozen=True)
class Logged:
    """
    A contract logged this, in a block from `since` on, `least` times or amounts.

    Attributes
    ----------
    topics : of the log; None takes any. begins : what its data begin with.
    total : the word of the data that is added up; None counts the logs.
    """

    contract: Address
    topics: tuple[bytes | None, ...]
    begins: bytes
    since: int
    least: int = 1
    total: int | None = None

    def holds(self, chain: RetryingRpc) -> bool:
        return self.found(chain) >= self.least

    def found(self, chain: RetryingRpc) -> int:
        """How many such logs there are, or what their words add up to."""
        return sum(self._weight(log) for log in chain.logs(self.contract, self.since) if self._fits(log))

    def _fits(self, log: Log) -> bool:
        pairs = zip(self.topics, log.topics, strict=False)
        same = all(wanted is None or wanted == found for wanted, found in pairs)
        return len(log.topics) >= len(self.topics) and same and log.data.startswith(self.begins)

    def _weight(self, log: Log) -> int:
        return 1 if self.total is None else int.from_bytes(log.data[32 * self.total : 32 * self.total + 32], "big")


@dataclass(frozen=True)
class AllowsNothing:
    """A spender has no allowance of an owner's token."""

    token: Address
    owner: Address
    spender: Address

    def holds(self, chain: RetryingRpc) -> bool:
        return not Allows(self.token, self.owner, self.spender, 1).holds(chain)


@dataclass(frozen=True)
class HoldsNothing:
    """An account holds nothing of a token."""

    token: Address
    owner: Address

    def holds(self, chain: RetryingRpc) -> bool:
        return not Holds(self.token, self.owner, 1).holds(chain)


Check = (
    HasCode
    | HasCoin
    | Holds
    | Allows
    | Permitted
    | Bound
    | Registered
    | Distributed
    | AllowsRest
    | Says
    | Answers
    | Shows
    | AllowsNothing
    | Shows
    | Logged
    | HoldsNothing
)


def code_at(chain: RetryingRpc, address: Address) -> bytes:
    """A contract's code, or nothing. Asked twice, because it decides whether a transaction is sent."""
    return bytes.fromhex(str(chain.sure("eth_getCode", address, "latest"))[2:])


def same_code(artifact: Artifact, code: bytes) -> bool:
    """Whether code is an artifact's, whatever its immutables hold."""
    return masked(artifact, code) == masked(artifact, artifact.deployed_bytecode)


def masked(artifact: Artifact, code: bytes) -> bytes:
    """Code with its immutables set to zero."""
    bare = bytearray(code)
    for places in artifact.immutables.values():
        for start, length in places:
            bare[start : start + length] = bytes(len(bare[start : start + length]))
    return bytes(bare)


def _word(chain: RetryingRpc, to: Address, function: str, *words: bytes) -> int:
    """The result of a view, 0 if there is no such view, so that the step is done."""
    data = keccak(text=function)[:4] + b"".join(word.rjust(32, b"\0") for word in words)
    try:
        answer = str(chain.sure("eth_call", {"to": to, "data": "0x" + data.hex()}, "latest"))
    except ChainError:
        if not code_at(chain, to):
            return 0
        raise
    return int(answer[2:66] or "0", 16)


def view(abi: Abi, chain: RetryingRpc, address: Address, function: str, *args: object) -> object:
    """A view of a contract, decoded; asked twice."""
    entry = abi.function(function)
    data = "0x" + entry.encode(args).hex()
    return entry.decode(bytes.fromhex(str(chain.sure("eth_call", {"to": address, "data": data}, "latest"))[2:]))


def part_fault(chain: RetryingRpc, part: str, address: Address, deal: Address) -> str:
    """
    Why a contract cannot be a deal's policy or report source; "" if it can, judging by its answers.

    Parameters
    ----------
    part : "policy" or "reports".
    """
    artifacts = load_artifacts()
    name = {"policy": "policy", "reports": "report source"}[part]
    if not code_at(chain, address):
        return f"no contract at {address}: it cannot be the {name}"
    contract, function, arguments = (
        ("HolderRegistry", "canReceive", (deal, 0, deal))
        if part == "policy"
        else ("SingleReporter", "reportOf", (deal, 1))
    )
    if not _answers(chain, artifacts[contract].abi, address, function, *arguments):
        return f"the contract at {address} is not a {name}: it does not answer {function}"
    return ""


def _answers(chain: RetryingRpc, abi: Abi, address: Address, function: str, *arguments: object) -> bool:
    try:
        view(abi, chain, address, function, *arguments)
    except NodeFailed:
        raise
    except ChainError:
        return False
    return True
