"""
Writes the tables of keys and spellings in docs/DEALFILE.md from the parser's own tables.

    python -m tools.dealfile_page
"""

from __future__ import annotations

import re
from pathlib import Path

from penstock.dealfile import schema, values

PAGE = Path(__file__).parents[1] / "docs" / "DEALFILE.md"
TABLES: dict[str, type[schema.Table]] = {
    "[deal]": schema.Deal,
    "[[tranche]]": schema.Tranche,
    "principal of a tranche": schema.Principal,
    "coupon of a tranche": schema.FloatingCoupon,
    "steps of a tranche": schema.CouponStep,
    "[[fee]]": schema.Fee,
    "escalate of a fee": schema.Escalation,
    "[[reserve]]": schema.Reserve,
    "[[test]]": schema.CoverageTest,
    "[[field]]": schema.ReportField,
    "[promote]": schema.Promote,
    "tiers of a promote": schema.PromoteTier,
    "[ladder]": schema.Ladders,
    "[call]": schema.CleanUpCall,
    "[holders]": schema.Holders,
    "keep_until of holders": schema.HolderDates,
    "[[holders.tranche]]": schema.HolderTranche,
    "[[document]]": schema.Document,
    "[offering]": schema.Offering,
    "tranches of an offering": schema.OfferedTranche,
    "fees of an offering": schema.OfferingFee,
}
_PART = re.compile(r"(<!-- written by python -m tools\.dealfile_page: (.*?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def written() -> str:
    """The page with its tables as they should be."""
    return _PART.sub(lambda part: f"{part[1]}\n{_table(part[2])}\n{part[4]}", PAGE.read_text(encoding="utf-8"))


def _table(name: str) -> str:
    return _spellings() if name == "day counts" else _keys(TABLES[name])


def _keys(model: type[schema.Table]) -> str:
    rows = ["| key | what it is | accepted | default | example |", "|---|---|---|---|---|"]
    for name, field in model.model_fields.items():
        key, kind = schema.key_of(field), schema.kind_of(field)
        assert kind is not None, name
        default = f"`{key.default}`" if is_toml(key.default) else key.default or "required"
        cells = (f"`{field.alias or name}`", key.meaning, kind.accepted, default, f"`{key.example}`")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def is_toml(default: str) -> bool:
    """Whether a default is a value as one would write it, and not a phrase."""
    return bool(re.fullmatch(r'true|false|[0-9]+|".*"|\[.*\]', default))


def _spellings() -> str:
    rows = ["| rule | other spellings, in any case |", "|---|---|"]
    for word in values.DAY_COUNTS:
        rows.append(f"| `{word}` | {', '.join(f'`{each}`' for each in values.DAY_COUNT_SPELLINGS[word])} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
