"""Ratios are between the best rounds of the fastest sides, and only between sides that were measured."""

import pytest
import sides
from rich.console import Console

from penstock.perf.compare import Comparison, Fact, Most, Ratio
from penstock.perf.progress import Lines
from penstock.perf.race import Effort, Timing
from penstock.perf.racer import Side
from penstock.perf.spin import SPIN

OURS, ONE, OTHER = (Side(name, sides.quick) for name in ("ours", "one", "other"))
TIMINGS = {
    "ours": Timing((3e-6, 2e-6, 2.5e-6), {}, None),
    "one": Timing((4e-6, 5e-6, 4e-6), {}, None),
    "other": Timing((1e-6, 1e-6, 9e-6), {}, None),
}


@pytest.mark.parametrize(("limit", "met"), [(2.0, True), (1.9, False)])
def test_a_ratio_may_have_a_most(limit, met):
    goal = Ratio("ours ÷ the fastest", of=[OURS], to=[ONE, OTHER], at_most=limit).goal(TIMINGS)
    assert (goal.value, goal.met) == (pytest.approx(2.0), met)


@pytest.mark.parametrize(("limit", "met"), [(2.0, True), (2.1, False)])
def test_a_ratio_may_have_a_least(limit, met):
    goal = Ratio("one ÷ ours", of=[ONE], to=[OURS], at_least=limit).goal(TIMINGS)
    assert (goal.value, goal.met) == (pytest.approx(2.0), met)


def test_a_ratio_may_be_the_share_of_what_the_cores_allow():
    busy = {side.name: Timing((seconds,), {}, None) for side, seconds in zip(SPIN, (1.0, 0.625), strict=True)}
    ratio = Ratio("speed-up", of=[ONE], to=[OURS], at_least=0.92, limit_on_cores=2)
    assert ratio.goal(TIMINGS | busy).value == pytest.approx(2.0 / (2 * 0.8))


def test_a_time_and_what_a_side_told_may_have_a_most():
    told = {"ours": Timing((2e-6,), {"gap": 1.4}, None)}
    assert Most("a step", OURS, at_most=2.5).goal(told).value == pytest.approx(2.0)
    assert Fact("the gap", OURS, "gap", at_most=1.5).goal(told).met
    assert Fact("the gap", ONE, "gap", at_most=1.5).goal(told).met is None


def test_a_side_that_was_not_measured_gives_no_number():
    goal = Ratio("one ÷ ours", of=[ONE], to=[OURS], at_least=2).goal({"ours": TIMINGS["ours"]})
    assert (goal.value, goal.met) == (None, None)


def test_the_spread_is_how_far_the_median_lies_from_the_best():
    assert TIMINGS["ours"].spread == pytest.approx(0.25)


def test_a_comparison_says_what_is_not_installed(monkeypatch):
    monkeypatch.setattr("penstock.perf.compare.race", lambda *args, **kwargs: {"ours": TIMINGS["ours"]})
    report = Comparison("E0", "a title", sides=[OURS, ONE], ratios=[]).measure(Effort(), Lines(Console(quiet=True), ""))
    assert [(f.name, f.value, f.note) for f in report.figures] == [
        ("ours", pytest.approx(2.0), ""),
        ("one", None, "not installed"),
    ]
