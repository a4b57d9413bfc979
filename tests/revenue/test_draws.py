"""
Random numbers by counter, and the functions they go through.

a draw
    it should be the same in any block
    it should differ between seeds, streams, steps and scenarios
    it should be what Philox gives for the key and the counter
    it should lie strictly between 0 and 1
a central scenario
    it should be in the middle, and spread many members evenly
exp, log and the normal quantile
    they should be those of the C library to the last bits
    they should have the same bits on every machine
"""

from __future__ import annotations

import hashlib
import math
from statistics import NormalDist

import numpy as np
import pytest

from penstock.revenue.draws import Central, Seeded
from penstock.revenue.elementary import exp, log, lognormal, normal_quantile, power


def test_a_draw_is_the_same_in_any_block() -> None:
    whole = Seeded(7, 0, 1000)
    for first, count in ((0, 1), (400, 17), (999, 1)):
        part = Seeded(7, first, count)
        assert (part.uniforms(3, 9) == whole.uniforms(3, 9)[:, first : first + count]).all()
        for index in (0, 3, 4, 6):
            assert (part.normal(5, index) == whole.normal(5, index)[first : first + count]).all()


def test_a_draw_depends_on_each_part_of_its_name() -> None:
    here = Seeded(7, 0, 50).uniforms(3, 9)
    others = (Seeded(8, 0, 50).uniforms(3, 9), Seeded(7, 0, 50).uniforms(4, 9), Seeded(7, 0, 50).uniforms(3, 10))
    for other in (*others, Seeded(7, 50, 50).uniforms(3, 9)):
        assert not np.isin(here, other).all()
    assert len(np.unique(here)) == here.size


def test_single_normals_are_the_words_of_their_steps() -> None:
    draws = Seeded(1, 5, 20)
    assert all((draws.normal(2, 6 * 4 + word) == draws.normals(2, 6)[word]).all() for word in range(4))


def test_a_draw_is_what_philox_gives() -> None:
    generator = np.random.Philox(key=[11, 3 * 2**32 + 9], counter=[5, 0, 0, 0])
    words = generator.random_raw(8)
    drawn = Seeded(11, 5, 2).uniforms(3, 9)
    assert drawn.T.ravel().tolist() == [(int(each) >> 12) * 2.0**-52 + 2.0**-53 for each in words]


def test_uniform_numbers_lie_strictly_between_0_and_1() -> None:
    drawn = Seeded(2**64 - 1, 10**8, 20_000).uniforms(2**31, 2**32 - 1)
    assert 0 < drawn.min() < 1e-3 and 1 - 1e-3 < drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 0.005 and np.abs(np.corrcoef(drawn) - np.eye(4)).max() < 0.03


def test_a_central_scenario_is_the_middle() -> None:
    middle = Central()
    assert (middle.uniforms(1, 2) == 0.5).all() and not middle.normals(1, 2).any() and not middle.normal(1, 2).any()
    members = np.concatenate([middle.members(4, step).ravel() for step in range(250)])
    for share in (0.024, 0.2, 0.9):
        assert abs(int((members < share).sum()) - share * 1000) <= 3


def test_elementary_functions_are_those_of_the_c_library() -> None:
    x = np.linspace(-60, 60, 4001)
    assert max(abs(value / math.exp(at) - 1) for at, value in zip(x, exp(x), strict=True)) < 5e-16
    y = np.array([math.exp(each) for each in x])
    assert (
        max(abs(value - math.log(at)) / max(1, abs(math.log(at))) for at, value in zip(y, log(y), strict=True)) < 5e-16
    )
    p = np.concatenate([np.logspace(-16, -1, 1500), np.linspace(0.001, 0.999, 1500), 1 - np.logspace(-15, -1, 500)])
    exact = [NormalDist().inv_cdf(each) for each in p]
    assert max(abs(a - b) / max(1, abs(b)) for a, b in zip(normal_quantile(p), exact, strict=True)) < 2e-15
    assert power(1.02, 0) == 1 and power(1.02, 19) == pytest.approx(1.02**19, rel=1e-14)


def test_elementary_functions_have_the_same_bits_everywhere() -> None:
    drawn = Seeded(1, 0, 5000).normals(1, 1)
    bits = hashlib.sha256(np.concatenate([drawn, lognormal(drawn, 0.6)]).tobytes()).hexdigest()
    assert bits == "f6b328104b7002c40801a7d234f8543b353dfd96e75d284878b2d5a727fff080"


def test_lognormal_factors_have_a_mean_of_one() -> None:
    assert abs(lognormal(Seeded(1, 0, 100_000).normals(1, 1), 0.3).mean() - 1) < 0.002
