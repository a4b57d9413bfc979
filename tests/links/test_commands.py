"""
`penstock meters` and `penstock certificates`, as a user types them
├── given a chain without meters, they should be deployed once, recorded, found and verified
├── given readings of two days, they should be built, verified, signed, reported, questioned, counted, sold and retired
├── given the same command again, it should do nothing twice
├── given any log altered, the audit should notice
└── given a public chain's number, nothing should be sent without its name, and then everything as on any other
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from penstock.audit.meters import audit_logs
from penstock.evm import networks, nodes
from penstock.evm.abi import Log
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.dev_accounts import development_keys
from penstock.evm.revm import Revm
from penstock.onchain.links import open_links
from penstock.onchain.meters_replay import read_logs, times_of
from tests.fixtures.chains import START
from tests.fixtures.cli import penstock

METERS = "deployments/31337/links/meters.json"
PEOPLE = list(development_keys())
OWNER, HALL, STRANGER = PEOPLE[0], PEOPLE[1], PEOPLE[2]
REPORTERS = PEOPLE[5:8]
FIRST = START + 3600
DAY = "2026-01-01T0"


def run(*words: str, says: str = "") -> str:
    done = penstock(*words)
    assert done.exit_code == 0, f"{' '.join(words)}: {done.output} {done.exception!r}"
    assert says in done.output, done.output
    return done.output


def refused(*words: str, says: str) -> None:
    done = penstock(*words)
    assert done.exit_code == 1 and says in done.stderr, f"{done.exit_code} {done.output} {done.exception!r}"
    assert "Traceback" not in done.output and len(done.stderr.splitlines()) == 1


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("papers.txt").write_text("readings: https://roofs.example\n")
    Path("fleet.csv").write_text("device,capacity\nnorth,5000\nsouth,9000\n")
    Path("load.csv").write_text("device,capacity\nhall,9000\n")
    made = ["time,device,value"]
    used = ["time,device,value"]
    for hour in range(1, 7):
        made += [f"{DAY}{hour}:00Z,north,{1000 + hour}", f"{DAY}{hour}:00Z,south,{2000 * hour - 4000}"]
        used.append(f"{DAY}{hour}:00Z,hall,2500")
    Path("made.csv").write_text("\n".join(made) + "\n")
    Path("used.csv").write_text("\n".join(used) + "\n")
    return tmp_path


def keystore(number: int) -> str:
    file, key = Path(f"reporter-{number}.json"), development_keys()[REPORTERS[number]]
    file.write_text(json.dumps(Account.encrypt(key, "word", kdf="pbkdf2", iterations=2)))
    secret = Path("password")
    secret.write_text("word\n")
    secret.chmod(0o600)
    return str(file)


class Roofs:
    """A chain with meters 1 (roofs) and 2 (hall), reported and counted."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.chain = networks.connect(url)
        self.usd = self.chain.deploy(compile_contracts()["MockUSD"], 6)
        for who in PEOPLE:
            self.usd.send("mint", who, 10**12)

    def at(self, *words: str, who: str = OWNER) -> list[str]:
        """The end of a command that sends."""
        return [*words, "--network", self.url, "--account", who, "--execute"]

    def until(self, seconds: int) -> None:
        self.chain.set_time(max(self.chain.now(), seconds))

    def register(self) -> None:
        run("meters", "deploy", *self.at(), says=f"wrote {METERS}")
        members = [word for each in REPORTERS for word in ("--member", each)]
        run("meters", "reporters", METERS, *members, "--threshold", "2", *self.at(), says="set 1")
        terms = ["--asset", self.usd.address, "--reporters", "1", "--documents", "papers.txt", "--zone", "US-NC"]
        terms += ["--coin-price", "3000", "--gap-after", "6", "--answer-window", "24"]
        run("meters", "register", METERS, "--fleet", "fleet.csv", *terms, *self.at(), says="meter 1")
        more = ["--fleet", "load.csv", "--unit", "1"]
        run("meters", "register", METERS, *more, *terms, *self.at(who=HALL), says="meter 2")

    def report(self) -> None:
        self.until(FIRST + 6 * 3600)
        for number, readings, fleet in ((1, "made.csv", "fleet.csv"), (2, "used.csv", "load.csv")):
            out, meter = f"out{number}", ["--meter", str(number)]
            run("meters", "build", readings, "--fleet", fleet, *meter, "--out", out, says="6 intervals")
            run("meters", "verify", f"{out}/batches.json", "--fleet", fleet, says="6 intervals")
            for each in (0, 1):
                words = ["--account", keystore(each), "--password-file", "password", "--network", self.url]
                run("meters", "sign", f"{out}/batches.json", METERS, *words)
            run("meters", "submit", f"{out}/batches.json", METERS, *self.at(who=STRANGER))


