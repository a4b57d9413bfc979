"""`penstock fuzz`: what it prints, that a seed says all, and what a failure leaves behind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.dealfile import load
from penstock.fuzz.campaign import read_example
from penstock.model import dues
from tests.fixtures.cli import MINIMAL, ROOT, penstock, run_program

STORIES = ("--examples", "8", "--seed", "11")
PARI_PASSU = "tests/fuzz/examples/pari-passu-draws.json"


def test_a_run_shows_what_was_reached_and_what_never_was() -> None:
    done = run_program("fuzz", MINIMAL, *STORIES)
    assert done.returncode == 0, done.stderr
    assert "what was reached" in done.stdout and "normal ladder" in done.stdout
    assert "not reached: " in done.stdout, "eight runs cannot reach everything"
    *_, closing, held = done.stdout.strip().splitlines()
    assert re.fullmatch(
        r"\d+ runs, \d+ steps in \d+ s, [\d,]+ steps/s beside [1-9][\d,]* raw calls/s, seed 11: "
        r"chain = model after every step",
        closing,
    )
    assert held.startswith("invariants checked (docs/INVARIANTS.md): 01, 02, ")
    assert "seed 11\n" in done.stderr


@pytest.mark.slow
def test_a_seed_says_all() -> None:
    first, second, other = (
        run_program("fuzz", MINIMAL, "--examples", "8", "--seed", seed).stdout for seed in ("11", "11", "12")
    )
    tables = [re.sub(r"\d+ s, .*", "", text) for text in (first, second, other)]
    assert tables[0] == tables[1] != tables[2]


def test_a_failure_is_printed_saved_and_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = dues.current_interest
    deal = ROOT / MINIMAL
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as wrong:
        wrong.setattr(dues, "current_interest", lambda *args: honest(*args) + 1)
        found = CliRunner().invoke(app, ["fuzz", str(deal), *STORIES])
        assert found.exit_code == 1
        (file,) = tmp_path.glob("minimal-fuzz-*.json")
        assert re.search(r"^  1\. .* go by – done$", found.stdout, re.MULTILINE)
        *_, difference, _, closing = found.stdout.splitlines()
        assert re.fullmatch(r"[1-8] runs?, \d+ steps? in \d+ s, seed 11: the last run FAILS, shrunk above", closing)
        assert "what was reached" not in found.stdout and "not reached: " not in found.stdout
        *_, error = found.stderr.strip().splitlines()
        assert error.startswith("fuzz: ") and error.endswith(f"penstock fuzz {deal} --replay {file.name}")
        terms, _, steps, why = read_example(file)
        assert terms == load(deal) and steps
        assert why in error and why == difference
        again = CliRunner().invoke(app, ["fuzz", str(deal), "--replay", str(file)])
        assert again.exit_code == 1 and why in again.stderr
    healed = CliRunner().invoke(app, ["fuzz", str(deal), "--replay", str(file)])
    assert healed.exit_code == 0, healed.stderr
    *lines, _, last = healed.stdout.strip().splitlines()
    run = json.loads(file.read_text())
    assert len(lines) == len(run["steps"]) and "does not fail" in last

    run["steps"].append({"what": "forbidden", "by": "ann", "count": 2**64})
    file.write_text(json.dumps(run))
    edited = CliRunner().invoke(app, ["fuzz", str(deal), "--replay", str(file)])
    assert edited.exit_code == 1
    assert (
        edited.stderr.startswith(f"{file}: not a run saved by penstock fuzz: not a step: ")
        and edited.stderr.count("\n") == 1
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("fuzz", MINIMAL, "--examples", "0"), 2, "--examples"),
        (("fuzz", MINIMAL, "--seed", "-1"), 2, "--seed"),
        (("fuzz", "deals/none.toml"), 1, "none.toml"),
        (("fuzz", ""), 1, ".: Is a directory; accepted: a deal file (TOML), such as deals/minimal.toml"),
        (("check", ""), 1, ".: Is a directory; accepted: a deal file (TOML), such as deals/minimal.toml"),
        (("fuzz", MINIMAL, "--replay", "deals/minimal.csv"), 1, "not a run saved by penstock fuzz"),
        (("fuzz", MINIMAL, "--replay", PARI_PASSU), 1, "a run of other terms than"),
        (
            ("fuzz", MINIMAL, "--replay", PARI_PASSU, "--seed", "3"),
            2,
            "--seed: cannot be combined with --replay, which repeats one",
        ),
        (
            ("fuzz", MINIMAL, "--replay", PARI_PASSU, "--examples", "500"),
            2,
            "--examples: cannot be combined with --replay",
        ),
        (("fuzz", MINIMAL, "--replay", PARI_PASSU, "--minutes", "1"), 2, "--minutes: cannot be combined with --replay"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], code: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = penstock(*words)
    assert (done.exit_code, len(done.stderr.strip().splitlines())) == (code, 1), done.stderr
    assert said in done.stderr
