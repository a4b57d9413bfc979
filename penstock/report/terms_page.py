"""Pages of `penstock check`: a deal's terms and its payment calendar."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from penstock.format import NO_VALUE, counted, exact_money, share_of
from penstock.model.terms import MAX_PERIODS, DealTerms, Rung, RungKind
from penstock.onchain.terms_encode import most_periods
from penstock.report import terms_text
from penstock.report.cells import Amount, Cell
from penstock.report.holder_rules import holders_page
from penstock.report.principal_words import principal_words
from penstock.report.promote import tiers_table
from penstock.report.tables import spaced, table
from penstock.report.tested import fails_when
from penstock.structure.instalments import Instalment, final_date, instalments, scheduled_life


def terms_page(terms: DealTerms) -> RenderableType:
    """The terms of a deal."""
    rows = instalments(terms)
    found: list[tuple[Cell, ...]]
    parts: list[RenderableType] = [_heading(terms), _tranches(terms, rows)]
    if terms.lenders:
        parts.append(_debt_service(terms, rows))
    if terms.two_pots:
        parts.append(_ladder("Interest ladder, which reserves and traps join", terms, terms.normal))
        parts.append(_ladder("Principal ladder, first what interest lacks", terms, terms.principal))
    else:
        parts.append(_ladder("Ladder", terms, terms.normal))
    if terms.enforcement:
        tests = " or ".join(terms.tests[test].id for test in terms.enforce_on)
        parts.append(_ladder(f"Enforcement ladder (while {tests} fails)", terms, terms.enforcement))
    if terms.promote:
        parts.append(tiers_table(terms, terms.promote))
    if terms.fees:
        found = [(fee.id, fee.payee, terms_text.fee(terms, fee)) for fee in terms.fees]
        parts.append(table("Fees", ("fee", "payee", "due"), rows=found))
    if terms.reserves:
        found = [
            (
                each.id,
                terms_text.reserve_target(terms, each),
                terms_text.supports(terms, each),
                _money(terms, each.opening),
            )
            for each in terms.reserves
        ]
        parts.append(table("Reserves", ("reserve", "target", "supports"), ("opening",), found, unit=terms.asset))
    if terms.tests:
        found = [
            (
                test.id,
                fails_when(terms, test),
                terms_text.acts_on(terms, index),
                test.cure,
            )
            for index, test in enumerate(terms.tests)
        ]
        parts.append(table("Tests", ("test", "fails when", "acts on"), ("passes to cure",), found))
    if terms.call:
        parts.append(Text(terms_text.call(terms, terms.call)))
    if terms.fields:
        found = [(each.id, terms_text.UNIT[each.unit]) for each in terms.fields]
        parts.append(table("Fields of reports, beside loss and asset value", ("field", "counted in"), rows=found))
    if terms.holders:
        parts.append(holders_page(terms.holders, [each.id for each in terms.tranches], terms.share_decimals))
    if terms.recovery:
        parts.append(Text(terms_text.recovery(terms.recovery)))
    if terms.forced:
        parts.append(Text(terms_text.forced(terms.forced)))
    if terms.documents:
        parts.append(documents(terms))
    return spaced(parts)


def documents(terms: DealTerms) -> RenderableType:
    """The legal documents that the terms name, by link and hash, whole."""
    lines = [f"{each.title}: {each.link}\n  SHA-256 {each.sha256}" for each in terms.documents]
    return Text("\n".join(["Documents", *lines]))


def schedule_page(terms: DealTerms) -> RenderableType:
    """The payment calendar with the scheduled debt service of each lender."""
    lenders = terms.lenders
    columns = [f"{lender.id} {what}" for lender in lenders for what in ("interest", "principal", "balance")]
    found = []
    for row in instalments(terms):
        cells: list[Cell] = [str(row.period), str(row.accrual_date), str(row.payment_date), row.days]
        for index in range(len(lenders)):
            cells += [_money(terms, each[index]) for each in (row.interest, row.principal, row.balance)]
        found.append((*cells, _money(terms, row.debt_service)))
    dates = ("period", "accrual date", "payment date")
    return table(
        f"Payment calendar{terms_text.assumed(terms)}",
        dates,
        ("days", *columns, "debt service"),
        found,
        unit=terms.asset,
    )


def _heading(terms: DealTerms) -> Text:
    text = Text()
    text.append(f"{terms.name}\n", style="bold")
    life = counted(terms.periods, "period")
    text.append(f"{terms.asset}, {counted(terms.decimals, 'decimal')}; closing {terms.closing}; {life}\n")
    text.append(f"first payment {terms.payment_dates[0]}, last payment {terms.payment_dates[-1]}")
    if terms.regular is not None:
        text.append(f"\n{terms_text.accrual_dates(terms.regular)}")
    if terms.delays:
        text.append(f"\n{terms_text.payment_delay(terms)}")
    if terms.grace:
        text.append(f"\n{terms_text.grace(terms)}")
    if terms.two_pots:
        text.append(f"\n{terms_text.two_pots(terms)}")
    if any(rung.kind is RungKind.DIVERT for rung in terms.rungs):
        text.append(f"\n{terms_text.DIVERSION}")
    if terms.write_down:
        order = ", ".join(each.id for each in reversed(terms.tranches))
        text.append(f"\nreported losses reduce balances in this order: {order}")
    text.append(f"\nterms like these have room for {min(most_periods(terms), MAX_PERIODS)} periods on a chain")
    if terms.narrow:
        text.append(f"\ntakes in at most {exact_money(terms.max_amount, terms.decimals)} {terms.asset} over its life")
    return text


def _tranches(terms: DealTerms, rows: list[Instalment]) -> RenderableType:
    capital = sum(each.face for each in terms.tranches)
    found = []
    for index, each in enumerate(terms.tranches):
        life, final = NO_VALUE, NO_VALUE
        if not each.residual:
            hundredths = int(scheduled_life(terms, rows, index) * 100)
            life, final = f"{hundredths // 100}.{hundredths % 100:02d}", str(final_date(rows, index))
        day_count = NO_VALUE if each.residual else terms_text.DAY_COUNT[each.day_count]
        text = (each.id, each.symbol, terms_text.coupon(each, terms), day_count, principal_words(terms, each))
        number = (
            _money(terms, each.face),
            share_of(each.face, capital),
            each.supply // 10**terms.share_decimals,
        )
        found.append((*text, terms_text.arrears(each), *number, life, final))
    left = ("tranche", "symbol", "coupon", "day count", "principal", "arrears")
    right = ("face", "of capital", "shares", "avg. life", "final")
    return table("Tranches, most senior first", left, right, found, unit=terms.asset)


def _debt_service(terms: DealTerms, rows: list[Instalment]) -> RenderableType:
    found: list[tuple[Cell, ...]] = []
    for index, lender in enumerate(terms.lenders):
        interest, principal = sum(row.interest[index] for row in rows), sum(row.principal[index] for row in rows)
        found.append((lender.id, *(_money(terms, each) for each in (interest, principal, interest + principal))))
    interest, principal = sum(sum(row.interest) for row in rows), sum(sum(row.principal) for row in rows)
    total: tuple[Cell, ...] = ("total", *(_money(terms, each) for each in (interest, principal, interest + principal)))
    columns, title = ("interest", "principal", "debt service"), "Total debt service, paid on time without prepayment"
    title += terms_text.assumed(terms)
    return table(title, ("tranche",), columns, found, total=total, unit=terms.asset)


def _ladder(title: str, terms: DealTerms, rungs: tuple[Rung, ...]) -> RenderableType:
    found = [(str(number), terms.rung_name(rung)) for number, rung in enumerate(rungs, start=1)]
    return table(title, ("", "rung"), rows=found)


def _money(terms: DealTerms, amount: int) -> Amount:
    return Amount(amount, terms.decimals)
