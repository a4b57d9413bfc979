"""Pages of `penstock demo`: progress while it runs, and the summary at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from penstock.demo.play import Finished
from penstock.extras import install_command
from penstock.format import counted
from penstock.model.terms import DealTerms
from penstock.report.tables import table

SHOWN = (
    "launch",
    "report",
    "call announcement",
    "settle",
    "pay and settle",
    "claim",
    "claim of a fee",
    "share transfer",
)


@contextmanager
def progress(terms: DealTerms) -> Iterator[Callable[[str, int], None]]:
    """A temporary bar of one line on stderr, or a line per year when stderr is not a terminal that can show it."""
    console = Console(stderr=True, highlight=False, markup=False)
    if not console.is_interactive:
        yield _line_per_year(console, terms)
        return
    columns = (TextColumn("{task.completed:>3.0f}/{task.total:.0f} periods"), BarColumn(24), TimeElapsedColumn())
    words = TextColumn("{task.description}", table_column=Column(no_wrap=True))
    with Progress(*columns, words, console=console, transient=True) as bar:
        task = bar.add_task("", total=terms.periods)
        yield lambda action, settled: bar.update(task, description=action, completed=settled)


def _line_per_year(console: Console, terms: DealTerms) -> Callable[[str, int], None]:
    year = max(1, round(365 / max(1, (terms.accrual_dates[-1] - terms.closing).days / terms.periods)))
    last = -1

    def report(words: str, settled: int) -> None:
        nonlocal last
        if settled in (0, terms.periods) or (settled % year == 0 and settled != last):
            console.print(f"{settled}/{counted(terms.periods, 'period')}, {words}")
        last = settled

    return report


def closing_page(finished: Finished, seconds: float, picture: Path | None) -> RenderableType:
    """Gas used, what was compared, the line of conservation and the picture's file."""
    found = ((what, finished.gas[what]) for what in SHOWN if what in finished.gas)
    rows = [(what, len(used), sum(used) // len(used), max(used)) for what, used in found]
    compared = (
        f"chain = model after each of {counted(finished.periods_compared, 'period')}: "
        "state, cash, shares, claimable, wallets\n"
        f"{counted(finished.transactions, 'transaction')}, {counted(finished.trades, 'trade')} "
        f"on {finished.client}, {seconds:.0f} s"
    )
    return Group(
        table("Gas", ("transaction",), ("count", "mean", "max"), rows),
        Text(""),
        Text(compared),
        Text(finished.conserved, style="bold"),
        Text(f"picture: {_short(picture)}" if picture else f"no picture: {install_command('plots')}"),
    )


def _short(path: Path) -> str:
    """The path relative to the working directory, if the file is inside it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
