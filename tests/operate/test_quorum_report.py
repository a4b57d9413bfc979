"""
penstock deploy --reporter
    the source of reports should name them, be in the manifest, be rebuilt and verified, and be nobody's to hand over
penstock report sign, submit and status
    what a quorum signed should be reported once, by anyone, and read by the deal; a plan sends nothing
    two should agree within the tolerance, or a third decide
    a file that was changed, is of another deal, chain or period, or of a stranger, should not count, and be named
    what a wallet signs should be what the contract checks
    what cannot be reported should be refused in one line, and nothing sent
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from penstock.evm import artifacts
from penstock.evm.artifacts import compile_contracts
from penstock.links.quorum import Quorum
from penstock.model.report import Report
from penstock.onchain.reports import question_of, read_answer
from tests.fixtures.actors import HOLDER, KEYS, OPERATOR, OTHER, SPONSOR
from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import TESTED
from tests.operate.conftest import USD, Stage

FIELD = '[[field]]\nid = "availability"\nunit = "ratio"\n\n'
REPORTED = TESTED.replace("periods = 4", "periods = 4\nwrite_down = true").replace("[ladder]", FIELD + "[ladder]")
REPORTERS = tuple(sorted((OPERATOR, HOLDER, OTHER), key=lambda each: int(each, 16)))
FIRST, SECOND, THIRD = REPORTERS


def launched(stage: Stage, size: int = 3, tolerance: int = 0, **more: object) -> Path:
    return stage.launch(text=REPORTED, reports=None, quorum=Quorum(REPORTERS, size, tolerance), **more)


def sign(file: Path, reporter: str, *words: str, **more: str) -> Path:
    out = file.parent / "signed" / f"{reporter}{''.join(more.values())}.json"
    done = penstock("report", "sign", str(file), "--account", reporter, "--out", str(out), *words)
    assert done.exit_code == 0, done.stderr
    return out


def _flat(page: str) -> str:
    """A page's words, without the lines of its tables."""
    return " ".join(page.replace("│", " ").split())


def said(stage: Stage, file: Path, period: int = 1) -> Report | None:
    deal = stage.deal(file)
    return read_answer(stage.chain.query(deal.reports, question_of(deal.deal.address, period)), 1)


def test_a_quorum_signs_and_anyone_submits(stage: Stage) -> None:
    file = launched(stage)
    figures = [("1.5", "0.985"), ("1.25", "0.99"), ("900", "0.97")]
    for reporter, (loss, available) in zip(REPORTERS, figures, strict=True):
        sign(file, reporter, "--loss", loss, "--field", f"availability={available}")
    folder = file.parent / "signed"
    before = stage.sent()
    plan = penstock("report", "submit", str(file), str(folder))
    assert plan.exit_code == 0, plan.stderr
    assert "loss 1.50, availability 0.985" in _flat(plan.stdout) and f"signed by {FIRST}" in _flat(plan.stdout)
    assert stage.sent() == before and said(stage, file) is None
    done = penstock("report", "submit", str(file), str(folder), "--execute")
    assert done.exit_code == 0, done.stderr
    assert said(stage, file) == Report(1_500_000, None, (985 * 10**15,))
    again = penstock("report", "submit", str(file), str(folder), "--execute")
    assert again.exit_code == 0 and "nothing is left to do" in again.stdout and stage.sent() == before + 1
    stage.day(100)
    stage.pay(file, 300 * USD)
    assert penstock("settle", str(file)).exit_code == 0
    told = penstock("watch", str(file), "--from-block", "0", "--once")
    assert "reported for period 1: loss 1.50, availability 0.985" in told.stdout
    audited = penstock("audit", str(file))
    assert audited.exit_code == 0, audited.stdout + audited.stderr


def test_status_says_who_signed_what_and_what_it_makes(stage: Stage) -> None:
    file = launched(stage)
    folder = file.parent / "signed"
    folder.mkdir()
    nothing = json.loads(penstock("report", "status", str(file), "--json").stdout)
    assert nothing["reporters"] == dict.fromkeys(REPORTERS)
    assert nothing["reason"].startswith("0 reports of period 1, and 3 make one: nothing yet of ")
    for reporter, value in zip(REPORTERS, ("0.5", "0.7", "0.6"), strict=True):
        sign(file, reporter, "--field", f"availability={value}")
    found = json.loads(penstock("report", "status", str(file), str(folder), "--json").stdout)
    assert found["reporters"] == {
        FIRST: {"availability": "0.5"},
        SECOND: {"availability": "0.7"},
        THIRD: {"availability": "0.6"},
    }
    assert (found["quorum"], found["tolerance"], found["period"]) == (3, "0", 1)
    assert (found["would_report"], found["reported"], found["reason"]) == ({"availability": "0.6"}, None, None)
    page = penstock("report", "status", str(file), str(folder)).stdout
    assert "a quorum is in: availability 0.6" in page
    assert penstock("report", "submit", str(file), str(folder), "--execute").exit_code == 0
    found = json.loads(penstock("report", "status", str(file), str(folder), "--json").stdout)
    assert (found["would_report"], found["reported"]) == (None, {"availability": "0.6"})
    assert "reported: availability 0.6" in penstock("report", "status", str(file)).stdout


