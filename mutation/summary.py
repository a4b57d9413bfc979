"""What is known of each mutant today, and the tables people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path

from mutation.explained import Explanations, as_entry
from mutation.judges import Judges
from mutation.mutants import Mutant
from mutation.targets import TARGETS, is_of, target_of
from mutation.testing import without_parameters
from mutation.verdicts import Record, Records, Verdict

PAGE = Path("docs/MUTATION.md")
MARKS = ("<!-- figures -->", "<!-- end of figures -->")


class State(str, Enum):
    """What a verdict comes to in today's tree. In the last two there is none."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SAME_CODE = "same code"
    EXPLAINED = "explained"
    SURVIVED = "survived"
    INVALID = "invalid"
    LAPSED = "lapsed"
    NEVER_TRIED = "never tried"


WAITING = frozenset((State.LAPSED, State.NEVER_TRIED))


def state_of(verdict: Verdict, mutant: Mutant, explanations: Explanations) -> State:
    if verdict is Verdict.SURVIVED:
        found = explanations.of(mutant) or explanations.earlier(mutant)
        return State.EXPLAINED if found else State.SURVIVED
    return State(verdict.value)


def states(mutants: Sequence[Mutant], records: Records, judges: Judges, explanations: Explanations) -> dict[str, State]:
    """By key. An explanation of today's text holds, whatever became of the tests."""
    keys = {each.key for each in mutants}
    earlier = {(Path(each.file).name, each.function) for each in records if each.key not in keys}
    found: dict[str, State] = {}
    for each in mutants:
        record = records.of(each)
        survived = record is not None and record.verdict is Verdict.SURVIVED
        if record and (judges.uphold(record, each) or (survived and explanations.of(each))):
            found[each.key] = state_of(record.verdict, each, explanations)
        elif record or (Path(each.file).name, each.function) in earlier:
            found[each.key] = State.LAPSED
        else:
            found[each.key] = State.NEVER_TRIED
    return found


def table(mutants: Iterable[Mutant], known: Mapping[str, State]) -> str:
    """A row for each target."""
    rows = [["", "mutants", *(each.value for each in State)]]
    counted: dict[str, Counter[State]] = {target.name: Counter() for target in TARGETS}
    for each in mutants:
        counted[target_of(each.file).name][known[each.key]] += 1
    rows += [[name, str(row.total()), *(str(row[state]) for state in State)] for name, row in counted.items()]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])  # noqa: B905
        for row in rows
    )


def lapsed_with(mutants: Iterable[Mutant], known: Mapping[str, State], records: Records) -> list[str]:
    """The tests whose change made most verdicts lapse."""
    lapsed = [records.of(each) for each in mutants if known[each.key] is State.LAPSED]
    counted = Counter(without_parameters(each.by) for each in lapsed if each and each.by)
    return [f"{number} lapsed with {test} or what it uses" for test, number in counted.most_common(3)]


def counts(found: Iterable[State]) -> str:
    """3 killed, 1 survived"""
    counted = Counter(found)
    return ", ".join(f"{counted[each]} {each.value}" for each in State if counted[each]) or "none"


def figures(records: Iterable[Record], explanations: Explanations) -> str:
    """The table of docs/MUTATION.md: what was found when each mutant was tried last, whatever has changed since."""
    counted: dict[str, Counter[str]] = {target.name: Counter() for target in TARGETS}
    keys = {each.key for each in explanations.entries}
    for each in records:
        target = next((target for target in TARGETS if is_of(each.file, target)), None)
        if target:
            survived = each.verdict is Verdict.SURVIVED
            counted[target.name]["explained" if survived and each.key in keys else each.verdict.value] += 1
    columns = ["killed", "timed out", "same code", "explained", "survived", "invalid"]
    lines = [f"| | tried | {' | '.join(columns)} |", "| --- " + "| ---: " * (1 + len(columns)) + "|"]
    for name, row in counted.items():
        lines.append(f"| {name} | {row.total()} | {' | '.join(str(row[each]) for each in columns)} |")
    return "\n".join(lines)


def publish(root: Path, records: Records, explanations: Explanations) -> None:
    """Puts the figures into the page, between its marks."""
    text = (root / PAGE).read_text()
    head, _, rest = text.partition(MARKS[0])
    _, _, tail = rest.partition(MARKS[1])
    (root / PAGE).write_text(f"{head}{MARKS[0]}\n\n{figures(records, explanations)}\n\n{MARKS[1]}{tail}")


def to_explain(survivors: Iterable[Mutant], explanations: Explanations) -> str:
    """Entries for mutation/EXPLAINED.md, with the reason of an earlier text where there is one."""
    parts = []
    for each in survivors:
        earlier = explanations.earlier(each)
        parts += [f"### {Path(each.file).name}", "", earlier.reason if earlier else "…", as_entry(each), ""]
    return "\n".join(parts)
