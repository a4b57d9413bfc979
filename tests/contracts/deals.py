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
PLAIN = loads(
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
""",
    "plain.toml",
)

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
