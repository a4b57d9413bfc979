"""Networks by name or URL: our list, and the one Brownie keeps for the user. Brownie is never imported."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from penstock import paths
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.retry import RetryingRpc, RetryPolicy
from penstock.evm.transport import HTTP, REQUEST_SECONDS, url_parts

DEVELOPMENT_CHAINS = {31_337: "Anvil, Hardhat", 1337: "Ganache"}
DEVELOPMENT_CONFIRMATIONS, CONFIRMATIONS = 1, 3
_VARIABLE = re.compile(r"\$(\w+|\{\w+\})")
MOST_NAMES = 12


class NetworkRefused(ChainError):
    """A network that has no name here, that cannot be reached as it is, or that is another chain than it says."""


@dataclass(frozen=True)
class Network:
    """
    A way to a chain.

    name : of the list, or the URL itself. host : as the list has it, variables and all.
    chain_id : what the list says; None for a URL and for development nodes.
    """

    name: str
    host: str
    chain_id: int | None = None
    explorer: str | None = None

    @property
    def url(self) -> str:
        """
        Raises
        ------
        NetworkRefused : when the host wants an environment variable that is not set, or is not a URL.
        """
        for found in _VARIABLE.findall(self.host):
            variable = found.strip("{}")
            if not os.environ.get(variable):
                raise NetworkRefused(
                    f"network {self.name} wants the environment variable {variable}, which is not set; "
                    "accepted: set it, or --network URL"
                )
        url = _VARIABLE.sub(lambda each: os.environ[each[1].strip("{}")], self.host)
        if "://" in url and url_parts(url) is None:
            # Not shown: nobody can say which part of what is not a URL is a password.
            whose = "the network's URL" if self.name == self.host else f"the URL of network {self.name}"
            raise NetworkRefused(
                f"{whose} is not an address of a node; accepted: http:// or https://, HOST:PORT and a path"
            )
        return url


def lists() -> list[Path]:
    """The lists of networks there are: the user's own comes first."""
    user = Path.home() / ".brownie" / "network-config.yaml"
    return [each for each in (user, paths.networks()) if each.is_file()]


def known() -> dict[str, Network]:
    """Every network there is a name for; a development node is always ours, else the first list to know it wins."""
    found = {each.name: each for each in _read(paths.networks()) if each.chain_id is None}
    for file in lists():
        for network in _read(file):
            found.setdefault(network.name, network)
    return found


def find(network: str) -> Network:
    """
    A network by name or by URL.

    Raises
    ------
    NetworkRefused : for a name nobody gave.
    """
    if "://" in network:
        return Network(network, network)
    table = known()
    if network not in table:
        # Forks of other chains and chains that are gone only hide the rest.
        names = [name for name in table if "fork" not in name]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        close = get_close_matches(network, names, n=1)
        meant = f", did you mean {close[0]!r}?" if close else ""
        raise NetworkRefused(
            f"no network is called {network!r}{meant}; accepted: {', '.join(names[:MOST_NAMES])}{more}, or a URL"
        )
    return table[network]


def endpoint_of(network: str) -> str:
    """The URL of a network given by name or by URL. Raises as `find` and `Network.url`."""
    return find(network).url


def name_of(network: Network, chain_id: int) -> str:
    """What a user types to confirm: the network's name; of a URL, the name of that chain, or its number."""
    if not network.name.startswith(HTTP):
        return network.name
    names = [each.name for each in known().values() if each.chain_id == chain_id]
    return names[0] if names else str(chain_id)


def connect(network: str | Network, patience: RetryPolicy | None = None) -> RetryingRpc:
    """
    A chain, ready to ask.

    Raises
    ------
    NetworkRefused : an unknown name, or a node of another chain than the list says. NodeFailed : nothing answers.
    """
    wanted = find(network) if isinstance(network, str) else network
    url = wanted.url
    try:
        chain = RetryingRpc(url, patience=patience)
    except NodeFailed as failed:
        raise _nobody_there(failed) from None
    if wanted.chain_id is not None and chain.chain_id != wanted.chain_id:
        raise NetworkRefused(
            f"network {wanted.name} is chain {wanted.chain_id}, and {chain.label} is chain {chain.chain_id}; "
            "accepted: a node of that chain"
        )
    return chain


def connect_to_read(
    network: str,
    patience: float = 0.0,
    timeout: float = REQUEST_SECONDS,
    said: Callable[[str], None] | None = None,
) -> RetryingRpc:
    """
    Any chain, to read from; what fails is repeated for `patience` seconds. timeout, said : see `Transport`.

    Raises
    ------
    NetworkRefused : for a name nobody gave. NodeFailed : when nothing answers.
    """
    url = endpoint_of(network)
    try:
        policy = RetryPolicy(request=timeout, outage=patience, start=min(patience, RetryPolicy.start))
        return RetryingRpc(url, patience=policy, said=said)
    except NodeFailed as failed:
        raise _nobody_there(failed) from None


def _nobody_there(failed: NodeFailed) -> NodeFailed:
    return NodeFailed(f"{failed}; accepted: a node that runs there, or another network")


def is_development(chain: RetryingRpc) -> bool:
    """Whether nothing of value can be there: the number of a development chain, and a node that says it is one."""
    return chain.chain_id in DEVELOPMENT_CHAINS and chain.is_development


def confirmations(chain: RetryingRpc) -> int:
    """How many blocks, its own included, before a transaction counts as final."""
    return DEVELOPMENT_CONFIRMATIONS if is_development(chain) else CONFIRMATIONS


@cache
def _read(file: Path) -> tuple[Network, ...]:
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        return (*_development(data), *_live(data))
    except (yaml.YAMLError, RecursionError, AttributeError, KeyError, TypeError, ValueError, OSError) as error:
        raise NetworkRefused(f"{file}: not a list of networks as Brownie writes it ({type(error).__name__})") from None


def _development(data: Any) -> Iterator[Network]:
    for each in data.get("development") or ():
        host, port = str(each["host"]), (each.get("cmd_settings") or {}).get("port")
        yield Network(each["id"], f"{host}:{port}" if port and host.count(":") < 2 else host)


def _live(data: Any) -> Iterator[Network]:
    for group in data.get("live") or ():
        for each in group["networks"]:
            yield Network(each["id"], str(each["host"]), int(each["chainid"]), each.get("explorer"))
