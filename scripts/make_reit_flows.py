"""
Makes the revenue of the houses of deals/reit.toml: deals/reit.csv, from the rents of offtakes/reit/*.offtake.toml.

    python scripts/make_reit_flows.py            write the file
    python scripts/make_reit_flows.py --check    compute it again, write nothing, exit 1 if a byte differs

Every rent is paid on time and in full, and the taxable income of a quarter is 38 % of its rents: an assumption.
"""

import sys
from datetime import timedelta
from pathlib import Path

from penstock.dealfile.offtake import load, schedule
from penstock.format import format_amount

DEALS = Path(__file__).resolve().parent.parent / "deals"
OFFTAKES = DEALS.parent / "offtakes"
FILE = "reit.csv"
TAXABLE_PERCENT = 38


def flows() -> str:
    """A row for each month: rents of all leases on its last day, and in a quarter's last month its taxable income."""
    leases = [load(file) for file in sorted((OFFTAKES / "reit").glob("lease-*.offtake.toml"))]
    bills = [schedule(lease, (0,) * len(lease.terms.rows)) for lease in leases]
    rows, quarter = ["date,collections,taxable_income"], 0
    for month in zip(*bills, strict=True):
        rent = sum(each.amount or 0 for each in month)
        quarter += rent
        income = ""
        if month[0].row % 3 == 2:
            income, quarter = format_amount(quarter * TAXABLE_PERCENT // 100, 6), 0
        rows.append(f"{month[0].end - timedelta(days=1)},{format_amount(rent, 6)},{income}")
    return "\n".join([*rows, ""])


def main(words: list[str]) -> int:
    file, text = DEALS / FILE, flows()
    if words == ["--check"]:
        return int(file.read_text() != text)
    file.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
