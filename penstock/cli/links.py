"""What the commands of meters and certificates share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.action import Action, carry_out
from penstock.cli.options import address
from penstock.cli.selection import chain_name, first_account

if TYPE_CHECKING:
    from penstock.deploy.admin import AdminPlan
    from penstock.evm.codec import Address
    from penstock.evm.retry import RetryingRpc
    from penstock.onchain.links import Links

MetersPath = Annotated[
    Path,
    typer.Argument(metavar="METERS", help="The file that `penstock meters deploy` wrote.", show_default=False),
]
MeterNumber = Annotated[
    int, typer.Option("--meter", min=1, metavar="N", help="Number of the meter.", show_default=False)
]
Start = Annotated[
    str,
    typer.Option(
        "--start", metavar="TIME", help="Start of the interval: 2027-07-12T13:00Z, or seconds.", show_default=False
    ),
]


def open_links(file: Path, network: str | None) -> Links:
    """The contracts of a file, compared with its chain."""
    from penstock.evm import networks
    from penstock.onchain import links

    name = network or links.read(file).network
    chain = networks.connect(name)
    return links.open_links(file, chain, chain_name(chain, name))


def sender_of(chain: RetryingRpc, action: Action) -> Address:
    """Who sends what anyone may: --account, or a development chain's first account."""
    from penstock.evm import signers

    if action.account is None:
        return first_account(chain, "a keystore or an address")
    keystore = signers.keystore_file(action.account)
    return signers.address_of(keystore) if keystore else address("--account", action.account)


def do(links: Links, plan: AdminPlan, kind: str, action: Action) -> bool:
    """Prints the plan, exports it, or sends it; True when it was sent."""
    return carry_out(links.chain, plan, links.file, kind, action, plan.steps[0].sender)


def seconds(text: str) -> int:
    """A time of the command line. Raises BadParameter."""
    from datetime import datetime, timezone

    if text.isdigit():
        return int(text)
    try:
        time = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise typer.BadParameter(f"{text!r}; accepted: 2027-07-12T13:00Z, an offset, or seconds", param_hint="--start")
    return int(time.astimezone(timezone.utc).timestamp())


def word32(option: str, text: str) -> bytes:
    """32 bytes: 0x and 64 digits, or a text of at most 32 bytes. Raises BadParameter."""
    if text.startswith("0x") and len(text) == 66:
        try:
            return bytes.fromhex(text[2:])
        except ValueError:
            pass
    data = text.encode()
    if len(data) > 32:
        raise typer.BadParameter(f"{text!r} has {len(data)} bytes; accepted: at most 32", param_hint=option)
    return data.ljust(32, b"\0")
