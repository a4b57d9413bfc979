"""
What is asked before money moves on a public chain.

given a public chain
    its name must be typed, or given, and anything else ends with nothing sent
    an account must be named
given a development chain
    nothing is asked, but a name that is given must be right
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import typer

from penstock.cli import selection
from penstock.evm import networks
from penstock.evm.networks import NetworkRefused
from tests.fixtures.actors import HOLDER, OTHER


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Public, until told otherwise."""
    made = SimpleNamespace(accounts=[HOLDER, OTHER], development=False)
    monkeypatch.setattr(networks, "is_development", lambda chain: chain.development)
    return made


def typing(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> list[str]:
    """What is asked, and answered with a text or left without."""
    asked: list[str] = []

    def prompt(words: str) -> str:
        asked.append(words)
        if answer is None:
            raise typer.Abort
        return answer

    monkeypatch.setattr(typer, "prompt", prompt)
    return asked


def test_the_name_of_a_public_chain_must_be_typed(chain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = typing(monkeypatch, "mainnet")
    selection.confirm(chain, "mainnet", "pays 1 USDC on", None)
    assert asked == ["This pays 1 USDC on a public chain. Type its name, mainnet, to continue"]
    typing(monkeypatch, "main")
    with pytest.raises(NetworkRefused, match=r"^'main' is not the chain's name; accepted: mainnet; nothing was sent$"):
        selection.confirm(chain, "mainnet", "pays 1 USDC on", None)
    typing(monkeypatch, None)
    with pytest.raises(NetworkRefused, match="was not typed; accepted: a terminal, or --yes mainnet; nothing was sent"):
        selection.confirm(chain, "mainnet", "pays 1 USDC on", None)


@pytest.mark.parametrize("development", [False, True])
def test_a_name_that_is_given_must_be_right_on_any_chain(
    chain: Any, monkeypatch: pytest.MonkeyPatch, development: bool
) -> None:
    chain.development = development
    asked = typing(monkeypatch, "mainnet")
    selection.confirm(chain, "mainnet", "", "mainnet")
    for wrong in ("sepolia", ""):
        with pytest.raises(NetworkRefused, match=f"^{wrong!r} is not the chain's name"):
            selection.confirm(chain, "mainnet", "", wrong)
    assert asked == []


def test_a_development_chain_is_not_asked_about(chain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.development = True
    asked = typing(monkeypatch, "no")
    selection.confirm(chain, "mainnet", "sends to", None)
    assert asked == []


def test_only_a_development_chain_has_an_account_by_default(chain: Any) -> None:
    with pytest.raises(typer.BadParameter, match="a public chain needs a keystore"):
        selection.first_account(chain, "a keystore")
    chain.development = True
    assert selection.first_account(chain, "a keystore") == HOLDER
    chain.accounts = []
    with pytest.raises(typer.BadParameter, match="offers no account to sign with; accepted: a keystore"):
        selection.first_account(chain, "a keystore")
