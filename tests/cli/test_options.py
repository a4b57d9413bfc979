"""
Values of options that cannot be meant.

given a number outside of its range, or none
    it should be refused in one line, exit 2: the value, and what would be accepted
given a time that does not end, a salt no word holds, a price no column holds, a manifest without a name
    it should be refused, exit 2, before a node is asked
given --network of an audit
    it should be another spelling of --rpc
"""

from __future__ import annotations

import pytest

from tests.fixtures.actors import HOLDER
from tests.fixtures.cli import MINIMAL, ROOT, penstock, refused

DEAL = str(ROOT / MINIMAL)
NOWHERE = "http://127.0.0.1:1"
PLAN = ("deploy", DEAL, "--network", NOWHERE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fuzz", DEAL, "--examples", "0"), "'--examples': '0'; accepted: 1 or more"),
        (("fuzz", DEAL, "--examples", "many"), "'--examples': 'many'; accepted: a whole number"),
        (("fuzz", DEAL, "--examples", "9" * 5000), "; accepted: a whole number of fewer digits"),
        (("fuzz", DEAL, "--minutes", "-1"), "'--minutes': '-1'; accepted: 0 or more"),
        (("fuzz", DEAL, "--minutes", "nan"), "'--minutes': 'nan'; accepted: 0 or more"),
        (("fuzz", DEAL, "--minutes", "long"), "'--minutes': 'long'; accepted: a number"),
        ((*PLAN, "--delay", "366"), "'--delay': '366'; accepted: 365 or less"),
        (("watch", "a.json", "--poll", "inf"), "'--poll': 'inf'; accepted: 86400 or less"),
        (("watch", "a.json", "--poll", "nan"), "'--poll': 'nan'; accepted: "),
        (("watch", "a.json", "--poll", "0"), "'--poll': '0'; accepted: 0.01 or more"),
    ],
)
def test_a_number_outside_of_its_range_is_told_with_the_range(words: tuple[str, ...], said: str) -> None:
    refused(penstock(*words), "penstock: Invalid value for ", said, f"(see penstock {words[0]} --help)", code=2)


@pytest.mark.parametrize("words", [("fuzz", DEAL, "--minutes"), ("audit", HOLDER, "--rpc", NOWHERE, "--patience")])
def test_a_time_that_does_not_end_is_refused(words: tuple[str, ...]) -> None:
    for endless in ("inf", "1e999"):
        refused(penstock(*words, endless), "inf is not finite; accepted: a finite number of seconds or minutes", code=2)


def test_a_salt_is_a_word() -> None:
    refused(penstock(*PLAN, "--salt", str(2**256)), "the number is too large; accepted: 0 to 2^256-1", code=2)
    refused(penstock(*PLAN, "--salt", str(2**256 - 1)), "does not answer")


@pytest.mark.parametrize("option", ["--price", "--gas-price"])
def test_a_price_is_one_that_can_be_shown(option: str) -> None:
    for price in (
        "1e999999999",
        "1e-999999999",
        "1e13",
        "0",
        "-1",
        "nan",
        "inf",
        "dear",
        "2,5",
        "2.500,00",
        "1,000",
        "1e3",
    ):
        words = f"{option}: {price!r} is not an amount above 0, such as 2500.50; accepted: 10^-18 to 10^12"
        refused(penstock(*PLAN, option, price), words, code=2)
    refused(penstock(*PLAN, option, "1_000_000_000_000"), "does not answer")


@pytest.mark.parametrize("out", ["/", ".", ""])
def test_a_manifest_has_a_name(out: str) -> None:
    refused(penstock(*PLAN, "--out", out, "--execute"), "--out: ", " is not a file", code=2)


def test_an_audit_takes_network_for_rpc() -> None:
    refused(penstock("audit", HOLDER, "--network", NOWHERE, "--patience", "0"), f"{NOWHERE} does not answer")
    refused(penstock("audit", HOLDER), "an address needs --rpc URL", code=2)
