"""From a deal file to terms: checks how its values fit together, with the place of every refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from penstock.dealfile import schema
from penstock.dealfile.amounts import base_units
from penstock.dealfile.calendar import Dates, dates
from penstock.dealfile.covenant import TestReader
from penstock.dealfile.deferral import first_deferred
from penstock.dealfile.fee import FeeReader
from penstock.dealfile.holders import holders
from penstock.dealfile.ladder import LadderRules, Names, RungReader, any_of, suggest
from penstock.dealfile.numbers import Exact
from penstock.dealfile.positions import Path
from penstock.dealfile.pots import PotRules, missing_interest, principal_field
from penstock.dealfile.promote import promote
from penstock.dealfile.reserve import ReserveReader
from penstock.dealfile.source import Source
from penstock.dealfile.tranche import tranche
from penstock.format import counted, format_amount
from penstock.model.terms import (
    MAX_DOCUMENTS,
    MAX_FEES,
    MAX_FIELDS,
    MAX_RESERVES,
    MAX_RUNGS,
    MAX_TESTS,
    MAX_TRANCHES,
    CleanUpCall,
    DayCount,
    DealTerms,
    Document,
    Fee,
    FeeBase,
    Promote,
    ReportField,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tranche,
)
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD, DayFraction, share_decimals

ROOM = 100  # a deal whose file does not say takes this many times what it begins with, at least
LEAST_CAP = 10**9  # and so many coins
COLUMNS = ("date", "collections", "asset_value", "loss", "call")
"""Of a flows file, whatever the deal."""


def resolve(source: Source, file: schema.DealFile) -> DealTerms:
    """The terms a deal file states. Raises DealFileError for the first mistake."""
    return _Resolver(source, file).terms()


@dataclass(frozen=True)
class _Resolver:
    source: Source
    file: schema.DealFile

    def terms(self) -> DealTerms:
        file, deal = self.file, self.file.deal
        self._counts()
        self._unique("symbol", file.tranche, "tranche")
        for kind in ("tranche", "fee", "reserve", "test", "field"):
            self._unique("id", getattr(file, kind), kind)
        calendar = dates(self.source, deal)
        ids = [[item.id for item in items] for items in (file.tranche, file.fee, file.reserve, file.test)]
        names = Names(ids[0], ids[1], ids[2], ids[3], classes=1 if file.promote is None else 2)
        self._equity_is_last(names.classes)
        fields = tuple(self._field(index, each) for index, each in enumerate(file.field))
        tranches = tuple(
            tranche(self.source, deal, calendar, fields, index, each) for index, each in enumerate(file.tranche)
        )
        charged = FeeReader(self.source, deal, calendar, names, fields)
        fees = tuple(charged.fee(index, fee) for index, fee in enumerate(file.fee))
        rungs = RungReader(self.source, names)
        held = ReserveReader(self.source, deal, calendar, rungs)
        tested = TestReader(self.source, deal, names, fields, held)
        tests = tuple(tested.test(index, test) for index, test in enumerate(file.test))
        reserves = tuple(held.reserve(index, each) for index, each in enumerate(file.reserve))
        held.require_room(reserves, tranches)
        rungs.see_tests(tests)
        normal, principal = self._in_force(rungs, names, tranches, reserves, tests, fees)
        self._everything_is_paid((*normal, *principal), names)
        enforcement, enforce_on = self._enforcement(rungs, names, tranches, reserves, tests)
        if principal and enforcement:
            PotRules(self.source, normal, principal, tranches, tests, names.lenders).check_enforcement(enforcement)
        every = (*normal, *principal, *enforcement)
        self._all_supports_occur("reserve", reserves, every, tranches)
        self._all_supports_occur("test", tests, every, tranches)
        self._traps_are_there(tests, every)
        self._deferral_is_there(normal)
        self._call_has_a_bound(fees)
        promoted = promote(self.source, deal, calendar, file)
        narrow = self._is_narrow(tranches, reserves, 0 if promoted is None else promoted.capital)
        return DealTerms(
            name=deal.name,
            asset=deal.asset,
            decimals=deal.decimals,
            closing=deal.closing,
            accrual_dates=calendar.accrual,
            payment_dates=calendar.payment,
            tranches=tranches,
            normal=normal,
            principal=principal,
            principal_field=principal_field(self.source, fields) if principal else 0,
            enforcement=enforcement,
            enforce_on=enforce_on,
            fees=fees,
            reserves=reserves,
            tests=tests,
            fields=fields,
            write_down=deal.write_down,
            narrow=narrow,
            icma=self._icma(calendar, tranches, promoted),
            delays=deal.payment_delay is not None,
            grace=deal.grace or 0,
            call=None if file.call is None else CleanUpCall(file.call.by, file.call.below),
            promote=promoted,
            regular=calendar.regular,
            documents=self._documents(),
            holders=holders(self.source, file.holders, tranches, 10 ** share_decimals(deal.decimals)),
        )

    def _documents(self) -> tuple[Document, ...]:
        files = self.file.document
        if len(files) > MAX_DOCUMENTS:
            accepted = f"at most {MAX_DOCUMENTS}"
            raise self.source.error(("document", MAX_DOCUMENTS, "title"), counted(len(files), "document"), accepted)
        return tuple(Document(each.title, each.link, each.sha256) for each in files)

    def _icma(self, calendar: Dates, tranches: Sequence[Tranche], promoted: Promote | None) -> tuple[DayFraction, ...]:
        used = [each.day_count for each in tranches] + ([promoted.day_count] if promoted else [])
        counted = DayCount.ACT_ACT_ICMA in used
        return calendar.fractions(DayCount.ACT_ACT_ICMA) if counted else ()

    def _counts(self) -> None:
        limits = (
            ("tranche", 2, MAX_TRANCHES),
            ("fee", 0, MAX_FEES),
            ("reserve", 0, MAX_RESERVES),
            ("test", 0, MAX_TESTS),
            ("field", 0, MAX_FIELDS),
        )
        for kind, low, high in limits:
            count = len(getattr(self.file, kind))
            if not low <= count <= high:
                path: Path = (kind, high) if count > high else (kind,)
                accepted = f"{low} to {high}" if low else f"at most {high}"
                raise self.source.error((*path, "id") if count > high else path, counted(count, kind), accepted)

    def _is_narrow(self, tranches: Sequence[Tranche], reserves: Sequence[Reserve], capital: int) -> bool:
        """
        Whether all cash of the deal's life fits 56 bits: what the file says it takes, or a hundred times what it begins
        with and a billion coins (docs/decisions/0012). Cash beyond its width would stay outside the deal's ledger.
        """
        coin: int = 10**self.file.deal.decimals
        total = sum(tranche.face for tranche in tranches) + sum(reserve.opening for reserve in reserves)
        what = "faces and openings add up to"
        if capital > total:  # where hurdles begin
            total, what = capital, "the capital of the promote comes to"
        if total > MAX_AMOUNT // ROOM:
            self.source.refuse(
                ("deal", "decimals"),
                f"{what} too much for these decimals",
                f"at most {MAX_AMOUNT // ROOM // coin:,} in all",
            )
        most = max(ROOM * total, LEAST_CAP * coin)
        if self.file.deal.lifetime_cash is not None:
            path = ("deal", "lifetime_cash")
            most = self._amount(path, self.file.deal.lifetime_cash)
            if most < total:
                least = format_amount(total, self.file.deal.decimals)
                self.source.refuse(path, f"less than {what}", f"at least {least}")
        return most <= MAX_NARROW_AMOUNT

    def _unique(self, key: str, items: Sequence[Any], kind: str) -> None:
        seen: dict[str, int] = {}
        for index, item in enumerate(items):
            word = getattr(item, key)
            if word in seen:
                place = self.source.place((kind, seen[word], key))
                self.source.refuse((kind, index, key), f"already used {place}", f"another {key}")
            seen[word] = index

    def _equity_is_last(self, classes: int) -> None:
        """classes : how many tranches are equity."""
        tranches = self.file.tranche
        last = "last tranche" if classes == 1 else "last two tranches, which share by [promote]"
        accepted = f"residual = true in the {last}, and only there"
        if classes == 1 and len(tranches) > 2 and tranches[-2].residual:
            accepted += "; two classes of equity need a table [promote]"
        for index, each in enumerate(tranches[:-classes]):
            if each.residual:
                self.source.refuse(("tranche", index, "residual"), "equity comes before another tranche", accepted)
        for index, each in enumerate(tranches[-classes:], start=len(tranches) - classes):
            if not each.residual:
                which = "last" if index == len(tranches) - 1 else "last but one"
                self.source.refuse(("tranche", index, "residual"), f"the {which} tranche is not equity", accepted)

    def _amount(self, path: Path, value: Exact) -> int:
        return base_units(self.source, path, value, self.file.deal.decimals)

    def _field(self, index: int, field: schema.ReportField) -> ReportField:
        if field.id in COLUMNS:
            self.source.refuse(("field", index, "id"), "every flows file may have this column already", "another id")
        return ReportField(field.id, field.unit)

    def _ladder(
        self,
        name: str,
        texts: Sequence[str],
        rungs: RungReader,
        names: Names,
        tranches: Sequence[Tranche],
        reserves: Sequence[Reserve],
        tests: Sequence[Test],
    ) -> tuple[Rung, ...]:
        """A ladder by its key, its own rules checked."""
        path: Path = ("ladder", name)
        ladder = rungs.ladder(path, texts)
        may_defer = [each.may_defer for each in self.file.tranche[: len(names.lenders)]]
        LadderRules(self.source, path, ladder, tranches, reserves, names, may_defer, tests).check()
        return ladder

    def _in_force(
        self,
        rungs: RungReader,
        names: Names,
        tranches: Sequence[Tranche],
        reserves: Sequence[Reserve],
        tests: Sequence[Test],
        fees: Sequence[Fee],
    ) -> tuple[tuple[Rung, ...], tuple[Rung, ...]]:
        """The normal ladder and nothing, or of two pots the interest ladder and the principal ladder."""
        ladder, parts = self.file.ladder, (rungs, names, tranches, reserves, tests)
        if ladder.interest is None and ladder.principal is None:
            if ladder.normal is None:
                raise self.source.error(("ladder", "normal"), "required", "a ladder, or both interest and principal")
            return self._ladder("normal", ladder.normal, *parts), ()
        if ladder.normal is not None:
            raise self.source.error(
                ("ladder", "normal"), "not allowed together with interest and principal", "one or the other"
            )
        if ladder.interest is None or ladder.principal is None:
            lacking = "interest" if ladder.interest is None else "principal"
            raise self.source.error(("ladder", lacking), "required, because the other pot has a ladder", "a ladder")
        interest = self._ladder("interest", ladder.interest, *parts)
        principal = self._ladder("principal", ladder.principal, *parts)
        PotRules(self.source, interest, principal, tranches, tests, names.lenders, fees).check()
        whole = (*missing_interest(interest), *principal)
        if len(interest) + len(whole) > MAX_RUNGS:
            reason = f"{len(interest) + len(whole)} rungs in both ladders, missing interest included"
            self.source.refuse(("ladder", "principal"), reason, f"at most {MAX_RUNGS} rungs")
        return (*interest[:-1], replace(interest[-1], kind=RungKind.INTEREST_RESIDUAL)), whole

    def _enforcement(
        self,
        rungs: RungReader,
        names: Names,
        tranches: Sequence[Tranche],
        reserves: Sequence[Reserve],
        tests: Sequence[Test],
    ) -> tuple[tuple[Rung, ...], tuple[int, ...]]:
        """The enforcement ladder and the tests that switch to it."""
        ladder, enforce_on = self.file.ladder, []
        for at, word in enumerate(ladder.enforce_on):
            path: Path = ("ladder", "enforce_on", at)
            if word not in names.tests:
                accepted = any_of(names.tests, "none, because the deal has no test")
                raise self.source.error(path, f'no test is "{word}"{suggest(word, names.tests)}', accepted)
            if word in ladder.enforce_on[:at]:
                self.source.refuse(path, "named twice", "each once")
            enforce_on.append(names.tests.index(word))
        if ladder.enforcement is None:
            if enforce_on:
                self.source.refuse(
                    ("ladder", "enforcement"), "required, because enforce_on names a test", "a ladder, or no enforce_on"
                )
            return (), ()
        if not enforce_on:
            self.source.refuse(
                ("ladder", "enforce_on"), "no test ever switches to the enforcement ladder", any_of(names.tests, "none")
            )
        enforcement = self._ladder("enforcement", ladder.enforcement, rungs, names, tranches, reserves, tests)
        return enforcement, tuple(enforce_on)

    def _everything_is_paid(self, normal: Sequence[Rung], names: Names) -> None:
        for kind, ids, verb in ((RungKind.FEE, names.fees, "paid"), (RungKind.RESERVE, names.reserves, "filled")):
            word = kind.word
            for index, name in enumerate(ids):
                if not any(rung.kind is kind and index in rung.targets for rung in normal):
                    ladder = "normal" if self.file.ladder.normal is not None else "interest"
                    reason = f"never {verb}: the {ladder} ladder does not name it"
                    self.source.refuse((word, index, "id"), reason, f"a rung {word}:{name} in ladder.{ladder}")

    def _traps_are_there(self, tests: Sequence[Test], rungs: Sequence[Rung]) -> None:
        for index, test in enumerate(tests):
            if test.supports and not any(rung.kind is RungKind.TRAP and rung.test == index for rung in rungs):
                reason = "no ladder has a trap of this test, which could hold cash for them"
                self.source.refuse(("test", index, "supports"), reason, f"a rung trap?{test.id}, or no supports")

    def _call_has_a_bound(self, fees: Sequence[Fee]) -> None:
        """A fee on a reported value raises the price of a call; its cap bounds by how much."""
        for index, fee in enumerate(fees):
            if self.file.call is not None and fee.base is FeeBase.ASSET_VALUE and fee.cap is None:
                reason = "a report could raise the price of a call without bound"
                self.source.refuse(("fee", index, "cap"), reason, "the most that falls due in a period, or no [call]")

    def _deferral_is_there(self, normal: Sequence[Rung]) -> None:
        first = first_deferred(normal, len(self.file.tranche))
        ladder = "normal" if self.file.ladder.normal is not None else "interest"
        for index, each in enumerate(self.file.tranche[:first]):
            if each.may_defer:
                accepted = f"a rung interest:{each.id}!test in ladder.{ladder}, or no may_defer"
                self.source.refuse(("tranche", index, "may_defer"), "no rung defers its interest", accepted)

    def _all_supports_occur(
        self, what: str, pots: Sequence[Reserve | Test], rungs: Sequence[Rung], tranches: Sequence[Tranche]
    ) -> None:
        pot_word = "trap" if what == "test" else what
        for index, pot in enumerate(pots):
            for at, (kind, target) in enumerate(pot.supports):
                path = (what, index, "supports", at)
                supported = [rung for rung in rungs if rung.kind is kind and target in rung.targets]
                if not supported:
                    self.source.refuse(path, "no ladder has this rung", "a kind and id of a rung")
                if any(rung.fraction != WAD for rung in supported):
                    reason = f"its rung takes a fraction, and the {pot_word} would pay the rest of it every period"
                    self.source.refuse(path, reason, "a rung without a fraction")
                if kind is RungKind.PRINCIPAL and tranches[target].principal.is_open:
                    word = tranches[target].principal.name.lower()
                    reason = (
                        f"the whole balance of a {word} tranche may be paid any period: it would empty the {pot_word}"
                    )
                    self.source.refuse(path, reason, "principal of a tranche with a schedule, or interest")
