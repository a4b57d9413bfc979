"""Checks that only words explained by the logs are set: by the storage root, or by Anvil's list of words."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rlp
from eth_utils.crypto import keccak

from penstock.audit.findings import Findings
from penstock.audit.subject import Subject
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRefused

EMPTY_ROOT = keccak(rlp.encode(b""))
Leaf = tuple[str, bytes]


def storage_root(words: Mapping[int, int]) -> bytes:
    """The root of the Merkle-Patricia trie of these slots; empty ones are not in it (Yellow Paper, appendix D)."""
    leaves = sorted(
        (keccak(slot.to_bytes(32, "big")).hex(), rlp.encode(word.to_bytes(32, "big").lstrip(b"\0")))
        for slot, word in words.items()
        if word
    )
    return keccak(rlp.encode(_node(leaves, 0))) if leaves else EMPTY_ROOT


def _node(leaves: list[Leaf], depth: int) -> Any:
    """The node of leaves that share their first `depth` nibbles, not encoded yet."""
    first, last = leaves[0][0], leaves[-1][0]
    if len(leaves) == 1:
        return [_path(first[depth:], ends=True), leaves[0][1]]
    shared = depth
    while first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        return [_path(first[depth:shared], ends=False), _reference(_node(leaves, shared))]
    branches: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        branches.setdefault(leaf[0][depth], []).append(leaf)
    return [_reference(_node(branches[n], depth + 1)) if n in branches else b"" for n in "0123456789abcdef"] + [b""]


def _reference(node: Any) -> Any:
    encoded = rlp.encode(node)
    return node if len(encoded) < 32 else keccak(encoded)


def _path(nibbles: str, ends: bool) -> bytes:
    odd = len(nibbles) % 2
    flag = f"{2 * ends + odd:x}"
    return bytes.fromhex(flag + nibbles if odd else flag + "0" + nibbles)


UNKNOWN = "whether other words are set is not known"
Words = Mapping[int, int]


@dataclass(frozen=True)
class Account:
    """name : in messages. words : the content of every slot that the logs explain, right or wrong."""

    name: str
    address: Address
    words: Words


def compare_others(subject: Subject, findings: Findings, accounts: list[Account]) -> None:
    """Compares each account's whole storage with the known words. A note says so if the node cannot show it."""
    # Seen with 1.7.1: Anvil keeps words that were set back to zero in its tries, so that its roots prove nothing.
    if subject.chain.client.lower().startswith("anvil"):
        return _by_list(subject, findings, accounts)
    return _by_root(subject, findings, accounts)


def _by_root(subject: Subject, findings: Findings, accounts: list[Account]) -> None:
    block = hex(subject.block)
    try:
        proofs = list(subject.chain.ask_many("eth_getProof", [[each.address, [], block] for each in accounts]))
    except ChainRefused as refused:
        return findings.note("storage", f"{UNKNOWN}: the RPC gives no proof ({refused})")
    findings.compared("storage", len(accounts))
    for account, proof in zip(accounts, proofs, strict=True):
        if proof["storageHash"] != "0x" + storage_root(account.words).hex():
            text = "the storage root is another: words are set that no log explains"
            findings.wrong("storage", f"{account.name}: {text}")
    return findings.note("storage", "storage roots were compared: they prove whether any other word is set")


def _by_list(subject: Subject, findings: Findings, accounts: list[Account]) -> None:
    try:
        (node,) = subject.chain.ask_many("anvil_nodeInfo", [[]])
        if node["forkConfig"]["forkUrl"]:
            return findings.note("storage", f"{UNKNOWN}: a fork lists only the words it has loaded")
        (dump,) = subject.chain.ask_many("anvil_dumpState", [[]])
    except ChainRefused as refused:
        return findings.note("storage", f"{UNKNOWN}: Anvil's roots count emptied words, and it lists none ({refused})")
    if subject.chain.block() != subject.block:
        return findings.note("storage", f"{UNKNOWN}: Anvil lists words at its last block only, and the chain moved on")
    listed = _storages(dump)
    findings.compared("storage", len(accounts))
    for account in accounts:
        for slot, word in sorted(listed.get(account.address.lower(), {}).items()):
            if int(word, 16) and int(slot, 16) not in account.words:
                findings.wrong("storage", f"{account.name}: slot {slot} is {word}, which no log explains")
    return findings.note("storage", "Anvil's list of all words was compared: it shows whether any other is set")


def _storages(dump: str) -> dict[str, dict[str, str]]:
    """The storage of each account in a dump. Blocks and transactions, the larger part, follow and are not read."""
    text = gzip.decompress(bytes.fromhex(dump[2:])).decode()
    accounts, _ = json.JSONDecoder().raw_decode(text, text.index("{", text.index('"accounts":')))
    return {address.lower(): account["storage"] for address, account in accounts.items()}
