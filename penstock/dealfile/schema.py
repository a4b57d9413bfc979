"""
The keys of a deal file: what each is, takes and defaults to.

What one value may be is decided in `values`, what values mean together in `resolve`. Refusals, docs/DEALFILE.md and the
JSON Schema for editors are written from these tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.fields import FieldInfo

from penstock.dealfile import values
from penstock.dealfile.numbers import Exact
from penstock.dealfile.values import Kind
from penstock.model.calendar import Roll
from penstock.model.terms import (
    MAX_DOCUMENTS,
    MAX_FEES,
    MAX_FIELDS,
    MAX_PERIODS,
    MAX_RESERVES,
    MAX_RUNGS,
    MAX_TESTS,
    MAX_TIERS,
    MAX_TRANCHES,
)

PRINCIPAL = 'a table such as {kind = "level"}; kinds: ' + ", ".join(values.PRINCIPAL_KINDS)
_RUNGS = Kind('a list of rungs, "kind:target[:fraction][?test]"', {"minItems": 1, "maxItems": MAX_RUNGS})
FIXED, FLOATING = "<fixed>", "<floating>"
"""Which of its two kinds a coupon is; they come up in paths of faults, and are no keys."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Key:
    """
    What a key is, for people.

    meaning : a phrase. example : a value, as TOML. default : what holds without the key, as TOML or in words.
    """

    meaning: str
    example: str
    default: str = ""


