"""Rights to move shares without their holder, and legal documents: in a file, in the terms, and as they are signed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from penstock.dealfile import loads
from penstock.dealfile.from_terms import refusals
from penstock.model.compliance import Registration
from penstock.model.terms import DealTerms, Document, ForcedMoves, Recovery
from penstock.onchain.compliance import claim_hash
from penstock.onchain.moves import move_key, objection_hash, recovery_hash
from penstock.onchain.terms_decode import decode_terms
from penstock.onchain.terms_diff import difference
from penstock.onchain.terms_encode import encode_terms
from penstock.onchain.terms_layout import Flag, Header, Moves
from tests.dealfile.broken import SOUND

HASH = "0f" * 32
FILE = SOUND.replace(
    "[ladder]",
    f"""[[document]]
title = "Memorandum"
link = "https://example.com/om.pdf"
sha256 = "{HASH.upper()}"

[holders]
recovery = {{ by = "registrar", provider = "kyc", delay_days = 14 }}
forced = {{ by = "trustee", delay_days = 30 }}

[ladder]""",
)
TERMS = loads(FILE)
DOMAIN = {"chainId": 5, "verifyingContract": "0x" + "a1" * 20, "version": "1"}


def address(number: int) -> str:
    return f"0x{number:040x}"


PAYEES = {label: address(number) for number, label in enumerate(TERMS.payees, 1)}


def packed(terms: DealTerms) -> bytes:
    return encode_terms(terms, address(99), PAYEES)


def test_the_file_says_what_the_terms_hold() -> None:
    assert TERMS.recovery == Recovery("registrar", "kyc", 14)
    assert TERMS.forced == ForcedMoves("trustee", 30)
    assert TERMS.documents == (Document("Memorandum", "https://example.com/om.pdf", HASH),)
    assert TERMS.payees == ("operator", "registrar", "kyc", "trustee")


def test_rights_and_documents_survive_the_chain() -> None:
    found = decode_terms(packed(TERMS))
    assert found.terms.recovery == Recovery(PAYEES["registrar"], PAYEES["kyc"], 14)
    assert found.terms.forced == ForcedMoves(PAYEES["trustee"], 30)
    assert found.terms.documents == TERMS.documents
    assert refusals(found.terms)[0] == []
    assert difference(TERMS, packed(TERMS), found) == ""


@pytest.mark.parametrize("kept", ["recovery", "forced", "documents", ""])
def test_each_right_is_there_alone(kept: str) -> None:
    none = {"recovery": None, "forced": None, "documents": ()}
    terms = replace(TERMS, **{name: value for name, value in none.items() if name != kept})
    flags = {"recovery": Flag.RECOVERS, "forced": Flag.FORCES, "documents": Flag.DOCUMENTED, "": Flag(0)}
    header = Header.read(packed(terms), 0)
    assert header.flags & (Flag.RECOVERS | Flag.FORCES | Flag.DOCUMENTED) == flags[kept]
    found = decode_terms(packed(terms)).terms
    assert bool(found.recovery) is (kept == "recovery")
    assert bool(found.forced) is (kept == "forced")
    assert bool(found.documents) is (kept == "documents")


def test_a_deal_without_rights_has_not_a_byte_more() -> None:
    plain = replace(TERMS, recovery=None, forced=None, documents=())
    assert packed(plain) == packed(loads(SOUND))
    assert len(packed(replace(plain, recovery=TERMS.recovery))) == len(packed(plain)) + Moves.length()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recovery": Recovery("registrar", "kyc", 15)}, "recovery, days is 14 on the chain and 15 in the file"),
        ({"forced": None}, "forced is there on the chain and not there in the file"),
        ({"documents": ()}, "from byte"),
    ],
)
def test_a_difference_is_named(change: dict[str, object], words: str) -> None:
    terms = replace(TERMS, **change)  # type: ignore[arg-type]
    assert words in difference(terms, packed(TERMS), decode_terms(packed(TERMS)))


def test_what_is_signed_is_eip_712() -> None:
    def digest(name: str, types: list[tuple[str, str]], kind: str, values: dict[str, object]) -> bytes:
        fields = [{"name": each, "type": of} for each, of in types]
        message = encode_typed_data({**DOMAIN, "name": name}, {kind: fields}, values)
        return bytes(keccak(b"\x19\x01" + message.header + message.body))

    account, to, document, deal = address(3), address(4), b"\x0d" * 32, DOMAIN["verifyingContract"]
    recovery = [("from", "address"), ("to", "address"), ("document", "bytes32"), ("number", "uint256")]
    values: dict[str, object] = {"from": account, "to": to, "document": document, "number": 7}
    assert recovery_hash(5, str(deal), account, to, document, 7) == digest("Penstock Deal", recovery, "Recovery", values)
    objection = [("from", "address"), ("number", "uint256")]
    values = {"from": account, "number": 7}
    assert objection_hash(5, str(deal), account, 7) == digest("Penstock Deal", objection, "Objection", values)
    claim = [("holder", "address"), ("investor", "uint128"), ("country", "uint16"), ("class", "uint8")]
    claim += [("expiresAt", "uint40"), ("nonce", "uint32")]
    values = {"holder": account, "investor": 9, "country": 276, "class": 2, "expiresAt": 8, "nonce": 1}
    said = Registration(account, 9, 276, 2, 8)
    assert claim_hash(5, str(deal), said, 1) == digest("CompliancePolicy", claim, "Registration", values)
    assert move_key(1, account, to, 5) == keccak(
        b"".join(each.to_bytes(32, "big") for each in (1, int(account, 16), int(to, 16), 5))
    )
