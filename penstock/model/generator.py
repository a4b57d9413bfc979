"""Writes the source of a compiled deal: what `dues`, `coverage`, `ladder` and `deal` do, line by line, for one deal.

See `penstock.model.compiled` for what it is good for and what it is held to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate
from math import gcd
from typing import Any

from penstock.model.dues import days_of
from penstock.model.errors import CannotCompile
from penstock.model.terms import ArrearsRule, DealTerms, FeeBase, PrincipalKind, Reserve, Rung, RungKind
from penstock.model.units import MAX_AMOUNT, WAD

DRAWING = (RungKind.FEE, RungKind.INTEREST, RungKind.PRINCIPAL, RungKind.ALL, RungKind.SWEEP)
"""The rungs a reserve can support."""

NO_LIMIT = MAX_AMOUNT**2
"""More than any balance: the scheduled principal of the last period, which owes whatever is left."""

Steps = tuple[tuple[int, int], ...]
"""(interest multiplier, scheduled principal) of each period ahead; the last period's principal is the whole balance."""


def service_ahead(balance: int, steps: Steps, divisor: int) -> int:
    """Interest and scheduled principal of the periods ahead; they end with the balance."""
    owed = 0
    for multiplier, scheduled in steps:
        owed += balance * multiplier // divisor
        if scheduled >= balance:
            return owed + balance
        owed += scheduled
        balance -= scheduled
    return owed


def interest_ahead(balance: int, steps: Steps, divisor: int) -> int:
    owed = 0
    for multiplier, scheduled in steps:
        owed += balance * multiplier // divisor
        if scheduled >= balance:
            break
        balance -= scheduled
    return owed


def principal_ahead(balance: int, steps: Steps, divisor: int) -> int:
    return min(balance, sum(scheduled for _, scheduled in steps))


class _Phase(Enum):
    """Which settlement a line is written for. LIVE: every period before the last, a loop."""

    LIVE = 0
    FINAL = 1
    LATE = 2

    @property
    def matured(self) -> bool:
        return self is not _Phase.LIVE


@dataclass
class _Writer:
    lines: list[str] = field(default_factory=list)
    depth: int = 0

    def __call__(self, *lines: str) -> None:
        self.lines.extend("    " * self.depth + line for line in lines)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self(head)
        self.depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self("pass")
        self.depth -= 1


@dataclass(frozen=True, slots=True)
class _Claim:
    """
    What a rung pays off: the variable that says what is still due, and the lines that book a payment.

    whole : pays all that is due. part : pays `{paid}` of it.
    """

    due: str
    whole: tuple[str, ...]
    part: tuple[str, ...]

    def book(self, paid: str) -> tuple[str, ...]:
        return tuple(line.format(paid=paid) for line in self.part)


def _claim(due: str, credited: str, whole: str | None = None, part: str | None = None) -> _Claim:
    """A claim whose payments lower `due` and raise `credited`; `whole` and `part` are what else a payment changes."""
    extra_whole, extra_part = (whole,) if whole else (), (part,) if part else ()
    return _Claim(
        due,
        (*extra_whole, f"{credited} += {due}", f"{due} = 0"),
        (*extra_part, f"{credited} += {{paid}}", f"{due} -= {{paid}}"),
    )


def _times(base: str, multiplier: str, divisor: int) -> str:
    """base * multiplier / divisor, rounded down, without needless steps."""
    if "0" in (base, multiplier):
        return "0"
    product = base if multiplier == "1" else f"{base} * {multiplier}"
    return product if divisor == 1 else f"{product} // {divisor}"


def _take(purse: str) -> tuple[str, ...]:
    """Empties a purse; `limit` is part of what remains."""
    return ("remaining -= limit",) if purse == "limit" else (f"{purse} = 0",)


