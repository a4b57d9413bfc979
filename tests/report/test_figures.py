"""
The picture of a deal's life.

given the same life
    it should be the same bytes
given any deal and any revenue
    no two labels should overlap, and none should leave the picture
given ratios of any size
    each should be in the frame; one far above the usual ones is drawn at its edge, with its value
given what is unpaid, overdue or capitalised
    it should be drawn, and be said, in the model's figures
given `simulate --picture FILE`
    it should be drawn without a chain, with the name of the flows file
given the README
    its picture should be the one that is drawn today
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from matplotlib import image
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from penstock.evm import nodes
from penstock.model.deal import run
from penstock.model.terms import FloatingCoupon, ReportField, Unit
from penstock.model.units import WAD
from penstock.report import figures
from penstock.report.drawing import compact
from penstock.report.figures import draw_life
from tests.contracts.deals import PROMOTED
from tests.fixtures.cli import penstock, refused
from tests.report.pictures import DEALS, GREENSBORO, LIVES, THREE, greensboro, picture
from tests.strategies import Life, lives


def labels(figure: Figure) -> list[Text]:
    """Every text that is drawn: not the years of the upper panels, and no name of a tick beyond its axis."""
    not_drawn = {each for axes in figure.axes[:-1] for each in axes.get_xticklabels()}
    for axes in figure.axes:
        low, high = axes.get_ylim()
        pairs = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        not_drawn |= {label for at, label in pairs if not low <= at <= high}
    found = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text().strip()]
    return [each for each in found if each not in not_drawn]


def require_clear(figure: Figure) -> None:
    """That no text lies on another, and none leaves the picture."""
    boxes = [(each.get_text(), each.get_window_extent()) for each in labels(figure)]
    width, height = figure.canvas.get_width_height()
    for words, box in boxes:
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, words
    for (one, first), (other, second) in combinations(boxes, 2):
        assert not first.overlaps(second), (one, other)


@pytest.mark.parametrize("case", LIVES)
def test_labels_are_apart_and_inside(case: str) -> None:
    require_clear(picture(*LIVES[case](), flows="a-rather-long-name-of-a-file-with-flows-in-it.csv"))


@settings(max_examples=8, phases=[Phase.generate])  # a picture takes long: nothing is shrunk
@given(life=lives())
def test_labels_are_apart_and_inside_whatever_the_deal(life: Life) -> None:
    drawn, reports = (
        life.flows,
        life.flows.reports,
    )
    require_clear(picture(life.terms, run(life.terms, drawn.collections, reports, drawn.late).settlements))


def test_the_same_life_gives_the_same_bytes(tmp_path: Path) -> None:
    settlements = greensboro("greensboro-drought.csv")
    first, second = (
        draw_life(GREENSBORO, settlements, tmp_path / name / "life.png", "drought.csv").read_bytes() for name in "ab"
    )
    assert first.startswith(b"\x89PNG")
    assert first == second


@pytest.mark.parametrize("case", ["a DSCR of 6x", "drought", "failing", "every figure"])
def test_every_ratio_is_in_the_frame(case: str) -> None:
    terms, settlements = LIVES[case]()
    axes = picture(terms, settlements).axes[0]
    low, high = axes.get_ylim()
    tranches = sorted({test.tranche for test in terms.tests})
    lines = [line for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 2]
    assert (low, len(lines)) == (0, len(tranches))
    notes = {each.get_text() for each in axes.texts if isinstance(each, Annotation)}
    for tranche, line in zip(tranches, lines, strict=True):
        index = next(at for at, test in enumerate(terms.tests) if test.tranche == tranche)
        values = [each.tests[index].value for each in settlements if each.tests]
        for value, drawn in zip(values, line.get_ydata(), strict=True):
            if value is None:
                assert drawn != drawn
                continue
            ratio = Fraction(value, 10**18)
            assert 0 <= drawn < high
            assert abs(drawn - ratio) < 1e-9 or (drawn < ratio and f"{float(ratio):.2f}x" in notes)
    for test in terms.tests:
        assert any(each.get_text() == f"{test.id} {test.threshold / 10**18:.2f}x" for each in axes.texts)


def test_a_ratio_far_above_the_others_does_not_flatten_them() -> None:
    terms, settlements = LIVES["failing"]()
    axes = picture(terms, settlements).axes[0]
    assert max(each.tests[0].value for each in settlements) > 3 * 10**18
    assert axes.get_ylim()[1] < 2.2
    assert "3.07x" in {each.get_text() for each in axes.texts}


@pytest.mark.parametrize(
    ("ratios", "highest"),
    [
        ([1.0] * 9 + [10.0], 1.1),  # nine in ten are usual
        ([1.0] * 9 + [2.7], 2.7),  # not far above
        ([3.0] * 10, 3.0),
        ([9.0], 1.1),
        ([2.75], 2.75),
        ([], 1.1),
    ],
)
def test_the_highest_ratio_in_the_frame_is_not_far_above_what_is_usual(ratios: list[float], highest: float) -> None:
    assert figures._highest_shown([1.1, 0.5], ratios) == highest


def heights(layers: Sequence[figures._Layer], at: int) -> int:
    return sum(layer.amounts[at] for layer in layers)


@pytest.mark.parametrize("case", ["every figure", "failing", "drought"])
def test_what_is_owed_is_drawn_exactly(case: str) -> None:
    """The layers add up to balances and interest arrears; what is hatched is what is overdue or was capitalised."""
    terms, settlements = LIVES[case]()
    layers = figures._owed_layers(figures._life(terms, settlements))
    overdue = [layer for layer in layers if layer.label == "overdue"]
    joined = [layer for layer in layers if layer.label == "capitalised interest"]
    capitalised = 0
    for at, each in enumerate(settlements):
        lenders = range(terms.equity)
        assert heights(layers, at) == sum(each.balance[rank] + each.interest_arrears[rank] for rank in lenders)
        assert heights(overdue, at) == sum(
            each.principal_arrears[rank] + each.interest_arrears[rank] for rank in lenders
        )
        before = settlements[at - 1].balance if at else [tranche.face for tranche in terms.tranches]
        capitalised += sum(
            each.balance[rank] - before[rank] + each.flows.principal[rank] + each.written_down[rank] for rank in lenders
        )
        assert heights(joined, at) <= capitalised
        if not any(each.principal_arrears):
            most = sum(each.balance[rank] for rank in lenders if terms.tranches[rank].arrears.name == "CAPITALISE")
            assert heights(joined, at) == min(capitalised, most)
    assert capitalised
    assert any(heights(joined, at) for at in range(len(settlements)))
    legend = {each.get_text() for each in picture(terms, settlements).legends[0].get_texts()}
    assert {"capitalised interest", *(["overdue"] if overdue else [])} <= legend


@pytest.mark.parametrize("case", ["every figure", "failing", "drought", "minimal"])
def test_what_is_paid_is_drawn_exactly(case: str) -> None:
    """With late revenue: everything that came in or was held back is in a bar."""
    terms, settlements = LIVES[case]()
    layers = figures._paid_layers(figures._life(terms, settlements))
    for at, each in enumerate(settlements):
        paid = sum(each.flows.interest) + sum(each.flows.principal) + sum(each.flows.fees) + each.flows.residual
        grown = max(0, each.trapped - (settlements[at - 1].trapped if at else 0))
        assert heights(layers, at) == paid + sum(each.flows.topped_up) + grown
    bars = picture(terms, settlements).axes[1 if terms.tests else 0].collections
    assert {len(each.get_paths()) for each in bars} == {len(settlements)}


def test_each_class_of_equity_has_its_colour() -> None:
    life = run(PROMOTED, [0, 30_000 * 10**6, 60_000 * 10**6, 60_000 * 10**6, 90_000 * 10**6])
    layers = figures._paid_layers(figures._life(PROMOTED, life.settlements))
    assert [(layer.label, layer.colour) for layer in layers] == list(zip(("lp", "gp"), figures.EQUITY, strict=True))
    assert layers[1].amounts == tuple(each.flows.equity[1] for each in life.settlements)
    drawn = picture(PROMOTED, life.settlements)
    assert {"lp", "gp"} <= {each.get_text() for each in drawn.legends[0].get_texts()}
    assert f"lp {compact(100_000)}, gp" in said(drawn)


def said(figure: Figure) -> str:
    return " ".join(each.get_text() for each in figure.texts)


def test_what_is_unpaid_is_said() -> None:
    terms, settlements = LIVES["every figure"]()
    last = settlements[-1]
    assert said(picture(terms, settlements)).endswith(
        f"unpaid at the end: mezz {last.balance[1] / 10**6:,}, junior {last.balance[2] / 10**6:,}"
    )
    assert "unpaid" not in said(picture(*LIVES["drought"]()))
    assert "unpaid" not in said(picture(terms, settlements[:4]))  # it has not ended


def test_unpaid_fees_and_interest_are_said_too() -> None:
    settlements = run(THREE, [0] * 40).settlements
    words, last = said(picture(THREE, settlements)), settlements[-1]
    for rank, name in enumerate(("senior", "mezz")):
        owed = Fraction(last.balance[rank] + last.interest_arrears[rank], 10**6)
        assert f"{name} {float(owed):,.6f}".rstrip("0") in words
    assert f"fee om {last.fee_arrears[0] // 10**6:,}" in words


def test_late_revenue_has_a_bar_of_its_own() -> None:
    axes = picture(*LIVES["every figure"]()).axes[-1]
    assert [each.get_text() for each in axes.get_xticklabels()] == ["2026", "2027", "2028", "late"]
    assert [each.get_text() for each in picture(*LIVES["drought"]()).axes[-1].get_xticklabels()][-1] == "2046"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0"),
        (45.5, "45.5"),
        (0.25, "0.25"),
        (999, "999"),
        (1_000, "1k"),
        (2_500, "2.5k"),
        (100_000, "100k"),
        (999_999, "1m"),
        (5_850_000, "5.85m"),
        (12_345_678, "12.3m"),
        (72_057_594_037, "72.1bn"),
        (1_234_567_890_123, "1.23tn"),
        (2.5e17, "2.5e+17"),
    ],
)
def test_amounts_on_an_axis(amount: float, words: str) -> None:
    assert compact(amount) == words


def test_simulate_draws_it_without_a_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_node(*_: object, **__: object) -> None:
        raise AssertionError("no chain is needed")

    monkeypatch.setattr(nodes, "anvil", no_node)
    out, flows = tmp_path / "new" / "life.png", DEALS / "greensboro-drought.csv"
    done = penstock("simulate", str(DEALS / "greensboro-solar.toml"), "--flows", str(flows), "--picture", str(out))
    assert done.exit_code == 0, done.stderr
    drawn = draw_life(GREENSBORO, greensboro(flows.name), tmp_path / "own.png", flows.name)
    assert out.read_bytes() == drawn.read_bytes()
    assert "revenue: greensboro-drought.csv" in said(picture(*LIVES["drought"](), flows=flows.name))


def test_the_subtitle_says_what_is_paid_in_kind_beside_the_coupon() -> None:
    terms, settlements = LIVES["every figure"]()
    assert "junior 2.3k at 12.15 %, " in said(picture(terms, settlements))
    tranches = [replace(each, pik=WAD * 6 // 100) if each.id == "junior" else each for each in terms.tranches]
    with_pik = said(picture(replace(terms, tranches=tuple(tranches)), settlements))
    assert "junior 2.3k at 12.15 % and 6.00 % in kind, " in with_pik


def test_the_subtitle_names_the_index_of_a_floating_coupon() -> None:
    terms, settlements = LIVES["every figure"]()
    floating = FloatingCoupon(0, WAD * 3 // 100, 0, WAD, 0, in_arrears=False, stale=1)
    tranches = [replace(each, floating=floating) if each.id == "junior" else each for each in terms.tranches]
    terms = replace(terms, tranches=tuple(tranches), fields=(ReportField("sofr", Unit.RATIO),))
    assert "junior 2.3k at sofr + 3.00 %, " in said(picture(terms, settlements))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="another version of matplotlib is locked there")
def test_the_picture_of_the_readme_is_todays(tmp_path: Path) -> None:
    """To draw it again: `penstock simulate` with these two files and `--picture docs/img/greensboro.png`."""
    drawn = draw_life(GREENSBORO, greensboro("greensboro-solar.csv"), tmp_path / "life.png", "greensboro-solar.csv")
    shown, today = (image.imread(file) for file in (DEALS.parent / "docs" / "img" / "greensboro.png", drawn))
    assert shown.shape == today.shape and (shown == today).all()


def test_a_picture_needs_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.extras.has", lambda module: module != "matplotlib")
    done = penstock(
        "simulate", str(DEALS / "minimal.toml"), "--flows", str(DEALS / "minimal.csv"), "--picture", "x.png"
    )
    refused(done, "the picture needs matplotlib, which is not installed")


@pytest.mark.parametrize("name", ["life.pdf", "life"])
def test_a_picture_is_a_png(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    done = penstock("simulate", str(DEALS / "minimal.toml"), "--flows", str(DEALS / "minimal.csv"), "--picture", name)
    refused(done, f"{name} does not end in .png", code=2)
    assert not list(tmp_path.iterdir())
