"""
Makes the revenue of four example deals: deals/gpu-notes.csv, deals/hosting-site.csv, deals/ppa-50m.csv and
deals/clo.csv.

Each row is arithmetic on the few assumptions that deals/README.md lists with their sources, with Decimal alone, so that
every machine writes the same bytes. The plants, contracts and mishaps are made up.

    python scripts/make_example_flows.py            write the files
    python scripts/make_example_flows.py --check    write nothing, exit 1 if a byte differs
"""

import sys
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

DEALS = Path(__file__).resolve().parent.parent / "deals"
CENT, BASIS_POINT = Decimal("0.01"), Decimal("0.0001")
HOURS = Decimal(730)  # of a month: 8,760 / 12


def rounded(amount: Decimal, to: Decimal = CENT) -> str:
    return f"{amount.quantize(to, ROUND_HALF_UP):f}"


def month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


# GPU notes: eighteen months of contracts for 1,024 GPUs, twelve of notes

GPUS, PER_HOUR, CONTRACTED, MONTHS = 1_024, Decimal("2.05"), Decimal("0.92"), 18
HAIRCUTS = {"investment grade": (Decimal("0.55"), Decimal("0.10")), "others": (Decimal("0.45"), Decimal("0.35"))}
"""Of each group of customers: its part of the contracts, and what is taken off what it still has to pay."""
LEAVES, GONE = 7, Decimal("0.15")
"""From this month on a customer of the second group with so much of the contracts pays nothing."""
SLOW = Decimal("0.018")  # of the rent, usually unpaid after thirty days
SOFR = ["4.32", "4.31", "4.29", "4.25", "4.18", "4.11", "4.08", "4.04", "4.01", "3.98", "3.97", "3.95"]


def gpu_notes() -> Iterator[str]:
    """Monthly: rent, what the rest of the contracts is worth after haircuts, the index, and the part of rent unpaid."""
    yield "date,collections,asset_value,sofr,delinquency"
    rent = GPUS * HOURS * PER_HOUR * CONTRACTED
    for month, per_cent in enumerate(SOFR, start=1):
        parts = {group: part for group, (part, _) in HAIRCUTS.items()}
        if month >= LEAVES:
            parts["others"] -= GONE
        worth = sum((rent * part * (1 - HAIRCUTS[group][1]) for group, part in parts.items()), Decimal(0))
        paid, index = rent * sum(parts.values(), Decimal(0)), rounded(Decimal(per_cent) / 100, BASIS_POINT)
        unpaid = rounded(GONE if month >= LEAVES else SLOW, BASIS_POINT)
        yield f"{month_end(2026, month)},{rounded(paid)},{rounded(worth * (MONTHS - month))},{index},{unpaid}"


# A mining site turned into GPU hosting: 20 MW of take-or-pay

MEGAWATTS, HOSTING_FEE, USED = Decimal(20), Decimal("41_000"), Decimal("0.88")
POWER_PRICE = [Decimal(each) for each in ["46", "44", "38", "35", "37", "45", "58", "60", "47", "41", "40", "45"]]
"""USD per MWh, January to December."""
AVAILABILITY = {(2027, 8): Decimal("0.942"), (2027, 9): Decimal("0.958")}
USUAL = Decimal("0.991")


def hosting_site() -> Iterator[str]:
    """Monthly: the fee for capacity, less what an outage costs, and the power that tenants pay back as billed."""
    yield "date,collections,power_cost,availability"
    for month in range(36):
        year, at = 2027 + month // 12, month % 12
        available = AVAILABILITY.get((year, at + 1), USUAL)
        power = MEGAWATTS * USED * HOURS * POWER_PRICE[at] * available / USUAL
        credit = max(Decimal(0), Decimal("0.97") - available) * 5  # of the fee, for each part below 97 %
        fee = MEGAWATTS * HOSTING_FEE * (1 - credit)
        yield f"{month_end(year, at + 1)},{rounded(fee + power)},{rounded(power)},{rounded(available, BASIS_POINT)}"


# A power purchase agreement: 50 million in 50,000 fractions, half-yearly

ENERGY, PRICE = Decimal("118_000"), Decimal("43.00")  # MWh in a usual year as new, USD per MWh
INDEXATION, DEGRADATION = Decimal("1.015"), Decimal("0.996")
HALVES = (Decimal("0.518"), Decimal("0.482"))
"""July to December, then January to June: of a year's energy."""
POOR_YEARS: Mapping[int, Decimal] = {3: Decimal("0.93"), 6: Decimal("0.90"), 11: Decimal("0.94"), 15: Decimal("0.87")}
"""Years of poor sun and curtailment, as a part of a usual one; the others are usual."""


def ppa() -> Iterator[str]:
    """Half-yearly, at month ends."""
    yield "date,collections"
    for period in range(40):
        year, half = divmod(period, 2)
        energy = ENERGY * HALVES[half] * DEGRADATION**year * POOR_YEARS.get(year, Decimal(1))
        day = month_end(2026 + year + half, 6 if half else 12)
        yield f"{day},{rounded(energy * PRICE * INDEXATION**year)}"


# A small CLO: a pool of loans, partly repaid each quarter, partly in default for a year

POOL, YIELD = Decimal("100_000_000"), Decimal("0.0860")
REPAID = [Decimal(each) / 100 for each in ["2.5"] * 4 + ["3"] * 4 + ["7"] * 4 + ["12"] * 4 + ["20"] * 3]
"""Of the loans that perform, the part repaid in each quarter but the last, which repays the rest."""
DEFAULTS: Mapping[int, Decimal] = {6: Decimal("0.045"), 7: Decimal("0.050"), 8: Decimal("0.040"), 9: Decimal("0.020")}
"""Quarters in which so much of the loans that perform stops paying."""
RECOVERED, AFTER = Decimal("0.45"), 3
"""The part of a defaulted loan that comes back, and how many quarters later."""
CALLED = 19
"""The quarter whose payment date the sponsor calls the notes for."""


def clo() -> Iterator[str]:
    """Quarterly: interest, what is repaid and recovered, the loans that perform, and the call."""
    yield "date,collections,principal,asset_value,call"
    left, lost = POOL, dict.fromkeys(range(1, 21), Decimal(0))
    for quarter in range(1, 21):
        lost[quarter] = left * DEFAULTS.get(quarter, Decimal(0))
        left -= lost[quarter]
        interest = left * YIELD / 4
        repaid = left * REPAID[quarter - 1] if quarter < 20 else left
        principal = (repaid + lost.get(quarter - AFTER, Decimal(0)) * RECOVERED).quantize(CENT, ROUND_HALF_UP)
        left -= repaid
        year, month = divmod(3 * quarter, 12)
        day = date(2026 + year, 1 + month, 15)
        call = 1 if quarter == CALLED else ""
        yield f"{day},{rounded(interest + principal)},{rounded(principal)},{rounded(left)},{call}"


FILES = {"gpu-notes.csv": gpu_notes, "hosting-site.csv": hosting_site, "ppa-50m.csv": ppa, "clo.csv": clo}


def main(arguments: list[str]) -> int:
    differing = 0
    for name, rows in FILES.items():
        made, file = "\n".join([*rows(), ""]), DEALS / name
        if "--check" in arguments:
            differing += not file.exists() or file.read_text(encoding="utf-8") != made
        else:
            file.write_text(made, encoding="utf-8")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
