"""Who may hold shares: the rules of a policy, from `[holders]`."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.dealfile import schema
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.format import counted
from penstock.model.calendar import timestamp
from penstock.model.compliance import MAX_COUNTRY, InvestorClass, PolicyRules, TrancheRules
from penstock.model.terms import Tranche
from penstock.model.units import WAD

PATH: Path = ("holders",)


def holders(source: Source, file: schema.Holders | None, tranches: Sequence[Tranche], whole: int) -> PolicyRules | None:
    """
    The rules of the policy, if there is one.

    Parameters
    ----------
    whole : share base units of a whole share.

    Raises
    ------
    DealFileError : for the first rule that no deal can have.
    """
    if file is None:
        return None
    if file.allow is not None and file.deny is not None:
        raise source.error((*PATH, "deny"), "not allowed together with allow", "one or the other")
    ids = [each.id for each in tranches]
    found: dict[str, TrancheRules] = {}
    for index, each in enumerate(file.tranche):
        path = (*PATH, "tranche", index)
        if each.id not in ids:
            raise source.error((*path, "id"), f'no tranche is "{each.id}"', ", ".join(ids))
        if each.id in found:
            source.refuse((*path, "id"), "named twice", "each tranche once")
        found[each.id] = _tranche(source, path, each, tranches[ids.index(each.id)], whole)
    return PolicyRules(
        tranches=tuple(found.get(each, TrancheRules()) for each in ids),
        countries=_countries(file),
        held_until={} if file.keep_until is None else _dates(file.keep_until),
    )


def _countries(file: schema.Holders) -> frozenset[int] | None:
    """Where countries count, nobody is from nowhere."""
    if file.allow is not None:
        return frozenset(file.allow)
    if file.deny is not None:
        return frozenset(range(1, MAX_COUNTRY + 1)) - frozenset(file.deny)
    return None


def _dates(file: schema.HolderDates) -> dict[InvestorClass, int]:
    days = {
        InvestorClass.RETAIL: file.retail,
        InvestorClass.PROFESSIONAL: file.professional,
        InvestorClass.ACCREDITED: file.accredited,
    }
    return {each: timestamp(day) for each, day in days.items() if day is not None}


def _tranche(source: Source, path: Path, file: schema.HolderTranche, tranche: Tranche, whole: int) -> TrancheRules:
    largest = 0 if file.largest is None else tranche.supply * file.largest // WAD
    shares = tranche.supply // whole
    minimum, lot = (file.minimum or 0) * whole, (file.lot or 0) * whole
    for key, amount in (("minimum", minimum), ("lot", lot)):
        if amount > tranche.supply:
            source.refuse((*path, key), f"the tranche has {counted(shares, 'share')}", f"at most {shares}")
    if file.largest is not None and largest < max(minimum, lot, 1):
        least = "one lot" if lot > minimum else "the minimum"
        source.refuse((*path, "largest"), f"less than {least if max(minimum, lot) else 'one share'}", "a larger part")
    if file.investors and largest and largest * file.investors < tranche.supply:
        reason = f"{counted(file.investors, 'investor')} could not hold the whole tranche"
        source.refuse((*path, "investors"), reason, f"at least {-(-tranche.supply // largest)}, or a larger part")
    return TrancheRules(
        classes=frozenset(file.classes or ()),
        investors=file.investors or 0,
        largest=largest,
        minimum=minimum,
        lot=lot,
    )
