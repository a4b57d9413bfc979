"""The deals these tests live through, as deal files: small enough to follow by hand."""

from __future__ import annotations

from penstock.dealfile import loads
from penstock.model.terms import DealTerms

HALF_YEARS = """
[deal]
name = "Small"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 6
periods = 4
"""

# Each period owes 3,000 of interest on the whole face, then 25,000 of principal.
PLAIN_FILE = (
    HALF_YEARS
    + """
[[tranche]]
id = "senior"
symbol = "SML-A"
face = "100_000.00"
coupon = "0.06"
principal = { kind = "linear" }

[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
face = "50_000.00"

[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
"""
)
PLAIN = loads(PLAIN_FILE, "plain.toml")

# Two classes of equity alone: 8 % preferred, catch-up to 20 % of profit, 80/20 to 15 %, then 70/30; a year each period.
PROMOTED_FILE = """
[deal]
name = "Promoted"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 12
periods = 5

[[tranche]]
id = "lp"
symbol = "PRO-L"
residual = true
face = "100_000.00"

[[tranche]]
id = "gp"
symbol = "PRO-G"
residual = true

[promote]
investor = "lp"
sponsor = "gp"
capital = "100_000.00"
day_count = "30/360"
tiers = [{ until = "0.08" }, { catch_up = "0.20" }, { until = "0.15", investor = "0.80" }, { investor = "0.70" }]

[ladder]
normal = ["residual:lp+gp"]
"""
PROMOTED = loads(PROMOTED_FILE, "promoted.toml")

# The plain deal, paid twenty days after each period.
DELAYED_FILE = PLAIN_FILE.replace("periods = 4", "periods = 4\npayment_delay = 20")
DELAYED = loads(DELAYED_FILE, "delayed.toml")

# The plain deal with a lock-up: what is left for equity waits while debt service is not covered 1.2 times.
TRAPPING = loads(
    HALF_YEARS
    + """
[[tranche]]
id = "senior"
symbol = "SML-A"
face = "100_000.00"
coupon = "0.06"
principal = { kind = "linear" }

[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
face = "50_000.00"

[[test]]
id = "lockup"
metric = "dscr"
of = "senior"
below = "1.20"

[ladder]
normal = ["interest:senior", "principal:senior", "trap?lockup", "residual:equity"]
""",
    "trapping.toml",
)

# A coupon holiday in the second period.
HOLIDAY = loads(
    HALF_YEARS
    + """
[[tranche]]
id = "senior"
symbol = "SML-A"
face = "100_000.00"
coupon = "0.06"
steps = [{ from = 2026-07-01, coupon = "0" }, { from = 2027-01-01, coupon = "0.06" }]
principal = { kind = "bullet" }
arrears = "none"

[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
face = "50_000.00"

[[test]]
id = "lockup"
metric = "dscr"
of = "senior"
below = "1.20"

[ladder]
normal = ["interest:senior", "principal:senior", "trap?lockup", "residual:equity"]
""",
    "holiday.toml",
)

# Every part that holds cash: fees, a reserve, a trap.
WHOLE_FILE = (
    HALF_YEARS
    + """
write_down = true

[[tranche]]
id = "senior"
symbol = "SML-A"
face = "100_000.00"
coupon = "0.06"
principal = { kind = "linear" }

[[tranche]]
id = "mezz"
symbol = "SML-B"
face = "20_000.00"
coupon = "0.10"
principal = { kind = "bullet" }
arrears = "none"

[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
face = "30_000.00"

[[fee]]
id = "om"
payee = "operator"
fixed = "500.00"
carry = true
opex = true

[[fee]]
id = "agent"
payee = "agent"
annual = "0.01"
of = "collections"

[[reserve]]
id = "dsra"
target = "10_000.00"
opening = "4_000.00"
supports = ["interest:senior", "principal:senior"]

[[test]]
id = "lockup"
metric = "dscr"
of = "senior"
below = "1.20"
cure = 1

[ladder]
normal = ["fee:om", "fee:agent", "interest:senior", "principal:senior", "reserve:dsra", "interest:mezz",
    "principal:mezz", "trap?lockup", "residual:equity"]
"""
)
WHOLE = loads(WHOLE_FILE, "whole.toml")

# The same, with so much to come in that its amounts take 96 bits.
WIDE_FILE = WHOLE_FILE.replace("write_down", 'lifetime_cash = "100_000_000_000"\nwrite_down', 1)
WIDE = loads(WIDE_FILE, "whole.toml")

