"""
A deal with rules for holders, as a user types it.

given a deal file with [holders]
    deploy should ask who gets shares, set the policy up with its rules, and write it into a manifest that verifies
given such a deal
    the registrar should import, expire, freeze and release holders, each with a plan before
    a holder should register itself with a claim that a provider signed
    ask should name the rule that refuses
    status and rebuild should find the policy as it is
given a successor that was not filled
    status should name whom it leaves out, and registered and import should fill it
given a deal without rules, or words that do not fit
    it should be refused in one line
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.evm import networks, nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.retry import RetryingRpc
from penstock.model.compliance import PolicyRules, TrancheRules
from penstock.onchain.compliance import pack_rules
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.chains import START
from tests.fixtures.cli import penstock
from tests.fixtures.deals import DEAL

RULES = """
[holders]
deny = [840]

[[holders.tranche]]
id = "senior"
classes = ["professional", "accredited"]
investors = 3
largest = "0.60"
minimum = 10
"""
FILE = "deployments/31337/ruled.json"
HEAD = "holder,investor,country,class,expires\n"
KNOWN = (
    HEAD
    + f"{SPONSOR},1,276,professional,2030-01-01\n{HOLDER},2,528,accredited,2030-01-01\n"
    + f"{OPERATOR},3,,,2030-01-01\n"
)
ALLOCATION = f"holder,tranche,shares\n{SPONSOR},senior,600\n{HOLDER},senior,400\n{SPONSOR},equity,500\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


@pytest.fixture
def chain(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RetryingRpc]:
    monkeypatch.chdir(tmp_path)
    Path("ruled.toml").write_text(DEAL + RULES)
    Path("known.csv").write_text(KNOWN)
    Path("allocation.csv").write_text(ALLOCATION)
    chain = networks.connect(url)
    with chain.undone():
        yield chain


def launch(url: str, *more: str) -> None:
    words = ("deploy", "ruled.toml", "--network", url, "--payee", f"operator={OPERATOR}", "--execute")
    done = penstock(*words, "--allocation", "allocation.csv", "--holders", "known.csv", *more)
    assert done.exit_code == 0, done.output


def refused(*words: str) -> str:
    done = penstock(*words)
    assert done.exit_code in (1, 2) and len(done.stderr.splitlines()) == 1, done.output
    return done.stderr


def test_a_launch_sets_the_policy_up(chain: RetryingRpc, url: str) -> None:
    words = ("deploy", "ruled.toml", "--network", url, "--payee", f"operator={OPERATOR}")
    lacking = f"the deal has rules for holders, and none says who {SPONSOR} is; accepted: --holders FILE"
    assert lacking in refused(*words)
    assert f"who {HOLDER} is; accepted: a row for it in half.csv" in _with_half(*words)
    assert "accepted: no --policy, or no [holders]" in refused(
        *words, "--allocation", "allocation.csv", "--holders", "known.csv", "--policy", HOLDER
    )
    plan = penstock(*words, "--allocation", "allocation.csv", "--holders", "known.csv")
    assert plan.exit_code == 0 and "bind the policy to the deal it will serve" in plan.output, plan.output
    assert "register 3 holders" in plan.output
    launch(url, "--delay", "2")
    manifest = json.loads(Path(FILE).read_text())
    first = manifest["contracts"]["first policy"]
    assert first["contract"] == "CompliancePolicy"
    rules = PolicyRules(
        (TrancheRules(frozenset({2, 3}), 3, 600 * 10**6, 10 * 10**6), TrancheRules()),  # type: ignore[arg-type]
        frozenset(range(1, 1000)) - {840},
    )
    assert first["constructor"][0] == SPONSOR
    assert first["constructor"][1][0] == pack_rules(rules)[0]
    assert first["constructor"][1][2][0] == [12, 3, 600 * 10**6, 10 * 10**6, 0]
    Path(FILE).rename("kept.json")
    rebuilt = penstock(
        "manifest", "rebuild", manifest["deal"], "--network", url, "--deal-file", "ruled.toml", "--out", FILE
    )
    assert rebuilt.exit_code == 0, rebuilt.output
    assert json.loads(Path(FILE).read_text())["contracts"] == manifest["contracts"]
    same = penstock(*words, "--allocation", "allocation.csv", "--holders", "known.csv", "--delay", "2", "--execute")
    assert same.exit_code == 0, same.output


@pytest.mark.slow
def test_its_code_is_verified(chain: RetryingRpc, url: str) -> None:
    launch(url, "--delay", "2")
    done = penstock("verify", FILE)
    assert done.exit_code == 0 and "first policy" in done.stdout, done.output


def _with_half(*words: str) -> str:
    Path("half.csv").write_text("\n".join(KNOWN.splitlines()[:2]) + "\n")
    return refused(*words, "--allocation", "allocation.csv", "--holders", "half.csv")


def asked(amount: str, sender: str = SPONSOR, receiver: str = HOLDER, tranche: str = "senior") -> str:
    done = penstock("holders", "ask", FILE, sender, receiver, tranche, amount)
    assert done.exit_code == (0 if done.stdout == "no rule refuses it\n" else 1), done.output
    return str(done.stdout).strip().removeprefix("refused: ")


def test_the_registrar_keeps_holders(chain: RetryingRpc, url: str) -> None:
    launch(url)
    assert asked("200") == "no rule refuses it"
    assert asked("300") == "the receiving investor would have more than the largest part"
    assert asked("200", receiver=OTHER) == "the receiver is not registered"
    assert asked("200", receiver=OPERATOR) == "investors of the receiver's country may not receive shares"
    assert asked("595") == "the sender would keep fewer shares than the minimum"
    Path("more.csv").write_text(HEAD + f"{OTHER},4,276,retail,2030-01-01\n{HOLDER},2,528,accredited,2030-01-01\n")
    before = chain.block()
    plan = penstock("holders", "import", FILE, "more.csv")
    assert plan.exit_code == 0 and "register 2 holders" in plan.output, plan.output
    assert chain.block() == before
    assert penstock("holders", "import", FILE, "more.csv", "--execute").exit_code == 0
    block = chain.block()
    assert penstock("holders", "import", FILE, "more.csv", "--execute").exit_code == 0 and chain.block() == block
    assert asked("200", receiver=OTHER) == "investors of the receiver's class may not receive shares of this tranche"
    assert penstock("holders", "freeze", FILE, SPONSOR, "--execute").exit_code == 0
    assert asked("200") == "the sender is frozen"
    assert penstock("holders", "release", FILE, SPONSOR, "--execute").exit_code == 0
    words = ("holders", "freeze", FILE, SPONSOR, "--tranche", "senior", "--shares")
    assert penstock(*words, "450.5", "--execute").exit_code == 0
    assert asked("200") == "so many of the sender's shares are frozen"
    assert asked("149.5") == "no rule refuses it"
    assert penstock("holders", "expire", FILE, HOLDER, "--execute").exit_code == 0
    assert asked("100") == "the receiver's registration has expired"
    assert asked("100", HOLDER, SPONSOR) == "the receiving investor would have more than the largest part"
    shown = penstock("holders", "registered", FILE, "--csv", "all.csv")
    assert shown.exit_code == 0, shown.output
    rows = {
        line.split("│")[0].strip(): [each.strip() for each in line.split("│")] for line in shown.stdout.splitlines()
    }
    assert rows[SPONSOR][1:] == ["1", "276", "professional", "2030-01-01", "450.50 senior"]
    assert rows[OTHER][1:] == ["4", "276", "retail", "2030-01-01", "–"]
    assert rows[HOLDER][4].endswith("expired")
    written = list(csv.reader(Path("all.csv").read_text().splitlines()))
    assert [SPONSOR, "1", "276", "professional", "2030-01-01"] in written and len(written) == 5
    assert penstock("holders", FILE).stdout == penstock("holders", "list", FILE).stdout


def test_a_holder_registers_itself_with_a_claim(chain: RetryingRpc, url: str) -> None:
    launch(url)
    Path("mine.csv").write_text(HEAD + f"{OTHER},4,276,accredited,2029-05-01\n")
    done = penstock("holders", "certify", FILE, "mine.csv", "--account", OPERATOR, "--out", "claims.json")
    assert done.exit_code == 0, done.output
    assert f"claims of {OPERATOR} are not accepted" in refused("holders", "register", FILE, "claims.json")
    assert penstock("holders", "provider", FILE, OPERATOR, "--execute").exit_code == 0
    planned = penstock("holders", "register", FILE, "claims.json")
    assert f"register {OTHER} by the claim of {OPERATOR}" in " ".join(planned.output.split()), planned.output
    assert penstock("holders", "register", FILE, "claims.json", "--execute").exit_code == 0
    assert asked("10", receiver=OTHER) == "no rule refuses it"
    assert penstock("holders", "expire", FILE, OTHER, "--execute").exit_code == 0
    assert "is void" in refused("holders", "register", FILE, "claims.json")
    assert penstock("holders", "provider", FILE, OPERATOR, "--remove", "--execute").exit_code == 0
    Path("claims.json").write_text("{}")
    assert "not a file of claims" in refused("holders", "register", FILE, "claims.json")


def test_a_successor_is_filled_before_it_takes_effect(chain: RetryingRpc, url: str) -> None:
    launch(url, "--delay", "2")
    manifest = json.loads(Path(FILE).read_text())
    artifact = compile_contracts()["CompliancePolicy"]
    successor = chain.deploy(artifact, SPONSOR, pack_rules(PolicyRules((TrancheRules(), TrancheRules()))))
    successor.send("bind", manifest["deal"], manifest["policy"], [])
    assert penstock("admin", "replace", FILE, "--policy", successor.address, "--execute").exit_code == 0
    assert penstock("holders", "registered", FILE, "--csv", "all.csv").exit_code == 0
    words = ("holders", "import", FILE, "all.csv", "--policy", successor.address, "--execute")
    assert penstock(*words).exit_code == 0
    chain.set_time(chain.now() + 2 * 86_400)
    assert asked("590") == "no rule refuses it"


def test_what_does_not_fit_is_refused(chain: RetryingRpc, url: str) -> None:
    launch(url)
    assert "no tranche is 'junior'; accepted: senior, equity" in refused(
        "holders", "ask", FILE, SPONSOR, HOLDER, "junior", "1"
    )
    assert "both, or neither" in refused("holders", "freeze", FILE, SPONSOR, "--shares", "1")
    assert "is not registered" in refused("holders", "expire", FILE, OTHER)
    Path("old.csv").write_text(HEAD + f"{OTHER},4,276,,2025-01-01\n")
    assert f"{OTHER} would expire on 2025-01-01, which is past" in refused("holders", "import", FILE, "old.csv")
    Path("plain.toml").write_text(DEAL)
    words = ("deploy", "plain.toml", "--network", url, "--payee", f"operator={OPERATOR}")
    assert "plain.toml has no rules for holders; accepted: a table [holders]" in refused(
        *words, "--holders", "known.csv"
    )
    assert penstock(*words, "--execute").exit_code == 0
    plain = "deployments/31337/plain.json"
    assert "everybody may hold its shares" in refused("holders", "freeze", plain, HOLDER)


BROKEN = {
    "0x12,4,276,,2030-01-01": '2: holder = "0x12": not an address',
    f"{OTHER.lower()},0,276,,2030-01-01": '2: investor = "0": not an investor\'s number',
    f"{OTHER},x,276,,2030-01-01": "not an investor's number",
    f"{OTHER},4,1000,,2030-01-01": '2: country = "1000": not a country\'s code',
    f"{OTHER},4,US,,2030-01-01": "not a country's code",
    f"{OTHER},4,276,rich,2030-01-01": '2: class = "rich": no class of investors; accepted: retail, professional',
    f"{OTHER},4,276,,01.01.2030": '2: expires = "01.01.2030": not a date',
    f"{OTHER},4,276,,2030-01-01\n{OTHER},4,276,,2030-01-01": f'3: holder = "{OTHER}": is there already',
}


@pytest.mark.parametrize("rows", BROKEN)
def test_a_file_of_holders_is_read_strictly(rows: str, tmp_path: Path) -> None:
    from penstock.dealfile.errors import RegistrationError
    from penstock.dealfile.registrations import load_registrations

    (tmp_path / "holders.csv").write_text(HEAD + rows + "\n")
    with pytest.raises(RegistrationError) as found:
        load_registrations(tmp_path / "holders.csv")
    assert BROKEN[rows] in str(found.value)
