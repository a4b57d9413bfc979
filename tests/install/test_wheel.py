"""
The wheel, in an empty environment of every interpreter that is here, with no Node, solc or checkout in reach.

given an Anvil
    check, simulate, deploy, status, settle, claim, audit and demo should work, with the model's numbers
given no Anvil, no solc, no Hypothesis
    demo, verify and fuzz should say in one line what to install
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.evm import nodes
from penstock.evm.dev_accounts import development_keys

ROOT = Path(__file__).parents[2]
SPONSOR = next(iter(development_keys()))
START = 1_767_225_600  # 2026-01-01
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
MANIFEST = "deployments/31337/minimal.json"

pytestmark = pytest.mark.slow


def interpreters() -> dict[str, Path]:
    """One of each supported version: on the PATH, or among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found: dict[str, Path] = {}
    for version in VERSIONS:
        on_path = shutil.which(f"python{version}")
        candidates = [*([Path(on_path)] if on_path else []), *sorted(pyenv.glob(f"{version}.*/bin/python"))]
        for each in candidates:
            # pyenv's shims are on the PATH for versions that are not selected, and fail.
            probe = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
            said = subprocess.run([str(each), "-c", probe], capture_output=True, text=True, check=False)
            if said.stdout.strip() == version:
                found[version] = each
                break
    return found


INTERPRETERS = interpreters() or {"this": Path(sys.executable)}
NEWEST = list(INTERPRETERS)[-1]


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel and what it requires, and a working folder outside the checkout."""

    version: str
    bin: Path
    folder: Path

    def run(self, *words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        """`penstock` with these words. path : where its programs are; default none."""
        environment = {"HOME": str(self.folder), "PATH": str(path or self.folder), "LANG": "C.UTF-8"}
        command = [str(self.bin / "penstock"), *words]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", timeout=600, check=False
        )

    def said(self, *words: str, path: Path | None = None) -> str:
        done = self.run(*words, path=path)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def refusal(self, *words: str) -> str:
        done = self.run(*words)
        assert (done.returncode, done.stdout) == (1, ""), (words, done.stdout, done.stderr)
        return done.stderr.splitlines()[-1]  # before it, demo says what it begins with


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: setuptools leaves files of earlier builds in a checkout's build/ and packs them again."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "deals", copy / "deals")
    shutil.copytree(ROOT / "penstock", copy / "penstock", symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    pip(Path(sys.executable), "wheel", "--no-deps", "--no-build-isolation", "-w", str(out), str(copy))
    (built,) = out.glob("penstock-*.whl")
    return built


def pip(python: Path, *words: str) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# One worker for each interpreter, which makes its environment once.
@pytest.fixture(
    scope="module", params=[pytest.param(each, marks=pytest.mark.xdist_group(each)) for each in INTERPRETERS]
)
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    environment = tmp_path_factory.mktemp("venv")
    subprocess.run([str(INTERPRETERS[request.param]), "-m", "venv", str(environment)], check=True)
    pip(environment / "bin" / "python", "install", "--quiet", str(wheel))
    pip(environment / "bin" / "python", "check")
    return Installed(request.param, environment / "bin", tmp_path_factory.mktemp("user"))


@pytest.fixture
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


@pytest.fixture(scope="module")
def only_anvil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PATH that holds Anvil and the shell that guards it."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "anvil").symlink_to(nodes.anvil_binary())
    (folder / "sh").symlink_to("/bin/sh")
    return folder


def test_the_commands_work_from_the_wheel(installed: Installed, url: str, only_anvil: Path) -> None:
    for name in ("minimal.toml", "minimal.csv"):
        shutil.copy(ROOT / "deals" / name, installed.folder)
    assert "senior" in installed.said("check", "minimal.toml")
    assert "[ladder]" in installed.said("new", "solar") and "draft-04" in installed.said("schema")
    assert "conserved: in 115,500 = out 115,500" in installed.said("simulate", "minimal.toml", "--flows", "minimal.csv")

    to_deploy = ("deploy", "minimal.toml", "--network", url)
    installed.said(*to_deploy, "--execute")
    assert "nothing is left to do" in installed.said(*to_deploy)
    assert "28,000.00" in installed.said("settle", MANIFEST, "--pay", "30000", "--advance")
    assert "28,000" in installed.said("claim", MANIFEST, "--holder", SPONSOR)
    assert "1 of 4 periods settled" in installed.said("status", MANIFEST)
    assert "verdict: clean" in installed.said("audit", MANIFEST)

    played = installed.said("demo", "--deal", "minimal.toml", path=only_anvil)
    assert "chain = model after each of 4 periods" in played
    assert "difference 0" in played and "no picture: pip install 'matplotlib" in played
    assert not (installed.folder / "build").exists()

    # The sources are inside: what is missing is the compiler alone.
    assert "no solc 0.8.30+commit.73712a01 on the PATH" in installed.refusal("verify", MANIFEST)


def test_what_is_not_installed_is_named_in_one_line(installed: Installed) -> None:
    shutil.copy(ROOT / "deals" / "minimal.toml", installed.folder)
    assert "no `anvil` on the PATH: install Foundry" in installed.refusal("demo")
    assert "which is not installed: pip install 'hypothesis>=" in installed.refusal("fuzz", "minimal.toml")
    assert "pip install 'matplotlib<" in installed.refusal("demo", "--out", "pictures")
    assert "pip install 'py-solc-x<" in installed.refusal("compile", "--fetch-native")


def test_the_example_deals_are_inside(installed: Installed, only_anvil: Path) -> None:
    if installed.version != NEWEST:
        pytest.skip("eighty periods are played on the newest interpreter alone")
    assert "chain = model after each of 80 periods" in installed.said("demo", path=only_anvil)
