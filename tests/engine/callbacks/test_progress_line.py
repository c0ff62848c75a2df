"""Times, paces and figures in the words of a progress line."""

import pytest

from penstock.engine.callbacks.progress import Progress
from penstock.engine.callbacks.progress_line import count, duration, figures, pace, waiting


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0s"), (0.44, "0.4s"), (9.9, "9.9s"), (9.96, "10s"), (59.4, "59s"), (59.6, "1:00"), (65, "1:05")]
    + [(3599.7, "1:00:00"), (3723, "1:02:03"), (360_000, "100:00:00")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1.9e-6, "2us/step"), (9.994e-4, "999us/step"), (9.996e-4, "1.0ms/step"), (0.00994, "9.9ms/step")]
    + [(0.00996, "10ms/step"), (0.99, "990ms/step"), (0.9996, "1.00s/step"), (12.345, "12.35s/step")],
)
def test_paces(seconds, text):
    progress = Progress(None, began=0)
    progress.reach(1, seconds)
    assert pace(progress) == text


def test_no_pace_before_the_first_step():
    assert pace(Progress(5, began=0)) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0000"), (0.56461, "0.5646"), (-2.5, "-2.5000"), (9.99e-4, "9.9900e-04"), (float("nan"), "nan")]
    + [("warm", "warm")],
)
def test_figures(value, text):
    assert figures({"loss": value}) == [f"loss: {text}"]


def test_counts_are_as_wide_at_the_beginning_as_at_the_end():
    progress = Progress(1500, began=0)
    assert count(progress) == "   0/1500"
    progress.reach(1500, 1.0)
    assert count(progress) == "1500/1500"


def test_more_steps_than_there_should_be_make_the_length_unknown():
    progress = Progress(2, began=0)
    progress.reach(3, 1.0)
    assert (count(progress), progress.share, progress.seconds_left) == ("3/?", None, None)


def test_an_empty_pass_is_done():
    assert Progress(0, began=0).share == 1.0


@pytest.mark.parametrize(("waited", "words"), [(0.9, ""), (1.1, "11% waiting for data"), (99, "100% waiting for data")])
def test_waiting_for_data_is_said_where_it_is_more_than_a_tenth(waited, words):
    progress = Progress(10, began=0.0)
    progress.reach(5, 10.0)
    progress.waited = waited
    assert waiting(progress) == words


def test_a_few_steps_at_the_end_do_not_tell_the_speed_of_all():
    progress = Progress(157, began=10.0)
    progress.reach(156, now=11.56)
    progress.reach(157, now=11.57)
    assert pace(progress) == "10ms/step"