def test_two_agree_or_a_third_decides(stage: Stage) -> None:
    file = launched(stage, 2, 10**16)
    folder = file.parent / "signed"
    sign(file, FIRST, "--loss", "100")
    refused(
        penstock("report", "submit", str(file), str(folder)),
        f"1 report of period 1, and 2 make one: nothing yet of {SECOND}, {THIRD}",
    )
    sign(file, SECOND, "--loss", "98.9")
    refused(
        penstock("report", "submit", str(file), str(folder)),
        "the reports of period 1 make none: the two are further apart than the tolerance; accepted: a third report",
    )
    with stage.chain.undone():
        sign(file, SECOND, "--loss", "99")
        assert penstock("report", "submit", str(file), str(folder), "--execute").exit_code == 0
        assert said(stage, file) == Report(99_500_000, None, (None,))
    sign(file, SECOND, "--loss", "98.9")
    sign(file, THIRD, "--loss", "7")
    (file.with_suffix(".report.journal.jsonl")).unlink()
    done = penstock("report", "submit", str(file), str(folder), "--execute")
    assert done.exit_code == 0, done.stderr
    assert said(stage, file) == Report(98_900_000, None, (None,))


def test_files_that_do_not_count_are_named(stage: Stage) -> None:
    file = launched(stage)
    folder = file.parent / "signed"
    for reporter in REPORTERS:
        sign(file, reporter, "--loss", "5")
    sign(file, FIRST, "--loss", "9", "--period", "2", more="2")
    changes = {
        "figures": {"loss": "6"},
        "chain_id": 1,
        "reporter": SPONSOR,
        "source": SPONSOR,
        "until": 2**40 - 1,
        "signature": "0x00",
    }
    words = {
        "figures": f"the signature is not {THIRD}'s, of these figures",
        "chain_id": "signed for chain 1, and this is 31337",
        "reporter": f"{SPONSOR} is no reporter of this deal",
        "source": f"signed for the source {SPONSOR}, and the deal reads ",
        "until": f"the signature is not {THIRD}'s, of these figures",
        "signature": f"the signature is not {THIRD}'s, of these figures",
    }
    good = (folder / f"{THIRD}.json").read_text()
    for key, value in changes.items():
        (folder / f"{THIRD}.json").write_text(json.dumps({**json.loads(good), key: value}))
        refused(
            penstock("report", "submit", str(file), str(folder)), "2 reports of period 1, and 3 make one", words[key]
        )
    for broken, reason in (
        ("{", "not a signed report"),
        (
            json.dumps({**json.loads(good), "more": 1}),
            "not a signed report; accepted: a file that penstock report sign",
        ),
        (json.dumps({**json.loads(good), "figures": {"losses": "1"}}), "no field is 'losses'"),
        (json.dumps({**json.loads(good), "figures": {"loss": "1.0000001"}}), "loss is '1.0000001': 7 decimals"),
        (json.dumps({**json.loads(good), "period": "1"}), "period is '1'"),
    ):
        (folder / f"{THIRD}.json").write_text(broken)
        refused(penstock("report", "submit", str(file), str(folder)), reason)
    (folder / f"{THIRD}.json").write_text(good)
    sign(file, THIRD, "--loss", "8", more="two")
    refused(penstock("report", "submit", str(file), str(folder)), f"{THIRD} signed other figures too")


def test_a_wallet_signs_what_the_contract_checks(stage: Stage) -> None:
    file = launched(stage)
    folder = file.parent / "signed"
    for reporter in (FIRST, SECOND):
        sign(file, reporter, "--loss", "5", "--field", "availability=0.5")
    words = ("report", "sign", str(file), "--account", THIRD, "--loss", "5", "--field", "availability=0.5")
    done = penstock(*words, "--typed-data", "typed.json")
    assert done.exit_code == 0 and f"to be signed by {THIRD}: typed.json" in done.stdout
    message = encode_typed_data(full_message=json.loads(Path("typed.json").read_text()))
    signature = Account.sign_message(message, KEYS[THIRD]).signature
    digest = keccak(b"\x19" + message.version + message.header + message.body)
    assert Account._recover_hash(digest, signature=signature) == THIRD
    out = str(folder / "third.json")
    assert penstock(*words, "--signature", "0x" + signature.hex(), "--out", out).exit_code == 0
    done = penstock("report", "submit", str(file), str(folder), "--execute")
    assert done.exit_code == 0, done.stderr
    assert said(stage, file) == Report(5_000_000, None, (5 * 10**17,))


