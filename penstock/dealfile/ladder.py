"""The rungs of a deal file: their grammar, and the rules that keep a ladder from skipping a lender."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from penstock.dealfile.deferral import DeferralRules
from penstock.dealfile.numbers import parse_exact
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.model.rungs import RULES, Pays, RungKind, Target, TestUse, kinds_where
from penstock.model.terms import MAX_RUNGS, Metric, Reserve, Rung, Test, Tranche
from penstock.model.units import WAD

KINDS = {kind.word: kind for kind in RungKind if kind is not RungKind.INTEREST_RESIDUAL}
INTEREST = kinds_where(pays=Pays.INTEREST)
REPAYING = kinds_where(repays=True)
NOWHERE = -1
"""A place before every rung: nothing has to come after it."""
GRAMMAR = '"kind:target[:fraction][?test]"'
INTEREST_LADDER, PRINCIPAL_LADDER = ("ladder", "interest"), ("ladder", "principal")
_RUNG = re.compile(
    r"(?P<kind>[a-z_]*)(?::(?P<target>[^:?!]*))?(?::(?P<fraction>[^:?!]*))?(?:(?P<sign>[?!])(?P<test>[^:?!]*))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Names:
    """The names rungs can refer to, in order of their index. classes : how many tranches, the last ones, are equity."""

    tranches: Sequence[str]
    fees: Sequence[str]
    reserves: Sequence[str]
    tests: Sequence[str]
    classes: int = 1

    @property
    def lenders(self) -> Sequence[str]:
        return self.tranches[: -self.classes]

    @property
    def equity(self) -> Sequence[str]:
        return self.tranches[-self.classes :]

    @property
    def residual(self) -> str:
        """What takes the residual, as a rung names it."""
        return "+".join(self.equity)

    def lender(self, source: Source, path: Path, word: str, others: Sequence[str] = ()) -> int:
        """The index of a lender. others : words that may stand there too. Raises DealFileError."""
        if word not in self.lenders:
            words = [*others, *self.lenders]
            raise source.error(path, f'no lender is "{word}"{suggest(word, words)}', ", ".join(words))
        return self.tranches.index(word)


def suggest(word: str, words: Sequence[str]) -> str:
    close = get_close_matches(word, words, n=1, cutoff=0.5)
    return f', did you mean "{close[0]}"?' if close else ""


def any_of(words: Sequence[str], nothing: str) -> str:
    return ", ".join(words) if words else nothing


class RungReader:
    """Reads the rungs of one file; `path` is the place of each."""

    def __init__(self, source: Source, names: Names) -> None:
        self.source, self.names = source, names
        self.may_divert: Sequence[bool] = [False] * len(names.tests)

    def see_tests(self, tests: Sequence[Test]) -> None:
        """Notes which tests may divert: read before any ladder."""
        self.may_divert = [each.metric is Metric.OC and not each.above and each.threshold > WAD for each in tests]

    def ladder(self, path: Path, texts: Sequence[str]) -> tuple[Rung, ...]:
        if not 1 <= len(texts) <= MAX_RUNGS:
            raise self.source.error(path, f"{len(texts)} rungs", f"1 to {MAX_RUNGS} rungs")
        return tuple(self.rung((*path, index), text) for index, text in enumerate(texts))

    def rung(self, path: Path, text: str) -> Rung:
        found = _RUNG.fullmatch(text)
        if found is None:
            raise self.source.error(path, "not a rung", GRAMMAR)
        kind = self._kind(path, found["kind"])
        test = None if found["test"] is None else self._test(path, found["test"])
        rule, passing = RULES[kind], found["sign"] == "!"
        if passing and rule.pays is not Pays.INTEREST:
            raise self.source.error(path, "only interest can be deferred", f"{kind.word} with ?test, or no test")
        if kind is RungKind.DIVERT:
            return self._divert(path, found["target"], found["fraction"], found["test"])
        if rule.target is Target.NONE:
            return self._trap(path, kind, (found["target"], found["fraction"]), test)
        if not found["target"]:
            raise self.source.error(path, "the target is missing", GRAMMAR)
        targets = self._targets(path, kind, found["target"])
        fraction = WAD if found["fraction"] is None else self._fraction(path, kind, found["fraction"])
        if rule.test is TestUse.NEVER and test is not None:
            self.source.refuse(
                path, "the residual does not depend on a test", f"residual:{self.names.residual}, or a trap before it"
            )
        return Rung(kind, targets, fraction, test, passing)

    def support(self, path: Path, text: str) -> tuple[RungKind, int]:
        """What a reserve or a trap supports: `kind:id`, one target, nothing else."""
        kinds = _lenders_first(kinds_where(supported=True))
        accepted = ", ".join(f"{kind.word}:id" for kind in kinds)
        found = _RUNG.fullmatch(text)
        kind = KINDS.get(found["kind"]) if found else None
        if found is None or kind not in kinds or not found["target"]:
            raise self.source.error(path, "not what can be supported", accepted)
        if found["fraction"] is not None or found["test"] is not None or "+" in found["target"]:
            raise self.source.error(path, "more than a kind and one id", accepted)
        return kind, self._targets(path, kind, found["target"])[0]

    def _kind(self, path: Path, word: str) -> RungKind:
        if word == "cure":
            raise self.source.error(path, "cure rungs are not supported", ", ".join(KINDS))
        if word not in KINDS:
            raise self.source.error(path, f'no kind of rung is "{word}"{suggest(word, list(KINDS))}', ", ".join(KINDS))
        return KINDS[word]

    def _test(self, path: Path, word: str) -> int:
        return self._index(path, "test", word, self.names.tests)

    def _index(self, path: Path, what: str, word: str, words: Sequence[str]) -> int:
        if word not in words:
            reason = f'no {what} is "{word}"{suggest(word, words)}'
            raise self.source.error(path, reason, any_of(words, f"nothing, the deal has no {what}"))
        return words.index(word)

    def _trap(self, path: Path, kind: RungKind, given: tuple[str | None, ...], test: int | None) -> Rung:
        accepted = any_of([f"{kind.word}?{test}" for test in self.names.tests], "none, because the deal has no test")
        if any(each is not None for each in given):
            self.source.refuse(path, f"a {kind.word} has no target and holds all that is left", accepted)
        if test is None:
            self.source.refuse(path, f"a {kind.word} acts only while a test fails: the test is missing", accepted)
        return Rung(kind, (), WAD, test)

    def _divert(self, path: Path, word: str | None, fraction: str | None, test: str | None) -> Rung:
        """A diversion names the test that it cures, in the place of a target."""
        able = [each for each, may in zip(self.names.tests, self.may_divert, strict=True) if may]
        accepted = any_of([f"divert:{each}" for each in able], "none, because no test of oc has a threshold above 1")
        if fraction is not None or test is not None or not word:
            raise self.source.error(path, "a diversion names a test and nothing else", accepted)
        index = self._test(path, word)
        if not self.may_divert[index]:
            raise self.source.error(path, "only an oc test that fails below a ratio above 1 can divert", accepted)
        return Rung(RungKind.DIVERT, (), WAD, index, of_principal=path[:2] == ("ladder", "principal"))

    def _targets(self, path: Path, kind: RungKind, text: str) -> tuple[int, ...]:
        names, rule = self.names, RULES[kind]
        words = text.split("+")
        if rule.target is Target.LENDER:
            found = next((word for word in words if word in names.equity), None)
            if found is not None:
                raise self.source.error(
                    path,
                    f"equity ({found}) has no {kind.word}, only the residual",
                    ", ".join(names.lenders),
                )
            twice = next((word for at, word in enumerate(words) if word in words[:at]), None)
            if twice is not None:
                raise self.source.error(path, f'"{twice}" is named twice', 'each lender once, such as "a+b+c"')
            return tuple(sorted(self._index(path, "tranche", word, names.lenders) for word in words))
        if rule.target is Target.EQUITY:
            if sorted(words) != sorted(names.equity):
                reason = (
                    "only equity takes the residual" if len(names.equity) == 1 else "both classes of equity take it"
                )
                raise self.source.error(path, reason, f"residual:{names.residual}")
            return tuple(range(len(names.lenders), len(names.tranches)))
        if len(words) > 1:
            shared = ", ".join(each.word for each in kinds_where(shared=True))
            raise self.source.error(path, f"a {kind.word} rung has one target", f"a+b only after {shared}")
        if rule.target is Target.FEE:
            return (self._index(path, "fee", text, names.fees),)
        return (self._index(path, "reserve", text, names.reserves),)

    def _fraction(self, path: Path, kind: RungKind, text: str) -> int:
        if not RULES[kind].fraction:
            *some, last = (each.word for each in _lenders_first(kinds_where(fraction=True)))
            allowed = f"{', '.join(some)} and {last}"
            self.source.refuse(
                path,
                f"a fraction on {kind.word} could leave it short while others are paid",
                f"a fraction on {allowed} only",
            )
        accepted = "a fraction above 0, at most 1, with at most 18 decimals, such as 0.5"
        exact = parse_exact(text)
        fraction = exact.scaled(18) if exact else None
        if fraction is None or not 0 < fraction <= WAD:
            self.source.refuse(path, f'not a fraction: "{text}"', accepted)
        return fraction or WAD


def _lenders_first(kinds: Sequence[RungKind]) -> list[RungKind]:
    return sorted(kinds, key=lambda kind: RULES[kind].target is not Target.LENDER)


@dataclass(frozen=True)
class LadderRules:
    """
    The rules of order for a ladder.

    Every lender has a rung of interest and one that repays, both without a test, unless its interest may be deferred:
    see DeferralRules. Nothing is paid to a lender, nor set
    aside for it, before the interest of every lender senior to it; no principal before that of every lender senior.
    """

    source: Source
    path: Path
    rungs: tuple[Rung, ...]
    tranches: Sequence[Tranche]
    reserves: Sequence[Reserve]
    names: Names
    may_defer: Sequence[bool]
    tests: Sequence[Test] = ()

    @property
    def deferral(self) -> DeferralRules:
        return DeferralRules(self.source, self.path, self.rungs, self.names.lenders, self.tranches, self.may_defer)

    def check(self) -> None:
        self._residual()
        self._duplicates()
        lenders = range(len(self.names.lenders))
        interest, repaying = [NOWHERE for _ in lenders], [NOWHERE for _ in lenders]
        if self.path != PRINCIPAL_LADDER:
            interest = [self._unconditional(INTEREST, lender) for lender in lenders]
        if self.path != INTEREST_LADDER:
            repaying = [self._unconditional(REPAYING, lender) for lender in lenders]
        else:
            repaying = self._optional(REPAYING)
        for position, rung in enumerate(self.rungs):
            if rung.rule.target is Target.LENDER:
                for lender in rung.targets:
                    self._order(position, rung.kind, lender, interest, repaying)
                    if rung.rule.early:
                        self._after(position, interest[lender])
                        self._after(position, repaying[lender])
            elif rung.rule.target is Target.RESERVE:
                for kind, target in self.reserves[rung.targets[0]].supports:
                    if RULES[kind].target is Target.LENDER:
                        self._order(position, kind, target, interest, repaying)
            elif rung.kind is RungKind.DIVERT:
                self._diversion(position, self.tests[rung.test or 0].tranche, interest)
            elif rung.rule.pays is Pays.TRAP and not self.deferral.cuts_off(position):
                self._after(position, max([*interest, *repaying], default=NOWHERE))
        self.deferral.check()

    def _residual(self) -> None:
        accepted = f"one residual:{self.names.residual}, as the last rung"
        for position, rung in enumerate(self.rungs[:-1]):
            if rung.rule.target is Target.EQUITY:
                self.source.refuse((*self.path, position), "nothing is left for the rungs after it", accepted)
        if self.rungs[-1].rule.target is not Target.EQUITY:
            reason = "the ladder does not end in the residual"
            self.source.refuse((*self.path, len(self.rungs) - 1), reason, accepted)

    def _duplicates(self) -> None:
        for position, rung in enumerate(self.rungs):
            if rung in self.rungs[:position]:
                self.source.refuse((*self.path, position), "the same rung twice", "each rung once")
            limited = rung.rule.pays is Pays.RESERVE and self.reserves[rung.targets[0]].fill is not None
            if limited and any((one.kind, one.targets) == (rung.kind, rung.targets) for one in self.rungs[:position]):
                reason = "a second rung of a reserve with fill, which limits what goes in in a period"
                self.source.refuse((*self.path, position), reason, "one rung for it")

    def _unconditional(self, kinds: Sequence[RungKind], lender: int) -> int:
        """Position of a lender's first rung of these kinds that no test switches off; NOWHERE after a refusal."""
        for position, rung in enumerate(self.rungs):
            if rung.kind in kinds and lender in rung.targets and (rung.test is None or rung.passing):
                return position
        words = " or ".join(f"{kind.word}:{self.names.tranches[lender]}" for kind in kinds)
        self.source.refuse(
            self.path,
            f'the ladder can skip the lender "{self.names.tranches[lender]}"',
            f"a rung {words}, without ?test",
        )
        return NOWHERE

    def _optional(self, kinds: Sequence[RungKind]) -> list[int]:
        """
        As `_unconditional` of every lender, of an interest ladder: principal has a ladder of its own, and where
        interest repays a lender as well, it repays every one senior to it before.
        """
        found = [NOWHERE for _ in self.names.lenders]
        for position, rung in enumerate(self.rungs):
            for lender in rung.targets if rung.rule.repays or rung.rule.early else ():
                if rung.kind in kinds and rung.test is None and found[lender] == NOWHERE:
                    found[lender] = position
                missing = [each for each in range(lender) if found[each] == NOWHERE]
                if missing and lender not in missing:
                    name = self.names.lenders[missing[0]]
                    words = " or ".join(f"{kind.word}:{name}" for kind in kinds)
                    self.source.refuse(
                        (*self.path, position),
                        f"repays a lender that is junior to {name}, which no rung above repays",
                        f"a rung {words} above it",
                    )
        return found

    def _diversion(self, position: int, tested: int, interest: Sequence[int]) -> None:
        if self.path[-1] == "enforcement":
            self.source.refuse(
                (*self.path, position), "nothing is diverted in enforcement", "all or sweep, which repay from all cash"
            )
        for lender in range(tested + 1):
            self._after(position, interest[lender])
        for lender in range(tested + 1, len(self.names.lenders)):
            if interest[lender] > position and not self.may_defer[lender]:
                self.source.refuse(
                    (*self.path, position),
                    f"{self.names.lenders[lender]}: the diversion comes before its interest, which may not be deferred",
                    "may_defer = true in that tranche, or a position below its interest",
                )

    def _order(
        self, position: int, kind: RungKind, lender: int, interest: Sequence[int], repaying: Sequence[int]
    ) -> None:
        for senior in range(lender):
            self._after(position, interest[senior])
            if RULES[kind].pays is not Pays.INTEREST:
                self._after(position, repaying[senior])

    def _after(self, position: int, earlier: int) -> None:
        if position < earlier:
            self.source.refuse(
                (*self.path, position),
                "comes before a rung that must be paid first",
                f"a position after rung {earlier + 1}, {self.source.value((*self.path, earlier))}",
            )
