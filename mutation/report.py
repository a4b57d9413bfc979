"""What is published: docs/mutation.json, and docs/MUTATION.md made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutation.explained import Explanations
from mutation.mutants import Mutant
from mutation.results import Result
from mutation.suite import Verdict

JSON = Path("docs/mutation.json")
PAGE = Path("docs/MUTATION.md")
TEMPLATE = Path(__file__).with_name("page.md")

OF_A_SAMPLE = "The score is of all files together; a row below is of too few mutants to say much about its file."
COLUMNS = {
    "mutants": "mutants",
    "run": "run",
    "killed": "killed",
    "timed_out": "timed out",
    "equivalent_compiler": "equivalent: same bytecode",
    "equivalent_explained": "equivalent: explained",
    "survived": "survived",
    "invalid": "invalid",
}
COUNTED = {
    Verdict.KILLED: "killed",
    Verdict.TIMED_OUT: "timed_out",
    Verdict.EQUIVALENT: "equivalent_compiler",
    Verdict.INVALID: "invalid",
}
Outcomes = Sequence[tuple[Mutant, Result]]


def summary(
    mutants: Mapping[str, Sequence[Mutant]], outcomes: Outcomes, explanations: Explanations, about: Mapping[str, Any]
) -> dict[str, Any]:
    """
    One run, as it is published.

    Parameters
    ----------
    mutants : every mutant the run was to try, by file. outcomes : those it tried. about : seed, mode, tools, and of
    how many outcomes the tests have changed since.
    """
    files = {name: dict.fromkeys(COLUMNS, 0) | {"mutants": len(each)} for name, each in sorted(mutants.items())}
    survivors, timed_out, refuted = [], [], []
    for mutant, result in outcomes:
        row, reason = files[mutant.file], explanations.of(mutant)
        row["run"] += 1
        if result.verdict is Verdict.SURVIVED:
            row["survived" if reason is None else "equivalent_explained"] += 1
            survivors.append(_listed(mutant) | {"reason": reason})
            continue
        row[COUNTED[result.verdict]] += 1
        if result.verdict is Verdict.TIMED_OUT:
            timed_out.append(_listed(mutant))
        if reason is not None and result.verdict in (Verdict.KILLED, Verdict.TIMED_OUT):
            refuted.append(_listed(mutant) | {"reason": reason, "by": result.by})
    total = {name: sum(row[name] for row in files.values()) for name in COLUMNS}
    seconds = sum(result.seconds for _, result in outcomes)
    return {
        **about,
        "processor_minutes": round(seconds / 60, 1),
        "score": score(total),
        "total": total,
        "files": files,
        "survivors": sorted(survivors, key=_order),
        "timed_out": sorted(timed_out, key=_order),
        "refuted": sorted(refuted, key=_order),
    }


def score(row: Mapping[str, int]) -> float | None:
    """Killed, of those that compile and are not equivalent; None when there is none."""
    found = row["killed"] + row["timed_out"]
    countable = found + row["survived"]
    return round(100 * found / countable, 1) if countable else None


def unexplained(published: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for each in published["survivors"] if each["reason"] is None]


def publish(root: Path, mode: str, published: Mapping[str, Any]) -> None:
    """Puts one run beside the last of the other kind, and writes the page anew."""
    file = root / JSON
    runs = json.loads(file.read_text()) if file.exists() else {}
    runs = dict(sorted({**runs, mode: published}.items()))
    file.write_text(json.dumps(runs, indent=1, ensure_ascii=False) + "\n")
    (root / PAGE).write_text(page(runs))


def page(runs: Mapping[str, Any]) -> str:
    parts = [TEMPLATE.read_text().rstrip()]
    for mode, title in (("full", "Full run"), ("sample", "Sample")):
        if mode in runs:
            note = [OF_A_SAMPLE] if mode == "sample" else []
            parts += [f"## {title}", *note, *_section(runs[mode])]
    return "\n\n".join(parts) + "\n"


def _section(run: Mapping[str, Any]) -> list[str]:
    total, tools = run["total"], ", ".join(f"{name} {version}" for name, version in run["tools"].items())
    some = "" if total["run"] == total["mutants"] else f" **{total['run']} of {total['mutants']} mutants run so far.**"
    if run["again"]:
        some += f" To be tried again, since tests were changed: {run['again']}."
    whole = total["run"] == total["mutants"] and not run["again"] and run["score"] is not None
    shown = f"Score {run['score']:.1f} %" if whole else "No score yet"
    head = f"{shown}: {total['killed'] + total['timed_out']} found, {total['survived']} survived.{some}"
    about = f"Seed {run['seed']}, {run['processor_minutes']} minutes of one processor; {tools}."
    parts = [f"{head} {about}", _table(run)]
    named = {
        "Survived": unexplained(run),
        "Survived, and equivalent": [each for each in run["survivors"] if each["reason"]],
        "Timed out, counted as killed": run["timed_out"],
        "Explained as equivalent, but killed": run["refuted"],
    }
    for title, listed in named.items():
        if listed:
            parts += [f"### {title}", "\n\n".join(_item(each) for each in listed)]
    return parts


def _table(run: Mapping[str, Any]) -> str:
    rows = [["file", *COLUMNS.values(), "score"], ["---"] + ["---:"] * (len(COLUMNS) + 1)]
    for name, row in [*run["files"].items(), ("all", run["total"])]:
        found = score(row)
        rows.append([name, *(str(row[key]) for key in COLUMNS), "–" if found is None else f"{found:.1f} %"])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _item(listed: Mapping[str, Any]) -> str:
    reason = f"\n\n{listed['reason']}" if listed.get("reason") else ""
    where = f" in `{listed['function']}`" if listed["function"] else ""
    return f"`{listed['place']}`{where}\n```diff\n- {listed['before']}\n+ {listed['after']}\n```{reason}"


def _listed(mutant: Mutant) -> dict[str, Any]:
    return {
        "place": mutant.place,
        "function": mutant.function,
        "operator": mutant.operator,
        "before": mutant.before,
        "after": mutant.after,
    }


def _order(listed: Mapping[str, Any]) -> tuple[str, int, str]:
    file, _, line = listed["place"].partition(":")
    return file, int(line), listed["after"]
