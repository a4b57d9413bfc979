"""Runs the tools. They come from node_modules, build/bin and build/venvs/audit."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools.audit import results
from tools.audit.planted import CONTROL, Planted, plant
from tools.audit.results import Result

ROOT = Path(__file__).parents[2]
VENV = ROOT / "build" / "venvs" / "audit" / "bin"
ACCEPTED = ROOT / "docs" / "decisions" / "0010-accepted-slither-findings.md"
LOOP = 64  # above any loop of the proofs: halmos tells when it is not
SECONDS = 1800


def _run(command: list[str], root: Path, **environment: str) -> tuple[int, str]:
    """Exit code and what was printed; a tool that hangs has failed."""
    home = ROOT / "build" / "home"
    home.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(ROOT / "build" / "bin"), str(VENV), os.environ["PATH"]])
    settings = {"HOME": str(home), "PATH": path, "FOUNDRY_LINT_LINT_ON_BUILD": "false", "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            command, cwd=root, env=os.environ | settings | environment, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return 124, ""
    return done.returncode, done.stdout


def solhint() -> Result:
    command = ["node_modules/.bin/solhint", "--noPoster", "--max-warnings", "0", "--formatter", "json"]
    files = len(list((ROOT / "contracts").rglob("*.sol")))
    return results.solhint(*_run([*command, "contracts/**/*.sol"], ROOT), files)


def slither() -> Result:
    _, output = _run([str(VENV / "slither"), ".", "--json", "-"], ROOT)
    return results.slither(output, results.accepted_findings(ACCEPTED))


def halmos(root: Path = ROOT, only: str = "") -> Result:
    """All proofs, or those of one name."""
    report = root / "build" / "halmos.json"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    solver = f"{VENV / 'python'} {ROOT / 'tools' / 'audit' / 'smt.py'}"
    command = [str(VENV / "halmos"), "--forge-build-out", "build/symbolic", "--no-status", "--loop", str(LOOP)]
    command += ["--solver-command", solver, "--solver-threads", "1", "--solver-timeout-assertion", "120s"]
    command += ["--json-output", str(report), "--function", only or "check_"]
    code, _ = _run(command, root, FOUNDRY_PROFILE="symbolic")
    return results.halmos(code, report.read_text() if report.exists() else "")


def forge(runs: int, seed: int, root: Path = ROOT) -> Result:
    # A failure kept from an earlier run would be replayed
    shutil.rmtree(root / "build" / "campaign-failures", ignore_errors=True)
    command = [str(ROOT / "build" / "bin" / "forge"), "test", "--json", "--fuzz-seed", str(seed)]
    return results.forge(*_run(command, root, FOUNDRY_PROFILE="campaign", FOUNDRY_INVARIANT_RUNS=str(runs)))


def _in_a_copy(bug: Planted, runs: int, seed: int) -> tuple[list[Result], Result]:
    root = ROOT / "build" / "audit-planted"
    plant(bug, ROOT, root)
    return [halmos(root, proof.split(".")[1]) for proof in bug.proofs], forge(runs, seed, root)


def control(runs: int, seed: int) -> Result:
    """The copy without a bug passes both engines."""
    proofs, campaign = _in_a_copy(CONTROL, runs, seed)
    failures = [failure for each in (*proofs, campaign) for failure in each.failures]
    return Result("planted bug", CONTROL.name, len(proofs) + 1, tuple(failures), (CONTROL.name,))


def planted(bug: Planted, runs: int, seed: int) -> Result:
    """Both engines must find a planted bug, by a counterexample and not by a failure to run."""
    proofs, campaign = _in_a_copy(bug, runs, seed)
    refuted = {name for proof in proofs for name in proof.refuted}
    failures = [f"{name} was not refuted" for name in bug.proofs if name not in refuted]
    if not campaign.refuted:
        failures.append("the campaign did not break" + "".join(f": {each}" for each in campaign.failures[:1]))
    return Result("planted bug", bug.name, len(proofs) + 1, tuple(failures), (bug.name,))
