"""
The Dockerfile, as far as it can be read where no Docker engine runs.

given the checkout    it should copy what is there, and what .dockerignore leaves in
given its commands    a shell should take them, no address of a download be in them, and none run as root in the end
"""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = [
    step.split(maxsplit=1)
    for step in re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text()).splitlines()
    if step and not step.startswith("#")
]


def of(kind: str) -> list[str]:
    return [words for name, words in STEPS if name == kind]


def test_everything_that_is_copied_is_in_the_build_context() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = [name for words in of("COPY") if "--from" not in words for name in words.split()[:-1]]
    assert {"package-lock.json", "pyproject.toml", "penstock", "deals", "requirements.lock"} <= set(copied)
    for name in copied:
        assert (ROOT / name).exists(), f"{name} is not there"
        assert not any(fnmatch(name, pattern) for pattern in ignored), f".dockerignore leaves {name} out"


@pytest.mark.parametrize("command", of("RUN"))
def test_commands_are_shell_and_name_no_address(command: str) -> None:
    assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0
    assert "://" not in command


def test_it_runs_as_a_user_on_slim_images_of_supported_versions() -> None:
    assert of("USER") == ["penstock"] and of("ENTRYPOINT") == ['["penstock"]']
    images = [words.split()[0] for words in of("FROM")]
    assert all("slim" in each for each in images)
    assert {each for each in images if each.startswith("python:")} == {"python:3.12-slim-bookworm"}
