"""Signers: a development chain's known keys, the node itself, or an encrypted keystore. Keys are never printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from eth_account import Account
from eth_keys.exceptions import BadSignature as EthKeysError
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from penstock.addresses import is_address
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainError, UnknownAccount
from penstock.evm.retry import RetryingRpc
from penstock.files import parse_json

MOST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""A signature with a higher s is the second form of one with a lower: contracts refuse it (EIP-2)."""


class KeystoreRefused(ChainError):
    """A keystore that is missing, broken, or locked by another password."""


class Signer(Protocol):
    """Signs for one address."""

    @property
    def address(self) -> Address: ...

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """The signed transaction as it is broadcast; numbers are ints, data is bytes."""


class KeySigner:
    """A private key that never appears in a text."""

    def __init__(self, key: bytes) -> None:
        self._account = Account.from_key(key)

    @property
    def address(self) -> Address:
        return str(self._account.address)

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)

    def sign_digest(self, digest: bytes) -> bytes:
        """r ‖ s ‖ v of a digest, as contracts take it: for typed messages (EIP-712), never of a transaction."""
        return bytes(Account.unsafe_sign_hash(digest, self._account.key).signature)

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"


class NodeSigner:
    """An account the node holds the key of."""

    def __init__(self, chain: RetryingRpc, address: Address) -> None:
        self._chain, self._address = chain, address

    @property
    def address(self) -> Address:
        return self._address

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        fields: dict[str, Any] = {"from": self._address}
        for name, value in transaction.items():
            fields[name] = (
                hex(value) if isinstance(value, int) else "0x" + value.hex() if isinstance(value, bytes) else value
            )
        answer = self._chain.ask("eth_signTransaction", fields)
        return bytes.fromhex(str(answer["raw"] if isinstance(answer, dict) else answer)[2:])


def who_signed(digest: bytes, signature: bytes) -> Address | None:
    """The account whose key made a signature of 65 bytes of a hash; None if it is no signature, or in a second form."""
    if len(signature) != 65 or int.from_bytes(signature[32:64], "big") > MOST_S or signature[64] not in (27, 28):
        return None
    try:
        return str(Account._recover_hash(digest, signature=signature))
    except (ValueError, EthKeysError):
        return None


def hash_of(raw: bytes) -> str:
    """A signed transaction's hash."""
    return "0x" + keccak(raw).hex()


def keystore_file(account: str) -> Path | None:
    """The keystore an account names: a path, or one of Brownie's accounts; None for an address."""
    if is_address(account):
        return None
    for file in (Path(account), Path.home() / ".brownie" / "accounts" / f"{account}.json"):
        if file.is_file():
            return file
    raise KeystoreRefused(
        f"no keystore is at {account}, nor a Brownie account of that name; "
        "accepted: a keystore file, such a name, or an address"
    )


def keystores_beside(account: str | None) -> list[Address]:
    """The addresses of Brownie's accounts, and of the keystores in the folder of this one."""
    folders = [Path.home() / ".brownie" / "accounts"]
    own = keystore_file(account) if account else None
    if own:
        folders.append(own.parent)
    found: dict[Address, None] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            try:
                found[address_of(file)] = None
            except KeystoreRefused:  # another file
                continue
    if own:
        found[address_of(own)] = None
    return list(found)


def address_of(file: Path) -> Address:
    """
    The address of a keystore, without its password.

    Raises
    ------
    KeystoreRefused : when it is not a keystore, or has no address.
    """
    found = _keystore(file).get("address")
    if not isinstance(found, str) or not re.fullmatch(r"(0x)?[0-9a-fA-F]{40}", found):
        raise KeystoreRefused(f"{file}: the keystore does not say its address")
    return checksum("0x" + found.removeprefix("0x"))


def unlock(file: Path, password: str) -> KeySigner:
    """
    Opens a keystore.

    Raises
    ------
    KeystoreRefused : for a wrong password, or another address than the keystore's.
    """
    keystore = _keystore(file)
    try:
        signer = KeySigner(bytes(Account.decrypt(keystore, password)))
    except (ValueError, KeyError, TypeError, ValidationError):
        raise KeystoreRefused(f"{file}: the password does not open it") from None
    except (NotImplementedError, OverflowError, AssertionError):
        raise KeystoreRefused(f"{file}: locked in a way that is not known; accepted: a keystore of version 3") from None
    if keystore.get("address") and signer.address != address_of(file):
        raise KeystoreRefused(f"{file}: it holds another key than that of {address_of(file)}")
    return signer


def signer_for(chain: RetryingRpc, account: str, password: Callable[[Path], str]) -> Signer:
    """
    The signer of an account: an address whose key the node or a development chain holds, or a keystore.

    Parameters
    ----------
    password : asked for the keystore's, once.

    Raises
    ------
    UnknownAccount : an address without a known key. KeystoreRefused : see there.
    """
    file = keystore_file(account)
    if file:
        address_of(file)
        return unlock(file, password(file))
    address = checksum(account)
    key = chain.key(address)
    if key:
        return KeySigner(key)
    if address in chain.accounts:
        return NodeSigner(chain, address)
    raise UnknownAccount(f"no key for {address}; accepted: --account KEYSTORE, or an account the node holds")


def _keystore(file: Path) -> dict[str, Any]:
    try:
        data = parse_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise KeystoreRefused(f"{file}: not a keystore; accepted: the JSON file of an encrypted key") from None
    if not isinstance(data, dict) or "crypto" not in {str(name).lower() for name in data}:
        raise KeystoreRefused(f"{file}: not a keystore; accepted: the JSON file of an encrypted key")
    return data
