"""The sentence on the bottleneck follows from the figures."""

import pytest

from penstock.perf.bottleneck import Speeds, bottleneck

ROWS = [
    (
        dict(load=1, step=21, both=21.5, waiting=0.004, noise=0.05),
        "The step is the bottleneck: the loader alone is 21 times as fast, and less than 1 % of the time goes into "
        "waiting for data.",
    ),
    (
        dict(load=1, step=3, both=4, waiting=0.05, noise=0.05),
        "The step is the bottleneck: the loader alone is 3.0 times as fast, and 5 % of the time goes into waiting for "
        "data; beside the loader it takes 1.3 times as long as alone.",
    ),
    (
        dict(load=5, step=1, both=5.2, waiting=0.8, noise=0.05),
        "The loader is the bottleneck: the step alone is 5.0 times as fast, and 80 % of the time goes into waiting for "
        "data.",
    ),
    (
        dict(load=5, step=1, both=8, waiting=0.7, noise=0.05),
        "The loader is the bottleneck: the step alone is 5.0 times as fast, and 70 % of the time goes into waiting for "
        "data; beside the step it takes 1.6 times as long as alone.",
    ),
    (
        dict(load=1, step=1.5, both=2.5, waiting=0.4, noise=0.05),
        "The hand-over is the bottleneck: the loader alone is faster than the step alone, yet 40 % of the time goes "
        "into waiting for data.",
    ),
    (
        dict(load=1, step=1.04, both=1.1, waiting=0.05, noise=0.05),
        "Neither is the bottleneck: loader and step are equally fast within the noise of this run, and 5 % of the time "
        "goes into waiting for data.",
    ),
]


@pytest.mark.parametrize(("figures", "sentence"), ROWS)
def test_the_sentence_names_what_the_figures_show(figures, sentence):
    assert bottleneck(Speeds(**figures)) == sentence


def test_what_lies_within_the_noise_is_not_remarked_on():
    assert "takes" not in bottleneck(Speeds(load=1, step=3, both=4, waiting=0.05, noise=0.3))


def test_overlap_is_1_where_the_faster_is_hidden_behind_the_slower():
    assert Speeds(load=1, step=3, both=3, waiting=0, noise=0).overlap == 1