@pytest.fixture
def roofs(place: Path, fresh_anvil: str) -> Roofs:
    roofs = Roofs(fresh_anvil)
    roofs.register()
    return roofs


def total(number: int) -> dict[str, Any]:
    (said,) = json.loads(run("meters", "status", METERS, "--meter", str(number), "--json"))
    return dict(said)


def test_a_week_of_commands(roofs: Roofs) -> None:
    roofs.report()
    at = ["--meter", "1", "--start", f"{DAY}3:00Z"]
    whole = 6 * 1000 + 21 + sum(max(0, 2000 * hour - 4000) for hour in range(1, 7))
    published = ["--readings", f"out1/{FIRST + 2 * 3600}.csv"]
    run("meters", "verify", "out1/batches.json", "--fleet", "fleet.csv", "--meters", METERS, "--network", roofs.url)
    run("meters", "ask", METERS, *at, "--unit", "1003", *roofs.at(who=STRANGER))
    run("meters", "answer", METERS, *at, "--unit", "1003", *published, "--fleet", "fleet.csv", *roofs.at())
    run("meters", "ask", METERS, *at, "--unit", "1003", *roofs.at(who=STRANGER), says="nothing is left to do")
    refused("meters", "refute", METERS, *at, *published, *roofs.at(), says="no device is there twice")
    refused("meters", "finalise", METERS, "--meter", "1", *roofs.at(), says="nothing of meter 1 is ripe")
    roofs.until(FIRST + 6 * 3600 + 86_400)
    for number in ("1", "2"):
        run("meters", "finalise", METERS, "--meter", number, *roofs.at())
    said = total(1)
    assert (said["register"], said["final"], said["open"], said["void"]) == (str(whole), 6, 0, 0)
    assert said["stake"] == format(10 * float(said["bond"]), "g")
    run("meters", "withdraw", METERS, "--for", OWNER, "--asset", roofs.usd.address, *roofs.at())

    run("certificates", "issue", METERS, "--meter", "1", *roofs.at(who=STRANGER))
    refused("certificates", "issue", METERS, "--meter", "2", *roofs.at(), says="accepted: Wh produced or reduced")
    buy = ["certificates", "buy", METERS, *at, "--amount", "2000"]
    refused(*buy, *roofs.at(who=HALL), says="not for sale")
    run("certificates", "price", METERS, "--meter", "1", "--price", "3.50", *roofs.at())
    before = roofs.usd.call("balanceOf", HALL)
    run(*buy, *roofs.at(who=HALL))
    run(*buy, *roofs.at(who=HALL), says="nothing is left to do")
    assert before - roofs.usd.call("balanceOf", HALL) == 7_000, "a repeated purchase buys nothing"
    retire = ["certificates", "retire", METERS, *at, "--amount", "1500", "--load", "2", "--beneficiary", "hall"]
    run(*retire, *roofs.at(who=HALL))
    run(*retire, *roofs.at(who=HALL), says="nothing is left to do")
    refused(*retire[:-4], "--amount", "9999", "--load", "2", *roofs.at(who=HALL), says="are to be retired")
    (lot,) = [each for each in json.loads(run("certificates", "status", METERS, "--json")) if each["retired"] != "0"]
    assert (lot["issued"], lot["for_sale"], lot["retired"]) == ("3003", "1003", "1500")
    run("certificates", "status", METERS, says="for sale")
    run("certificates", "export", METERS, "--out", "granular.csv", "--network", roofs.url)
    rows = Path("granular.csv").read_text().splitlines()
    assert any("cancelled" in row and ":0-1499," in row and row.endswith(f"cancelled,{HALL},hall,2") for row in rows)
    assert len(rows) == 1 + 6 + 2
    run("meters", "status", METERS, says="not pledged, yields to")
    audited = run("meters", "audit", METERS, "--readings", "1=out1", "--network", roofs.url)
    assert audited.startswith("no difference")


