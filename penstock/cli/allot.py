"""`penstock allot`: an allocation of any length as one Merkle root."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import DealPath


def allot(
    allocation: Annotated[
        Path,
        typer.Argument(metavar="CSV", help="Who gets which shares (CSV: holder,tranche,shares).", show_default=False),
    ],
    deal: DealPath,
    proofs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write every placement with its proof (JSON), to be published: each holder needs its own.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """
    Makes one Merkle root of an allocation, for a Distributor.

    The tree is that of OpenZeppelin's library over (uint256 index, uint8 tranche, address holder, uint64 shares).
    """
    from penstock.dealfile import load
    from penstock.dealfile.allocation import load_allocation
    from penstock.files import write_whole
    from penstock.format import counted
    from penstock.onchain.placements import tree_of

    terms = load(deal)
    read = load_allocation(allocation, terms)
    for note in read.notes:
        typer.echo(note, err=True)
    tree = tree_of(read.allotments)
    if proofs:
        rows = [
            {
                "index": index,
                "tranche": tranche,
                "holder": holder,
                "shares": str(shares),
                "proof": ["0x" + each.hex() for each in tree.proof(index)],
            }
            for index, tranche, holder, shares in tree.placements
        ]
        write_whole(proofs, json.dumps({"root": "0x" + tree.root.hex(), "placements": rows}, indent=1) + "\n")
    holders = len({holder for _, _, holder, _ in tree.placements})
    print(f"root: 0x{tree.root.hex()}")
    print(f"{counted(len(tree.placements), 'placement')} of {counted(holders, 'holder')}")
    if proofs:
        print(f"proofs: {proofs}")
