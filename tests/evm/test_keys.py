"""
Keystores and their passwords.

given a keystore of eth-account's or Brownie's
    its address should be told without a password; it should open with its own password, and no other
    its key and password should be in no text: repr, message, traceback
given a password file
    its one line should be the password, with or without the line's end, from a file or a pipe
    it should be refused when others may touch it, or when it is not one line; never with what is in it
given an account
    an address nobody holds the key of, and a name of no keystore, should be refused in one line
"""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path

import pytest
from eth_account import Account

from penstock.evm.passwords import Password, PasswordRefused, read_password
from penstock.evm.signers import KeySigner, KeystoreRefused, address_of, keystore_file, unlock

KEY = bytes(range(1, 33))
SECRET = "correct horse – battery"
ADDRESS = Account.from_key(KEY).address


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    file = tmp_path / "sponsor.json"
    file.write_text(json.dumps(Account.encrypt(KEY, SECRET, kdf="pbkdf2", iterations=2)))
    return file


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(SECRET + "\n")
    file.chmod(0o600)
    return file


def told(error: BaseException) -> str:
    """Everything a user or a log could see of an error."""
    return "".join(traceback.format_exception(error, chain=True)) + repr(error) + str(error)


def test_a_keystore_opens_with_its_password_alone(keystore: Path, password_file: Path) -> None:
    assert address_of(keystore) == ADDRESS
    signer = unlock(keystore, read_password(password_file))
    assert signer.address == ADDRESS
    with pytest.raises(KeystoreRefused, match=r"sponsor\.json: the password does not open it$") as caught:
        unlock(keystore, Password(SECRET[::-1]))
    assert SECRET[::-1] not in told(caught.value)


def test_a_brownie_account_is_found_by_its_name(
    keystore: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = tmp_path / ".brownie" / "accounts"
    accounts.mkdir(parents=True)
    keystore.rename(accounts / "treasury.json")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    file = keystore_file("treasury")
    assert file and address_of(file) == ADDRESS
    with pytest.raises(KeystoreRefused, match="no keystore is at treasurer, nor a Brownie account of that name"):
        keystore_file("treasurer")
    assert keystore_file(ADDRESS) is None


def test_a_keystore_of_another_key_is_refused(keystore: Path) -> None:
    data = json.loads(keystore.read_text())
    keystore.write_text(json.dumps({**data, "address": "11" * 20}))
    with pytest.raises(KeystoreRefused, match=r"it holds another key than that of 0x1111"):
        unlock(keystore, SECRET)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": "0x12"}', '{"crypto": {}, "version": 3}'])
def test_what_is_no_keystore_is_refused(keystore: Path, text: str) -> None:
    keystore.write_text(text)
    with pytest.raises(KeystoreRefused) as caught:
        unlock(keystore, SECRET)
    assert SECRET not in told(caught.value) and "\n" not in str(caught.value)


def test_a_key_and_a_password_are_in_no_text(keystore: Path) -> None:
    signer, password = KeySigner(KEY), Password(SECRET)
    shown = f"{signer} {signer!r} {password} {password!r} {password:>9} {[password]} {password!s}"
    for secret in (SECRET, KEY.hex(), str(int.from_bytes(KEY, "big"))):
        assert secret not in shown
    assert password.encode() == SECRET.encode()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_file_is_one_line(password_file: Path, end: str) -> None:
    password_file.write_bytes((SECRET + end).encode())
    assert read_password(password_file).encode() == SECRET.encode()


def test_a_password_comes_through_a_pipe_too(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    child = os.fork()
    if not child:
        pipe.write_text(SECRET + "\n")
        os._exit(0)
    assert read_password(pipe).encode() == SECRET.encode()
    os.waitpid(child, 0)


def test_a_password_file_of_another_user_is_refused(password_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    with pytest.raises(PasswordRefused, match="another user's; accepted: a file of your own, chmod 600"):
        read_password(password_file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o610])
def test_a_password_file_others_may_touch_is_refused(password_file: Path, mode: int) -> None:
    password_file.chmod(mode)
    with pytest.raises(PasswordRefused, match=rf"others may read or change it \(mode {mode:o}\); accepted: chmod 600"):
        read_password(password_file)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (SECRET.encode() + b"\nanother\n", "more than one line"),
        (b"\xff\xfe secret", "not UTF-8 text"),
        (b"secret" * 1000, "longer than 4096 bytes"),
    ],
)
def test_what_is_no_password_is_refused_and_not_shown(password_file: Path, inside: bytes, reason: str) -> None:
    password_file.write_bytes(inside)
    with pytest.raises(PasswordRefused, match=reason) as caught:
        read_password(password_file)
    assert SECRET not in told(caught.value) and "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PasswordRefused, match="No such file"):
        read_password(tmp_path / "nowhere")
    with pytest.raises(PasswordRefused, match="Is a directory"):
        read_password(tmp_path)
    with pytest.raises(PasswordRefused, match=r"another user's|neither a file nor a pipe"):
        read_password(Path("/dev/null"))
