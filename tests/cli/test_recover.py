"""
A lost key, as a user types it.

given a deal whose terms allow recoveries and forced moves
    the provider should sign, the registrar announce, and execute after the delay; the audit should be clean
    the account's own act should end it
    a forced move should be announced and executed exactly, with its document
given a deal that allows none, or one account for both labels
    it should be refused in one line
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.evm import networks, nodes
from penstock.evm.retry import RetryingRpc
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.chains import START
from tests.fixtures.cli import penstock
from tests.fixtures.deals import DEAL

RIGHTS = """
[holders]
recovery = { by = "registrar", provider = "kyc", delay_days = 14 }
forced = { by = "trustee", delay_days = 30 }
"""
FILE = "deployments/31337/lost.json"
DAY = 86_400
HEAD = "holder,investor,country,class,expires\n"
KNOWN = HEAD + "".join(f"{each},{number},,,2030-01-01\n" for number, each in enumerate((SPONSOR, HOLDER, OTHER), 1))
PAYEES = [
    word
    for label, place in (("operator", OPERATOR), ("registrar", SPONSOR), ("kyc", OPERATOR), ("trustee", SPONSOR))
    for word in ("--payee", f"{label}={place}")
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


@pytest.fixture
def chain(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RetryingRpc]:
    """A deal of which Holder has 400 shares of senior, after a period was paid."""
    monkeypatch.chdir(tmp_path)
    Path("lost.toml").write_text(DEAL + RIGHTS)
    Path("known.csv").write_text(KNOWN)
    Path("form.pdf").write_bytes(b"an affidavit")
    allocation = f"holder,tranche,shares\n{SPONSOR},senior,600\n{HOLDER},senior,400\n{SPONSOR},equity,500\n"
    Path("allocation.csv").write_text(allocation)
    chain = networks.connect(url)
    with chain.undone():
        words = ("deploy", "lost.toml", "--network", url, *PAYEES, "--execute", "--holders", "known.csv")
        done = penstock(*words, "--allocation", "allocation.csv")
        assert done.exit_code == 0, done.output
        done = penstock("settle", FILE, "--pay", "300", "--advance")
        assert done.exit_code == 0, done.output
        yield chain


def ran(*words: str) -> str:
    done = penstock(*words)
    assert done.exit_code == 0, done.output
    return " ".join(str(done.output).split())


def refused(*words: str) -> str:
    done = penstock(*words)
    assert done.exit_code in (1, 2) and len(done.stderr.splitlines()) == 1, done.output
    return str(done.stderr)


def signed() -> None:
    words = ("recover", "sign", FILE, HOLDER, "--to", OTHER, "--document", "form.pdf", "--out", "signed.json")
    assert "is not the provider of the terms" in refused(*words, "--account", SPONSOR)
    ran(*words, "--account", OPERATOR)


def test_a_lost_key_is_recovered(chain: RetryingRpc) -> None:
    signed()
    plan = ran("recover", "announce", FILE, "signed.json")
    assert f"announce the recovery of {HOLDER} to {OTHER}" in plan and "cancels it" in plan
    ran("recover", "announce", FILE, "signed.json", "--execute")
    assert f"recovery 1 of {HOLDER} to {OTHER}, from" in ran("recover", "status", FILE, HOLDER)
    assert "can be executed from" in refused("recover", "execute", FILE, HOLDER)
    chain.set_time(chain.now() + 14 * DAY)
    plan = ran("recover", "execute", FILE, HOLDER)
    assert "recover 400 shares of senior, and the cash they earned" in plan
    ran("recover", "execute", FILE, HOLDER, "--execute")
    held = {line.split()[0]: line for line in penstock("holders", FILE).stdout.splitlines() if line.strip()}
    assert "400" in held[OTHER]
    assert ran("claim", FILE, "--holder", OTHER)
    audited = penstock("audit", FILE)
    assert audited.exit_code == 0, audited.output


def test_an_act_ends_it(chain: RetryingRpc) -> None:
    signed()
    ran("recover", "announce", FILE, "signed.json", "--execute")
    ran("recover", "cancel", FILE, HOLDER, "--object", "--execute")
    assert f"no recovery of {HOLDER} is announced" in ran("recover", "status", FILE, HOLDER)
    assert "the next is 2" in refused("recover", "announce", FILE, "signed.json")
    signed()
    ran("recover", "announce", FILE, "signed.json", "--execute")
    ran("claim", FILE, "--holder", HOLDER)
    assert "no recovery" in refused("recover", "execute", FILE, HOLDER)
    assert "nothing to cancel" in refused("recover", "cancel", FILE, HOLDER)
    assert penstock("audit", FILE).exit_code == 0


def test_shares_are_moved_by_force_exactly(chain: RetryingRpc) -> None:
    words = ("recover", "force", FILE, HOLDER, OTHER, "senior", "12.5")
    assert "no such move is announced" in refused(*words)
    plan = ran(*words, "--document", "form.pdf")
    assert f"announce the move of 12.50 shares of senior of {HOLDER} to {OTHER}" in plan
    ran(*words, "--document", "form.pdf", "--execute")
    assert "announced already" in refused(*words, "--document", "form.pdf")
    chain.set_time(chain.now() + 30 * DAY - 60)
    assert "can be executed from" in refused(*words)
    chain.set_time(chain.now() + 60)
    ran(*words, "--execute")
    assert "no such move is announced" in refused(*words)
    audited = penstock("audit", FILE)
    assert audited.exit_code == 0, audited.output


def test_what_the_terms_do_not_allow_is_refused(chain: RetryingRpc, url: str) -> None:
    Path("small.toml").write_text(DEAL)
    ran("deploy", "small.toml", "--network", url, "--payee", f"operator={OPERATOR}", "--execute")
    small = "deployments/31337/small.json"
    assert "allows no recovery" in refused("recover", "status", small, HOLDER)
    assert "allows no forced moves" in refused("recover", "force", small, HOLDER, OTHER, "senior", "1")
    alone = [each.replace(f"kyc={OPERATOR}", f"kyc={SPONSOR}") for each in PAYEES]
    words = ("deploy", "lost.toml", "--network", url, *alone, "--holders", "known.csv", "--salt", "1")
    assert "'registrar' and 'kyc' are one account" in refused(*words)
    Path("signed.json").write_text(json.dumps({"deal": "0x12"}))
    assert "not what `penstock recover sign` wrote" in refused("recover", "announce", FILE, "signed.json")
