"""What a file of a run may say: all of it can be executed, and what cannot is refused when it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from penstock.dealfile import load
from penstock.fuzz.campaign import ExampleRefused, read_example, replay
from penstock.fuzz.driver import TestBed
from penstock.fuzz.limits import ALLOTMENTS, LONGEST, MOST_ALIKE, MOST_CASH, fits
from penstock.fuzz.steps import _PHRASES, ACTORS, DEAL, FORBIDDEN, HOLDERS, Step
from penstock.model.units import MAX_AMOUNT

TERMS = load(Path(__file__).parents[2] / "deals" / "minimal.toml")
STORY = Path(__file__).parent / "examples" / "settling-inside-a-claim.json"
NUMBERS = (0, 1, TERMS.equity, TERMS.equity + 1, 2**40, MAX_AMOUNT, MOST_CASH, 2**255, 2**256 - 1)
INSIDE = [Step(what, by="looper", to="ann", count=1) for what in ("claim", "settle", "transfer", "claim_fee")]


def edges(what: str) -> list[Step]:
    """Everybody in each part, and each number at the edges, one at a time; with and without a call inside."""
    plain = Step(what, by="reporter" if what == "report" else "ann", to="bob", of="ann", amount=1, count=1)
    plain = replace(plain, figures=(1, None) if what == "report" else ())
    plain = replace(plain, by="" if "{by}" not in _PHRASES[what] else plain.by)
    found = [plain, replace(plain, good=False), *(replace(plain, inside=inside) for inside in INSIDE)]
    for name, values in (("by", ACTORS), ("to", (*ACTORS, DEAL)), ("of", HOLDERS)):
        found += [replace(plain, **{name: value}) for value in values if f"{{{name}}}" in _PHRASES[what]]
    numbers = [name for name in ("amount", "count", "tranche") if what != "wait" or name != "amount"]
    found += [replace(plain, **{name: value}) for name, value in product(numbers, NUMBERS)]
    return [step for step in found if fits(TERMS, step)]


@pytest.mark.parametrize("what", _PHRASES)
def test_what_may_be_written_can_be_executed(test_beds: Callable[[], TestBed], what: str) -> None:
    due = Step("wait", amount=181 * 86_400)
    earned = [due, Step("pay", by="ann", amount=10**12, count=1)]
    steps = [*earned, *(each for step in edges(what) for each in (step, Step("unblock", to=DEAL), Step("unpause")))]
    assert len(replay(test_beds(), TERMS, 0, [*steps, Step("wait", amount=LONGEST - due.amount)])) == len(steps) + 1


def written(tmp_path: Path, **changed: Any) -> Path:
    file = tmp_path / "run.json"
    file.write_text(json.dumps({**json.loads(STORY.read_text()), **changed}))
    return file


PAID = {"what": "pay", "by": "ann", "amount": 1, "count": 1}


@pytest.mark.parametrize(
    "step",
    [
        {"what": "transfer", "by": "ann", "to": "bob", "tranche": 99},
        {"what": "transfer", "by": "ann", "to": DEAL},
        {"what": "permit", "by": "ann", "of": "vault", "to": "bob"},
        {"what": "pay_by_permit", "by": "looper"},
        {"what": "forbidden", "by": "vault"},
        {"what": "forbidden", "by": "ann", "count": len(FORBIDDEN)},
        {"what": "alike", "by": "ann", "to": "bob", "count": MOST_ALIKE + 1},
        {"what": "alike", "by": "ann", "to": "bob", "count": 0},
        {"what": "report", "by": "reporter", "figures": [MAX_AMOUNT + 1]},
        {"what": "report", "by": "reporter", "figures": [None, -1]},
        {"what": "report", "by": "reporter", "figures": [None, None]},
        {"what": "report", "by": "reporter", "figures": [1] * 15},
        {"what": "report", "by": "reporter", "figures": ["1"]},
        {"what": "report", "by": "reporter"},
        {**PAID, "figures": [1]},
        {**PAID, "amount": MOST_CASH + 1},
        {**PAID, "inside": {"what": "settle", "by": "ann", "count": 1}},
        {**PAID, "inside": {"what": "gift", "by": "looper", "amount": 1}},
        {**PAID, "inside": {"what": "claim", "by": "looper", "inside": {"what": "claim", "by": "looper"}}},
        {"what": "wait", "amount": 1, "inside": {"what": "claim", "by": "looper"}},
    ],
    ids=json.dumps,
)
def test_what_cannot_be_executed_is_no_step(tmp_path: Path, step: dict[str, Any]) -> None:
    with pytest.raises(ExampleRefused, match="not a run saved by penstock fuzz: not a step: "):
        read_example(written(tmp_path, steps=[step]))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"allotments": None}, "it has no allotments"),
        ({"allotments": ALLOTMENTS}, "its allotments are no number below 16,777,216"),
        ({"allotments": -1}, "its allotments are no number below 16,777,216"),
        ({"steps": {}}, "it has no steps"),
        ({"terms": {"name": "x"}}, "its terms lack or misstate "),
        ({"steps": [{"what": "wait", "amount": LONGEST}, {"what": "wait", "amount": 1}]}, "it takes longer than "),
    ],
)
def test_what_is_wrong_is_told_in_words(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ExampleRefused, match=f"run.json: not a run saved by penstock fuzz: {said}"):
        read_example(written(tmp_path, **changed))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff", "not UTF-8 text"), (b"[]", "it is no JSON object"), (b'{\n"a": x}', "not JSON at line 2")],
)
def test_what_is_no_json_object_is_told_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(content)
    with pytest.raises(ExampleRefused, match=f"run.json: not a run saved by penstock fuzz: {said}$"):
        read_example(file)
