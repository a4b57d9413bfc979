"""`penstock recover`: recoveries of lost keys, and forced moves, of a deal whose terms allow them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, carry_out, open_to_change, with_action
from penstock.cli.options import ManifestPath, Network, PasswordFile, address, base_units

if TYPE_CHECKING:
    from penstock.deploy.recover import Signed
    from penstock.onchain.launch import Deployment

app = typer.Typer(help="Recovers what is at an account whose key is lost, as far as a deal's terms allow it.")

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Account whose key is lost.", show_default=False)]
Document = Annotated[
    Path,
    typer.Option("--document", metavar="FILE", help="The document it rests on, logged by hash.", show_default=False),
]


@app.command()
def sign(
    deployment: ManifestPath,
    account: Account,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Another account of its investor.")],
    document: Document,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write what is signed (JSON).")],
    provider: Annotated[
        str,
        typer.Option(
            "--account",
            metavar="KEYSTORE|ADDRESS",
            help="The terms' provider: a keystore, or a development account.",
            show_default=False,
        ),
    ],
    password_file: PasswordFile = None,
    network: Network = None,
) -> None:
    """Signs, as the provider, that both accounts are one investor's. Sends nothing."""
    from penstock.cli.selection import key_of
    from penstock.deploy.recover import sign_recovery
    from penstock.files import write_whole

    places = address("ACCOUNT", account), address("--to", to)
    chain, _, attached, _ = open_to_change(deployment, network)
    signer = key_of(chain, provider, password_file)
    signed = sign_recovery(chain, attached, *places, _hash(document), signer)
    row = {
        "deal": signed.deal,
        "account": signed.account,
        "to": signed.to,
        "document": "0x" + signed.document.hex(),
        "number": signed.number,
        "signature": "0x" + signed.signature.hex(),
    }
    write_whole(out, json.dumps(row, indent=2) + "\n")
    typer.echo(f"{out}: recovery {signed.number} of {signed.account} to {signed.to}")


@app.command()
@with_action
def announce(
    deployment: ManifestPath,
    signed: Annotated[Path, typer.Argument(metavar="SIGNED", help="What the provider signed (JSON).")],
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Announces a recovery. Any act of the account, until it is executed, cancels it.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.recover import plan_announcement

    read = _read(signed)
    chain, name, attached, _ = open_to_change(deployment, network)
    plan = plan_announcement(chain, name, attached, read)
    carry_out(chain, plan, deployment, "recover", action, plan.steps[0].sender)


@app.command()
@with_action
def cancel(
    deployment: ManifestPath,
    lost: Account,
    object_: Annotated[bool, typer.Option("--object", help="By the account itself, not by who announced it.")] = False,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Cancels a recovery.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.recover import plan_cancellation

    place = address("ACCOUNT", lost)
    chain, name, attached, _ = open_to_change(deployment, network)
    plan = plan_cancellation(chain, name, attached, place, object_)
    carry_out(chain, plan, deployment, "recover", action, plan.steps[0].sender)


@app.command()
@with_action
def execute(deployment: ManifestPath, lost: Account, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """
    Executes a recovery whose delay is over: all shares, with the cash they earned, and fees.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.recover import plan_execution

    place = address("ACCOUNT", lost)
    chain, name, attached, _ = open_to_change(deployment, network)
    plan = plan_execution(chain, name, attached, place)
    carry_out(chain, plan, deployment, "recover", action, plan.steps[0].sender)


@app.command()
def status(deployment: ManifestPath, account: Account, network: Network = None) -> None:
    """Prints whether a recovery of an account is announced, and from when on it can be executed."""
    from penstock.deploy.recover import recovery_of
    from penstock.format import moment

    place = address("ACCOUNT", account)
    _, _, attached, _ = open_to_change(deployment, network)
    found = recovery_of(attached, place)
    if found.to is None:
        typer.echo(f"no recovery of {place} is announced")
    else:
        typer.echo(f"recovery {found.number} of {place} to {found.to}, from {moment(found.executable_at)} on")


@app.command()
@with_action
def force(
    deployment: ManifestPath,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Whose shares move.", show_default=False)],
    to: Annotated[str, typer.Argument(metavar="TO", help="Where they go.", show_default=False)],
    tranche: Annotated[str, typer.Argument(metavar="TRANCHE", help="Id of the tranche.", show_default=False)],
    shares: Annotated[str, typer.Argument(metavar="SHARES", help="How many shares.", show_default=False)],
    document: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Announce the move with this document. Without it, execute the move."),
    ] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Announces a forced move of shares, or executes it once its delay is over. It moves no cash.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.recover import plan_forced_move

    places = address("FROM", source), address("TO", to)
    chain, name, attached, _ = open_to_change(deployment, network)
    move = (_tranche(attached, tranche), *places, base_units("SHARES", shares, attached.terms.share_decimals))
    plan = plan_forced_move(chain, name, attached, move, None if document is None else _hash(document))
    carry_out(chain, plan, deployment, "recover", action, plan.steps[0].sender)


def _tranche(deployment: Deployment, name: str) -> int:
    ids = [each.id for each in deployment.terms.tranches]
    if name not in ids:
        raise typer.BadParameter(f"no tranche is {name!r}; accepted: {', '.join(ids)}", param_hint="TRANCHE")
    return ids.index(name)


def _hash(document: Path) -> bytes:
    """SHA-256 of a document's bytes."""
    import hashlib

    from penstock.files import read_bytes

    return hashlib.sha256(read_bytes(document)).digest()


def _read(file: Path) -> Signed:
    """Raises FileRefused for a file that `sign` did not write."""
    from penstock.addresses import is_address
    from penstock.deploy.recover import Signed
    from penstock.errors import FileRefused
    from penstock.evm.codec import checksum
    from penstock.files import parse_json, read_text

    try:
        row = parse_json(read_text(file))
        places = [row["deal"], row["account"], row["to"]]
        if not all(isinstance(each, str) and is_address(each) for each in places):
            raise ValueError("no address")
        document, signature = (bytes.fromhex(str(row[each])[2:]) for each in ("document", "signature"))
        if len(document) != 32:
            raise ValueError("no hash")
        deal, account, to = map(checksum, places)
        return Signed(deal, account, to, document, int(row["number"]), signature)
    except (ValueError, KeyError, TypeError):
        raise FileRefused(str(file), "not what `penstock recover sign` wrote; accepted: such a file") from None