@pytest.mark.slow
def test_every_log_altered_is_noticed(roofs: Roofs) -> None:
    """Each log left out, written twice, and each of its values changed."""
    test_a_week_of_commands(roofs)
    links = open_links(Path(METERS), roofs.chain, "anvil")
    logs = read_logs(links)
    times = times_of(links, logs)
    folders = {1: Path("out1"), 2: Path("out2")}
    assert not audit_logs(links, logs, times, folders).findings
    tried = 0
    for place, log in enumerate(logs):
        for changed in altered(log):
            tried += 1
            some = [*logs[:place], *changed, *logs[place + 1 :]]
            assert audit_logs(links, some, times, folders).findings, f"{place}: {log}"
    assert tried > 5 * len(logs)


def altered(log: Log) -> Iterator[list[Log]]:
    yield []
    yield [log, log]
    for index in range(1, len(log.topics)):
        flipped = log.topics[index][:-1] + bytes([log.topics[index][-1] ^ 1])
        yield [replace(log, topics=(*log.topics[:index], flipped, *log.topics[index + 1 :]))]
    for at in range(31, len(log.data), 32):
        yield [replace(log, data=log.data[:at] + bytes([log.data[at] ^ 1]) + log.data[at + 1 :])]


def test_a_cheat_loses_its_stake(roofs: Roofs) -> None:
    """Reporters that sign what nobody made, against the advice of `verify`."""
    Path("ghosts.csv").write_text("device,capacity\nnorth,5000\nghost,7000\n")
    Path("made.csv").write_text(f"time,device,value\n{DAY}1:00Z,north,10\n{DAY}1:00Z,ghost,4000\n")
    roofs.until(FIRST + 3600)
    run("meters", "build", "made.csv", "--fleet", "ghosts.csv", "--meter", "1", "--out", "out1", says="1 interval")
    done = penstock("meters", "verify", "out1/batches.json", "--fleet", "fleet.csv")
    assert done.exit_code == 1 and "is not in the fleet" in done.stderr
    for each in (0, 1):
        words = ["--account", keystore(each), "--password-file", "password", "--network", roofs.url]
        run("meters", "sign", "out1/batches.json", METERS, *words)
    run("meters", "submit", "out1/batches.json", METERS, *roofs.at())
    at = ["--meter", "1", "--start", f"{DAY}1:00Z"]
    run("meters", "ask", METERS, *at, "--unit", "10", *roofs.at(who=STRANGER))
    published = ["--readings", f"out1/{FIRST}.csv", "--fleet", "fleet.csv"]
    refused("meters", "answer", METERS, *at, "--unit", "10", *published, *roofs.at(), says="is not in the fleet")
    roofs.until(FIRST + 3600 + 2 * 86_400)
    expire = ["meters", "expire", METERS, *at, "--unit", "10"]
    run(*expire, *roofs.at())
    run(*expire, *roofs.at(), says="nothing is left to do")
    said = total(1)
    assert (said["stake"], said["void"], said["register"]) == ("0", 1, "0")
    run("meters", "restore", METERS, "--meter", "1", *roofs.at())
    assert total(1)["stake"] != "0"
    run("meters", "pledge", METERS, "--meter", "1", "--payee", STRANGER, *roofs.at())
    assert (total(1)["pledged"], total(1)["payee"]) == (False, OWNER), "from the next interval on"
    refused("meters", "close", METERS, "--meter", "1", *roofs.at(), says="Meters_Pledged")
    run("meters", "release", METERS, "--meter", "1", *roofs.at(who=STRANGER))
    run("meters", "close", METERS, "--meter", "1", *roofs.at())
    assert total(1)["closed"]
    assert run("meters", "audit", METERS, "--network", roofs.url).startswith("no difference")


