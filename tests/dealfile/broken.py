# ruff: noqa: E501 - a refusal is one line, here too
"""Broken deal files: each an edit of one valid file, and the line it is refused with.

`docs/ERRORS.md` is written from this table: `python -m tests.dealfile.broken` from the project's root.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

SOUND = """\
[deal]
name = "Sound"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 3
periods = 8
roll = "following"

[[tranche]]
id = "senior"
symbol = "SND-A"
face = "800_000.00"
coupon = "0.06"
day_count = "30/360"
principal = { kind = "level" }
arrears = "coupon"

[[tranche]]
id = "mezz"
symbol = "SND-B"
face = "150_000.00"
coupon = "0.09"
principal = { kind = "bullet" }

[[tranche]]
id = "equity"
symbol = "SND-E"
residual = true

[[fee]]
id = "om"
payee = "operator"
fixed = "2_000.00"
opex = true

[[reserve]]
id = "dsra"
months = 6
supports = ["interest:senior", "principal:senior"]

[[test]]
id = "lockup"
metric = "dscr"
of = "senior"
below = "1.15"

[ladder]
normal = [
  "fee:om",
  "interest:senior",
  "principal:senior",
  "reserve:dsra",
  "interest:mezz",
  "principal:mezz",
  "trap?lockup",
  "residual:equity",
]
"""

FACE = 'face = "800_000.00"'
LEVEL = '{ kind = "level" }'
SENIOR = '"interest:senior",\n  "principal:senior"'


def calendar(keys: str, day_count: str) -> tuple[str, str]:
    """The edit that gives the deal other dates, and its senior tranche another day count."""
    old = SOUND[SOUND.index("closing") : SOUND.index("principal")]
    new = old.replace("closing = 2026-01-01\nmonths = 3\nperiods = 8", keys)
    return old, new.replace("30/360", day_count)


def floating(coupon: str, unit: str = "ratio", before: str = 'coupon = "0.09"') -> tuple[str, str]:
    """The edit that gives a tranche another coupon, and the deal a field for its index."""
    old = SOUND[SOUND.index(before) : SOUND.index("[ladder]")]
    return old, old.replace(before, f"coupon = {coupon}", 1) + f'[[field]]\nid = "sofr"\nunit = "{unit}"\n\n'


BOTTOM = SOUND[SOUND.index("[[test]]") :]
"""The test and the ladder, which make room for a test that diverts and for two pots."""


def deferring(old: str, new: str, before: str = 'principal = { kind = "bullet" }') -> tuple[str, str]:
    """The edit that lets a tranche defer its interest, and changes the ladder."""
    tail = SOUND[SOUND.index(before) :]
    return tail, "may_defer = true\n" + tail.replace(old, new, 1)


HOLDERS = """\
[holders]
deny = [840]
keep_until = { retail = 2027-01-01 }

[[holders.tranche]]
id = "senior"
classes = ["professional", "accredited"]
investors = 99
largest = "0.25"
minimum = 100
lot = 10

"""


def held(old: str, new: str) -> tuple[str, str]:
    """The edit that gives the deal rules for holders, and changes one of them."""
    assert old in HOLDERS, old
    return "[ladder]", HOLDERS.replace(old, new, 1) + "[ladder]"


CLASSES = """\
[[tranche]]
id = "lp"
symbol = "SND-L"
residual = true

[[tranche]]
id = "gp"
symbol = "SND-G"
residual = true

[promote]
investor = "lp"
sponsor = "gp"
capital = "100_000.00"
tiers = [
  { until = "0.08" },
  { catch_up = "0.20" },
  { until = "0.15", investor = "0.80" },
  { investor = "0.70" },
]
"""


def promoting(old: str, new: str) -> tuple[str, str]:
    """The edit that makes two classes of the deal's equity, and changes one thing of that."""
    tail = SOUND[SOUND.index('[[tranche]]\nid = "equity"') :]
    fees = tail[tail.index("[[fee]]") :].replace("residual:equity", "residual:lp+gp")
    assert old in CLASSES + fees, old
    return tail, (CLASSES + "\n" + fees).replace(old, new, 1)


OFFERING = """\
[offering]
deadline = 2025-12-31
grace = 10
unit = 1_000
soft_cap = "400_000"
project = "project"
underwriter = "bank"
tranches = [{ id = "senior", price = "1_000.00", least = 5, most = 600 }]
fees = [{ payee = "arranger", amount = "2_000.00" }]

"""


def offering(old: str, new: str) -> tuple[str, str]:
    """The edit that has the senior tranche sold before there is a deal, and changes one thing of that."""
    assert old in OFFERING, old
    return "[ladder]", OFFERING.replace(old, new, 1) + "[ladder]"


class Broken(NamedTuple):
    """One edit of SOUND, `old` → `new`, and the refusal without the file's name."""

    old: str
    new: str
    refusal: str

    @property
    def text(self) -> str:
        assert SOUND.count(self.old) >= 1, self.old
        return SOUND.replace(self.old, self.new, 1)


