"""Runs that are interfered with, or ended, at a point that a test names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penstock.deploy import execute
from penstock.deploy.journal import Journal
from penstock.evm.attempts import Attempt, Mined
from penstock.evm.broadcast import push
from penstock.onchain import manifest as manifests
from tests.deploy.conftest import Stage


class Stopped(BaseException):
    """Ends a run as a kill does: nothing catches it."""


def stop_at(monkeypatch: pytest.MonkeyPatch, what: str, number: int, end: Any) -> None:
    """Ends the run before or after the number-th line, send, or manifest."""
    when, _, place = what.partition(" ")
    owner, name = {
        "line": (Journal, "append"),
        "send": (execute, "push"),
        "manifest": (manifests, "write"),
    }[place]
    act, count = getattr(owner, name), 0

    def counted(*args: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count == number and when == "before":
            end()
        made = act(*args, **more)
        if count == number:
            end()
        return made

    monkeypatch.setattr(owner, name, counted)


def at_send(monkeypatch: pytest.MonkeyPatch, step: str, act: Callable[[Any, Attempt], Any]) -> None:
    """Acts in the place of the first send of a step."""
    met: list[str] = []

    def sent(chain: Any, attempt: Attempt) -> Any:
        if attempt.step == step and not met:
            met.append(step)
            return act(chain, attempt)
        return push(chain, attempt)

    monkeypatch.setattr(execute, "push", sent)


def once_mined(monkeypatch: pytest.MonkeyPatch, step: str, act: Callable[[], None]) -> None:
    """Acts right after a step's line says that it is mined, the first time."""
    note, met = Journal.was_mined, []

    def noted(journal: Journal, mined: Mined) -> None:
        note(journal, mined)
        if mined.step == step and not met:
            met.append(step)
            act()

    monkeypatch.setattr(Journal, "was_mined", noted)


def run_until(stage: Stage, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends right after a step's line says that it is mined."""

    def stop() -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        once_mined(patched, step, stop)
        with pytest.raises(Stopped):
            stage.run()
