"""Checks the sponsor in the launch's log against the deal's address, the transaction and the payer of the opening."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from penstock.audit.findings import Findings
from penstock.audit.replay import Launch
from penstock.audit.subject import Subject
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainRefused
from penstock.evm.whole_logs import EMPTY_ANSWERS
from penstock.onchain.addresses import clone_with_arguments, launch_salt, made_by_factory
from penstock.onchain.manifest import Manifest


def compare_sponsor(subject: Subject, findings: Findings, launch: Launch, manifest: Manifest | None) -> None:
    """
    The deal's address is derived from sponsor and salt. If the manifest or the launch's transaction shows the salt,
    only the right sponsor fits: its sender, or the wallet it was sent to. Otherwise the account that paid the opening
    is the sponsor; if there was no opening, a note says that the log alone names the sponsor.
    """
    findings.compared("terms")
    if manifest and manifest.salt and _made_by(subject, manifest.sponsor, int(manifest.salt, 16)):
        return _hold(findings, launch, {checksum(manifest.sponsor)}, "the deal's address is made of {}")
    sent = _transaction(subject, launch)
    people = {launch.sponsor, *(checksum(sent[each]) for each in ("from", "to") if sent[each])}
    salts = list(_salts(subject, bytes.fromhex(sent["input"][2:])))
    known = {each for each in people for salt in salts if _made_by(subject, each, salt)}
    if known:
        return _hold(findings, launch, known, "the deal's address is made of {}")
    if subject.terms.opening and launch.payers:
        return _hold(findings, launch, launch.payers, "the opening came from {}")
    text = "only the launch's log names the sponsor: neither a salt nor an opening shows who it was"
    return findings.note("terms", text)


def _hold(findings: Findings, launch: Launch, known: set[Address], reason: str) -> None:
    if launch.sponsor not in known:
        text = f"the factory's log says that {launch.sponsor} launched the deal"
        text += ", " + reason.format(" and ".join(sorted(known)))
        findings.wrong("terms", text, launch.entry.block, launch.entry.transaction)


def _made_by(subject: Subject, sponsor: str, salt: int) -> bool:
    made = launch_salt(checksum(sponsor), salt)
    _, implementation = made_by_factory(subject.factory)
    return clone_with_arguments(subject.factory, implementation, subject.packed, made) == subject.deal


def _transaction(subject: Subject, launch: Launch) -> Any:
    """The launch's transaction; an empty one if the node does not have it, as it says more than once."""
    for _ in range(EMPTY_ANSWERS):
        try:
            (sent,) = subject.chain.ask_many("eth_getTransactionByHash", [[launch.entry.transaction]])
        except ChainRefused:
            break
        if sent:
            return sent
    return {"from": None, "to": None, "input": "0x"}


def _salts(subject: Subject, called: bytes) -> Iterator[int]:
    """The third word of every call of the factory's launch in the calldata, which a wallet may have wrapped."""
    selector = subject.artifacts["DealFactory"].abi.function("launch").selector
    at = called.find(selector)
    while at >= 0:
        yield int.from_bytes(called[at + 68 : at + 100], "big")
        at = called.find(selector, at + 1)