BROKEN = [
    Broken(
        *offering("deadline = 2025-12-31", "deadline = 2026-01-02"),
        "49: offering.deadline = 2026-01-02: after the deal's closing; accepted: 2026-01-01 or before",
    ),
    Broken(
        *offering("deadline = 2025-12-31\n", ""),
        "48: offering.deadline = (missing): required; accepted: a date without quotes from 1970-01-01 to 2149-06-06",
    ),
    Broken(
        *offering("grace = 10", "grace = 92"),
        "50: offering.grace = 92: the deal could be launched after its first payment date; accepted: days that end by 2026-04-01",
    ),
    Broken(
        *offering("grace = 10", "grace = 0"),
        "50: offering.grace = 0: out of range; accepted: a whole number of days from 1 to 255",
    ),
    Broken(
        *offering("unit = 1_000", "unit = 3"),
        "51: offering.unit = 3: does not divide the 800,000 shares of senior; accepted: a number that divides them into at most 1,099,511,627,775 units",
    ),
    Broken(
        *offering("unit = 1_000", "unit = 0"),
        "51: offering.unit = 0: out of range; accepted: a whole number of shares, 1 or more",
    ),
    Broken(
        *offering('soft_cap = "400_000"', 'soft_cap = "800_000.000001"'),
        '52: offering.soft_cap = "800_000.000001": more than all units cost; accepted: at most 800000',
    ),
    Broken(
        *offering('project = "project"\n', ""),
        "48: offering.project = (missing): required; accepted: 1 to 64 bytes of text on one line",
    ),
    Broken(
        *offering('id = "senior"', 'id = "junior"'),
        '55: offering.tranches.junior.id = "junior": no tranche has this id; accepted: senior, mezz, equity',
    ),
    Broken(
        *offering("tranches = [{ id", 'tranches = [{ id = "mezz", price = "1_000" }, { id'),
        '55: offering.tranches.senior.id = "senior": not in the order of the tranches, each once; accepted: the deal file\'s order',
    ),
    Broken(
        *offering('tranches = [{ id = "senior", price = "1_000.00", least = 5, most = 600 }]', "tranches = []"),
        "55: offering.tranches = []: nothing is sold; accepted: at least one tranche",
    ),
    Broken(
        *offering('price = "1_000.00"', 'price = "0"'),
        '55: offering.tranches.senior.price = "0": no price; accepted: an amount above 0',
    ),
    Broken(
        *offering('price = "1_000.00"', 'price = "1_000.0000001"'),
        '55: offering.tranches.senior.price = "1_000.0000001": 7 decimals, the asset has 6; accepted: at most 6 decimals',
    ),
    Broken(
        *offering('price = "1_000.00"', 'price = "309_485_009_821_345_068_725"'),
        '55: offering.tranches.senior.price = "309_485_009_821_345_068_725": too large; accepted: at most 309485009821345068724.781055',
    ),
    Broken(
        *offering("most = 600", "most = 801"),
        "55: offering.tranches.senior.most = 801: there are 800 units; accepted: at most 800",
    ),
    Broken(
        *offering("least = 5", "least = 601"),
        "55: offering.tranches.senior.least = 601: more than a holder may have; accepted: at most 600",
    ),
    Broken(
        *offering('amount = "2_000.00"', 'amount = "800_000.000001"'),
        '55: offering.tranches = [{id = "senior", price = "1_000.00", least = 5, most = 600}]: fees and opening reserves are more than all units cost; accepted: at least 800000.000001 in all',
    ),
    Broken(
        *offering('underwriter = "bank"', 'underwritter = "bank"'),
        '54: offering.underwritter = "bank": unknown key, did you mean "underwriter"?; accepted: deadline, grace, tranches, project, unit, soft_cap, underwriter, cancel, fees',
    ),
    Broken(
        "[ladder]",
        '[call]\nby = "sponsor"\nbelow = "0"\n\n[ladder]',
        '50: call.below = "0": out of range; accepted: a part as a string, above 0 and at most 1, "0.10" for 10 %',
    ),
    Broken(
        "[ladder]",
        '[call]\nby = "sponsor"\nbelow = "1.01"\n\n[ladder]',
        '50: call.below = "1.01": out of range; accepted: a part as a string, above 0 and at most 1, "0.10" for 10 %',
    ),
    Broken(
        "[ladder]",
        '[call]\nby = "sponsor"\nbelow = 0.1\n\n[ladder]',
        '50: call.below = 0.1: a rate or ratio must be exact: write it as a string; accepted: "0.1"',
    ),
    Broken(
        "[ladder]",
        '[call]\nby = "sponsor"\nbelow = 10\n\n[ladder]',
        '50: call.below = 10: out of range; accepted: a part as a string, above 0 and at most 1, "0.10" for 10 %',
    ),
    Broken(
        "[ladder]",
        '[call]\nby = "sponsor"\nbelow = "10%"\n\n[ladder]',
        '50: call.below = "10%": not a percentage: 6.25 % is written 0.0625; accepted: a part as a string, above 0 and at most 1, "0.10" for 10 %',
    ),
    Broken(
        "[ladder]",
        '[call]\nbelow = "0.10"\n\n[ladder]',
        "48: call.by = (missing): required; accepted: 1 to 64 bytes of text on one line",
    ),
    Broken(
        "[ladder]",
        '[call]\nby = "sponsor"\n\n[ladder]',
        '48: call.below = (missing): required; accepted: a part as a string, above 0 and at most 1, "0.10" for 10 %',
    ),
    Broken(
        "[ladder]",
        '[call]\nby = ""\nbelow = "0.10"\n\n[ladder]',
        '49: call.by = "": empty; accepted: 1 to 64 bytes of text on one line',
    ),
    Broken(
        "[ladder]",
        '[call]\nby = "sponsor"\nbelow = "0.10"\nprice = "100"\n\n[ladder]',
        '51: call.price = "100": unknown key; accepted: by, below',
    ),
    Broken(
        "[ladder]",
        '[[call]]\nby = "sponsor"\nbelow = "0.10"\n\n[ladder]',
        '48: call = [{by = "sponsor", below = "0.10"}]: not a table; accepted: a table such as {by = "sponsor", below = "0.10"}',
    ),
    Broken(
        "[ladder]",
        '[[field]]\nid = "call"\nunit = "count"\n\n[ladder]',
        '49: field.call.id = "call": every flows file may have this column already; accepted: another id',
    ),
    Broken(
        "months = 3",
        "months = 3\npayment_delay = 10bd",
        '7: payment_delay = 10bd: not TOML: Expected newline or end of document after a statement; accepted: business days in quotes, "5bd"',
    ),
    Broken(
        'coupon = "0.09"',
        'coupon = { index = "sofr", margin = "0.02", cap = "0.09", initial = "0.04" }',
        '23: tranche.mezz.coupon.index = "sofr": no field is "sofr"; accepted: a [[field]] with id = "sofr" and unit = "ratio"',
    ),
    Broken(
        *floating('{ index = "libor", margin = "0.02", cap = "0.09", initial = "0.04" }'),
        '23: tranche.mezz.coupon.index = "libor": no field is "libor"; accepted: sofr',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "0.09", initial = "0.04" }', unit="count"),
        '23: tranche.mezz.coupon.index = "sofr": no ratio; accepted: a [[field]] with id = "sofr" and unit = "ratio"',
    ),
    Broken(
        *floating(
            '{ index = "sofr", margin = "0.02", cap = "0.09", initial = "0.04" }\nsteps = [{ from = 2026-04-01, coupon = "0.05" }]'
        ),
        '24: tranche.mezz.steps = [{from = 2026-04-01, coupon = "0.05"}]: a coupon that follows an index has no steps; accepted: a rate as coupon, or no steps',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "0.09", initial = "0.04" }', before='coupon = "0.06"'),
        '14: tranche.senior.coupon = {index = "sofr", margin = "0.02", cap = "0.09", initial = "…: a level schedule needs every coupon at closing; accepted: another kind of principal, or a rate as coupon',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", floor = "0.1", cap = "0.09", initial = "0.04" }'),
        '23: tranche.mezz.coupon.cap = "0.09": below floor and margin together: the index could never change the coupon; accepted: more than 0.12, or a rate as coupon',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "0", initial = "0.04" }'),
        '23: tranche.mezz.coupon.cap = "0": the coupon would always be 0; accepted: a rate above 0',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "11", initial = "0.04" }'),
        '23: tranche.mezz.coupon.cap = "11": above 1000 %; accepted: at most 10',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "12", cap = "9", initial = "0.04" }'),
        '23: tranche.mezz.coupon.margin = "12": above 1000 %; accepted: at most 10',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "9", initial = "15" }'),
        '23: tranche.mezz.coupon.initial = "15": above 1000 %; accepted: at most 10',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", initial = "0.04" }'),
        '23: tranche.mezz.coupon.cap = (missing): required; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "0.09" }'),
        '23: tranche.mezz.coupon.initial = (missing): required; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        *floating('{ index = "sofr", cap = "0.09", initial = "0.04" }'),
        '23: tranche.mezz.coupon.margin = (missing): required; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        *floating('{ margin = "0.02", cap = "0.09", initial = "0.04" }'),
        "23: tranche.mezz.coupon.index = (missing): required; accepted: a lower-case letter, then lower-case letters, digits and _, 31 at most",
    ),
    Broken(
        *floating('{ index = "sofr", spread = "0.02", cap = "0.09", initial = "0.04" }'),
        '23: tranche.mezz.coupon.spread = "0.02": unknown key; accepted: index, margin, floor, cap, initial, reset, stale',
    ),
    Broken(
        *floating('{ index = "sofr", margin = 0.02, cap = "0.09", initial = "0.04" }'),
        '23: tranche.mezz.coupon.margin = 0.02: a rate or ratio must be exact: write it as a string; accepted: "0.02"',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "0.09", initial = "0.04", reset = "monthly" }'),
        '23: tranche.mezz.coupon.reset = "monthly": unknown; accepted: advance, arrears',
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "0.09", initial = "0.04", stale = 1.5 }'),
        "23: tranche.mezz.coupon.stale = 1.5: not a whole number; accepted: a whole number from 0 to 480",
    ),
    Broken(
        *floating('{ index = "sofr", margin = "0.02", cap = "0.09", initial = "0.04", stale = 481 }'),
        "23: tranche.mezz.coupon.stale = 481: out of range; accepted: a whole number from 0 to 480",
    ),
    Broken(
        'coupon = "0.09"',
        'coupon = "SOFR + 0.02"',
        '23: tranche.mezz.coupon = "SOFR + 0.02": not a decimal number; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        'coupon = "0.09"',
        "coupon = true",
        '23: tranche.mezz.coupon = true: not a rate or ratio; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        '{ kind = "bullet" }',
        '{ kind = "target_oc" }',
        '24: tranche.mezz.principal.ratio = (missing): the target is missing; accepted: one of ratio = "1.25" and amount = "250_000"',
    ),
    Broken(
        '{ kind = "bullet" }',
        '{ kind = "target_oc", ratio = "1.25", amount = "5" }',
        '24: tranche.mezz.principal.amount = "5": not allowed together with ratio; accepted: one of ratio = "1.25" and amount = "250_000"',
    ),
    Broken(
        '{ kind = "bullet" }',
        '{ kind = "target_oc", ratio = "0.8" }',
        '24: tranche.mezz.principal.ratio = "0.8": out of range; accepted: a ratio from 1 to 1000',
    ),
    Broken(
        '{ kind = "bullet" }',
        '{ kind = "target_oc", ratio = "1001" }',
        '24: tranche.mezz.principal.ratio = "1001": out of range; accepted: a ratio from 1 to 1000',
    ),
    Broken(
        '{ kind = "bullet" }',
        '{ kind = "target_oc", amount = "-1" }',
        '24: tranche.mezz.principal.amount = "-1": negative; accepted: an amount of 0 or more as a string, "7_000_000.00", or a whole number',
    ),
    Broken(
        '{ kind = "bullet" }',
        '{ kind = "target_oc", amount = "0.0000001" }',
        '24: tranche.mezz.principal.amount = "0.0000001": 7 decimals, the asset has 6; accepted: at most 6 decimals',
    ),
    Broken(
        '{ kind = "bullet" }',
        '{ kind = "target_oc", ratio = "1.25", dscr = "1.3" }',
        '24: tranche.mezz.principal.dscr = "1.3": target_oc does not take this key; accepted: the keys kind, ratio, amount',
    ),
    Broken(
        '{ kind = "bullet" }',
        '{ kind = "cash", ratio = "1.25" }',
        '24: tranche.mezz.principal.ratio = "1.25": cash does not take this key; accepted: kind only',
    ),
    Broken(
        '"interest:mezz"',
        '"interest:mezz!lockup"',
        '54: ladder.normal[5] = "interest:mezz!lockup": mezz: its interest may not be deferred; accepted: may_defer = true in that tranche, or the rung without !test',
    ),
    Broken(
        *deferring(
            '"interest:mezz",\n  "principal:mezz",\n  "trap?lockup",',
            '"interest:mezz!lockup",\n  "principal:mezz",\n  "trap?lockup",',
        ),
        '55: ladder.normal[5] = "interest:mezz!lockup": cash it does not take could pay somebody junior; accepted: trap?lockup directly below, or sweeps with ?lockup and then interest:mezz?lockup',
    ),
    Broken(
        *deferring(
            '"interest:mezz",\n  "principal:mezz",\n  "trap?lockup",',
            '"interest:mezz!nothing",\n  "trap?lockup",\n  "principal:mezz",',
        ),
        '55: ladder.normal[5] = "interest:mezz!nothing": no test is "nothing"; accepted: lockup',
    ),
    Broken(
        *deferring(
            '"interest:mezz",\n  "principal:mezz",\n  "trap?lockup",',
            '"interest:mezz",\n  "principal:mezz!lockup",\n  "trap?lockup",',
        ),
        '56: ladder.normal[6] = "principal:mezz!lockup": only interest can be deferred; accepted: principal with ?test, or no test',
    ),
    Broken(
        *deferring(
            '"interest:mezz",\n  "principal:mezz",\n  "trap?lockup",',
            '"interest:mezz",\n  "principal:mezz",\n  "trap!lockup",',
        ),
        '57: ladder.normal[7] = "trap!lockup": only interest can be deferred; accepted: trap with ?test, or no test',
    ),
    Broken(
        *deferring(
            '"interest:mezz",\n  "principal:mezz",\n  "trap?lockup",',
            '"interest:mezz",\n  "trap?lockup",\n  "principal:mezz",',
        ),
        '56: ladder.normal[6] = "trap?lockup": comes before a rung that must be paid first; accepted: a position after rung 7, principal:mezz',
    ),
    Broken(
        *deferring(
            '"interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",',
            '"interest:senior!lockup",\n  "trap?lockup",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",',
            before='arrears = "coupon"',
        ),
        '52: ladder.normal[2] = "interest:senior!lockup": the trap below would stop the principal of senior too; accepted: principal:senior above this rung',
    ),
    Broken(
        *deferring(
            '"interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n]',
            '"interest:mezz!lockup",\n  "trap?lockup",\n  "principal:mezz",\n  "residual:equity",\n]\nenforcement = ["interest:senior", "all:senior", "interest:mezz!lockup", "all:mezz", "residual:equity"]\nenforce_on = ["lockup"]',
        ),
        '60: ladder.enforcement[3] = "interest:mezz!lockup": nothing is deferred in enforcement; accepted: the rung without !test',
    ),
    Broken(
        "residual = true",
        "residual = true\nmay_defer = true",
        "30: tranche.equity.may_defer = true: equity takes only the residual; accepted: no such key",
    ),
    Broken(
        'coupon = "0.06"',
        'coupon = "0.06"\nmay_defer = true',
        "15: tranche.senior.may_defer = true: no rung defers its interest; accepted: a rung interest:senior!test in ladder.normal, or no may_defer",
    ),
    Broken(
        'coupon = "0.06"',
        'coupon = "0.06"\nmay_defer = "yes"',
        '15: tranche.senior.may_defer = "yes": not true or false; accepted: true, false',
    ),
    Broken(
        'supports = ["interest:senior", "principal:senior"]',
        'supports = ["interest:senior!lockup", "principal:senior"]',
        '40: reserve.dsra.supports[1] = "interest:senior!lockup": more than a kind and one id; accepted: interest:id, principal:id, all:id, fee:id',
    ),
    Broken(
        "closing = 2026-01-01",
        "closing = 2026-02-30",
        "5: closing = 2026-02-30: not TOML: Invalid date or datetime; accepted: a date of the calendar such as 2026-01-31",
    ),
    Broken(
        'name = "Sound"',
        'name = "Sound',
        "2: name = \"Sound: not TOML: Illegal character '\\n'; accepted: text that ends with the quote it begins with",
    ),
    Broken(
        'name = "Sound"',
        "name = Sound",
        '2: name = Sound: not TOML: Invalid value; accepted: text in double quotes, "name"; a number or a date in figures',
    ),
    Broken(
        "closing = 2026-01-01",
        "closing = 01.01.2026",
        "5: closing = 01.01.2026: not TOML: Expected newline or end of document after a statement; accepted: a date with the year first, 2026-01-31",
    ),
    Broken(
        "closing = 2026-01-01",
        "closing = 01.02.2026  # the day of the sale",
        "5: closing = 01.02.2026  # the day of the sale: not TOML: Expected newline or end of document after a statement; accepted: a date with the year first, 2026-01-31",
    ),
    Broken(
        "opex = true",
        "opex = yes",
        "35: opex = yes: not TOML: Invalid value; accepted: true or false, in small letters",
    ),
    Broken(
        'fixed = "2_000.00"',
        "fixed = 2000 USDC",
        "34: fixed = 2000 USDC: not TOML: Expected newline or end of document after a statement; accepted: a number alone, without a unit",
    ),
    Broken(
        "closing = 2026-01-01",
        "closing = 2026/01/01",
        "5: closing = 2026/01/01: not TOML: Expected newline or end of document after a statement; accepted: a date of the calendar such as 2026-01-31",
    ),
    Broken(
        FACE,
        "face = 800,000",
        "13: face = 800,000: not TOML: Expected newline or end of document after a statement; accepted: a number without separators of thousands, or with 1_000_000",
    ),
    Broken(
        'coupon = "0.09"',
        "coupon = 9 %",
        '23: coupon = 9 %: not TOML: Expected newline or end of document after a statement; accepted: a fraction in quotes, "0.05" for 5 %',
    ),
    Broken(
        "decimals = 6",
        "decimals = 6\ndecimals = 6",
        "5: decimals = 6: not TOML: Cannot overwrite a value; accepted: each key once",
    ),
    Broken(
        "periods = 8",
        "period = 8",
        '7: deal.period = 8: unknown key, did you mean "periods"?; accepted: name, asset, decimals, closing, months, first, month_end, periods, dates, roll, holidays, payment_delay, grace, accrue, write_down, lifetime_cash',
    ),
    Broken(
        "[[fee]]",
        "[[fees]]",
        '31: fees = [{id = "om", payee = "operator", fixed = "2_000.00", opex =…: unknown key, did you mean "fee"?; accepted: deal, tranche, fee, reserve, test, field, promote, ladder, call, document, holders, offering',
    ),
    Broken(
        "[[test]]",
        "[test]",
        '42: test = {id = "lockup", metric = "dscr", of = "senior", below = "1.…: not a list of tables: write [[double brackets]]; accepted: at most 8 tables [[test]]',
    ),
    Broken(
        'symbol = "SND-A"\n',
        "",
        "10: tranche.senior.symbol = (missing): required; accepted: 1 to 31 bytes without spaces",
    ),
    Broken(
        'coupon = "0.09"',
        'cupon = "0.09"',
        '23: tranche.mezz.cupon = "0.09": unknown key, did you mean "coupon"?; accepted: id, symbol, residual, face, shares, coupon, steps, day_count, pik, pik_until, may_defer, principal, arrears',
    ),
    Broken(
        'principal = { kind = "bullet" }\n',
        "",
        '19: tranche.mezz.principal = (missing): required; accepted: a table such as {kind = "level"}; kinds: bullet, linear, level, custom, sculpted, cash, target_oc',
    ),
    Broken(
        'principal = { kind = "bullet" }',
        'principal = { kind = "bullet", baloon = "1" }',
        '24: tranche.mezz.principal.baloon = "1": unknown key, did you mean "balloon"?; accepted: kind, ratio, amount, amounts, dscr, cfads, interest_only, amortise_over, balloon',
    ),
    Broken(
        'principal = { kind = "bullet" }',
        'principal = { kind = "bullet", balloon = "1" }',
        '24: tranche.mezz.principal.balloon = "1": bullet does not take this key; accepted: kind only',
    ),
    Broken(
        LEVEL,
        '{ kind = "level", balloon = "1", amortise_over = 9 }',
        '16: tranche.senior.principal.balloon = "1": not allowed together with amortise_over; accepted: one of the two',
    ),
    Broken(
        LEVEL,
        '{ kind = "level", balloon = "800_000" }',
        '16: tranche.senior.principal.balloon = "800_000": leaves nothing to repay in instalments; accepted: less than the face, 800000',
    ),
    Broken(
        LEVEL,
        '{ kind = "level", interest_only = 8 }',
        "16: tranche.senior.principal.interest_only = 8: leaves no period for an instalment; accepted: at most 7",
    ),
    Broken(
        LEVEL,
        '{ kind = "level", amortise_over = 0 }',
        "16: tranche.senior.principal.amortise_over = 0: out of range; accepted: a whole number from 1 to 480",
    ),
    Broken(
        SOUND[SOUND.index("months = 3") : SOUND.index("\narrears")],
        SOUND[SOUND.index("months = 3") : SOUND.index("\narrears")]
        .replace("months = 3\nperiods = 8", "dates = [2026-07-01, 2027-01-01, 2027-07-01]")
        .replace(LEVEL, '{ kind = "level", interest_only = 1, amortise_over = 4 }'),
        "15: tranche.senior.principal.amortise_over = 4: 2 instalments would come after the last of dates; accepted: at most 2, or months",
    ),
    Broken(
        "[ladder]",
        "[waterfall]",
        '48: waterfall = {normal = ["fee:om", "interest:senior", "principal:senior",…: unknown key; accepted: deal, tranche, fee, reserve, test, field, promote, ladder, call, document, holders, offering',
    ),
    Broken('name = "Sound"', 'name = ""', '2: deal.name = "": empty; accepted: 1 to 64 bytes of text on one line'),
    Broken(
        'asset = "USDC"',
        'asset = "US DC"',
        '3: deal.asset = "US DC": a space or control character that is not allowed; accepted: 1 to 31 bytes without spaces',
    ),
    Broken(
        "decimals = 6",
        "decimals = 19",
        "4: deal.decimals = 19: out of range; accepted: a whole number from 0 to 18, the asset's own",
    ),
    Broken(
        "decimals = 6",
        'decimals = "6"',
        '4: deal.decimals = "6": not a whole number; accepted: a whole number from 0 to 18, the asset\'s own',
    ),
    Broken(
        "closing = 2026-01-01",
        'closing = "2026-01-01"',
        '5: deal.closing = "2026-01-01": text, not a date; accepted: a date without quotes from 1970-01-01 to 2149-06-06',
    ),
    Broken(
        "closing = 2026-01-01",
        "closing = 2026-01-01T12:00:00Z",
        "5: deal.closing = 2026-01-01T12:00:00+00:00: a date with a time of day; accepted: a date without quotes from 1970-01-01 to 2149-06-06",
    ),
    Broken(
        "closing = 2026-01-01",
        "closing = 1969-12-31",
        "5: deal.closing = 1969-12-31: outside the range the chain can store; accepted: a date without quotes from 1970-01-01 to 2149-06-06",
    ),
    Broken(
        "months = 3", "months = 0", "6: deal.months = 0: out of range; accepted: a whole number of months from 1 to 120"
    ),
    Broken(
        "periods = 8", "periods = 481", "7: deal.periods = 481: out of range; accepted: a whole number from 1 to 480"
    ),
    Broken(
        "months = 3\nperiods = 8",
        "months = 12\nperiods = 200",
        "7: deal.periods = 200: the last period would end after 2149-06-06; accepted: at most 123 periods",
    ),
    Broken(
        "months = 3\n",
        "",
        "1: deal.months = (missing): required unless dates is given; accepted: months and periods, or dates",
    ),
    Broken(
        "months = 3",
        "months = 3\nfirst = 2026-01-01",
        "7: deal.first = 2026-01-01: not after closing, 2026-01-01; accepted: a date after 2026-01-01",
    ),
    Broken(
        "months = 3\nperiods = 8",
        "dates = [2026-04-01, 2026-04-01]",
        "6: deal.dates[2] = 2026-04-01: not after the date before it, 2026-04-01; accepted: a date after 2026-04-01",
    ),
    Broken(
        "months = 3\nperiods = 8",
        "dates = [2025-04-01]",
        "6: deal.dates[1] = 2025-04-01: not after closing, 2026-01-01; accepted: a date after 2026-01-01",
    ),
    Broken(
        "periods = 8",
        "periods = 8\ndates = [2026-04-01]",
        "6: deal.months = 3: not allowed together with dates; accepted: either dates, or months, first, periods and month_end",
    ),
    Broken(
        "months = 3\nperiods = 8",
        "month_end = true\ndates = [2026-04-01]",
        "6: deal.month_end = true: not allowed together with dates; accepted: either dates, or months, first, periods and month_end",
    ),
    Broken(
        "months = 3",
        "months = 3\nmonth_end = true",
        "7: deal.month_end = true: the dates are counted from closing, 2026-01-01, which is not the last day of its month; accepted: false, or first = 2026-01-31",
    ),
    Broken(
        "months = 3",
        "months = 3\nfirst = 2026-04-15\nmonth_end = true",
        "8: deal.month_end = true: the dates are counted from first, 2026-04-15, which is not the last day of its month; accepted: false, or first = 2026-04-30",
    ),
    Broken(
        "months = 3",
        'months = 3\nmonth_end = "yes"',
        '7: deal.month_end = "yes": not true or false; accepted: true, false',
    ),
    Broken(
        'roll = "following"',
        'roll = "next"',
        '8: deal.roll = "next": unknown; accepted: none, following, modified_following, preceding, modified_preceding',
    ),
    Broken(
        'roll = "following"',
        'roll = "mod_following"',
        '8: deal.roll = "mod_following": unknown, did you mean "modified_following"?; accepted: none, following, modified_following, preceding, modified_preceding',
    ),
    Broken(
        'months = 3\nperiods = 8\nroll = "following"',
        'dates = [2026-04-03, 2026-04-04, 2026-04-05]\nroll = "preceding"',
        '7: deal.roll = "preceding": period 2 (2026-04-03 to 2026-04-04) would be paid on 2026-04-03, before it begins; accepted: none, following, or dates further apart',
    ),
    Broken(
        'months = 3\nperiods = 8\nroll = "following"',
        'dates = [2149-03-06, 2149-06-06]\nroll = "following"\nholidays = [2149-06-06]',
        '7: deal.roll = "following": the last payment date rolls to 2149-06-09, after 2149-06-06; accepted: none, preceding, or earlier dates',
    ),
    Broken(
        'months = 3\nperiods = 8\nroll = "following"',
        'dates = [2026-04-04, 2026-04-05]\nroll = "following"\naccrue = "adjusted"',
        '8: deal.accrue = "adjusted": rolling moves an accrual date to 2026-04-06, not after 2026-04-06; accepted: unadjusted, or dates further apart',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = -20',
        '9: deal.payment_delay = -20: out of range; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = 0',
        '9: deal.payment_delay = 0: out of range; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = 367',
        '9: deal.payment_delay = 367: out of range; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = "20"',
        '9: deal.payment_delay = "20": not a delay; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = "5d"',
        '9: deal.payment_delay = "5d": not a delay; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = "0bd"',
        '9: deal.payment_delay = "0bd": not a delay; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = "400bd"',
        '9: deal.payment_delay = "400bd": not a delay; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = 1.5',
        '9: deal.payment_delay = 1.5: not a delay; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = true',
        '9: deal.payment_delay = true: not a delay; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = "five"',
        '9: deal.payment_delay = "five": not a delay; accepted: a whole number of calendar days from 1 to 366, or 1 to 99 business days, "5bd"',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\npayment_delay = 100',
        "9: deal.payment_delay = 100: period 1 would be paid on 2026-07-10, after the next accrual date, 2026-07-01; accepted: a delay that ends by the next accrual date, or dates further apart",
    ),
    Broken(
        'months = 3\nperiods = 8\nroll = "following"',
        'dates = [2026-06-30, 2026-07-07]\npayment_delay = "6bd"',
        '7: deal.payment_delay = "6bd": period 1 would be paid on 2026-07-08, after the next accrual date, 2026-07-07; accepted: a delay that ends by the next accrual date, or dates further apart',
    ),
    Broken(
        'months = 3\nperiods = 8\nroll = "following"',
        'dates = [2026-04-03, 2026-07-03]\nroll = "preceding"\nholidays = [2026-04-03]\npayment_delay = 1',
        '7: deal.roll = "preceding": period 1 would be paid on 2026-04-02, before its accrual date, 2026-04-03; accepted: none, following, or a longer delay',
    ),
    Broken(
        'months = 3\nperiods = 8\nroll = "following"',
        "dates = [2149-03-06, 2149-06-05]\npayment_delay = 2",
        "7: deal.payment_delay = 2: the last payment date is 2149-06-07, after 2149-06-06; accepted: a shorter delay, or earlier dates",
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\ngrace = 0',
        "9: deal.grace = 0: out of range; accepted: a whole number of days from 1 to 255",
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\ngrace = -1',
        "9: deal.grace = -1: out of range; accepted: a whole number of days from 1 to 255",
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\ngrace = 256',
        "9: deal.grace = 256: out of range; accepted: a whole number of days from 1 to 255",
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\ngrace = "5"',
        '9: deal.grace = "5": not a whole number; accepted: a whole number of days from 1 to 255',
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\ngrace = 2.5',
        "9: deal.grace = 2.5: not a whole number; accepted: a whole number of days from 1 to 255",
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\ngrace = true',
        "9: deal.grace = true: not a whole number; accepted: a whole number of days from 1 to 255",
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\ngrace = 91',
        "9: deal.grace = 91: payment dates 4 and 5 are 90 days apart; accepted: at most 89 days, or dates further apart",
    ),
    Broken(
        'months = 3\nperiods = 8\nroll = "following"',
        'dates = [2026-06-30, 2026-07-01]\nroll = "none"\ngrace = 1',
        "8: deal.grace = 1: payment dates 1 and 2 are 1 day apart; accepted: no grace, or dates further apart",
    ),
    Broken(
        'months = 3\nperiods = 8\nroll = "following"',
        'dates = [2026-07-04, 2026-07-05]\nroll = "following"\ngrace = 1',
        "8: deal.grace = 1: payment dates 1 and 2 are 0 days apart; accepted: no grace, or dates further apart",
    ),
    Broken(
        'roll = "following"',
        'roll = "following"\nwrite_down = "yes"',
        '9: deal.write_down = "yes": not true or false; accepted: true, false',
    ),
    Broken(
        'id = "senior"',
        'id = "Senior"',
        '11: tranche.Senior.id = "Senior": not an identifier; accepted: a lower-case letter, then lower-case letters, digits and _, 31 at most',
    ),
    Broken(
        'id = "mezz"\nsymbol',
        'id = "senior"\nsymbol',
        '20: tranche.senior.id = "senior": already used on line 11; accepted: another id',
    ),
    Broken(
        'symbol = "SND-B"',
        'symbol = "SND-A"',
        '21: tranche.mezz.symbol = "SND-A": already used on line 12; accepted: another symbol',
    ),
    Broken(
        'id = "senior"\nsymbol',
        'id = "collections"\nsymbol',
        '11: tranche.collections.id = "collections": reserved: fees use this word; accepted: another id',
    ),
    Broken(
        'face = "800_000.00"',
        "face = 800_000.00",
        '13: tranche.senior.face = 800_000.00: a float cannot hold money exactly: write it as a string; accepted: "800_000.00"',
    ),
    Broken(
        'face = "800_000.00"',
        'face = "800,000.00"',
        '13: tranche.senior.face = "800,000.00": a comma is not a thousands separator here; accepted: an amount of 0 or more as a string, "7_000_000.00", or a whole number',
    ),
    Broken(
        'face = "800_000.00"',
        "face = [1]",
        '13: tranche.senior.face = [1]: not an amount; accepted: an amount of 0 or more as a string, "7_000_000.00", or a whole number',
    ),
    Broken(
        'face = "800_000.00"',
        'face = "-1"',
        '13: tranche.senior.face = "-1": negative; accepted: an amount of 0 or more as a string, "7_000_000.00", or a whole number',
    ),
    Broken(
        'face = "800_000.00"',
        'face = "800_000.0000001"',
        '13: tranche.senior.face = "800_000.0000001": 7 decimals, the asset has 6; accepted: at most 6 decimals',
    ),
    Broken(
        'face = "800_000.00"',
        'face = "0"',
        '13: tranche.senior.face = "0": nothing is lent; accepted: an amount above 0',
    ),
    Broken(
        'face = "800_000.00"',
        "face = 99_999_999_999_999_999_999_999_999_999",
        "13: tranche.senior.face = 99999999999999999999999999999: too large for the chain; accepted: less than 2^96 base units",
    ),
    Broken(
        'face = "800_000.00"',
        'face = "800_000.00"\nshares = 700_001',
        '13: tranche.senior.face = "800_000.00": not divisible into 700001 shares; accepted: 799999.642855 or 800000.342856, or other shares',
    ),
    Broken(
        'face = "800_000.00"',
        'face = "800_000.00"\nshares = 0',
        "14: tranche.senior.shares = 0: out of range; accepted: a whole number of shares, 1 or more",
    ),
    Broken(
        'face = "800_000.00"',
        'face = "800_000.50"',
        "10: tranche.senior.shares = (missing): required when the face is not in whole units; accepted: a number that divides the face",
    ),
    Broken(
        'face = "800_000.00"',
        'face = "20_000_000_000_000"\nshares = 20_000_000_000_000',
        "14: tranche.senior.shares = 20000000000000: too many shares for the chain; accepted: shares from 1 to 18446744073709",
    ),
    Broken(
        'face = "800_000.00"\n',
        "",
        '10: tranche.senior.face = (missing): a lender\'s tranche needs one; accepted: an amount of 0 or more as a string, "7_000_000.00", or a whole number',
    ),
    Broken(
        'coupon = "0.06"',
        "coupon = 0.06",
        '14: tranche.senior.coupon = 0.06: a rate or ratio must be exact: write it as a string; accepted: "0.06"',
    ),
    Broken(
        'coupon = "0.06"',
        "coupon = 6",
        '14: tranche.senior.coupon = 6: is 6 % or 600 % meant?; accepted: "0.06" for 6 %, or "6" if 600 % is meant',
    ),
    Broken(
        'coupon = "0.06"',
        "coupon = 11",
        '14: tranche.senior.coupon = 11: out of range; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        'coupon = "0.06"',
        "coupon = -1",
        '14: tranche.senior.coupon = -1: negative; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        'coupon = "0.06"',
        "coupon = true",
        '14: tranche.senior.coupon = true: not a rate or ratio; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        'coupon = "0.06"',
        'coupon = "0,06"',
        '14: tranche.senior.coupon = "0,06": the decimal sign is a point here, not a comma; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        'coupon = "0.06"',
        'coupon = "6%"',
        '14: tranche.senior.coupon = "6%": not a percentage: 6.25 % is written 0.0625; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        'coupon = "0.06"', 'coupon = "10.5"', '14: tranche.senior.coupon = "10.5": above 1000 %; accepted: at most 10'
    ),
    Broken(
        'coupon = "0.06"',
        'coupon = "0.0600000000000000001"',
        '14: tranche.senior.coupon = "0.0600000000000000001": 19 decimals; accepted: at most 18 decimals',
    ),
    Broken(
        'coupon = "0.06"\n',
        "",
        '10: tranche.senior.coupon = (missing): a lender\'s tranche needs one; accepted: a rate such as "0.0625", "0" for none, or steps',
    ),
    Broken(
        'coupon = "0.06"\n',
        'steps = [{ from = 2026-07-01, coupon = "0.07" }]\n',
        "14: tranche.senior.steps[1].from = 2026-07-01: no coupon until then; accepted: coupon, or a first step from 2026-01-01",
    ),
    Broken(
        'coupon = "0.06"',
        'coupon = "0.06"\nsteps = [{ from = 2026-08-15, coupon = "0.07" }]',
        "15: tranche.senior.steps[1].from = 2026-08-15: not the first day of a period; accepted: closing or an accrual date before the last, such as 2026-07-01 or 2026-10-01",
    ),
    Broken(
        'coupon = "0.06"',
        'coupon = "0.06"\nsteps = [\n  { from = 2027-01-01, coupon = "0.07" },\n  { from = 2026-07-01, coupon = "0.08" },\n]',
        "17: tranche.senior.steps[2].from = 2026-07-01: not after the coupon from 2027-01-01; accepted: a date after 2027-01-01",
    ),
    Broken(
        'day_count = "30/360"',
        'day_count = "Act/365"',
        '15: tranche.senior.day_count = "Act/365": two rules are called so; accepted: ACT/365F, or ACT/ACT (ISDA)',
    ),
    Broken(
        'day_count = "30/360"',
        'day_count = "ACT/ACT"',
        '15: tranche.senior.day_count = "ACT/ACT": two rules are called so; accepted: ACT/ACT (ISDA), or ACT/ACT (ICMA)',
    ),
    Broken(
        'day_count = "30/360"',
        'day_count = "Eurobond Basis"',
        '15: tranche.senior.day_count = "Eurobond Basis": ISDA calls one rule so since 2006 and called another one so before; accepted: 30E/360 (since 2006), or 30E/360 (ISDA) (before)',
    ),
    Broken(
        'day_count = "30/360"',
        'day_count = "ACT/365L"',
        '15: tranche.senior.day_count = "ACT/365L": not supported; accepted: ACT/360, ACT/365F, ACT/ACT (ISDA), ACT/ACT (ICMA), 30/360 (ISDA), 30/360 US, 30E/360, 30E/360 (ISDA), 30/365, 30/360',
    ),
    Broken(
        'day_count = "30/360"',
        'day_count = "Actual 360"',
        '15: tranche.senior.day_count = "Actual 360": unknown, did you mean "Actual/360"?; accepted: ACT/360, ACT/365F, ACT/ACT (ISDA), ACT/ACT (ICMA), 30/360 (ISDA), 30/360 US, 30E/360, 30E/360 (ISDA), 30/365, 30/360',
    ),
    Broken(
        *calendar("closing = 2026-01-01\nmonths = 3\nfirst = 2026-05-31\nperiods = 8", "30/360"),
        '16: tranche.senior.day_count = "30/360": four rules are called 30/360, and they count the days of 2026-01-01 to 2026-05-31 as 30/360 (ISDA) 150, 30/360 US 150, 30E/360 149, 30E/360 (ISDA) 149; accepted: 30/360 (ISDA), 30/360 US, 30E/360, 30E/360 (ISDA)',
    ),
    Broken(
        *calendar("closing = 2026-02-28\nmonths = 3\nperiods = 8", "30E/360"),
        "19: tranche.mezz.day_count = (missing): four rules are called 30/360, and they count the days of 2026-02-28 to 2026-05-31 as 30/360 (ISDA) 93, 30/360 US 90, 30E/360 92, 30E/360 (ISDA) 90; accepted: 30/360 (ISDA), 30/360 US, 30E/360, 30E/360 (ISDA)",
    ),
    Broken(
        *calendar("closing = 2026-01-01\ndates = [2026-07-01, 2027-01-01]", "ACT/ACT (ICMA)"),
        '14: tranche.senior.day_count = "ACT/ACT (ICMA)": it counts regular coupon periods, and dates has none; accepted: months and periods, or ACT/ACT (ISDA)',
    ),
    Broken(
        *calendar('closing = 2025-11-01\nmonths = 3\nperiods = 8\naccrue = "adjusted"', "ACT/ACT (ICMA)"),
        '16: tranche.senior.day_count = "ACT/ACT (ICMA)": it counts regular coupon periods, and accrue moves their ends; accepted: unadjusted, or ACT/ACT (ISDA)',
    ),
    Broken(
        *calendar("closing = 1990-01-01\ndates = [2149-01-01]", "ACT/ACT (ISDA)"),
        '14: tranche.senior.day_count = "ACT/ACT (ISDA)": a period is too long for it; accepted: another, or shorter periods',
    ),
    Broken(
        'day_count = "30/360"',
        "day_count = 360",
        "15: tranche.senior.day_count = 360: unknown; accepted: ACT/360, ACT/365F, ACT/ACT (ISDA), ACT/ACT (ICMA), 30/360 (ISDA), 30/360 US, 30E/360, 30E/360 (ISDA), 30/365, 30/360",
    ),
    Broken(
        '{ kind = "level" }',
        '"level"',
        '16: tranche.senior.principal = "level": not a table; accepted: a table such as {kind = "level"}; kinds: bullet, linear, level, custom, sculpted, cash, target_oc',
    ),
    Broken(
        '{ kind = "level" }',
        '{ kind = "annuity" }',
        '16: tranche.senior.principal.kind = "annuity": unknown; accepted: bullet, linear, level, custom, sculpted, cash, target_oc',
    ),
    Broken(
        '{ kind = "level" }',
        '{ kind = "level", dscr = "1.3" }',
        '16: tranche.senior.principal.dscr = "1.3": level does not take this key; accepted: the keys kind, interest_only, amortise_over, balloon',
    ),
    Broken(
        '{ kind = "level" }',
        '{ kind = "sculpted", dscr = "1.3" }',
        "16: tranche.senior.principal.cfads = (missing): sculpted needs it; accepted: the keys kind, dscr, cfads",
    ),
    Broken(
        '{ kind = "level" }',
        '{ kind = "custom", amounts = ["1", "2"] }',
        '16: tranche.senior.principal.amounts = ["1", "2"]: 2 amounts; accepted: 8 amounts, one per period',
    ),
    Broken(
        '{ kind = "level" }',
        '{ kind = "custom", amounts = ["100_001", "100_000", "100_000", "100_000", "100_000", "100_000", "100_000", "100_000"] }',
        '16: tranche.senior.principal.amounts = ["100_001", "100_000", "100_000", "100_000", "100_000", "10…: add up to 800001, more than the face; accepted: amounts of 800000 in all, or less',
    ),
    Broken(
        'arrears = "coupon"',
        'arrears = "pik"',
        '17: tranche.senior.arrears = "pik": not a rule for interest on unpaid interest; accepted: none, coupon, capitalise, {spread = "0.02"}',
    ),
    Broken(
        'arrears = "coupon"',
        "arrears = { spread = 0.02 }",
        '17: tranche.senior.arrears = {spread = 0.02}: a rate or ratio must be exact: write it as a string; accepted: "0.02"',
    ),
    Broken(
        "residual = true",
        'residual = true\ncoupon = "0.01"',
        '30: tranche.equity.coupon = "0.01": equity takes only the residual; accepted: no such key',
    ),
    Broken(
        "residual = true",
        'residual = false\nface = "1"\ncoupon = "0"\nprincipal = { kind = "cash" }',
        "29: tranche.equity.residual = false: the last tranche is not equity; accepted: residual = true in the last tranche, and only there",
    ),
    Broken(
        'symbol = "SND-B"',
        'symbol = "SND-B"\nresidual = true',
        "22: tranche.mezz.residual = true: equity comes before another tranche; accepted: residual = true in the last tranche, and only there; two classes of equity need a table [promote]",
    ),
    Broken(
        'fixed = "2_000.00"',
        'amounts = ["0", "0", "0", "0", "0", "0", "0", "0"]',
        '34: fee.om.amounts = ["0", "0", "0", "0", "0", "0", "0", "0"]: nothing ever falls due; accepted: an amount above 0, or no fee',
    ),
    Broken(
        "months = 6",
        'targets = ["0", "0", "0", "0", "0", "0", "0", "0"]',
        '39: reserve.dsra.targets = ["0", "0", "0", "0", "0", "0", "0", "0"]: its target is always 0; accepted: an amount above 0, or no reserve',
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nescalate = {rate = "0", every = 12}',
        '35: fee.om.escalate = {rate = "0", every = 12}: the amount has not risen when the fee ends; accepted: a rate above 0 and an earlier rise, or no escalate',
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nescalate = {rate = "0.02", every = 24}',
        '35: fee.om.escalate = {rate = "0.02", every = 24}: the amount has not risen when the fee ends; accepted: a rate above 0 and an earlier rise, or no escalate',
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nannual = "0.01"',
        '35: fee.om.annual = "0.01": not allowed together with fixed; accepted: one of fixed, amounts, annual with of = "collections", or of = "report:field" with cap',
    ),
    Broken(
        'fixed = "2_000.00"\n',
        "",
        '31: fee.om.fixed = (missing): the amount is missing; accepted: one of fixed, amounts, annual with of = "collections", or of = "report:field" with cap',
    ),
    Broken(
        'fixed = "2_000.00"',
        'annual = "0.01"',
        "31: fee.om.of = (missing): the base of the rate is missing; accepted: collections, asset_value, senior, mezz",
    ),
    Broken(
        'fixed = "2_000.00"',
        'annual = "0.01"\nof = "equity"',
        '35: fee.om.of = "equity": no lender is "equity"; accepted: collections, asset_value, senior, mezz',
    ),
    Broken(
        'fixed = "2_000.00"',
        'annual = "1.01"\nof = "collections"',
        '34: fee.om.annual = "1.01": out of range; accepted: at most 1 of collections',
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nfrom = 2026-04-02\nuntil = 2026-06-30',
        "36: fee.om.until = 2026-06-30: no accrual date lies in the fee's window; accepted: from ≤ an accrual date ≤ until; they run from 2026-04-01 to 2028-01-01",
    ),
    Broken('id = "om"', 'id = "insurance"', '50: ladder.normal[1] = "fee:om": no fee is "om"; accepted: insurance'),
    Broken(
        "months = 6\nsupports",
        'months = 6\ntarget = "1"\nsupports',
        '40: reserve.dsra.target = "1": not allowed together with months; accepted: one of months, target, targets',
    ),
    Broken(
        "months = 6\nsupports",
        "supports",
        "37: reserve.dsra.months = (missing): the target is missing; accepted: one of months, target, targets",
    ),
    Broken(
        '"interest:senior", "principal:senior"]',
        '"interest:senior", "principal:junior"]',
        '40: reserve.dsra.supports[2] = "principal:junior": no tranche is "junior", did you mean "senior"?; accepted: senior, mezz',
    ),
    Broken(
        '"interest:senior", "principal:senior"]',
        '"interest:senior", "all:senior"]',
        '40: reserve.dsra.supports[2] = "all:senior": no ladder has this rung; accepted: a kind and id of a rung',
    ),
    Broken(
        '"interest:senior", "principal:senior"]',
        '"interest:senior", "sweep:senior"]',
        '40: reserve.dsra.supports[2] = "sweep:senior": not what can be supported; accepted: interest:id, principal:id, all:id, fee:id',
    ),
    Broken(
        'principal = { kind = "level" }',
        'principal = { kind = "cash" }',
        '40: reserve.dsra.supports[2] = "principal:senior": the whole balance of a cash tranche may be paid any period: it would empty the reserve; accepted: principal of a tranche with a schedule, or interest',
    ),
    Broken(
        '"interest:senior", "principal:senior"]',
        '"fee:om"]',
        "39: reserve.dsra.months = 6: months counts supported interest and principal, and the reserve supports neither; accepted: target, or support of interest or principal",
    ),
    Broken(
        '"interest:senior", "principal:senior"]',
        '"trap:lockup"]',
        '40: reserve.dsra.supports[1] = "trap:lockup": not what can be supported; accepted: interest:id, principal:id, all:id, fee:id',
    ),
    Broken(
        '[[fee]]\nid = "om"\npayee = "operator"\nfixed = "2_000.00"\nopex = true\n',
        '[[fee]]\nid = "f0"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f1"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f2"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f3"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f4"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f5"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f6"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f7"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f8"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f9"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f10"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f11"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f12"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f13"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f14"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f15"\npayee = "operator"\nfixed = "1"\n\n[[fee]]\nid = "f16"\npayee = "operator"\nfixed = "1"\n\n',
        '112: fee.f16.id = "f16": 17 fees; accepted: at most 16',
    ),
    Broken(
        '[[tranche]]\nid = "mezz"\nsymbol = "SND-B"\nface = "150_000.00"\ncoupon = "0.09"\nprincipal = { kind = "bullet" }\n\n[[tranche]]\nid = "equity"\nsymbol = "SND-E"\nresidual = true\n',
        "",
        '10: tranche = [{id = "senior", symbol = "SND-A", face = "800_000.00", cou…: 1 tranche; accepted: 2 to 16',
    ),
    Broken(
        'payee = "operator"', 'payee = ""', '33: fee.om.payee = "": empty; accepted: 1 to 64 bytes of text on one line'
    ),
    Broken(
        'roll = "following"',
        'holidays = ["2026-12-25"]',
        '8: deal.holidays[1] = "2026-12-25": text, not a date; accepted: a date without quotes from 1970-01-01 to 2149-06-06',
    ),
    Broken(
        'roll = "following"', 'accrue = "rolled"', '8: deal.accrue = "rolled": unknown; accepted: unadjusted, adjusted'
    ),
    Broken(
        '"interest:senior", "principal:senior"]',
        '"interest:senior", "interest:senior"]',
        '40: reserve.dsra.supports[2] = "interest:senior": named twice; accepted: each once',
    ),
    Broken(
        '"interest:senior", "principal:senior"]',
        '"interest:senior?lockup"]',
        '40: reserve.dsra.supports[1] = "interest:senior?lockup": more than a kind and one id; accepted: interest:id, principal:id, all:id, fee:id',
    ),
    Broken(
        'months = 6\nsupports = ["interest:senior", "principal:senior"]',
        'target = "1_000"\nsupports = []',
        '40: reserve.dsra.supports = []: supports nothing; accepted: a list such as ["interest:senior"]',
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nof = "senior"',
        '35: fee.om.of = "senior": not allowed together with fixed; accepted: one of fixed, amounts, annual with of = "collections", or of = "report:field" with cap',
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nfrom = 2028-01-03\nuntil = 2028-01-01',
        "35: fee.om.from = 2028-01-03: no accrual date lies in the fee's window; accepted: from ≤ an accrual date ≤ until; they run from 2026-04-01 to 2028-01-01",
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nfrom = 2028-01-02',
        "35: fee.om.from = 2028-01-02: no accrual date lies in the fee's window; accepted: from ≤ an accrual date ≤ until; they run from 2026-04-01 to 2028-01-01",
    ),
    Broken(
        "residual = true",
        'residual = true\nface = "1_000"\nshares = 3',
        '30: tranche.equity.face = "1_000": not divisible into 3 shares; accepted: 999.999999 or 1000.000002, or other shares',
    ),
    Broken(
        'below = "1.15"',
        "below = 1.15",
        '46: test.lockup.below = 1.15: a rate or ratio must be exact: write it as a string; accepted: "1.15"',
    ),
    Broken(
        'metric = "dscr"',
        'metric = "cfads"',
        '44: test.lockup.metric = "cfads": unknown; accepted: dscr, ic, oc, note_factor, llcr, pool_factor, reserve, report:field',
    ),
    Broken(
        'metric = "dscr"',
        'metric = "dcsr"',
        '44: test.lockup.metric = "dcsr": unknown, did you mean "dscr"?; accepted: dscr, ic, oc, note_factor, llcr, pool_factor, reserve, report:field',
    ),
    Broken(
        'metric = "dscr"',
        "metric = 7",
        "44: test.lockup.metric = 7: unknown; accepted: dscr, ic, oc, note_factor, llcr, pool_factor, reserve, report:field",
    ),
    Broken(
        'metric = "dscr"',
        'metric = "report:"',
        '44: test.lockup.metric = "report:": unknown; accepted: dscr, ic, oc, note_factor, llcr, pool_factor, reserve, report:field',
    ),
    Broken(
        'metric = "dscr"',
        'metric = "llcr"',
        '44: test.lockup.metric = "llcr": no field of reports is "llcr"; accepted: a table [[field]] with id = "llcr" and unit = "ratio"',
    ),
    Broken(
        '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"',
        '[[field]]\nid = "sold"\nunit = "count"\n\n[[field]]\nid = "llcr"\nunit = "amount"\n\n[[test]]\nid = "lockup"\nmetric = "llcr"\nof = "senior"\nbelow = "1.15"',
        '52: test.lockup.metric = "llcr": the field "llcr" is no ratio; accepted: unit = "ratio" there',
    ),
    Broken(
        'metric = "dscr"\nof = "senior"',
        'metric = "report:sold"',
        '44: test.lockup.metric = "report:sold": no field of reports is "sold"; accepted: a table [[field]] with id = "sold"',
    ),
    Broken(
        '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"',
        '[[field]]\nid = "sold"\nunit = "count"\n\n[[field]]\nid = "llcr"\nunit = "amount"\n\n[[test]]\nid = "lockup"\nmetric = "report:slod"\nbelow = 3',
        '52: test.lockup.metric = "report:slod": no field of reports is "slod", did you mean "sold"?; accepted: report:sold, report:llcr',
    ),
    Broken(
        '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"',
        '[[field]]\nid = "sold"\nunit = "count"\n\n[[field]]\nid = "llcr"\nunit = "amount"\n\n[[test]]\nid = "lockup"\nmetric = "report:sold"\nof = "senior"\nbelow = 3',
        '53: test.lockup.of = "senior": a test of report:sold is of no tranche; accepted: no of',
    ),
    Broken(
        '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"',
        '[[field]]\nid = "sold"\nunit = "count"\n\n[[field]]\nid = "llcr"\nunit = "amount"\n\n[[test]]\nid = "lockup"\nmetric = "report:sold"\nbelow = "1.15"',
        '53: test.lockup.below = "1.15": 2 decimals; accepted: a whole number',
    ),
    Broken(
        '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"',
        '[[field]]\nid = "sold"\nunit = "count"\n\n[[field]]\nid = "llcr"\nunit = "amount"\n\n[[test]]\nid = "lockup"\nmetric = "report:sold"\nbelow = 0',
        "53: test.lockup.below = 0: nothing is ever below 0; accepted: a whole number above 0",
    ),
    Broken(
        '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"',
        '[[field]]\nid = "sold"\nunit = "count"\n\n[[field]]\nid = "llcr"\nunit = "amount"\n\n[[test]]\nid = "lockup"\nmetric = "report:sold"\nabove = 79228162514264337593543950336',
        "53: test.lockup.above = 79228162514264337593543950336: too large for the chain; accepted: less than 2^96 units",
    ),
    Broken('of = "senior"\nbelow', "below", "42: test.lockup.of = (missing): required; accepted: senior, mezz"),
    Broken(
        'metric = "dscr"\nof = "senior"\n',
        'metric = "reserve"\n',
        "42: test.lockup.of = (missing): required; accepted: dsra",
    ),
    Broken(
        'metric = "dscr"\nof = "senior"\n',
        'metric = "reserve"\nof = "dsar"\n',
        '45: test.lockup.of = "dsar": no reserve is "dsar", did you mean "dsra"?; accepted: dsra',
    ),
    Broken(
        'metric = "dscr"\n',
        'metric = "pool_factor"\n',
        '45: test.lockup.of = "senior": a test of pool_factor is of no tranche; accepted: no of',
    ),
    Broken(
        'metric = "dscr"\nof = "senior"\n',
        'metric = "pool_factor"\n',
        "42: test.lockup.initial = (missing): required; accepted: the asset value that the pool factor is a part of, an amount above 0",
    ),
    Broken(
        'metric = "dscr"\nof = "senior"\n',
        'metric = "pool_factor"\ninitial = "0"\n',
        '45: test.lockup.initial = "0": no part of nothing; accepted: the asset value that the pool factor is a part of, an amount above 0',
    ),
    Broken(
        'metric = "dscr"\n',
        'metric = "dscr"\ninitial = "9_000"\n',
        '45: test.lockup.initial = "9_000": only for pool_factor; accepted: no initial, or pool_factor',
    ),
    Broken(
        'below = "1.15"',
        'below = "1.15"\nabove = "2"',
        '47: test.lockup.above = "2": not allowed together with below; accepted: one of below, above',
    ),
    Broken(
        'of = "senior"\nbelow = "1.15"',
        'of = "senior"',
        "42: test.lockup.below = (missing): the threshold is missing; accepted: one of below, above",
    ),
    Broken(
        'below = "1.15"',
        'above = "1001"',
        '46: test.lockup.above = "1001": out of range; accepted: a ratio of 0 or more, at most 1000',
    ),
    Broken(
        'metric = "dscr"\nof = "senior"\nbelow = "1.15"',
        'metric = "oc"\nof = "senior"\nbelow = "-1"',
        '46: test.lockup.below = "-1": negative; accepted: a ratio as a string, "1.15"',
    ),
    Broken(
        'below = "1.15"',
        'below = "1.1500000000000000001"',
        '46: test.lockup.below = "1.1500000000000000001": 19 decimals; accepted: at most 18 decimals',
    ),
    Broken(
        'below = "1.15"',
        "above = 1.15",
        '46: test.lockup.above = 1.15: a rate or ratio must be exact: write it as a string; accepted: "1.15"',
    ),
    Broken(
        'below = "1.15"',
        "below = true",
        '46: test.lockup.below = true: not a rate or ratio; accepted: a ratio as a string, "1.15"',
    ),
    Broken(
        'below = "1.15"',
        'below = "1.15"\nover = 1',
        "47: test.lockup.over = 1: out of range; accepted: a whole number of periods from 2 to 120",
    ),
    Broken(
        'metric = "dscr"\nof = "senior"\nbelow = "1.15"',
        'metric = "oc"\nof = "senior"\nbelow = "1.15"\nover = 2',
        "47: test.lockup.over = 2: a test of oc is of one period; accepted: no over, or dscr or ic",
    ),
    Broken(
        'of = "senior"', 'of = "equity"', '45: test.lockup.of = "equity": no lender is "equity"; accepted: senior, mezz'
    ),
    Broken(
        'below = "1.15"',
        'below = "0"',
        '46: test.lockup.below = "0": out of range; accepted: a ratio above 0, at most 1000',
    ),
    Broken(
        'below = "1.15"',
        'below = "1.15"\ncure = 32',
        "47: test.lockup.cure = 32: out of range; accepted: a whole number from 1 to 31",
    ),
    Broken(
        '  "fee:om",\n',
        '  "feeom",\n',
        '50: ladder.normal[1] = "feeom": no kind of rung is "feeom", did you mean "fee"?; accepted: fee, interest, principal, all, sweep, reserve, trap, residual, divert',
    ),
    Broken(
        '  "fee:om",\n',
        '  "fees:om",\n',
        '50: ladder.normal[1] = "fees:om": no kind of rung is "fees", did you mean "fee"?; accepted: fee, interest, principal, all, sweep, reserve, trap, residual, divert',
    ),
    Broken(
        '  "fee:om",\n',
        '  "fee:o&m",\n',
        '50: ladder.normal[1] = "fee:o&m": no fee is "o&m", did you mean "om"?; accepted: om',
    ),
    Broken(
        '  "fee:om",\n',
        '  "cure:senior",\n',
        '50: ladder.normal[1] = "cure:senior": cure rungs are not supported; accepted: fee, interest, principal, all, sweep, reserve, trap, residual, divert',
    ),
    Broken(
        '  "interest:senior",\n',
        '  "interest",\n',
        '51: ladder.normal[2] = "interest": the target is missing; accepted: "kind:target[:fraction][?test]"',
    ),
    Broken(
        '  "interest:senior",\n',
        '  "interest:junior",\n',
        '51: ladder.normal[2] = "interest:junior": no tranche is "junior", did you mean "senior"?; accepted: senior, mezz',
    ),
    Broken(
        '  "interest:senior",\n',
        '  "interest:equity",\n',
        '51: ladder.normal[2] = "interest:equity": equity (equity) has no interest, only the residual; accepted: senior, mezz',
    ),
    Broken(
        '  "interest:senior",\n',
        '  "interest:senior?default",\n',
        '51: ladder.normal[2] = "interest:senior?default": no test is "default"; accepted: lockup',
    ),
    Broken(
        '  "interest:senior",\n',
        '  "interest:senior?lockup",\n',
        '49: ladder.normal = ["fee:om", "interest:senior?lockup", "principal:senior", "r…: the ladder can skip the lender "senior"; accepted: a rung interest:senior, without ?test',
    ),
    Broken(
        '  "interest:senior",\n',
        '  "interest:senior:0.5",\n',
        '51: ladder.normal[2] = "interest:senior:0.5": a fraction on interest could leave it short while others are paid; accepted: a fraction on sweep, fee and reserve only',
    ),
    Broken(
        '  "fee:om",\n',
        '  "fee:om:1.5",\n',
        '50: ladder.normal[1] = "fee:om:1.5": not a fraction: "1.5"; accepted: a fraction above 0, at most 1, with at most 18 decimals, such as 0.5',
    ),
    Broken(
        '  "fee:om",\n',
        '  "fee:om:0",\n',
        '50: ladder.normal[1] = "fee:om:0": not a fraction: "0"; accepted: a fraction above 0, at most 1, with at most 18 decimals, such as 0.5',
    ),
    Broken(
        '  "trap?lockup",\n',
        '  "trap",\n',
        '56: ladder.normal[7] = "trap": a trap acts only while a test fails: the test is missing; accepted: trap?lockup',
    ),
    Broken(
        '  "trap?lockup",\n',
        '  "trap:mezz?lockup",\n',
        '56: ladder.normal[7] = "trap:mezz?lockup": a trap has no target and holds all that is left; accepted: trap?lockup',
    ),
    Broken(
        '  "residual:equity",\n',
        '  "residual:senior",\n',
        '57: ladder.normal[8] = "residual:senior": only equity takes the residual; accepted: residual:equity',
    ),
    Broken(
        '  "residual:equity",\n',
        '  "residual:equity?lockup",\n',
        '57: ladder.normal[8] = "residual:equity?lockup": the residual does not depend on a test; accepted: residual:equity, or a trap before it',
    ),
    Broken(
        '  "interest:senior",\n',
        '  "interest:senior+senior",\n',
        '51: ladder.normal[2] = "interest:senior+senior": "senior" is named twice; accepted: each lender once, such as "a+b+c"',
    ),
    Broken(
        '  "reserve:dsra",\n',
        '  "reserve:dsra+dsra",\n',
        '53: ladder.normal[4] = "reserve:dsra+dsra": a reserve rung has one target; accepted: a+b only after interest, principal, all, sweep',
    ),
    Broken(
        '  "principal:mezz",\n',
        '  "fee:om",\n',
        '55: ladder.normal[6] = "fee:om": the same rung twice; accepted: each rung once',
    ),
    Broken(
        '  "residual:equity",\n',
        "",
        '56: ladder.normal[7] = "trap?lockup": the ladder does not end in the residual; accepted: one residual:equity, as the last rung',
    ),
    Broken(
        '  "trap?lockup",\n',
        '  "residual:equity",\n  "trap?lockup",\n',
        '56: ladder.normal[7] = "residual:equity": nothing is left for the rungs after it; accepted: one residual:equity, as the last rung',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n',
        '  "fee:om",\n  "interest:mezz",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "principal:mezz",\n  "residual:equity",\n',
        '51: ladder.normal[2] = "interest:mezz": comes before a rung that must be paid first; accepted: a position after rung 3, interest:senior',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n',
        '  "fee:om",\n  "interest:senior",\n  "interest:mezz",\n  "principal:mezz",\n  "principal:senior",\n  "reserve:dsra",\n  "residual:equity",\n',
        '53: ladder.normal[4] = "principal:mezz": comes before a rung that must be paid first; accepted: a position after rung 5, principal:senior',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n',
        '  "fee:om",\n  "interest:senior",\n  "sweep:senior:0.5",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "residual:equity",\n',
        '52: ladder.normal[3] = "sweep:senior:0.5": comes before a rung that must be paid first; accepted: a position after rung 4, principal:senior',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n',
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "trap?lockup",\n  "interest:mezz",\n  "principal:mezz",\n  "residual:equity",\n',
        '54: ladder.normal[5] = "trap?lockup": comes before a rung that must be paid first; accepted: a position after rung 7, principal:mezz',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n',
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "residual:equity",\n',
        '49: ladder.normal = ["fee:om", "interest:senior", "principal:senior", "reserve:…: the ladder can skip the lender "mezz"; accepted: a rung principal:mezz or all:mezz, without ?test',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n',
        '  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "residual:equity",\n',
        '32: fee.om.id = "om": never paid: the normal ladder does not name it; accepted: a rung fee:om in ladder.normal',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n',
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "interest:mezz",\n  "principal:mezz",\n  "residual:equity",\n',
        '38: reserve.dsra.id = "dsra": never filled: the normal ladder does not name it; accepted: a rung reserve:dsra in ladder.normal',
    ),
    Broken(
        "[ladder]",
        '[ladder]\nenforce_on = ["default"]',
        '49: ladder.enforce_on[1] = "default": no test is "default"; accepted: lockup',
    ),
    Broken(
        "[ladder]",
        '[ladder]\nenforce_on = ["lockup"]',
        "48: ladder.enforcement = (missing): required, because enforce_on names a test; accepted: a ladder, or no enforce_on",
    ),
    Broken(
        "[ladder]",
        '[ladder]\nenforcement = ["interest:senior", "all:senior", "interest:mezz", "all:mezz", "residual:equity"]',
        "48: ladder.enforce_on = (missing): no test ever switches to the enforcement ladder; accepted: lockup",
    ),
    Broken(
        "[ladder]",
        '[ladder]\nenforce_on = ["lockup"]\nenforcement = ["interest:senior", "interest:mezz", "all:mezz", "residual:equity"]',
        '50: ladder.enforcement = ["interest:senior", "interest:mezz", "all:mezz", "residual:…: the ladder can skip the lender "senior"; accepted: a rung principal:senior or all:senior, without ?test',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n',
        "",
        "49: ladder.normal = []: 0 rungs; accepted: 1 to 64 rungs",
    ),
    Broken(
        '  "reserve:dsra",\n  "interest:mezz",\n',
        '  "interest:mezz+equity",\n',
        '53: ladder.normal[4] = "interest:mezz+equity": equity (equity) has no interest, only the residual; accepted: senior, mezz',
    ),
    Broken(
        '  "fee:om",\n  "interest:senior",',
        '  "fee:om",\n  7,\n  "interest:senior",',
        '51: ladder.normal[2] = 7: not text; accepted: a list of rungs, "kind:target[:fraction][?test]"',
    ),
    Broken(
        '  "principal:mezz",\n',
        '  "principal:mezz:0.5",\n',
        '55: ladder.normal[6] = "principal:mezz:0.5": a fraction on principal could leave it short while others are paid; accepted: a fraction on sweep, fee and reserve only',
    ),
    Broken(
        '  "interest:senior",\n',
        '  "interest:senior:0.5:0.5",\n',
        '51: ladder.normal[2] = "interest:senior:0.5:0.5": not a rung; accepted: "kind:target[:fraction][?test]"',
    ),
    Broken(
        "[ladder]",
        '[ladder]\nenforce_on = ["lockup", "lockup"]',
        '49: ladder.enforce_on[2] = "lockup": named twice; accepted: each once',
    ),
    Broken(
        "[ladder]",
        '[[field]]\nid = "availability"\nunit = "percent"\n\n[ladder]',
        '50: field.availability.unit = "percent": unknown; accepted: amount, ratio, count',
    ),
    Broken(
        "[ladder]",
        '[[field]]\nid = "availability"\n\n[ladder]',
        "48: field.availability.unit = (missing): required; accepted: amount, ratio, count",
    ),
    Broken(
        "[ladder]",
        '[[field]]\nid = "loss"\nunit = "amount"\n\n[ladder]',
        '49: field.loss.id = "loss": every flows file may have this column already; accepted: another id',
    ),
    Broken(
        "[ladder]",
        '[[field]]\nid = "kwh"\nunit = "count"\n[[field]]\nid = "kwh"\nunit = "ratio"\n\n[ladder]',
        '52: field.kwh.id = "kwh": already used on line 49; accepted: another id',
    ),
    Broken(
        "[ladder]",
        "".join(f'[[field]]\nid = "x{index}"\nunit = "count"\n' for index in range(13)) + "\n[ladder]",
        '85: field.x12.id = "x12": 13 fields; accepted: at most 12',
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\namounts = ["1"]',
        '35: fee.om.amounts = ["1"]: not allowed together with fixed; accepted: one of fixed, amounts, annual with of = "collections", or of = "report:field" with cap',
    ),
    Broken(
        'fixed = "2_000.00"',
        'amounts = ["1", "2"]',
        '34: fee.om.amounts = ["1", "2"]: 2 amounts; accepted: 8 amounts, one per period',
    ),
    Broken(
        'fixed = "2_000.00"',
        'amounts = ["1", "2", "3", "4", "5", "6", "7", "8"]\nuntil = 2026-12-31',
        "35: fee.om.until = 2026-12-31: not allowed together with amounts, which name every period; accepted: 0 in the periods in which nothing falls due",
    ),
    Broken(
        'fixed = "2_000.00"',
        'annual = "0.01"\nof = "collections"\nescalate = { rate = "0.02", every = 12 }',
        '36: fee.om.escalate = {rate = "0.02", every = 12}: only an amount in fixed can rise; accepted: one of fixed, amounts, annual with of = "collections", or of = "report:field" with cap',
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nescalate = { rate = "0.02" }',
        "35: fee.om.escalate.every = (missing): required; accepted: a whole number of months from 1 to 120",
    ),
    Broken(
        'fixed = "2_000.00"',
        'fixed = "2_000.00"\nescalate = { rate = "10", every = 1 }',
        '35: fee.om.escalate = {rate = "10", every = 1}: rises above what the chain can hold in period 8; accepted: a lower rate, or a later rise',
    ),
    Broken(
        'fixed = "2_000.00"',
        'of = "report:power_cost"\ncap = "9"',
        '34: fee.om.of = "report:power_cost": no field is "power_cost"; accepted: none, the file declares no field that is an amount',
    ),
    Broken(
        'fixed = "2_000.00"',
        'of = "report:power_cost"',
        "31: fee.om.cap = (missing): a reported cost needs a cap: a false report could take all that is left; accepted: the most that falls due in a period",
    ),
    Broken(
        "months = 6\nsupports",
        'months = 6\ntargets = ["1"]\nsupports',
        '40: reserve.dsra.targets = ["1"]: not allowed together with months; accepted: one of months, target, targets',
    ),
    Broken(
        "months = 6\nsupports",
        'targets = ["1", "1", "1", "1", "1", "1", "1", "1"]\nsupports',
        '39: reserve.dsra.targets[8] = "1": after the last period a reserve holds nothing; accepted: "0" for the last period',
    ),
    Broken(
        "months = 6\nsupports",
        'months = 6\nfill = "0"\nsupports',
        '40: reserve.dsra.fill = "0": nothing ever goes in; accepted: an amount above 0, or no fill',
    ),
    Broken(
        'below = "1.15"',
        'below = "1.15"\nsupports = []',
        '47: test.lockup.supports = []: supports nothing; accepted: a list such as ["interest:senior"]',
    ),
    Broken(
        'below = "1.15"',
        'below = "1.15"\nsupports = ["interest:equity"]',
        '47: test.lockup.supports[1] = "interest:equity": equity (equity) has no interest, only the residual; accepted: senior, mezz',
    ),
    Broken(
        'below = "1.15"',
        'below = "1.15"\nsupports = ["all:senior"]',
        '47: test.lockup.supports[1] = "all:senior": no ladder has this rung; accepted: a kind and id of a rung',
    ),
    Broken(
        '[[test]]\nid = "lockup"',
        '[[test]]\nid = "other"\nmetric = "dscr"\nof = "mezz"\nbelow = "1"\nsupports = ["fee:om"]\n\n[[test]]\nid = "lockup"',
        '47: test.other.supports = ["fee:om"]: no ladder has a trap of this test, which could hold cash for them; accepted: a rung trap?other, or no supports',
    ),
    Broken(
        'coupon = "0.09"',
        'coupon = "0.09"\npik_until = 2026-12-31',
        "24: tranche.mezz.pik_until = 2026-12-31: there is no pik; accepted: pik with it, or neither",
    ),
    Broken(
        'coupon = "0.09"',
        'coupon = "0.09"\npik = "0"',
        '24: tranche.mezz.pik = "0": out of range; accepted: a rate above 0, at most 10, or no pik',
    ),
    Broken(
        'coupon = "0.09"',
        'coupon = "0.09"\npik = "0.02"\npik_until = 2026-03-31',
        "25: tranche.mezz.pik_until = 2026-03-31: no accrual date is so early; accepted: a date from 2026-04-01 on",
    ),
    Broken(
        'coupon = "0.06"',
        'coupon = "0.06"\npik = "0.02"',
        '15: tranche.senior.pik = "0.02": a level schedule does not repay what joins the balance; accepted: bullet, linear, custom, cash or target_oc principal',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        "52: ladder.interest = (missing): required, because the other pot has a ladder; accepted: a ladder",
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\n',
        "52: ladder.principal = (missing): required, because the other pot has a ladder; accepted: a ladder",
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\nnormal = ["interest:senior", "residual:equity"]\n',
        '55: ladder.normal = ["interest:senior", "residual:equity"]: not allowed together with interest and principal; accepted: one or the other',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '50: ladder.principal = ["principal:senior", "all:senior", "all:mezz", "residual:eq…: no field of reports says how much is principal; accepted: a table [[field]] with id = "principal" and unit = "amount"',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "ratio"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '50: field.principal.unit = "ratio": principal is an amount; accepted: unit = "amount"',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["interest:senior", "principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '54: ladder.principal[1] = "interest:senior": lenders\' missing interest is paid first, without a rung; accepted: fee, principal, all, sweep, divert, residual',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["reserve:dsra", "principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '54: ladder.principal[1] = "reserve:dsra": what a reserve sets aside would come back as interest, and could reach equity; accepted: fee, principal, all, sweep, divert, residual',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "trap?oc", "residual:equity"]\n',
        '54: ladder.principal[4] = "trap?oc": what a trap sets aside would come back as interest, and could reach equity; accepted: fee, principal, all, sweep, divert, residual',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:mezz", "residual:equity"]\n',
        '54: ladder.principal = ["principal:senior", "all:mezz", "residual:equity"]: equity could be paid while senior has a balance; accepted: a rung all:senior or sweep:senior, without a fraction and ?test',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "sweep:senior:0.5", "all:mezz", "residual:equity"]\n',
        '54: ladder.principal = ["principal:senior", "sweep:senior:0.5", "all:mezz", "resid…: equity could be paid while senior has a balance; accepted: a rung all:senior or sweep:senior, without a fraction and ?test',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mez…: equity could be paid with principal of senior that is reported as interest; accepted: a rung divert:test of an oc test of senior or a junior one, all:senior, sweep:senior, or principal:senior if it is cash or target_oc',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "principal:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest[5] = "principal:mezz": repays a lender that is junior to senior, which no rung above repays; accepted: a rung principal:senior or all:senior above it',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "senior"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mez…: equity could be paid with principal of mezz that is reported as interest; accepted: a rung divert:test of an oc test of mezz or a junior one, all:mezz, sweep:mezz, or principal:mezz if it is cash or target_oc',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.00"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest[5] = "divert:oc": only an oc test that fails below a ratio above 1 can divert; accepted: none, because no test of oc has a threshold above 1',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc:0.5", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest[5] = "divert:oc:0.5": a diversion names a test and nothing else; accepted: divert:oc',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc?oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest[5] = "divert:oc?oc": a diversion names a test and nothing else; accepted: divert:oc',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest[5] = "divert": a diversion names a test and nothing else; accepted: divert:oc',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:mezz", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest[5] = "divert:mezz": no test is "mezz"; accepted: oc',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "divert:oc", "interest:mezz", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest[4] = "divert:oc": comes before a rung that must be paid first; accepted: a position after rung 5, interest:mezz',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "senior"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "divert:oc", "reserve:dsra", "interest:mezz", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '53: ladder.interest[3] = "divert:oc": mezz: the diversion comes before its interest, which may not be deferred; accepted: may_defer = true in that tranche, or a position below its interest',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\nenforcement = ["fee:om", "interest:senior", "interest:mezz", "divert:oc", "all:senior", "all:mezz", "residual:equity"]\nenforce_on = ["oc"]\n',
        '55: ladder.enforcement[4] = "divert:oc": nothing is diverted in enforcement; accepted: all or sweep, which repay from all cash',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '32: fee.om.id = "om": never paid: the interest ladder does not name it; accepted: a rung fee:om in ladder.interest',
    ),
    Broken(
        BOTTOM,
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        '38: reserve.dsra.id = "dsra": never filled: the interest ladder does not name it; accepted: a rung reserve:dsra in ladder.interest',
    ),
    # The promote
    Broken(
        *promoting("[promote]", '[call]\nby = "sponsor"\nbelow = "0.10"\n\n[promote]'),
        '36: call = {by = "sponsor", below = "0.10"}: it ends the periods in which the hurdles of the promote grow; accepted: no such table, or no [promote]',
    ),
    Broken(
        *promoting("residual:lp+gp", "residual:lp"),
        '73: ladder.normal[8] = "residual:lp": both classes of equity take it; accepted: residual:lp+gp',
    ),
    Broken(
        *promoting("residual:lp+gp", "residual:gp+lp+mezz"),
        '73: ladder.normal[8] = "residual:gp+lp+mezz": both classes of equity take it; accepted: residual:lp+gp',
    ),
    Broken(
        *promoting('"interest:mezz"', '"interest:gp"'),
        '70: ladder.normal[5] = "interest:gp": equity (gp) has no interest, only the residual; accepted: senior, mezz',
    ),
    Broken(
        *promoting('symbol = "SND-G"\nresidual = true', 'symbol = "SND-G"'),
        "31: tranche.gp.residual = (missing): the last tranche is not equity; accepted: residual = true in the last two tranches, which share by [promote], and only there",
    ),
    Broken(
        *promoting('symbol = "SND-L"\nresidual = true', 'symbol = "SND-L"'),
        "26: tranche.lp.residual = (missing): the last but one tranche is not equity; accepted: residual = true in the last two tranches, which share by [promote], and only there",
    ),
    Broken(
        *promoting('investor = "lp"', 'investor = "gp"'),
        '37: promote.investor = "gp": not the last but one tranche; accepted: lp',
    ),
    Broken(
        *promoting('sponsor = "gp"', 'sponsor = "mezz"'),
        '38: promote.sponsor = "mezz": not the last tranche; accepted: gp',
    ),
    Broken(
        *promoting('capital = "100_000.00"', "capital = 0"),
        "39: promote.capital = 0: no return is due on nothing; accepted: an amount above 0",
    ),
    Broken(
        *promoting('capital = "100_000.00"', 'capital = "100_000.00"\nco_invest = "1"'),
        '40: promote.co_invest = "1": leaves the investor no capital; accepted: a part from 0, below 1',
    ),
    Broken(
        *promoting('capital = "100_000.00"', 'capital = "100_000.00"\nday_count = "ACT/ACT"'),
        '40: promote.day_count = "ACT/ACT": two rules are called so; accepted: ACT/ACT (ISDA), or ACT/ACT (ICMA)',
    ),
    Broken(
        *promoting('capital = "100_000.00"', 'capital = "100_000.00"\npreferred = "0.08"'),
        '40: promote.preferred = "0.08": unknown key; accepted: investor, sponsor, capital, co_invest, day_count, tiers',
    ),
    Broken(
        *promoting('  { until = "0.08" },\n', '  { until = "0.08", catch_up = "0.20" },\n'),
        '41: promote.tiers[1].catch_up = "0.20": not allowed together with until; accepted: a tier for each',
    ),
    Broken(
        *promoting('  { until = "0.08" },\n', '  { until = "0.08", sponsor = "0.20" },\n'),
        '41: promote.tiers[1].sponsor = "0.20": only of a catch-up; accepted: the other part, investor = "0.80"',
    ),
    Broken(
        *promoting('  { until = "0.08" },\n', '  { until = "0.16" },\n'),
        '43: promote.tiers[3].until = "0.15": the capital side has that return already when the tiers above end; accepted: a rate above "0.16"',
    ),
    Broken(
        *promoting('  { until = "0.08" },\n', '  { until = "11" },\n'),
        '41: promote.tiers[1].until = "11": out of range; accepted: a rate from 0 to 10',
    ),
    Broken(
        *promoting('  { until = "0.08" },\n', ""),
        '41: promote.tiers[1].catch_up = "0.20": no hurdle comes before it; accepted: a tier with until above it',
    ),
    Broken(
        *promoting('investor = "0.80"', 'investor = "0"'),
        '43: promote.tiers[3].investor = "0": the hurdle would never be reached; accepted: a part above 0',
    ),
    Broken(
        *promoting('investor = "0.80"', 'investor = "1.80"'),
        '43: promote.tiers[3].investor = "1.80": more than all; accepted: a part from 0 to 1',
    ),
    Broken(
        *promoting('catch_up = "0.20"', 'catch_up = "1"'),
        '42: promote.tiers[2].catch_up = "1": out of range; accepted: a part of profit above 0, below 1',
    ),
    Broken(
        *promoting('catch_up = "0.20"', 'catch_up = "0.20", sponsor = "0.20"'),
        '42: promote.tiers[2].sponsor = "0.20": with no more than the part it is to have, the sponsor never catches up; accepted: a part above "0.2", at most 1',
    ),
    Broken(
        *promoting('catch_up = "0.20"', 'catch_up = "0.20", investor = "0.80"'),
        '42: promote.tiers[2].investor = "0.80": a catch-up says what the sponsor gets; accepted: sponsor, or neither',
    ),
    Broken(
        *promoting('  { investor = "0.70" },\n', '  { catch_up = "0.20" },\n  { investor = "0.70" },\n'),
        '44: promote.tiers[4].catch_up = "0.20": the catch-up above gives the sponsor that part already; accepted: a part above "0.2"',
    ),
    Broken(
        *promoting('  { investor = "0.70" },\n', ""),
        '43: promote.tiers[3].until = "0.15": nobody gets what is left after it; accepted: a last tier such as {investor = "0.70"}',
    ),
    Broken(
        *promoting('{ investor = "0.70" }', '{ catch_up = "0.30" }'),
        '44: promote.tiers[4].catch_up = "0.30": nobody gets what is left after it; accepted: a last tier such as {investor = "0.70"}',
    ),
    Broken(
        *promoting('{ investor = "0.70" }', "{}"),
        '44: promote.tiers[4].investor = (missing): required in the last tier; accepted: a rate as a string, "0.0625" for 6.25 %',
    ),
    Broken(
        *promoting('{ investor = "0.70" }', '{ sponsor = "0.30" }'),
        '44: promote.tiers[4].sponsor = "0.30": only of a catch-up; accepted: the other part, investor = "0.80"',
    ),
    Broken(
        *promoting('{ catch_up = "0.20" }', '{ investor = "0.80" }'),
        '42: promote.tiers[2] = {investor = "0.80"}: takes all that is left, and tiers come below; accepted: until or catch_up, or no such tier',
    ),
    Broken(
        *promoting(
            'tiers = [\n  { until = "0.08" },\n  { catch_up = "0.20" },\n  { until = "0.15", investor = "0.80" },\n  { investor = "0.70" },\n]\n',
            "tiers = []\n",
        ),
        "40: promote.tiers = []: 0 tiers; accepted: 1 to 8 tiers",
    ),
    Broken(
        *promoting(
            'tiers = [\n  { until = "0.08" },\n  { catch_up = "0.20" },\n  { until = "0.15", investor = "0.80" },\n  { investor = "0.70" },\n]\n',
            "",
        ),
        '36: promote.tiers = (missing): required; accepted: a list such as [{until = "0.08"}, {investor = "0.80"}]',
    ),
    Broken(
        *promoting(
            'tiers = [\n  { until = "0.08" },\n  { catch_up = "0.20" },\n  { until = "0.15", investor = "0.80" },\n  { investor = "0.70" },\n]\n',
            'tiers = ["0.08"]\n',
        ),
        '40: promote.tiers[1] = "0.08": not a table; accepted: a list such as [{until = "0.08"}, {investor = "0.80"}]',
    ),
    Broken(
        *promoting(
            '[promote]\ninvestor = "lp"\nsponsor = "gp"\ncapital = "100_000.00"\ntiers = [\n  { until = "0.08" },\n  { catch_up = "0.20" },\n  { until = "0.15", investor = "0.80" },\n  { investor = "0.70" },\n]\n',
            "",
        ),
        "29: tranche.lp.residual = true: equity comes before another tranche; accepted: residual = true in the last tranche, and only there; two classes of equity need a table [promote]",
    ),
    Broken(
        '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"\n\n[ladder]\nnormal = [\n  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n]\n',
        '[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\nenforcement = ["fee:om", "interest:senior", "principal:senior", "interest:mezz", "all:mezz", "residual:equity"]\nenforce_on = ["oc"]\n',
        '55: ladder.enforcement = ["fee:om", "interest:senior", "principal:senior", "interest…: equity could be paid with principal while senior has a balance; accepted: a rung all:senior or sweep:senior, without a fraction and ?test',
    ),
    Broken(
        'opex = true\n\n[[reserve]]\nid = "dsra"\nmonths = 6\nsupports = ["interest:senior", "principal:senior"]\n\n[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"\n\n[ladder]\nnormal = [\n  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n]\n',
        'carry = true\n\n[[reserve]]\nid = "dsra"\nmonths = 6\nsupports = ["interest:senior", "principal:senior"]\n\n[[test]]\nid = "oc"\nmetric = "oc"\nof = "mezz"\nbelow = "1.25"\n\n[[field]]\nid = "principal"\nunit = "amount"\n\n[ladder]\ninterest = ["fee:om", "interest:senior", "reserve:dsra", "interest:mezz", "divert:oc", "residual:equity"]\nprincipal = ["principal:senior", "all:senior", "all:mezz", "residual:equity"]\n',
        "35: fee.om.carry = true: late revenue is principal, and the principal ladder does not pay what is carried of it; accepted: a rung fee:om in ladder.principal",
    ),
    Broken(
        'fixed = "2_000.00"\nopex = true\n\n[[reserve]]\nid = "dsra"\nmonths = 6\nsupports = ["interest:senior", "principal:senior"]\n\n[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"\n\n[ladder]\nnormal = [\n  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n]\n',
        'annual = "0.01"\nof = "asset_value"\nopex = true\n\n[[reserve]]\nid = "dsra"\nmonths = 6\nsupports = ["interest:senior", "principal:senior"]\n\n[call]\nby = "sponsor"\nbelow = "0.10"\n\n[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.15"\n\n[ladder]\nnormal = [\n  "fee:om",\n  "interest:senior",\n  "principal:senior",\n  "reserve:dsra",\n  "interest:mezz",\n  "principal:mezz",\n  "trap?lockup",\n  "residual:equity",\n]\n',
        "31: fee.om.cap = (missing): a report could raise the price of a call without bound; accepted: the most that falls due in a period, or no [call]",
    ),
    # Holders
    Broken(
        *held("deny = [840]", "deny = [840]\nallow = [276]"),
        "49: holders.deny = [840]: not allowed together with allow; accepted: one or the other",
    ),
    Broken(
        *held("deny = [840]", 'deny = ["US"]'),
        '49: holders.deny[1] = "US": not a whole number; accepted: a whole number from 1 to 999, a country\'s code of ISO 3166-1 numeric',
    ),
    Broken(
        *held("deny = [840]", "deny = [1000]"),
        "49: holders.deny[1] = 1000: out of range; accepted: a whole number from 1 to 999, a country's code of ISO 3166-1 numeric",
    ),
    Broken(
        *held("deny = [840]", "deny = 840"),
        "49: holders.deny = 840: not a list; accepted: a list such as [840]; each a whole number from 1 to 999, a country's code of ISO 3166-1 numeric",
    ),
    Broken(
        *held("retail", "qualified"),
        "50: holders.keep_until.qualified = 2027-01-01: unknown key; accepted: retail, professional, accredited",
    ),
    Broken(
        *held("2027-01-01", '"2027-01-01"'),
        '50: holders.keep_until.retail = "2027-01-01": text, not a date; accepted: a date without quotes from 1970-01-01 to 2149-06-06',
    ),
    Broken(
        *held('id = "senior"', 'id = "junior"'),
        '53: holders.tranche.junior.id = "junior": no tranche is "junior"; accepted: senior, mezz, equity',
    ),
    Broken(
        *held("[[holders.tranche]]", '[[holders.tranche]]\nid = "senior"\n\n[[holders.tranche]]'),
        '56: holders.tranche.senior.id = "senior": named twice; accepted: each tranche once',
    ),
    Broken(
        *held('"professional"', '"rich"'),
        '54: holders.tranche.senior.classes[1] = "rich": unknown; accepted: retail, professional, accredited',
    ),
    Broken(
        *held("investors = 99", "investors = 0"),
        "55: holders.tranche.senior.investors = 0: out of range; accepted: a whole number of investors from 1 to 4294967295",
    ),
    Broken(
        *held("investors = 99", "investors = 3"),
        "55: holders.tranche.senior.investors = 3: 3 investors could not hold the whole tranche; accepted: at least 4, or a larger part",
    ),
    Broken(
        *held('largest = "0.25"', 'largest = "1.5"'),
        '56: holders.tranche.senior.largest = "1.5": out of range; accepted: a part as a string, above 0 and at most 1, "0.10" for 10 %',
    ),
    Broken(
        *held('largest = "0.25"', 'largest = "0.0001"'),
        '56: holders.tranche.senior.largest = "0.0001": less than the minimum; accepted: a larger part',
    ),
    Broken(
        *held("lot = 10", "lot = 300_000"),
        '56: holders.tranche.senior.largest = "0.25": less than one lot; accepted: a larger part',
    ),
    Broken(
        *held('largest = "0.25"\nminimum = 100\nlot = 10', 'largest = "0.000001"'),
        "55: holders.tranche.senior.investors = 99: 99 investors could not hold the whole tranche; accepted: at least 1000000, or a larger part",
    ),
    Broken(
        *held("minimum = 100", "minimum = 900_000"),
        "57: holders.tranche.senior.minimum = 900000: the tranche has 800,000 shares; accepted: at most 800000",
    ),
    Broken(
        *held("lot = 10", "lot = 900_000"),
        "58: holders.tranche.senior.lot = 900000: the tranche has 800,000 shares; accepted: at most 800000",
    ),
    Broken(
        *held("lot = 10", 'lot = "10"'),
        '58: holders.tranche.senior.lot = "10": not a whole number; accepted: a whole number of shares, 1 or more',
    ),
    Broken(
        *held("lot = 10", "round = 10"),
        "58: holders.tranche.senior.round = 10: unknown key; accepted: id, classes, investors, largest, minimum, lot",
    ),
    Broken(
        "[ladder]",
        '[[document]]\ntitle = "Memorandum"\nlink = "https://example.com/om.pdf"\nsha256 = "abc"\n\n[ladder]',
        '51: document[1].sha256 = "abc": not a SHA-256; accepted: 64 hexadecimal digits',
    ),
    Broken(
        "[ladder]",
        '[[document]]\ntitle = "Memorandum"\nlink = "a b"\n\n[ladder]',
        "48: document[1].sha256 = (missing): required; accepted: 64 hexadecimal digits",
    ),
    Broken(
        "[ladder]",
        '[document]\ntitle = "Memorandum"\n\n[ladder]',
        '48: document = {title = "Memorandum"}: not a list of tables: write [[double brackets]]; accepted: at most 16 tables [[document]]',
    ),
    Broken(
        "[ladder]",
        17 * ('[[document]]\ntitle = "Memorandum"\nlink = "om.pdf"\nsha256 = "' + 64 * "0" + '"\n\n') + "[ladder]",
        '129: document[17].title = "Memorandum": 17 documents; accepted: at most 16',
    ),
]