@pytest.mark.parametrize(
    ("words", "reason", "code"),
    [
        (["--account", SPONSOR, "--loss", "1"], f"{SPONSOR} is no reporter of this deal; accepted: {FIRST}", 1),
        (["--account", FIRST], "nothing to report; accepted: --loss", 2),
        (["--account", FIRST, "--loss", "1", "--period", "5"], "period 5 is none of the deal's; accepted: 1 to 4", 1),
        (["--account", FIRST, "--loss", "1", "--signature", "0xzz"], "'0xzz' is not a signature", 2),
        (["--loss", "1", "--signature", "0x00"], "the reporter's address", 2),
    ],
)
def test_what_cannot_be_signed_is_refused(stage: Stage, words: list[str], reason: str, code: int) -> None:
    file = launched(stage)
    refused(penstock("report", "sign", str(file), *words), reason, code=code)


def test_one_reporter_and_several_take_reports_in_their_own_way(stage: Stage) -> None:
    several = launched(stage)
    refused(penstock("report", str(several), "--loss", "1"), "several reporters sign; accepted: penstock report sign")
    alone = stage.launch("alone", salt=9, text=REPORTED, reports=None)
    refused(
        penstock("report", "sign", str(alone), "--account", FIRST, "--loss", "1"),
        "has one reporter; accepted: penstock report DEPLOYMENT",
    )
    assert penstock("report", "alone", str(alone), "--loss", "1", "--execute").exit_code == 0


def test_the_reporters_are_in_the_manifest_and_nobodys_to_hand_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "recompile", compile_contracts)  # tests/deploy/test_verify_bytecode.py compiles them
    file = launched(stage, 2, 10**16, delay=7 * 86_400)
    made = stage.manifest(file)
    code = made.contracts["first reports"]
    assert (code.contract, code.constructor) == ("QuorumReporter", [list(REPORTERS), 2, 10**16])
    rebuilt = penstock(
        "manifest", "rebuild", made.deal, "--network", stage.url, "--deal-file", "small.toml", "--out", "again.json"
    )
    assert rebuilt.exit_code == 0, rebuilt.stderr
    again = json.loads(Path("again.json").read_text())
    assert again["contracts"]["first reports"] == json.loads(file.read_text())["contracts"]["first reports"]
    verified = penstock("verify", str(file))
    assert verified.exit_code == 0, verified.stderr
    (row,) = [each for each in verified.stdout.splitlines() if "QuorumReporter" in each]
    assert "same" in row
    roles = json.loads(penstock("status", str(file), "--json").stdout)["roles"]
    assert [(each["role"], each["held_by"]) for each in roles if "reporter" in each["role"]] == [
        ("reporter, 2 of 3 sign", each) for each in REPORTERS
    ]
    handed = penstock("admin", "handover", str(file), "--to", OTHER)
    assert handed.exit_code == 0, handed.stderr
    assert "replaces the reports" in handed.stdout and "reporter, 2 of 3" not in handed.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--quorum", "3"], "it goes with --reporter ADDRESS"),
        (["--tolerance", "0.1"], "it goes with --reporter ADDRESS"),
        (["--reporter", FIRST], "1; accepted: 2 to 32 reporters"),
        (["--reporter", FIRST, "--reporter", FIRST], "an account is named twice; accepted: each once"),
        (
            ["--reporter", FIRST, "--reporter", SECOND, "--quorum", "3"],
            "3 of 2 reporters; accepted: 2, or an odd number",
        ),
        (
            ["--reporter", FIRST, "--reporter", SECOND, "--reporter", THIRD, "--quorum", "3", "--tolerance", "0.1"],
            "a quorum of 3 takes the median; accepted: with --quorum 2 alone",
        ),
        (
            ["--reporter", FIRST, "--reporter", SECOND, "--tolerance", "1"],
            "'1'; accepted: a fraction from 0 to below 1",
        ),
        (["--reporter", FIRST, "--reporter", SECOND, "--reports", SPONSOR], "either reporters, or --reports ADDRESS"),
        (["--reporter", "0x" + "0" * 40, "--reporter", SECOND], "the zero address signs nothing"),
    ],
)
def test_quorums_that_cannot_be_are_refused(stage: Stage, words: list[str], reason: str) -> None:
    Path("small.toml").write_text(REPORTED)
    given = ("--network", stage.url, "--payee", f"operator={OPERATOR}")
    refused(penstock("deploy", "small.toml", *given, *words), reason, code=2)


def test_a_plan_names_the_reporters(stage: Stage) -> None:
    Path("small.toml").write_text(REPORTED)
    words = [word for each in REPORTERS for word in ("--reporter", each)]
    given = ("--network", stage.url, "--payee", f"operator={OPERATOR}", "--salt", "77")
    done = penstock("deploy", "small.toml", *given, *words)
    assert done.exit_code == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "deploy the deal's source of reports, of 2 of 3 reporters" in text
    for each in REPORTERS:
        assert f"2 of 3 sign │ {each}" in text
