"""
A manifest that is not believed.

given one that was edited
    each command that reads one should name the file, what differs, and what would be accepted
    with --all the line of the deal should say the same
given one of another chain
    what is accepted should be another node, not another file
given a refusal that says already what is accepted
    nothing should be added
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from tests.fixtures.actors import HOLDER
from tests.operate.conftest import Stage

ANEW = "; accepted: the file as deploy wrote it, or penstock manifest rebuild ADDRESS"
ELSEWHERE = "; accepted: a node of the deal's chain, by --network NAME|URL"


def refused(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert (done.exit_code, done.stdout) == (1, ""), done.output
    (line,) = done.stderr.splitlines()
    return line


def edit(file: Path, **change: object) -> str:
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    return str(file)


def test_every_command_names_the_file_and_what_is_accepted(stage: Stage):
    file = edit(stage.launch(), deal=HOLDER)
    for words in (
        ("status", file),
        ("settle", file),
        ("claim", file, "--holder", HOLDER),
        ("watch", file, "--once"),
        ("admin", "handover", file, "--check"),
        ("admin", "replace", file, "--cancel", "policy"),
        ("verify", file, "--network", stage.url, "--sources", "made"),
    ):
        line = refused(*words)
        assert line.startswith(f"{file}: deal is {HOLDER} in the manifest, and 0x"), line
        assert line.endswith(f" among its contracts{ANEW}"), line


def test_the_lines_of_many_deals_say_it_too(stage: Stage):
    file = edit(stage.launch(), terms_hash="0x" + "11" * 32).removeprefix(f"{stage.folder}/")
    line = refused("status", "--all")
    assert line.startswith(f"{file}: the deal at 0x") and line.endswith(ANEW)


@pytest.mark.parametrize("change", [{"chain_id": 1337}, {"genesis": "0x" + "22" * 32}])
def test_a_manifest_of_another_chain_wants_another_node(stage: Stage, change: dict[str, object]):
    file = edit(stage.launch(), **change)
    for words in (("status", file), ("claim", file, "--holder", HOLDER), ("watch", file, "--once")):
        line = refused(*words)
        assert line.startswith(f"{file}: ") and line.endswith(ELSEWHERE), line


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ({"deal_text": "name = 1"}, ANEW),
        ({"schema": 1}, "; penstock manifest rebuild ADDRESS restores it from the chain"),
    ],
)
def test_what_is_no_manifest_is_named_once(stage: Stage, change: dict[str, object], end: str):
    file = edit(stage.launch(), **change)
    for words in (("status", file), ("audit", file), ("settle", file)):
        line = refused(*words)
        assert line.count(file) == 1 and line.endswith(end) and line.count("accepted: ") == 1, line
