"""The line of every key is found, whatever TOML it is written in."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.dealfile import DealFileError, loads
from penstock.dealfile.positions import line_of, locate
from tests.dealfile.broken import SOUND

TEXT = '''\
# a comment with = and [brackets]
top = "a # not a comment"
multi = """
fake = 1
[[fake]]
"""
raw = \'\'\'
also.fake = "2"\'\'\'

[deal]   # trailing
"quoted key" = 1
dotted.key = [ # comment ]
  "one", # "zero"
  "two, three",
  [1,
   2],
]

[[tranche]]
id = "a"
principal = { kind = "x", amounts = ["1",
  "2"] }
[[tranche]]
id = 'b'
steps = [{ from = 2026-01-01 },
         { from = 2026-02-01 }]
[tranche.extra]
deep = 1
[[tranche.list]]
item = 1
'''


def test_every_key_has_its_line():
    lines = locate(TEXT)
    assert lines == {
        ("top",): 2,
        ("multi",): 3,
        ("raw",): 7,
        ("deal",): 10,
        ("deal", "quoted key"): 11,
        ("deal", "dotted"): 12,
        ("deal", "dotted", "key"): 12,
        ("deal", "dotted", "key", 0): 13,
        ("deal", "dotted", "key", 1): 14,
        ("deal", "dotted", "key", 2): 15,
        ("deal", "dotted", "key", 2, 0): 15,
        ("deal", "dotted", "key", 2, 1): 16,
        ("tranche",): 19,
        ("tranche", 0): 19,
        ("tranche", 0, "id"): 20,
        ("tranche", 0, "principal"): 21,
        ("tranche", 0, "principal", "kind"): 21,
        ("tranche", 0, "principal", "amounts"): 21,
        ("tranche", 0, "principal", "amounts", 0): 21,
        ("tranche", 0, "principal", "amounts", 1): 22,
        ("tranche", 1): 23,
        ("tranche", 1, "id"): 24,
        ("tranche", 1, "steps"): 25,
        ("tranche", 1, "steps", 0): 25,
        ("tranche", 1, "steps", 0, "from"): 25,
        ("tranche", 1, "steps", 1): 26,
        ("tranche", 1, "steps", 1, "from"): 26,
        ("tranche", 1, "extra"): 27,
        ("tranche", 1, "extra", "deep"): 28,
        ("tranche", 1, "list"): 29,
        ("tranche", 1, "list", 0): 29,
        ("tranche", 1, "list", 0, "item"): 30,
    }


def test_what_has_no_line_gets_the_line_around_it():
    lines = locate(TEXT)
    assert line_of(lines, ("tranche", 1, "symbol")) == 23
    assert line_of(lines, ("nowhere", 3)) == 1


SNIPPETS = [
    '"',
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    "\n",
    "#",
    ".",
    "_",
    "-1",
    "0",
    "1e9",
    "true",
    "nan",
    "é",
    '"""',
    "\\",
]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_edit_of_a_sound_file_ends_in_anything_but_terms_or_a_refusal(data):
    text = SOUND
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.sampled_from(["", *SNIPPETS])) + text[at + length :]
    refused = refusal(text)
    if refused is not None:
        assert len(str(refused).splitlines()) == 1
        assert 1 <= refused.line <= text.count("\n") + 1


def refusal(text: str) -> DealFileError | None:
    try:
        loads(text)
    except DealFileError as refused:
        return refused
    return None
