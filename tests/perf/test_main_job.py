"""The main job goes from the file to predictions, and its figures hold together."""

import math

import pytest
from rich.console import Console

from penstock.perf import main_job
from penstock.perf.progress import Lines
from penstock.perf.race import Effort, Timing


@pytest.fixture(scope="module")
def report():
    return main_job.SCENARIO.measure(Effort(rounds=1, seconds=0.05), Lines(Console(quiet=True), ""))


def value(report, name):
    (figure,) = [figure for figure in report.figures if figure.name == name]
    return figure.value


def test_it_learns_the_digits(report):
    assert value(report, "accuracy") >= 97


def test_every_figure_is_measured(report):
    values = [figure.value for figure in report.figures]
    assert len(values) == 11
    assert all(v is not None and math.isfinite(v) and v >= 0 for v in values)


def test_overlap_follows_from_the_speeds(report):
    loader, step = value(report, "loader alone"), value(report, "step alone, on a cached batch")
    both = value(report, "loader and step together")
    assert value(report, "overlap") == pytest.approx(both / min(loader, step))


def test_batches_stand_ready_within_the_queue(report):
    assert 0 < value(report, "batches ready") <= 10


def test_nothing_stands_ready_where_nobody_works_ahead():
    names = "training_seconds accuracy right held_out waiting ready cores first_batch first_batch_of_process".split()
    timing = Timing((1.0,), dict.fromkeys(names, 1.0) | {"ahead": 0.0}, peak_bytes=None)
    report = main_job.report(dict.fromkeys((main_job.LOADER, main_job.STEP, main_job.BOTH), timing))
    assert value(report, "batches ready") is None


def test_one_sentence_names_the_bottleneck(report):
    (sentence,) = report.says
    assert "the bottleneck: " in sentence