@pytest.mark.slow  # `penstock verify` compiles
def test_meters_are_deployed_once_and_verified(roofs: Roofs) -> None:
    recorded = json.loads(Path(METERS).read_text())
    assert {each["contract"] for each in recorded["contracts"].values()} == {
        "CREATE2 proxy",
        "MetersExtension",
        "Meters",
        "Certificates",
    }
    Path(METERS).unlink()
    run("meters", "deploy", *roofs.at(who=STRANGER), says="nothing is left to do")
    again = json.loads(Path(METERS).read_text())
    assert (again["contracts"], again["block"]) == (recorded["contracts"], recorded["block"])
    run("verify", METERS, "--network", roofs.url, says="same")
    broken = {**again, "contracts": {**again["contracts"]}}
    broken["contracts"]["meters"] = {**again["contracts"]["meters"], "code_hash": "0x" + "11" * 32}
    Path("broken.json").write_text(json.dumps(broken))
    refused("meters", "status", "broken.json", "--network", roofs.url, says="the code of meters")
    Path("broken.json").write_text("{}")
    refused("meters", "status", "broken.json", "--network", roofs.url, says="penstock meters deploy")


def test_a_bond_pays_for_an_answer(roofs: Roofs) -> None:
    terms = ["--asset", roofs.usd.address, "--reporters", "1", "--documents", "papers.txt", "--zone", "X"]
    words = ["meters", "register", METERS, "--fleet", "load.csv", *terms, "--coin-price", "300000000"]
    refused(*words, "--bond", "0.01", *roofs.at(), says="nobody would answer")


def funded(url: str, code: bytes) -> Mapping[str, str]:
    chain = networks.connect(url)
    usd = "0x" + "55" * 20
    chain.ask("anvil_setCode", usd, "0x" + code.hex())
    return {"asset": usd}


@pytest.mark.slow
def test_on_a_public_chains_number(place: Path) -> None:
    """Base's number, and a clock that is right: nothing is sent without its name."""
    revm = Revm()
    mock: Contract = revm.deploy(compile_contracts()["MockUSD"], 6)
    with nodes.anvil(chain_id=8453, timestamp=int(time.time())) as node:
        chain = networks.connect(node.url)
        usd = funded(node.url, revm.code(mock.address))["asset"]
        chain.ask("evm_setIntervalMining", 1)
        sends = ["--network", node.url, "--account", OWNER, "--execute"]
        done = penstock("meters", "deploy", *sends)
        assert done.exit_code == 1 and "nothing was sent" in done.stderr
        sends += ["--yes", "base-main"]
        run("meters", "deploy", *sends)
        file = "deployments/8453/links/meters.json"
        members = [word for each in REPORTERS for word in ("--member", each)]
        run("meters", "reporters", file, *members, "--threshold", "2", *sends, says="set 1")
        chain.ask("eth_sendTransaction", {"from": OWNER, "to": usd, "data": mint(OWNER)})
        time.sleep(2)
        terms = ["--asset", usd, "--reporters", "1", "--documents", "papers.txt", "--zone", "US-NC"]
        words = ["--fleet", "fleet.csv", *terms, "--coin-price", "3000"]
        run("meters", "register", file, *words, *sends, says="meter 1")
        run("meters", "register", file, *words, *sends, says="nothing is left to do")
        assert run("meters", "audit", file, "--network", node.url).startswith("no difference")


def mint(to: str) -> str:
    abi = compile_contracts()["MockUSD"].abi
    return "0x" + abi.function("mint").encode((to, 10**12)).hex()