class Generator:
    """Writes `settle_all`. Each method writes what the function of its name does in the reference."""

    def __init__(self, terms: DealTerms, traced: bool = False) -> None:
        _require_compilable(terms)
        self.terms, self.traced = terms, traced
        self.columns: dict[str, tuple[Any, ...]] = {}
        self.phase = _Phase.LIVE
        self.write = _Writer()
        self.tranches = range(len(terms.tranches))
        self.periods = range(1, terms.periods + 1)
        self.source = self._function()

    # The function as a whole

    def _function(self) -> str:
        with self.write.block("def settle_all(all_collections, losses, asset_values, late):"):
            self._open()
            if self.terms.periods > 1:
                self._loop()
            last = self.terms.periods - 1
            with self.write.block(f"if len(all_collections) == {self.terms.periods}:"):
                inputs = [f"{name} = {source}[{last}]" for name, source in self._inputs()]
                self.write(*inputs)
                self._settle(_Phase.FINAL)
            with self.write.block("if late:"):
                self.write("collections = late")
                self._settle(_Phase.LATE)
            self._close()
        return "\n".join(self.write.lines) + "\n"

    def _inputs(self) -> list[tuple[str, str]]:
        """What comes from outside each period, as far as these terms look at it."""
        inputs = [("collections", "all_collections")]
        if self.terms.write_down:
            inputs.append(("loss", "losses"))
        if any(fee.base is FeeBase.ASSET_VALUE for fee in self.terms.fees):
            inputs.append(("asset_value", "asset_values"))
        return inputs

    def _loop(self) -> None:
        """The columns are known once the body is written, so the body comes first."""
        outer, self.write = self.write, _Writer(depth=self.write.depth + 1)
        self._settle(_Phase.LIVE)
        body, self.write = self.write, outer
        before_last = f"[:{self.terms.periods - 1}]"
        columns = [(name, source + before_last) for name, source in self._inputs()]
        columns += [(name, f"each_{name}") for name in self.columns]
        names, sources = (", ".join(parts) for parts in zip(*columns, strict=True))
        self.write(f"for {names} in {sources if len(columns) == 1 else f'zip({sources})'}:")
        self.write.lines.extend(body.lines)

    def _open(self) -> None:
        for index, tranche in enumerate(self.terms.tranches):
            self.write(f"balance_{index} = {tranche.face}")
            self.write(f"interest_arrears_{index} = principal_arrears_{index} = credited_{index} = 0")
        for index in range(len(self.terms.fees)):
            self.write(f"fee_arrears_{index} = fee_credited_{index} = 0")
        for index, reserve in enumerate(self.terms.reserves):
            self.write(f"reserve_{index} = {reserve.opening}")
        for index in range(len(self.terms.tests)):
            self.write(f"trapped_{index} = needed_{index} = 0")
        if self.traced:
            self.write("residuals = []", "failing = []")

    def _close(self) -> None:
        lists = {
            "tranches": ("balance", "interest_arrears", "principal_arrears", "credited"),
            "fees": ("fee_arrears", "fee_credited"),
            "reserves": ("reserve",),
            "tests": ("trapped", "needed"),
        }
        with self.write.block("state = DealState("):
            self.write("len(all_collections),", "sum(all_collections) + late,")
            for parts, names in lists.items():
                for name in names:
                    self.write("[" + ", ".join(f"{name}_{i}" for i in range(len(getattr(self.terms, parts)))) + "],")
        self.write(")", "return state, residuals, failing" if self.traced else "return state")

    def _settle(self, phase: _Phase) -> None:
        self.phase = phase
        self.write("remaining = collections")
        if phase is _Phase.LATE:
            self._late_dues()
        else:
            self._write_down()
            self._current_dues()
            self._fees()
            self._tests()
            self._add_arrears()
            self._targets()
            self._release()
        self._share_out()
        self._carry()
        if self.traced:
            bits = " | ".join(f"(needed_{t} > 0) << {t}" for t in range(len(self.terms.tests))) or "0"
            self.write("residuals.append(residual)", f"failing.append({bits})")

    # What the terms alone decide

    def _accrues(self, tranche: int) -> bool:
        """Without a coupon there is never any interest, nor arrears of it."""
        owed = self.terms.tranches[tranche]
        return not owed.residual and any(rate for _, rate in owed.coupons)

    def _has_interest_arrears(self, tranche: int) -> bool:
        return self._accrues(tranche) and self.terms.tranches[tranche].arrears is not ArrearsRule.CAPITALISE

    def _principal_is_balance(self, tranche: int) -> bool:
        """A cash tranche at any time, and every lender at the end, owe the balance: no second variable for it."""
        owed = self.terms.tranches[tranche]
        return not owed.residual and (self.phase.matured or owed.principal is PrincipalKind.CASH)

    def _principal_is_scheduled(self, tranche: int) -> bool:
        """Only then is the principal due, `principal_i`, a number of its own: neither the balance nor nothing."""
        owed = self.terms.tranches[tranche]
        return not owed.residual and not self.phase.matured and owed.principal is PrincipalKind.SCHEDULE

    def _scheduled_principal(self, tranche: int) -> str | None:
        """What falls due by the schedule alone; None when that is nothing. Read before arrears are added."""
        if self._principal_is_scheduled(tranche):
            return f"principal_{tranche}"
        return f"balance_{tranche}" if self.phase.matured and not self.terms.tranches[tranche].residual else None

    def _column(self, name: str, values: Sequence[Any]) -> str:
        """One value a period: written out when it is the same in all of this phase, else a column of the loop."""
        if self.phase is _Phase.FINAL:
            return repr(values[-1])
        live = tuple(values[:-1])
        if len(set(live)) == 1:
            return repr(live[0])
        self.columns[name] = live
        return name

    def _rate(self, name: str, base: str, multipliers: Sequence[int], divisor: int) -> str:
        """base * this period's multiplier / divisor, as a reduced fraction."""
        common = gcd(divisor, *(multipliers[-1:] if self.phase is _Phase.FINAL else multipliers[:-1]))
        return _times(base, self._column(name, [m // common for m in multipliers]), divisor // common)

    def _days(self, tranche: int, rates: Sequence[int]) -> tuple[list[int], int]:
        """Annual rates of each period, times its days: multipliers and their divisor."""
        days = [days_of(self.terms, period, self.terms.tranches[tranche].day_count) for period in self.periods]
        return [rate * day.numerator for rate, day in zip(rates, days, strict=True)], WAD * days[0].denominator

    def _coupons(self, tranche: int, spread: int = 0) -> tuple[list[int], int]:
        owed = self.terms.tranches[tranche]
        return self._days(tranche, [owed.coupon(period) + spread for period in self.periods])

    # What is owed

    def _write_down(self) -> None:
        if not self.terms.write_down:
            return
        with self.write.block("if loss:"):
            for index in reversed(self.tranches):
                self.write(f"part = min(loss, balance_{index})", f"balance_{index} -= part", "loss -= part")
                self.write(f"principal_arrears_{index} = min(principal_arrears_{index}, balance_{index})")

    def _current_dues(self) -> None:
        """Current interest and scheduled principal, before any arrears: the debt service that tests look at."""
        for index in self.tranches:
            if self._accrues(index):
                self.write(
                    f"interest_{index} = {self._rate(f'rate_{index}', f'balance_{index}', *self._coupons(index))}"
                )
            if self._principal_is_scheduled(index):
                scheduled = self._column(f"scheduled_{index}", self.terms.tranches[index].schedule)
                self.write(f"principal_{index} = {scheduled} if {scheduled} < balance_{index} else balance_{index}")

    def _add_arrears(self) -> None:
        for index in self.tranches:
            arrears = f"interest_arrears_{index}"
            if self._has_interest_arrears(index):
                owed = self.terms.tranches[index]
                with self.write.block(f"if {arrears}:"):
                    on_arrears = "0"
                    if owed.arrears in (ArrearsRule.COUPON, ArrearsRule.SPREAD):
                        on_arrears = self._rate(f"arrears_rate_{index}", arrears, *self._coupons(index, owed.spread))
                    self.write(f"interest_{index} += {arrears} + {on_arrears}")
            if self._principal_is_scheduled(index):
                with self.write.block(f"if principal_arrears_{index}:"):
                    self.write(
                        f"principal_{index} = min(balance_{index}, principal_{index} + principal_arrears_{index})"
                    )

    def _fees(self) -> None:
        for index, fee in enumerate(self.terms.fees):
            accrued = self._fee_accrual(index)
            self.write(f"fee_{index} = {accrued}" + (f" + fee_arrears_{index}" if fee.carry else ""))
            self._cap_fee(index)

    def _fee_accrual(self, index: int) -> str:
        fee = self.terms.fees[index]
        in_force = [fee.first_period <= period <= fee.last_period for period in self.periods]
        if fee.base is FeeBase.FIXED:
            return self._column(f"fee_amount_{index}", [fee.amount * due for due in in_force])
        rates = [fee.rate * due for due in in_force]
        if fee.base is FeeBase.COLLECTIONS:
            return self._rate(f"fee_rate_{index}", "collections", rates, WAD)
        base = f"balance_{fee.tranche}" if fee.base is FeeBase.BALANCE else "asset_value"
        return self._rate(f"fee_rate_{index}", base, *self._days(fee.tranche, rates))

    def _cap_fee(self, index: int) -> None:
        """What exceeds the cap is not due; it stays owed if the fee carries, and `_carry` adds what was not paid."""
        fee = self.terms.fees[index]
        if fee.carry:
            self.write(f"fee_arrears_{index} = 0")
        if fee.cap is not None:
            with self.write.block(f"if fee_{index} > {fee.cap}:"):
                if fee.carry:
                    self.write(f"fee_arrears_{index} = fee_{index} - {fee.cap}")
                self.write(f"fee_{index} = {fee.cap}")

    def _late_dues(self) -> None:
        for index in self.tranches:
            if self._accrues(index):
                self.write(f"interest_{index} = interest_arrears_{index}")
        for index in range(len(self.terms.fees)):
            self.write(f"fee_{index} = fee_arrears_{index}", f"fee_arrears_{index} = 0")

    def _targets(self) -> None:
        if self.phase.matured:
            return
        for index, reserve in enumerate(self.terms.reserves):
            if reserve.ahead:
                parts = [self._service_ahead(index, tranche) for tranche in self.tranches]
                self.write(f"target_{index} = " + (" + ".join(part for part in parts if part) or "0"))

    def _service_ahead(self, index: int, tranche: int) -> str | None:
        """A tranche's part of a target: looked up while its balance is the planned one, projected once it is not."""
        reserve, owed = self.terms.reserves[index], self.terms.tranches[tranche]
        interest, principal = ((kind, tranche) in reserve.supports for kind in (RungKind.INTEREST, RungKind.PRINCIPAL))
        if not (interest or principal):
            return None
        project = service_ahead if interest and principal else interest_ahead if interest else principal_ahead
        steps, divisor = self._steps_ahead(reserve, tranche)
        scheduled = owed.schedule if owed.principal is PrincipalKind.SCHEDULE else (0,) * self.terms.periods
        planned = [owed.face - paid for paid in accumulate(scheduled)]
        due = [project(balance, ahead, divisor) for balance, ahead in zip(planned, steps, strict=True)]
        after = f"balance_{tranche}"
        if self._principal_is_scheduled(tranche):
            after = f"after_{index}_{tranche}"
            self.write(f"{after} = balance_{tranche} - principal_{tranche}")
        on_plan = self._column(f"planned_{index}_{tranche}", planned)
        looked_up = self._column(f"due_ahead_{index}_{tranche}", due)
        ahead = self._column(f"ahead_{index}_{tranche}", steps)
        return f"({looked_up} if {after} == {on_plan} else {project.__name__}({after}, {ahead}, {divisor}))"

    def _steps_ahead(self, reserve: Reserve, tranche: int) -> tuple[list[Steps], int]:
        owed = self.terms.tranches[tranche]
        multipliers, divisor = self._coupons(tranche)
        scheduled = [0] * self.terms.periods
        if not owed.residual:
            if owed.principal is PrincipalKind.SCHEDULE:
                scheduled = list(owed.schedule)
            scheduled[-1] = NO_LIMIT
        common = gcd(divisor, *multipliers)
        every = [(multiplier // common, due) for multiplier, due in zip(multipliers, scheduled, strict=True)]
        return [tuple(every[period : period + reserve.ahead[period - 1]]) for period in self.periods], divisor // common

    # What is tested

    def _tests(self) -> None:
        if not self.terms.tests:
            return
        opex = [f"fee_{index}" for index, fee in enumerate(self.terms.fees) if fee.opex]
        self.write("cfads = " + " - ".join(["collections", *opex]))
        if opex:
            with self.write.block("if cfads < 0:"):
                self.write("cfads = 0")
        self._debt_service()
        for index in range(len(self.terms.tests)):
            self._test(index)

    def _debt_service(self) -> None:
        """`service_i` for each tested tranche: that of the tested tranche above it, and what comes between."""
        parts: list[str] = []
        above = -1
        for tranche in sorted({test.tranche for test in self.terms.tests}):
            between = range(above + 1, tranche + 1)
            parts += [f"interest_{index}" for index in between if self._accrues(index)]
            parts += [name for name in map(self._scheduled_principal, between) if name]
            self.write(f"service_{tranche} = {' + '.join(parts) or '0'}")
            parts, above = [f"service_{tranche}"], tranche

    def _test(self, index: int) -> None:
        """A pass lowers the counter, unless nothing was due: that is not tested, or cured once all is repaid."""
        test = self.terms.tests[index]
        ranked = range(test.tranche + 1)
        owing = [f"balance_{i}" for i in ranked] + [f"interest_arrears_{i}" for i in ranked if self._accrues(i)]
        common = gcd(WAD, test.below)
        cfads, service = (
            _times(name, str(part // common), 1)
            for name, part in (("cfads", WAD), (f"service_{test.tranche}", test.below))
        )
        with self.write.block(f"if {cfads} < {service}:"):
            self.write(f"needed_{index} = {test.cure}")
        with self.write.block(f"elif needed_{index}:"):
            with self.write.block(f"if service_{test.tranche}:"):
                self.write(f"needed_{index} -= 1")
            with self.write.block(f"elif not ({' or '.join(owing)}):"):
                self.write(f"needed_{index} = 0")

    # Who is paid

    def _release(self) -> None:
        for index in range(len(self.terms.reserves)):
            if self.phase.matured:
                self.write(f"remaining += reserve_{index}", f"reserve_{index} = 0")
                continue
            target = self._target(index)
            with self.write.block(f"if reserve_{index} > {target}:"):
                self.write(f"remaining += reserve_{index} - {target}", f"reserve_{index} = {target}")
        for test in self._traps():
            cured = "" if self.phase.matured else f" and not needed_{test}"
            with self.write.block(f"if trapped_{test}{cured}:"):
                self.write(f"remaining += trapped_{test}", f"trapped_{test} = 0")

    def _traps(self) -> list[int]:
        """Tests whose trap can hold anything."""
        rungs = self.terms.normal + self.terms.enforcement
        return sorted({rung.test for rung in rungs if rung.kind is RungKind.TRAP and rung.test is not None})

    def _target(self, reserve: int) -> str:
        held = self.terms.reserves[reserve]
        return f"target_{reserve}" if held.ahead else str(held.target)

    def _share_out(self) -> None:
        if self.traced:
            self.write("residual = 0")
        if not self.terms.enforce_on:
            self._ladder(self.terms.normal)
            return
        with self.write.block("if " + " or ".join(f"needed_{test}" for test in self.terms.enforce_on) + ":"):
            self._ladder(self.terms.enforcement)
        with self.write.block("else:"):
            self._ladder(self.terms.normal)

    def _ladder(self, rungs: Sequence[Rung]) -> None:
        for rung in rungs:
            if self.phase.matured and rung.kind in (RungKind.TRAP, RungKind.RESERVE):
                continue  # no trap acts any more, and every target is nothing
            if rung.test is None:
                self._rung(rung)
            else:
                with self.write.block(f"if needed_{rung.test}:"):
                    self._rung(rung)

    def _rung(self, rung: Rung) -> None:
        if rung.kind is RungKind.RESIDUAL:
            limit = self._limit(rung)
            self.write(f"credited_{self.terms.equity} += {limit}")
            if self.traced:
                self.write(f"residual += {limit}")
            self.write(*_take(limit))
        elif rung.kind is RungKind.TRAP:
            limit = self._limit(rung)
            self.write(f"trapped_{rung.test} += {limit}", *_take(limit))
        elif rung.kind is RungKind.RESERVE:
            self._top_up(rung)
        else:
            self._pay_rung(rung)

    def _limit(self, rung: Rung) -> str:
        """The most a rung may take: what remains, or its fraction of that."""
        if rung.fraction == WAD:
            return "remaining"
        common = gcd(rung.fraction, WAD)
        self.write(f"limit = {_times('remaining', str(rung.fraction // common), WAD // common)}")
        return "limit"

    def _top_up(self, rung: Rung) -> None:
        (index,) = rung.targets
        held, target = f"reserve_{index}", self._target(index)
        with self.write.block(f"if {held} < {target}:"):
            limit = self._limit(rung)
            with self.write.block(f"if {target} - {held} <= {limit}:"):
                self.write(f"remaining -= {target} - {held}", f"{held} = {target}")
            with self.write.block("else:"):
                self.write(f"{held} += {limit}", *_take(limit))

    def _pay_rung(self, rung: Rung) -> None:
        claims = [(target, claim) for target in rung.targets if (claim := self._claim(rung.kind, target))]
        if not claims:
            return
        limit = self._limit(rung)
        if len(claims) == 1:
            self._pay(limit, claims[0][1])
        else:
            self._split(limit, claims[0][1], claims[1][1])
        self.write.depth += 1  # within the branch that could not pay all
        self._draw(rung.kind, claims)
        self.write.depth -= 1

    def _pay(self, purse: str, claim: _Claim) -> None:
        """Pays a claim from a purse; ends in the branch in which the purse was too small."""
        source = "remaining" if purse == "limit" else purse
        with self.write.block(f"if {claim.due} <= {purse}:"):
            self.write(f"{source} -= {claim.due}", *claim.whole)
        with self.write.block("else:"):
            self.write(*claim.book(purse), *_take(purse))

    def _split(self, purse: str, first: _Claim, second: _Claim) -> None:
        """Pari passu, as `_pay`: floor for the second, the remainder to the first."""
        source = "remaining" if purse == "limit" else purse
        self.write(f"total = {first.due} + {second.due}")
        with self.write.block(f"if total <= {purse}:"):
            self.write(f"{source} -= total", *first.whole, *second.whole)
        with self.write.block("else:"):
            self.write(f"to_second = {purse} * {second.due} // total", f"to_first = {purse} - to_second", *_take(purse))
            self.write(*first.book("to_first"), *second.book("to_second"))

    def _draw(self, kind: RungKind, claims: Sequence[tuple[int, _Claim]]) -> None:
        """What is still due comes from the reserves that support it, first reserve first; at the end none is left."""
        if self.phase.matured:
            return
        for index, reserve in enumerate(self.terms.reserves):
            supported = [claim for target, claim in claims if (kind, target) in reserve.supports]
            if not supported:
                continue
            lacking = " or ".join(claim.due for claim in supported)
            with self.write.block(f"if reserve_{index} and ({lacking}):"):
                if len(supported) == 1:
                    self._pay(f"reserve_{index}", supported[0])
                else:
                    self._split(f"reserve_{index}", *supported)

    def _claim(self, kind: RungKind, target: int) -> _Claim | None:
        """What a rung of a kind pays off for one target; None when that is always nothing."""
        balance, principal, credited = f"balance_{target}", f"principal_{target}", f"credited_{target}"
        if kind is RungKind.FEE:
            return _claim(f"fee_{target}", f"fee_credited_{target}")
        if kind is RungKind.INTEREST:
            return _claim(f"interest_{target}", credited) if self._accrues(target) else None
        scheduled = self._principal_is_scheduled(target)
        if kind is RungKind.PRINCIPAL and scheduled:
            return _claim(principal, credited, f"{balance} -= {principal}", f"{balance} -= {{paid}}")
        if kind is RungKind.PRINCIPAL and not self._principal_is_balance(target):
            return None
        if not scheduled:
            return _claim(balance, credited)
        # whatever the rung, principal meets what fell due first
        meets_due = f"{principal} = {principal} - {{paid}} if {{paid}} < {principal} else 0"
        return _claim(balance, credited, f"{principal} = 0", meets_due)

    def _carry(self) -> None:
        for index, owed in enumerate(self.terms.tranches):
            if self._principal_is_scheduled(index):
                self.write(f"principal_arrears_{index} = principal_{index}")
            elif self.phase.matured and not owed.residual:
                self.write(f"principal_arrears_{index} = balance_{index}")
            if self._has_interest_arrears(index):
                self._keep(f"interest_arrears_{index}", f"interest_{index}")
            elif self._accrues(index):
                self.write(f"balance_{index} += interest_{index}")
                self._keep(f"balance_{index}", f"balance_{index}")
        for index, fee in enumerate(self.terms.fees):
            if fee.carry:
                self.write(f"fee_{index} += fee_arrears_{index}")
                most = MAX_AMOUNT if fee.cap is None or not self.phase.matured else fee.cap
                self._keep(f"fee_arrears_{index}", f"fee_{index}", most)

    def _keep(self, claim: str, owed: str, most: int = MAX_AMOUNT) -> None:
        """No claim outgrows MAX_AMOUNT, and after maturity no capped fee its cap."""
        self.write(f"{claim} = {owed} if {owed} < {most} else {most}")


def _require_compilable(terms: DealTerms) -> None:
    ladders = [terms.normal, terms.enforcement] if terms.enforce_on else [terms.normal]
    for rungs in ladders:
        if (
            not rungs
            or rungs[-1].kind is not RungKind.RESIDUAL
            or rungs[-1].fraction != WAD
            or rungs[-1].test is not None
        ):
            raise CannotCompile("a ladder must end in a residual that takes all")
        if any(len(set(rung.targets)) != len(rung.targets) or len(rung.targets) > 2 for rung in rungs):
            raise CannotCompile("a rung pays one target, or two different ones pari passu")
    for reserve in terms.reserves:
        if any(kind not in DRAWING for kind, _ in reserve.supports):
            raise CannotCompile(f"reserve {reserve.id} supports what no reserve can pay")
