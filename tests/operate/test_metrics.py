"""
Prometheus' figures: a collector takes all files of a folder as one, in which no sample may occur twice.

given two deals of one name, in one watch or in two, on one chain or on two
    every sample should be told from every other by its labels
given a deal that cannot be watched beside one that can
    penstock_up should be 0 of the one and 1 of the other
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path

from penstock.operate.metrics import Watch, labels_of, text
from tests.fixtures.cli import penstock
from tests.operate.conftest import Stage

SAMPLE = re.compile(r"([a-z_]+(?:\{.*\})?) \S+")


def samples(*files: str) -> list[str]:
    """Names and labels of all samples, as a collector reads them from the files of a folder."""
    lines = [line for file in files for line in Path(file).read_text().splitlines() if not line.startswith("#")]
    found = [SAMPLE.fullmatch(line) for line in lines]
    assert all(found)
    return [each[1] for each in found if each]


def twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def two_of_one_name(stage: Stage) -> tuple[Path, Path]:
    """Two deals, their manifests of one name in two folders."""
    one, other = stage.launch(), stage.launch("other", salt=1)
    moved = Path("elsewhere") / one.name
    moved.parent.mkdir()
    shutil.move(other, moved)
    return one, moved


def test_two_deals_of_one_name_have_samples_of_their_own(stage: Stage) -> None:
    one, other = two_of_one_name(stage)
    stage.pay(other, 500 * 10**6)
    assert penstock("watch", str(one), str(other), "--once", "--metrics", "m.prom").exit_code == 0
    names = samples("m.prom")
    assert not twice(names)
    for file in (one, other):
        labels = f'{{deal="small",chain="31337",address="{stage.manifest(file).deal}"}}'
        assert {f"penstock_up{labels}", f"penstock_block{labels}", f"penstock_waiting{labels}"} <= set(names)
        assert any(name.startswith(f'penstock_events{labels[:-1]},event="Transfer"') for name in names)
    waiting = {
        line.split()[1] for line in Path("m.prom").read_text().splitlines() if line.startswith("penstock_waiting")
    }
    assert waiting == {"0.0", "500.0"}


def test_two_watches_write_into_one_folder(stage: Stage) -> None:
    one, other = two_of_one_name(stage)
    for number, file in enumerate((one, other)):
        assert penstock("watch", str(file), "--once", "--metrics", f"{number}.prom").exit_code == 0
    names = samples("0.prom", "1.prom")
    assert len(names) == 2 * len(samples("0.prom")) and not twice(names)
    elsewhere = stage.manifest(one).model_copy(update={"chain_id": 1})
    down = Watch(up=False, refused=[labels_of(one, elsewhere)])
    Path("2.prom").write_text(text(down, [], []))
    assert not twice(samples("0.prom", "1.prom", "2.prom")), "the same deal on another chain"


def test_a_deal_that_cannot_be_watched_is_down_beside_one_that_is_up(stage: Stage) -> None:
    good, bad = stage.launch(), stage.launch("bad", salt=1)
    bad.write_text(json.dumps({**json.loads(bad.read_text()), "genesis": "0x" + "22" * 32}))
    Path("torn.json").write_text("{")
    done = penstock("watch", str(good), str(bad), "torn.json", "--once", "--metrics", "m.prom")
    assert done.exit_code == 1
    up = [line for line in Path("m.prom").read_text().splitlines() if line.startswith("penstock_up")]
    assert up == [
        f'penstock_up{{deal="small",chain="31337",address="{stage.manifest(good).deal}"}} 1',
        'penstock_up{deal="torn.json",chain="",address=""} 0',
        f'penstock_up{{deal="bad",chain="31337",address="{stage.manifest(bad).deal}"}} 0',
    ]
