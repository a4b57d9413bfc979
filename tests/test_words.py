"""Help texts, pages and sources use ordinary English: none of the words that docs/GLOSSARY.md lists as not used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from penstock.cli.app import app

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("deals/README.md", "tests/README.md", "tests/vectors/README.md")),
]
SOURCES = [
    *sorted(path for folder in ("contracts", "penstock", "scripts", "tools", "benchmarks", "clients")
            for kind in ("*.sol", "*.py", "*.md", "*.mjs") for path in (ROOT / folder).rglob(kind)),
    ROOT / "Makefile",
]  # fmt: skip
HEADING = "## Words not used"


def words_not_used() -> dict[str, re.Pattern[str]]:
    """The glossary's list: each phrase, whole words, in any case."""
    text = (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8").split(HEADING)[1]
    phrases = [each for row in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)[1:] for each in row.split(", ")]
    return {each: re.compile(rf"\b{each}\b".replace(" ", r"\s+"), re.IGNORECASE) for each in phrases}


WORDS = words_not_used()


def findings(name: str, text: str) -> Iterator[str]:
    """file:line: what is written, and the word."""
    lines = text.splitlines()
    for word, pattern in WORDS.items():
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: {word!r} in: {lines[line - 1].strip()[:100]}"


def help_texts(command: Any, name: str = "penstock") -> Iterator[tuple[str, str]]:
    yield name, command.help or ""
    for parameter in command.params:
        yield f"{name} {parameter.name}", getattr(parameter, "help", None) or ""
    for sub, each in getattr(command, "commands", {}).items():
        yield from help_texts(each, f"{name} {sub}")


HELP = dict(help_texts(typer.main.get_command(app)))


def test_the_list_is_read() -> None:
    assert len(WORDS) > 10 and "anew" in WORDS
    assert list(findings("page", "It was made\nanew for\never.")) == [
        "page:2: 'anew' in: anew for",
        "page:2: 'for ever' in: anew for",
    ]
    assert not list(findings("page", "The renewed deal, storytelling and fatefulness.")), "whole words only"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_use_ordinary_words(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.name == "GLOSSARY.md":
        text = text.split(HEADING)[0]
    found = list(findings(str(page.relative_to(ROOT)), text))
    assert not found, "\n" + "\n".join(found)


def test_names_comments_and_messages_use_ordinary_words() -> None:
    assert len(SOURCES) > 200
    texts = ((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in SOURCES)
    found = [each for name, text in texts for each in findings(name, text)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("name", HELP)
def test_help_texts_use_ordinary_words(name: str) -> None:
    found = list(findings(f"{name} --help", HELP[name]))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("name", HELP)
def test_every_command_and_option_has_a_help_text_that_is_a_sentence(name: str) -> None:
    assert re.match(r"[A-Z`].*[.!]$", HELP[name], re.DOTALL), f"{name}: {HELP[name]!r}"
