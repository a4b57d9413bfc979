"""What is counted, what is published, and what is tried again."""

from __future__ import annotations

import json
from pathlib import Path

from mutation import explained, plan, python, report
from mutation.explained import Explanations
from mutation.mutants import Mutant
from mutation.results import Result, Results
from mutation.suite import Verdict

MUTANTS = python.mutants("a.py", b"x = a < b\ny = c // d\nz = e + f\n")
ABOUT = {"mode": "sample", "seed": 1, "tools": {"solc": "0.8.30"}, "again": 0}


def outcomes(*verdicts: Verdict) -> list[tuple[Mutant, Result]]:
    return [
        (mutant, Result(mutant.key, mutant.place, mutant.after, "s", "t", verdict, "", 6.0))
        for mutant, verdict in zip(MUTANTS, verdicts, strict=False)
    ]


def explaining(mutant: Mutant) -> Explanations:
    return Explanations({(mutant.file, mutant.function, mutant.before, mutant.after): "nobody sees it"})


def test_the_score_counts_what_compiles_and_is_not_equivalent() -> None:
    tried = outcomes(Verdict.KILLED, Verdict.TIMED_OUT, Verdict.SURVIVED, Verdict.EQUIVALENT, Verdict.INVALID)
    published = report.summary({"a.py": MUTANTS}, tried, Explanations({}), ABOUT)
    assert published["score"] == 66.7
    assert published["total"] == {
        "mutants": 5,
        "run": 5,
        "killed": 1,
        "timed_out": 1,
        "equivalent_compiler": 1,
        "equivalent_explained": 0,
        "survived": 1,
        "invalid": 1,
    }
    assert published["processor_minutes"] == 0.5


def test_a_survivor_with_a_reason_is_equivalent_and_one_without_is_not() -> None:
    tried = outcomes(Verdict.KILLED, Verdict.SURVIVED)
    assert len(report.unexplained(report.summary({"a.py": MUTANTS}, tried, Explanations({}), ABOUT))) == 1
    published = report.summary({"a.py": MUTANTS}, tried, explaining(MUTANTS[1]), ABOUT)
    assert (report.unexplained(published), published["score"]) == ([], 100.0)
    assert published["total"]["equivalent_explained"] == 1


def test_a_reason_that_a_test_refutes_is_told() -> None:
    published = report.summary({"a.py": MUTANTS}, outcomes(Verdict.KILLED), explaining(MUTANTS[0]), ABOUT)
    assert [each["after"] for each in published["refuted"]] == [MUTANTS[0].after]


def test_a_sample_leaves_the_full_figures_and_both_are_shown(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    full = report.summary({"a.py": MUTANTS}, outcomes(Verdict.KILLED), Explanations({}), ABOUT | {"mode": "full"})
    part = report.summary({"a.py": MUTANTS[:1]}, outcomes(Verdict.SURVIVED), Explanations({}), ABOUT)
    report.publish(tmp_path, "full", full)
    report.publish(tmp_path, "sample", part)
    assert json.loads((tmp_path / report.JSON).read_text()) == {"full": full, "sample": part}
    page = (tmp_path / report.PAGE).read_text()
    assert "**1 of 5 mutants run so far.**" in page
    assert f"```diff\n- {MUTANTS[0].before}\n+ {MUTANTS[0].after}\n```" in page
    assert "The evidence by file is\nthe full run" in page
    assert page.count(report.OF_A_SAMPLE) == 1 and page.index("## Sample") < page.index(report.OF_A_SAMPLE)


def test_there_is_no_score_while_survivors_wait_for_the_tests_of_today() -> None:
    tried = outcomes(*[Verdict.KILLED] * len(MUTANTS))
    for again, said in ((0, "Score 100.0 %"), (1, "No score yet")):
        published = report.summary({"a.py": MUTANTS}, tried, Explanations({}), ABOUT | {"again": again})
        page = report.page({"full": published})
        assert said in page
        assert ("To be tried again, since tests were changed: 1." in page) is bool(again)


def test_a_verdict_stays_while_the_tests_that_gave_it_do(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    tests = {"test_a": "a", "test_b": "b", "": "all"}
    first = Results(file, "sources", tests.__getitem__)
    first.add(MUTANTS[0], Verdict.KILLED, "test_a", 1)
    first.add(MUTANTS[1], Verdict.SURVIVED, "", 1)
    file.write_text(file.read_text() + '{"key": "half a li')
    Results(file, "sources", tests.__getitem__).add(MUTANTS[3], Verdict.KILLED, "test_b", 1)
    Results(file, "sources", tests.__getitem__).add(MUTANTS[4], Verdict.EQUIVALENT, "same bytecode", 1)

    def known(sources: str, **changed: str) -> list[bool]:
        found = Results(file, sources, {**tests, "": "more", **changed}.__getitem__ if changed else tests.__getitem__)
        return [found.of(each) is not None for each in MUTANTS]

    assert known("sources") == [True, True, False, True, True]
    assert known("sources", test_a="changed") == [False, False, False, True, True]
    assert known("sources", test_b="changed") == [True, False, False, False, True]
    assert known("other sources") == [False] * 5


def test_a_sample_depends_on_its_seed_alone_and_leaves_no_file_out() -> None:
    groups = {f"{name}.py": python.mutants(f"{name}.py", b"x = a < b\n" * size) for name, size in (("a", 1), ("b", 90))}
    one, again, other = (plan.sample(groups, seed) for seed in (1, 1, 2))
    assert one == again != other
    assert {each.file for each in one} == set(groups)
    assert len(one) == plan.SAMPLE[".py"]


def test_every_reason_says_something_and_no_mutant_has_two() -> None:
    root = Path(__file__).parents[2]
    reasons = explained.load(root).reasons
    assert all(len(reason.split()) > 4 for reason in reasons.values())