class BrokenFlows(NamedTuple):
    """A flows file for the deal SOUND, and the refusal without the file's name."""

    text: str
    refusal: str


FLOWS_HEADER = "date,collections[,asset_value][,loss]"
AN_AMOUNT = "an amount of 0 or more with at most 6 decimals, such as 1250.50"

BROKEN_FLOWS = [
    BrokenFlows(text, f"{reason}; accepted: {accepted}")
    for text, reason, accepted in (
        # The header
        ("", "1: (the row): empty", FLOWS_HEADER),
        ("date,collections\n", '1: "date,collections": a header without rows', f"{FLOWS_HEADER} and rows"),
        ("date,amount\n2026-02-01,1", '1: "date,amount": no column "collections"', FLOWS_HEADER),
        ("date;amount\n2026-02-01;1", '1: "date;amount": no column "collections"', FLOWS_HEADER),
        ("a,x;amount;b\n1;2,3", '1: "a,x;amount;b": no column "date"', FLOWS_HEADER),
        ("date;amount,b;c\n2026-02-01;1", '1: "date;amount,b;c": no column "collections"', FLOWS_HEADER),
        ("date,collection\n2026-02-01,1", '1: "date,collection": no column "collections"; is it "collection"?', FLOWS_HEADER),
        ("date,collections,Date\n2026-02-01,1,2026-02-01", '1: "date": the same column twice', FLOWS_HEADER),
        ("date,collections,losses\n2026-02-01,1,0", '1: "losses": did you mean "loss"?', "loss, or a name less like it"),
        ("date|collections\n2026-02-01|1", '1: "date|collections": columns separated by vertical bars', "commas, semicolons or tabs"),
        ("date collections\n2026-02-01 1", '1: "date collections": columns separated by spaces', "commas, semicolons or tabs"),
        ('"date,collections"\n"2026-02-01,1"', '1: "date,collections": the whole line is in quotes', "cells, each in quotes or none"),
        (",date,collections\n7,2026-02-01,1\n7,2026-03-01,1", '1: ",date,collections": the first column has no name and does not count the rows', f"a name for it, or {FLOWS_HEADER}"),
        (",collections\n0,1\n1,2", '1: ",collections": no column "date"', FLOWS_HEADER),
        # Rows
        ("date,collections\n2026-02-01", '2: "2026-02-01": 1 value', "2 values, as in the header"),
        ("date,collections\n\n2026-02-01,1,2", '3: "2026-02-01,1,2": 3 values', "2 values, as in the header"),
        ("date;collections\n2026-02-01;1;2", '2: "2026-02-01;1;2": 3 values', "2 values, as in the header"),
        ("date,collections,\n2026-02-01,1,000.00", '2: "000.00": a value in a column without a name', "a name in the header; amounts have no commas"),
        ('date,collections\n2026-02-01,"1', "2: (the row): not CSV: unexpected end of data", FLOWS_HEADER),
        # Dates
        ("date,collections\n01/02/2026,1", '2: date = "01/02/2026": not a date', "a date such as 2026-04-01"),
        ("date,collections\n20260201,1", '2: date = "20260201": not a date', "a date such as 2026-04-01"),
        ("date,collections\n2026-02-30,1", '2: date = "2026-02-30": not a date', "a date such as 2026-04-01"),
        ("date,collections\n2026-02-01 12:00:00,1", '2: date = "2026-02-01 12:00:00": a time of day other than midnight', "2026-02-01, if that is the day meant"),
        ("date,collections\n2026-02-01T00:00:00.5Z,1", '2: date = "2026-02-01T00:00:00.5Z": a time of day other than midnight', "2026-02-01, if that is the day meant"),
        ("date,collections\n2026-02-01T00:00:00+02:00,1", '2: date = "2026-02-01T00:00:00+02:00": not in UTC', "2026-02-01, if that is the day meant"),
        ("date,collections\n2026-01-01,1", '2: date = "2026-01-01": not after closing', "a date after 2026-01-01"),
        # Amounts
        ("date,collections\n2026-02-01,", '2: collections = "": empty', "an amount, 0 for nothing"),
        ("date,collections\n2026-02-01,-1", '2: collections = "-1": negative', AN_AMOUNT),
        ('date,collections\n2026-02-01,"1,000"', '2: collections = "1,000": a comma is not a thousands separator here', AN_AMOUNT),
        ("date;collections\n2026-02-01;1.234,56", '2: collections = "1.234,56": the decimal sign is a point here, not a comma', AN_AMOUNT),
        ("date;collections\n2026-02-01;1234,56", '2: collections = "1234,56": the decimal sign is a point here, not a comma', AN_AMOUNT),
        ("date;collections\n2026-02-01;1.234.567", '2: collections = "1.234.567": a point is not a thousands separator here', AN_AMOUNT),
        ("date;collections\n2026-02-01;30.000\n2026-03-01;500", '2: collections = "30.000": the point may be the decimal sign or separate thousands', "30000, or 30.0000"),
        ("date\tasset_value\tcollections\n2026-02-01\t125.500\t0", '2: asset_value = "125.500": the point may be the decimal sign or separate thousands', "125500, or 125.5000"),
        ("date,collections\n2026-02-01,1e6", '2: collections = "1e6": written with an exponent', AN_AMOUNT),
        ("date,collections\n2026-02-01,1 000", '2: collections = "1 000": not a decimal number', AN_AMOUNT),
        ("date,collections\n2026-02-01,0.0000001", '2: collections = "0.0000001": 7 decimals, the asset has 6', AN_AMOUNT),
        ("date,collections\n2026-02-01,99999999999999999999999999", '2: collections = "99999999999999999999999999": too large for the chain', AN_AMOUNT),
        ("date,collections\n2026-02-01,40000000000\n2026-12-02,40000000000", '3: collections = "…": adds up to more than the deal takes in its life', "at most 72057594037.927935, opening reserves included; lifetime_cash in the deal file makes room for more"),
        ("date,collections,loss\n2026-02-01,0,0\n2026-03-01,0,x", '3: loss = "x": not a decimal number', AN_AMOUNT),
        ("date,collections,loss\n2026-02-01,0,5", '2: loss = "5": this deal does not write down', "0, or write_down = true in [deal]"),
    )
]  # fmt: skip

