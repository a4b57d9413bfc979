"""What the documents point to is there: links, and the tests that the catalogue of invariants names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fixtures.cli import penstock

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "SECURITY.md", "CHANGELOG.md", "deals/README.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_the_readme_shows_what_simulate_prints() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.split("--flows deals/minimal.csv\n")[1].split("```")[0]
    done = penstock("simulate", str(ROOT / "deals" / "minimal.toml"), "--flows", str(ROOT / "deals" / "minimal.csv"))
    assert [line.rstrip() for line in done.stdout.splitlines()] == shown.splitlines()


def test_tests_named_by_the_catalogue_exist() -> None:
    text = (ROOT / "docs" / "INVARIANTS.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| \d\d \|", line)]
    headings = re.findall(r"^## (\d\d) ", text, re.MULTILINE)
    assert [row[2:4] for row in rows] == headings == sorted(set(headings))
    for row in rows:
        folder = ""
        for name in re.findall(r"`([\w/*.]+\.py|\w+/)`", row.split("|")[2]):
            folder = name.rsplit("/", 1)[0] if "/" in name else folder
            path = name if "/" in name else f"{folder}/{name}"
            assert list((ROOT / "tests").glob(path.rstrip("/"))), f"no tests/{path}, named in row {row[:6]}"


def test_every_number_of_the_catalogue_is_held_by_a_test_of_its_name_or_by_the_machine() -> None:
    named = set()
    for file in (ROOT / "tests").rglob("*.py"):
        named |= set(re.findall(r"def test_inv_(\d\d)_", file.read_text(encoding="utf-8")))
    checks = (ROOT / "penstock" / "fuzz").glob("*.py")
    checked = {f"{int(n):02d}" for file in checks for n in re.findall(r"(?:Broken|_hold)\((\d+),", file.read_text())}
    text = (ROOT / "docs" / "INVARIANTS.md").read_text(encoding="utf-8")
    assert named | checked == set(re.findall(r"^## (\d\d) ", text, re.MULTILINE))


def test_one_version_of_pvlib_is_named_everywhere() -> None:
    """The version that `make solar` installs: in tables, instructions and messages."""
    locked = re.search(r"^pvlib==(\S+)$", (ROOT / "tools/locks/solar.txt").read_text(), re.MULTILINE)
    assert locked
    files = [*PAGES, *(ROOT / "scripts").glob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "pyproject.toml"]
    named = {
        (str(file.relative_to(ROOT)), version)
        for file in files
        for version in re.findall(r"pvlib(?:==| )(\d[\w.]*\d)", file.read_text(encoding="utf-8"))
    }
    assert len(named) >= 3
    assert {version for _, version in named} == {locked[1]}, named