# A lender that is owed its face at the end and nothing before.
ZERO_COUPON = loads(
    HALF_YEARS
    + """
[[tranche]]
id = "zero"
symbol = "SML-Z"
face = "80_000.00"
coupon = "0"
principal = { kind = "bullet" }

[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
face = "20_000.00"

[[test]]
id = "lockup"
metric = "dscr"
of = "zero"
below = "1.20"

[ladder]
normal = ["interest:zero", "principal:zero", "trap?lockup", "residual:equity"]
""",
    "zero.toml",
)

# A face that neither the periods nor the holders divide.
ROUNDS = loads(
    HALF_YEARS
    + """
[[tranche]]
id = "senior"
symbol = "SML-A"
face = "0.000007"
shares = 7
coupon = "0.0333"
principal = { kind = "linear" }

[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
face = "0.000003"
shares = 3

[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
""",
    "rounds.toml",
)


def with_decimals(terms_file: str, decimals: int) -> DealTerms:
    """A deal file's terms for an asset of other decimals."""
    return loads(terms_file.replace("decimals = 6", f"decimals = {decimals}"))


COARSE = (
    HALF_YEARS
    + """
[[tranche]]
id = "senior"
symbol = "SML-A"
face = "100_000"
coupon = "0.06"
principal = { kind = "linear" }

[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
face = "50_000"

[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
"""
)

# One of everything a deal file has, in amounts that are all different.
EVERY_PART = loads(
    """
[deal]
name = "Every Part"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 6
periods = 5
write_down = true

[[tranche]]
id = "senior"
symbol = "ALL-A"
face = "100_002.00"
shares = 50_001
coupon = "0.06"
steps = [{ from = 2027-01-01, coupon = "0.065" }]
day_count = "30/360"
principal = { kind = "linear" }
arrears = { spread = "0.02" }

[[tranche]]
id = "second"
symbol = "ALL-B"
face = "40_003.00"
coupon = "0.07"
day_count = "ACT/360"
principal = { kind = "bullet" }
arrears = "coupon"

[[tranche]]
id = "mezz"
symbol = "ALL-C"
face = "20_007.00"
coupon = "0.10"
day_count = "ACT/365F"
pik = "0.03"
pik_until = 2028-01-01
principal = { kind = "custom", amounts = ["1_000.01", "2_000.02", "3_000.03", "4_000.04", "5_000.05"] }
arrears = "capitalise"

[[tranche]]
id = "last"
symbol = "ALL-D"
face = "9_011.00"
coupon = "0.12"
day_count = "30E/360"
principal = { kind = "level" }

[[tranche]]
id = "equity"
symbol = "ALL-E"
residual = true
face = "30_013.00"

[[fee]]
id = "om"
payee = "operator"
fixed = "500.05"
cap = "700.09"
carry = true
opex = true
from = 2026-07-01
until = 2028-01-01

[[fee]]
id = "agent"
payee = "agent"
annual = "0.01"
of = "collections"

[[fee]]
id = "trustee"
payee = "agent"
annual = "0.002"
of = "second"
carry = true

[[fee]]
id = "valuer"
payee = "operator"
annual = "0.0007"
of = "asset_value"

[[reserve]]
id = "dsra"
months = 9
opening = "4_000.11"
supports = ["interest:senior", "principal:senior", "all:senior"]

[[reserve]]
id = "maintenance"
targets = ["1_000.13", "900.07", "800.00", "700.03", "0"]
fill = "250.02"
opening = "300.17"
supports = ["fee:om", "fee:agent", "all:second"]

[[test]]
id = "lockup"
metric = "dscr"
of = "mezz"
below = "1.30"
cure = 3
supports = ["interest:mezz", "fee:om", "interest:senior"]

[[test]]
id = "default"
metric = "dscr"
of = "senior"
below = "0.80"
cure = 2

[[fee]]
id = "power"
payee = "agent"
of = "report:power_cost"
cap = "40.07"
carry = true

[[fee]]
id = "lease"
payee = "operator"
fixed = "90.01"
escalate = { rate = "0.03", every = 6 }

[[field]]
id = "availability"
unit = "ratio"

[[field]]
id = "generated_kwh"
unit = "count"

[[field]]
id = "power_cost"
unit = "amount"

[ladder]
normal = ["fee:om", "fee:agent", "fee:trustee:0.05", "fee:valuer",
    "fee:power", "fee:lease", "interest:senior+second", "principal:senior",
    "principal:second", "reserve:dsra", "reserve:maintenance", "interest:mezz", "principal:mezz", "interest:last",
    "principal:last", "sweep:senior:0.25?lockup", "trap?lockup", "residual:equity"]
enforcement = ["fee:om", "fee:trustee:0.5", "interest:senior", "all:senior", "interest:second", "all:second",
    "interest:mezz", "all:mezz", "interest:last", "all:last", "residual:equity"]
enforce_on = ["default"]
""",
    "every-part.toml",
)
