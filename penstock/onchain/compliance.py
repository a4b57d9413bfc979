"""A CompliancePolicy on a chain: its rules and registrations as the contract takes them, and what a provider signs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from eth_utils.crypto import keccak

from penstock.evm.codec import Address, canonical
from penstock.model.compliance import MAX_COUNTRY, InvestorClass, PolicyRules, Registration, TrancheRules

COUNTRY_WORDS = 4
_DOMAIN = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_NAME, _VERSION = keccak(text="CompliancePolicy"), keccak(text="1")
_REGISTRATION = keccak(
    text="Registration(address holder,uint128 investor,uint16 country,uint8 class,uint40 expiresAt,uint32 nonce)"
)


def pack_rules(rules: PolicyRules) -> list[Any]:
    """The rules as the constructor takes them."""
    countries = range(MAX_COUNTRY + 1) if rules.countries is None else rules.countries
    words = [sum(1 << each % 256 for each in countries if each // 256 == index) for index in range(COUNTRY_WORDS)]
    held = [rules.held_until.get(each, 0) for each in InvestorClass]
    return [words, held, [_pack_tranche(each) for each in rules.tranches]]


def unpack_rules(packed: Sequence[Any]) -> PolicyRules:
    """The rules that a contract says it has."""
    words, held, tranches = packed
    countries = frozenset(each for each in range(MAX_COUNTRY + 1) if words[each // 256] >> each % 256 & 1)
    return PolicyRules(
        tranches=tuple(_unpack_tranche(each) for each in tranches),
        countries=None if len(countries) == MAX_COUNTRY + 1 else countries,
        held_until={each: until for each, until in zip(InvestorClass, held, strict=True) if until},
    )


def pack_registration(said: Registration) -> tuple[Address, int, int, int, int]:
    """A holder as the contract takes it."""
    return said.holder, said.investor, said.country, int(said.investor_class), said.expires_at


def claim_hash(chain_id: int, policy: Address, said: Registration, nonce: int) -> bytes:
    """What a provider signs of a holder (EIP-712), for one policy on one chain."""
    domain = keccak(_DOMAIN + _NAME + _VERSION + words_of([chain_id]) + words_of([policy]))
    claim = keccak(_REGISTRATION + words_of([*pack_registration(said), nonce]))
    return bytes(keccak(b"\x19\x01" + domain + claim))


def words_of(values: Iterable[int | str]) -> bytes:
    """Numbers and addresses, a word each."""
    words = (canonical(each) if isinstance(each, str) else each.to_bytes(32, "big") for each in values)
    return b"".join(each.rjust(32, b"\0") for each in words)


def plain(packed: Any) -> Any:
    """What a contract says, as lists and numbers, for a file."""
    return [plain(each) for each in packed] if isinstance(packed, tuple | list) else packed


def _pack_tranche(rules: TrancheRules) -> list[int]:
    classes = sum(1 << each for each in rules.classes)
    return [classes, rules.investors, rules.largest, rules.minimum, rules.lot]


def _unpack_tranche(packed: Sequence[int]) -> TrancheRules:
    classes, *limits = packed
    named = frozenset(each for each in InvestorClass if classes >> each & 1)
    return TrancheRules(frozenset() if len(named) == len(InvestorClass) else named, *limits)