HEADER = """\
# Refusals of a deal file and of a flows file

Every refusal is one line, `FILE:LINE: KEY = VALUE: what is wrong; accepted: …`; list items are counted from 1. These
tables are written by `python -m tests.dealfile.broken` and tested line by line (`tests/dealfile/test_broken.py`,
`test_flows.py`). What each key takes: [DEALFILE.md](DEALFILE.md).

## Deal files
Each row changes one thing in an otherwise valid file.

| written | refusal |
|---|---|
"""


FLOWS = """
## Flows files
`⏎` ends a line, `⇥` is a tab. An allocation's table is read in the same way.

| the file | refusal |
|---|---|
"""


def page() -> str:
    """The tables as Markdown."""

    def cell(text: str) -> str:
        words = " ".join(text.split()) or "(nothing)"
        words = words if len(words) <= 200 else words[:199] + "…"
        return "`" + words.replace("|", "\\|") + "`"

    def refusal(file: str, text: str) -> str:
        return "`" + f"{file}:{text}".replace("|", "\\|") + "`"

    deals = "".join(
        f"| {cell(each.new or 'without ' + each.old)} | {refusal('deal.toml', each.refusal)} |\n" for each in BROKEN
    )
    flows = "".join(
        f"| {cell(each.text.replace(chr(10), ' ⏎ ').replace(chr(9), '⇥'))} | {refusal('flows.csv', each.refusal)} |\n"
        for each in BROKEN_FLOWS
    )
    return HEADER + deals + FLOWS + flows


if __name__ == "__main__":
    Path("docs/ERRORS.md").write_text(page(), encoding="utf-8")