class Table(BaseModel):
    """A table of the file: unknown keys are refused, and nothing is converted."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True, populate_by_name=False
    )


class Deal(Table):
    name: Annotated[values.Name, Key("what the deal is called", '"Greensboro Solar I"')]
    asset: Annotated[values.Symbol, Key("symbol of the stablecoin that the deal is paid in", '"USDC"')]
    decimals: Annotated[values.Decimals, Key("the stablecoin's decimals", "6")]
    closing: Annotated[values.Day, Key("the day from which interest runs", "2026-01-01")]
    months: Annotated[
        values.Months | None, Key("months from one accrual date to the next", "3", "required unless `dates` is there")
    ] = None
    first: Annotated[
        values.Day | None,
        Key(
            "the first accrual date, which later ones are counted from",
            "2026-04-01",
            "`months` after `closing`, and all are counted from `closing`; not with `dates`",
        ),
    ] = None
    month_end: Annotated[
        values.Flag | None,
        Key(
            "whether accrual dates are the last days of their months, or keep the day of the month they count from",
            "true",
            "`true` if the date they count from is the last day of its month; not with `dates`",
        ),
    ] = None
    periods: Annotated[
        values.Periods | None, Key("how many periods there are", "80", "required unless `dates` is there")
    ] = None
    dates: Annotated[
        list[values.Day] | None,
        Kind("a list of dates, ascending, after closing", {"minItems": 1, "maxItems": MAX_PERIODS}),
        Key(
            "the accrual dates, one by one, instead of `months`, `first` and `periods`",
            "[2026-06-30, 2026-12-31]",
            "from `months`",
        ),
    ] = None
    roll: Annotated[
        values.RollWord, Key("where a payment date that is not a business day moves", '"modified_following"', '"none"')
    ] = Roll.NONE
    holidays: Annotated[
        list[values.Day],
        Kind("a list of dates"),
        Key("days that are not business days, besides Saturdays and Sundays", "[2026-12-25, 2027-01-01]", "[]"),
    ] = []
    payment_delay: Annotated[
        values.PaymentDelay | None,
        Key(
            "how long after its accrual date a period is paid: calendar days, then rolled, or business days",
            '"5bd"',
            "none",
        ),
    ] = None
    grace: Annotated[
        values.Grace | None,
        Key(
            "days after a payment date in which a period is settled only if its collections alone pay everything due",
            "5",
            "none",
        ),
    ] = None
    accrue: Annotated[
        values.Accrue, Key("whether interest runs to the date as listed or as rolled", '"adjusted"', '"unadjusted"')
    ] = "unadjusted"
    write_down: Annotated[
        values.Flag, Key("whether a reported loss reduces balances, from the last tranche up", "true", "false")
    ] = False
    lifetime_cash: Annotated[
        values.Amount | None,
        Key(
            "the most the deal is to take in; decides how wide its amounts on the chain are",
            '"2_000_000_000"',
            "100 times faces and openings, at least a billion",
        ),
    ] = None


class CouponStep(Table):
    start: Annotated[values.Day, Key("the first day of a period, from which the coupon holds", "2031-01-01")] = Field(
        alias="from"
    )
    coupon: Annotated[values.Rate, Key("the annual rate from then on", '"0.07"')]


class FloatingCoupon(Table):
    index: Annotated[values.Identifier, Key("the declared field that reports the index, a ratio", '"sofr"')]
    margin: Annotated[values.Rate, Key("what is added to the index", '"0.025"')]
    floor: Annotated[values.Rate, Key("the least the index counts as", '"0"', '"0"')] = 0
    cap: Annotated[
        values.Rate, Key("the most the coupon is, and what it is when the index is known no longer", '"0.09"')
    ]
    initial: Annotated[values.Rate, Key("the index at closing", '"0.043"')]
    reset: Annotated[
        values.Reset,
        Key(
            "whether a period bears the index reported for the period before, or, in arrears, its own",
            '"advance"',
            '"advance"',
        ),
    ] = "advance"
    stale: Annotated[
        values.Stale, Key("for how many periods without a report the last known index serves", "1", "1")
    ] = 1


def _coupon_tag(value: Any) -> str:
    return FLOATING if isinstance(value, dict | FloatingCoupon) else FIXED


class Principal(Table):
    kind: Annotated[
        values.PrincipalWord,
        Key(
            "when principal falls due: all at the end, in equal parts, in equal debt service, as listed, "
            "by CFADS, as cash comes, or what the reported asset value does not cover",
            '"level"',
        ),
    ]
    ratio: Annotated[
        values.Ratio | None,
        Key(
            "what the asset value is divided by to tell how much of balances it covers",
            '"1.25"',
            "only for `target_oc`: either this or `amount`",
        ),
    ] = None
    amount: Annotated[
        values.Amount | None,
        Key(
            "by how much the asset value is to be above the balances",
            '"250_000"',
            "only for `target_oc`: either this or `ratio`",
        ),
    ] = None
    amounts: Annotated[
        list[values.Amount] | None,
        Kind("a list of amounts, one per period"),
        Key("principal of each period", '["100_000", "150_000"]', "only for `custom`, and required there"),
    ] = None
    dscr: Annotated[
        values.Ratio | None,
        Key("what CFADS is divided by for debt service", '"1.30"', "only for `sculpted`, and required there"),
    ] = None
    cfads: Annotated[
        list[values.Amount] | None,
        Kind("a list of amounts, one per period"),
        Key(
            "cash flow available for debt service that lenders count on",
            '["184_000", "204_000"]',
            "only for `sculpted`, and required there",
        ),
    ] = None
    interest_only: Annotated[
        values.Periods | None,
        Key("periods at the beginning in which interest alone falls due", "4", "only for `level`; none"),
    ] = None
    amortise_over: Annotated[
        values.Periods | None,
        Key(
            "how many instalments the payment is reckoned for, from the end of `interest_only`; what they leave after "
            "`periods` falls due in the last",
            "120",
            "only for `level`, and not with `balloon`; one in each period that is left",
        ),
    ] = None
    balloon: Annotated[
        values.Amount | None,
        Key(
            "what the instalments leave, due with the last of them",
            '"9_000.00"',
            "only for `level`, and not with `amortise_over`; nothing",
        ),
    ] = None


class Tranche(Table):
    id: Annotated[values.Identifier, Key("the name that rungs, fees and tests use", '"senior"')]
    symbol: Annotated[values.Symbol, Key("symbol of the tranche's shares", '"GSO-A"')]
    residual: Annotated[
        values.Flag,
        Key(
            "true for equity, the last tranche, with `[promote]` the last two, which takes what is left; only there",
            "true",
            "false",
        ),
    ] = False
    face: Annotated[
        values.Amount | None,
        Key("principal at closing", '"5_850_000.00"', "required of a lender; of equity, none"),
    ] = None
    shares: Annotated[
        values.Shares | None,
        Key("whole shares; must divide the face", "10_000", "one for each whole unit of the face, or 1,000,000"),
    ] = None
    coupon: Annotated[
        Annotated[
            Annotated[values.Rate, Tag(FIXED)] | Annotated[FloatingCoupon, Tag(FLOATING)], Discriminator(_coupon_tag)
        ]
        | None,
        Kind(values.COUPON),
        Key(
            'annual rate of interest, `"0"` or `0` for none; or a table for one that follows an index',
            '"0.0625"',
            "required of a lender, unless `steps` begin at closing",
        ),
    ] = None
    steps: Annotated[
        list[CouponStep] | None,
        Kind('a list such as [{from = 2031-01-01, coupon = "0.07"}]'),
        Key("later coupons", '[{ from = 2031-01-01, coupon = "0.07" }]', "the coupon never changes"),
    ] = None
    day_count: Annotated[
        values.DayCountName,
        Key(
            "how the days of a period are counted for interest",
            '"ACT/360"',
            '`"30/360"`, where the rules that are called so agree',
        ),
    ] = None
    pik: Annotated[
        values.Rate | None,
        Key("annual rate of interest that joins the balance, beside the coupon, whatever is paid", '"0.06"', "none"),
    ] = None
    pik_until: Annotated[
        values.Day | None,
        Key("`pik` accrues to the last accrual date not after this day", "2030-12-31", "the last period"),
    ] = None
    may_defer: Annotated[
        values.Flag,
        Key(
            "whether a rung may defer its interest, such as `interest:mezz!lockup`, or stop all cash above it",
            "true",
            "false",
        ),
    ] = False
    principal: Annotated[
        Principal | None,
        Kind(PRINCIPAL),
        Key("when principal falls due", '{ kind = "level" }', "required of a lender"),
    ] = None
    arrears: Annotated[
        values.Arrears,
        Key(
            "interest on unpaid interest: none, at the coupon, at the coupon plus a spread; "
            "or unpaid interest joins the balance",
            '{ spread = "0.02" }',
            '"coupon"',
        ),
    ] = "coupon"


class Escalation(Table):
    rate: Annotated[values.Rate, Key("how much more each time, compounded", '"0.02"')]
    every: Annotated[values.Months, Key("months from one rise to the next, counted from `from`, or closing", "12")]


class Fee(Table):
    id: Annotated[values.Identifier, Key("the name that rungs and reserves use", '"om"')]
    payee: Annotated[values.Name, Key("who is paid; `deploy --payee` gives the label an address", '"operator"')]
    fixed: Annotated[
        values.Amount | None, Key("an amount each period", '"16_000.00"', "either this, or `annual` and `of`")
    ] = None
    escalate: Annotated[
        Escalation | None,
        Kind('a table such as {rate = "0.02", every = 12}'),
        Key("how `fixed` rises", '{ rate = "0.02", every = 12 }', "it does not"),
    ] = None
    amounts: Annotated[
        list[values.Amount] | None,
        Kind("a list of amounts, one per period"),
        Key("the amount of each period, instead of `fixed`", '["16_000", "16_400"]', "`fixed`, or a rate or report"),
    ] = None
    annual: Annotated[
        values.Rate | None,
        Key("a rate a year, of collections a plain part", '"0.0035"', "either this and `of`, or `fixed`"),
    ] = None
    of: Annotated[
        values.Base | None,
        Key(
            "what `annual` is a part of; `report:` and a declared field, an amount, is due itself, and needs a `cap`",
            '"collections"',
            "required with `annual`",
        ),
    ] = None
    cap: Annotated[values.Amount | None, Key("the most that falls due in a period", '"6_000.00"', "no cap")] = None
    carry: Annotated[values.Flag, Key("whether what is not paid stays owed", "true", "false")] = False
    start: Annotated[
        values.Day | None, Key("due from the first accrual date not before this day", "2027-01-01", "closing")
    ] = Field(default=None, alias="from")
    until: Annotated[
        values.Day | None, Key("due to the last accrual date not after this day", "2035-12-31", "the last period")
    ] = None
    opex: Annotated[
        values.Flag, Key("whether it is an operating cost, which CFADS is measured after", "true", "false")
    ] = False


class Reserve(Table):
    id: Annotated[values.Identifier, Key("the name that rungs use", '"dsra"')]
    months: Annotated[
        values.Months | None,
        Key("holds what falls due of `supports` in so many months", "6", "one of `months`, `target`, `targets`"),
    ] = None
    target: Annotated[
        values.Amount | None, Key("holds this amount", '"50_000"', "one of `months`, `target`, `targets`")
    ] = None
    targets: Annotated[
        list[values.Amount] | None,
        Kind("a list of amounts, one per period"),
        Key(
            "holds so much after each period, 0 after the last",
            '["50_000", "0"]',
            "one of `months`, `target`, `targets`",
        ),
    ] = None
    fill: Annotated[
        values.Amount | None, Key("the most that goes in in a period, whatever was drawn", '"125_000"', "no limit")
    ] = None
    opening: Annotated[values.Amount, Key("paid in by the sponsor at closing", '"314_000.00"', '"0"')] = Exact(0, 0)
    supports: Annotated[
        list[values.Support],
        Kind('a list such as ["interest:senior", "principal:senior"]', {"minItems": 1}),
        Key("rungs it pays what they are short of", '["interest:senior", "principal:senior"]'),
    ]


class CoverageTest(Table):
    id: Annotated[values.Identifier, Key("the name that rungs and `enforce_on` use", '"lockup"')]
    metric: Annotated[
        values.MetricWord,
        Key(
            "what is compared: `dscr` CFADS by debt service; `ic` CFADS by current interest; `oc` the reported asset "
            "value by balances with deferred interest; `note_factor` balances by faces; `pool_factor` the reported "
            "asset value by `initial`; `reserve` what a reserve holds by its target; `llcr` the declared field `llcr`; "
            "`report:` and a declared field",
            '"oc"',
            '"dscr"',
        ),
    ] = "dscr"
    of: Annotated[
        values.Measured | None,
        Key(
            "the lender up to which debt counts, with all senior to it; of `reserve`, the reserve",
            '"senior"',
            "required, but not with `pool_factor` and `report:`",
        ),
    ] = None
    below: Annotated[
        values.Threshold | None,
        Key("fails strictly below this; of `report:` in the field's unit", '"1.15"', "either this or `above`"),
    ] = None
    above: Annotated[values.Threshold | None, Key("fails strictly above this", '"0.20"', "either this or `below`")] = (
        None
    )
    over: Annotated[
        values.Over | None,
        Key("how many periods a `dscr` or `ic` is of: their sums, from the first debt service on", "2", "one"),
    ] = None
    initial: Annotated[
        values.Amount | None,
        Key(
            "the asset value that a pool factor is a part of",
            '"9_000_000"',
            "only for `pool_factor`, and required there",
        ),
    ] = None
    cure: Annotated[values.Cure, Key("periods in a row that must pass before it passes again", "4", "1")] = 1
    supports: Annotated[
        list[values.Support] | None,
        Kind('a list such as ["interest:senior", "principal:senior"]', {"minItems": 1}),
        Key("rungs for which its trap pays what they are short of, before reserves do", '["interest:senior"]', "none"),
    ] = None


class PromoteTier(Table):
    until: Annotated[
        values.Rate | None,
        Key(
            "annual return of the whole capital at which the tier ends",
            '"0.08"',
            "either this or `catch_up`; in the last tier neither",
        ),
    ] = None
    catch_up: Annotated[
        values.Rate | None,
        Key(
            "ends when the promote is this part of the profit of both sides",
            '"0.20"',
            "either this or `until`; in the last tier neither",
        ),
    ] = None
    investor: Annotated[
        values.Rate | None,
        Key(
            "the capital side's part of what the tier gives; the rest is the promote",
            '"0.80"',
            'with `until`, `"1"`; required in the last tier; not with `catch_up`',
        ),
    ] = None
    sponsor: Annotated[
        values.Rate | None,
        Key("the promote's part while it catches up", '"0.50"', 'only with `catch_up`, `"1"`'),
    ] = None


class Promote(Table):
    investor: Annotated[values.Identifier, Key("the last tranche but one, equity", '"lp"')]
    sponsor: Annotated[values.Identifier, Key("the last tranche, equity, which gets the promote", '"gp"')]
    capital: Annotated[values.Amount, Key("what both put in, on which the hurdles run", '"10_000_000"')]
    co_invest: Annotated[
        values.Rate, Key("the sponsor's part of the capital, which ranks with the investor's", '"0.10"', '"0"')
    ] = 0
    day_count: Annotated[
        values.DayCountName,
        Key("how the days of a period are counted for hurdles", '"ACT/365F"', '`"30/360"`, as of a tranche'),
    ] = None
    tiers: Annotated[
        list[PromoteTier],
        Kind('a list such as [{until = "0.08"}, {investor = "0.80"}]', {"minItems": 1, "maxItems": MAX_TIERS}),
        Key(
            "who gets what of the residual, in order; the last tier takes all that is left",
            '[{ until = "0.08" }, { catch_up = "0.20" }, { investor = "0.80" }]',
        ),
    ]


class ReportField(Table):
    id: Annotated[values.Identifier, Key("the name of its column in a flows file", '"availability"')]
    unit: Annotated[
        values.UnitWord,
        Key("what it is counted in: the asset's amounts, a ratio such as 0.985, or a whole number", '"ratio"'),
    ]


class Ladders(Table):
    normal: Annotated[
        list[values.RungText] | None,
        _RUNGS,
        Key(
            "who is paid, top first",
            '["fee:om", "interest:senior", "principal:senior", "trap?lockup", "residual:equity"]',
            "either this, or `interest` and `principal`",
        ),
    ] = None
    interest: Annotated[
        list[values.RungText] | None,
        _RUNGS,
        Key(
            "of two pots, who is paid from interest, and from what reserves and traps release",
            '["fee:om", "interest:senior", "divert:oc", "residual:equity"]',
            "only with `principal`",
        ),
    ] = None
    principal: Annotated[
        list[values.RungText] | None,
        _RUNGS,
        Key(
            "of two pots, who is paid from principal, behind what lenders' interest lacks",
            '["all:senior", "residual:equity"]',
            "only with `interest`",
        ),
    ] = None
    enforcement: Annotated[
        list[values.RungText] | None,
        _RUNGS,
        Key(
            "who is paid while a test of `enforce_on` fails",
            '["fee:om", "interest:senior", "all:senior", "residual:equity"]',
            "none; required with `enforce_on`",
        ),
    ] = None
    enforce_on: Annotated[
        list[str],
        Kind("a list of ids of tests"),
        Key("tests that switch to the enforcement ladder", '["default"]', "[]"),
    ] = []


class CleanUpCall(Table):
    by: Annotated[
        values.Name,
        Key(
            "who may call the deal, and pays what is missing; `deploy --payee` gives the label an address", '"sponsor"'
        ),
    ]
    below: Annotated[
        values.Part,
        Key(
            "a call is allowed once the lenders' faces less principal paid are this part of the faces, or less; "
            "write-downs do not count",
            '"0.10"',
        ),
    ]


class HolderDates(Table):
    retail: Annotated[values.Day | None, Key("of retail investors", "2027-01-01", "none")] = None
    professional: Annotated[values.Day | None, Key("of professional investors", "2027-01-01", "none")] = None
    accredited: Annotated[values.Day | None, Key("of accredited investors", "2027-01-01", "none")] = None


class HolderTranche(Table):
    id: Annotated[values.Identifier, Key("the tranche", '"senior"')]
    classes: Annotated[
        list[values.ClassWord] | None,
        Kind(f"a list of {values.CLASSES}", {"minItems": 1}),
        Key("who may receive its shares", '["professional", "accredited"]', "every class, and investors without one"),
    ] = None
    investors: Annotated[
        values.Investors | None, Key("the most investors, however many accounts each has", "99", "no limit")
    ] = None
    largest: Annotated[
        values.Part | None, Key("the largest part of the tranche that one investor may buy", '"0.25"', "no limit")
    ] = None
    minimum: Annotated[
        values.Shares | None, Key("the fewest whole shares that an account with any may have", "100", "no limit")
    ] = None
    lot: Annotated[
        values.Shares | None,
        Key("whole shares move in multiples of this, or all that an account has", "10", "any amount"),
    ] = None


class Document(Table):
    title: Annotated[values.Name, Key("what it is", '"Offering memorandum"')]
    link: Annotated[values.Link, Key("where it can be read", '"https://example.com/om.pdf"')]
    sha256: Annotated[values.Sha256, Key("the SHA-256 of its bytes", '"%s"' % ("0f" * 32))]


class Holders(Table):
    allow: Annotated[
        list[values.Country] | None,
        Kind(f"a list such as [276, 528]; each {values.COUNTRY}", {"minItems": 1}),
        Key("the only countries whose investors may receive shares", "[276, 528]", "every country; not with `deny`"),
    ] = None
    deny: Annotated[
        list[values.Country] | None,
        Kind(f"a list such as [840]; each {values.COUNTRY}", {"minItems": 1}),
        Key("countries whose investors may receive no shares, nor investors without a country", "[840]", "none"),
    ] = None
    keep_until: Annotated[
        HolderDates | None,
        Kind("a table such as {retail = 2027-01-01}"),
        Key("by class, the day before which its investors send no shares", "{ retail = 2027-01-01 }", "none"),
    ] = None
    tranche: Annotated[
        list[HolderTranche],
        Kind("tables [[holders.tranche]], each tranche once"),
        Key("rules of a tranche", '[{ id = "senior", minimum = 100 }]', "[]"),
    ] = []


class OfferedTranche(Table):
    id: Annotated[values.Identifier, Key("the tranche, all of whose shares are sold", '"senior"')]
    price: Annotated[values.Amount, Key("the price of a unit: par, discount or premium", '"1_000.00"')]
    least: Annotated[values.Shares, Key("units that a holder must have in all", "5", "1")] = 1
    most: Annotated[values.Shares | None, Key("units that a holder may have in all", "60", "all there are")] = None


class OfferingFee(Table):
    payee: Annotated[values.Name, Key("who is paid; `deploy --payee` gives the label an address", '"arranger"')]
    amount: Annotated[values.Amount, Key("what it gets of the proceeds at closing", '"2_000.00"')]


class Offering(Table):
    deadline: Annotated[
        values.Day,
        Key("the day at whose beginning, in UTC, subscriptions end; not after the deal's closing", "2026-03-31"),
    ]
    grace: Annotated[values.Grace, Key("days after the deadline in which it can be closed, or it has failed", "10")]
    tranches: Annotated[
        list[OfferedTranche],
        Kind('a list such as [{id = "senior", price = "1_000.00"}]'),
        Key("what is sold, in the order of the tranches", '[{ id = "senior", price = "1_000.00" }]'),
    ]
    project: Annotated[values.Name, Key("who gets the proceeds, less fees and opening reserves", '"project"')]
    unit: Annotated[values.Shares, Key("whole shares in a unit, the least that can be bought", "1_000", "1")] = 1
    soft_cap: Annotated[values.Amount, Key("what must be subscribed by the deadline", '"40_000"', '"0"')] = Exact(0, 0)
    underwriter: Annotated[
        values.Name | None,
        Key("who buys what is left at the deadline, at the same prices", '"bank"', "nobody: it fails unless sold out"),
    ] = None
    cancel: Annotated[values.Name | None, Key("who may cancel before the soft cap is met", '"sponsor"', "nobody")] = (
        None
    )
    fees: Annotated[
        list[OfferingFee],
        Kind('a list such as [{payee = "arranger", amount = "2_000.00"}]'),
        Key("what is paid from the proceeds", '[{ payee = "arranger", amount = "2_000.00" }]', "[]"),
    ] = []


class DealFile(Table):
    deal: Annotated[Deal, Kind("one table [deal]"), Key("the deal and its calendar", "[deal]")]
    tranche: Annotated[
        list[Tranche],
        Kind(f"2 to {MAX_TRANCHES} tables [[tranche]]", {"minItems": 2, "maxItems": MAX_TRANCHES}),
        Key("the classes of claims, most senior first, equity last", "[[tranche]]"),
    ]
    fee: Annotated[
        list[Fee],
        Kind(f"at most {MAX_FEES} tables [[fee]]", {"maxItems": MAX_FEES}),
        Key("payments for services", "[[fee]]", "none"),
    ] = []
    reserve: Annotated[
        list[Reserve],
        Kind(f"at most {MAX_RESERVES} tables [[reserve]]", {"maxItems": MAX_RESERVES}),
        Key("cash held for rungs that fall short", "[[reserve]]", "none"),
    ] = []
    test: Annotated[
        list[CoverageTest],
        Kind(f"at most {MAX_TESTS} tables [[test]]", {"maxItems": MAX_TESTS}),
        Key("covenants, which switch rungs or the ladder", "[[test]]", "none"),
    ] = []
    field: Annotated[
        list[ReportField],
        Kind(f"at most {MAX_FIELDS} tables [[field]]", {"maxItems": MAX_FIELDS}),
        Key("figures that each period's report may give, beside loss and asset value", "[[field]]", "none"),
    ] = []
    promote: Annotated[
        Promote | None,
        Kind("one table [promote]"),
        Key("how two classes of equity, an investor's and a sponsor's, share the residual", "[promote]", "none"),
    ] = None
    ladder: Annotated[Ladders, Kind("one table [ladder]"), Key("the priority of payments", "[ladder]")]
    call: Annotated[
        CleanUpCall | None,
        Kind('a table such as {by = "sponsor", below = "0.10"}'),
        Key("the right to repay what is left of the lenders, which ends the deal", "[call]", "none"),
    ] = None
    document: Annotated[
        list[Document],
        Kind(f"at most {MAX_DOCUMENTS} tables [[document]]", {"maxItems": MAX_DOCUMENTS}),
        Key("legal documents, which the terms name by link and hash", "[[document]]", "none"),
    ] = []
    holders: Annotated[
        Holders | None,
        Kind("one table [holders]"),
        Key("who may hold shares, by a policy that the launch sets up", "[holders]", "everybody may"),
    ] = None
    offering: Annotated[
        Offering | None,
        Kind("one table [offering]"),
        Key("how shares are sold before the deal exists", "[offering]", "none"),
    ] = None


def kind_of(field: FieldInfo) -> Kind | None:
    """What the values of a field may be."""
    return next(_found(Kind, field), None)


def key_of(field: FieldInfo) -> Key:
    """What a key is. Raises StopIteration for one that nobody described."""
    return next(_found(Key, field))


def _found(what: type[Found], field: FieldInfo) -> Iterator[Found]:
    """In a field's metadata, then inside Annotated[…] | None."""
    inside = [each for part in getattr(field.annotation, "__args__", ()) for each in getattr(part, "__metadata__", ())]
    return (each for each in (*field.metadata, *inside) if isinstance(each, what))
