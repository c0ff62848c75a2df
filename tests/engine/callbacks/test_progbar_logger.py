"""The bar is redrawn in place on screens, seldom, and is one line per epoch everywhere else."""

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.engine.callbacks import ProgbarLogger

COLORS = re.compile(r"\x1b\[\d+m")


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


class Terminal(io.StringIO):
    """A screen that remembers what was written, and can show what would be seen."""

    def isatty(self):
        return True

    def shown(self):
        return [self._overwritten(line) for line in self.getvalue().split("\n")]

    def _overwritten(self, line):
        seen = ""
        for part in COLORS.sub("", line).split("\r"):
            seen = part + seen[len(part) :]
        return seen.rstrip()


class Reader:
    """Counts how often figures are asked for."""

    def __init__(self, **logs):
        self.logs, self.reads = logs, 0

    def __call__(self):
        self.reads += 1
        return self.logs


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def terminal():
    return Terminal()


def logger(stream, clock, verbose: int | str = 1, epochs=1, steps: int | None = 10):
    made = ProgbarLogger(stream=stream, clock=clock)
    made.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
    return made


def fit(bar, clock, epochs=1, steps=10, seconds_per_step=0.5, **logs):
    """Epochs whose steps take some time each, all reported."""
    bar.on_train_begin()
    for epoch in range(epochs):
        bar.on_epoch_begin(epoch)
        for step in range(steps):
            clock.seconds += seconds_per_step
            bar.advance(step + 1, lambda: logs)
        bar.on_epoch_end(epoch, logs)
    bar.on_train_end()


class TestOnAScreen:
    def test_the_last_line_has_steps_time_pace_and_figures(self, terminal, clock):
        fit(logger(terminal, clock), clock, loss=0.56461, accuracy=0.97)
        assert terminal.shown() == ["10/10 ━━━━━━━━━━━━━━━━━━━━ 5.0s 500ms/step - loss: 0.5646 - accuracy: 0.9700", ""]

    def test_epochs_have_a_header_where_there_are_several(self, terminal, clock):
        fit(logger(terminal, clock, epochs=2), clock, epochs=2)
        assert [line[:10] for line in terminal.shown()] == ["Epoch 1/2", "10/10 ━━━━", "Epoch 2/2", "10/10 ━━━━", ""]

    def test_a_line_on_the_way_tells_the_time_left(self, terminal, clock):
        bar = logger(terminal, clock, steps=100)
        bar.on_epoch_begin(0)
        for step in (1, 25):
            clock.seconds += 3
            bar.advance(step, lambda: {"loss": 1.5})
        assert terminal.shown() == [" 25/100 ━━━━━━━━━━━━━━━━━━━━ ETA 9.4s 125ms/step - loss: 1.5000"]

    def test_the_first_steps_wait_for_the_compiler_and_do_not_count(self, terminal, clock):
        bar = logger(terminal, clock, steps=4)
        bar.on_epoch_begin(0)
        for seconds, step in (60, 2), (1, 3), (1, 4):
            clock.seconds += seconds
            bar.advance(step, dict)
        bar.on_epoch_end(0, {})
        assert "1:02 1.00s/step" in terminal.shown()[0]

    def test_it_is_drawn_and_figures_are_read_ten_times_a_second(self, terminal, clock):
        bar, read = logger(terminal, clock, steps=10_000), Reader(loss=1.0)
        bar.on_epoch_begin(0)
        for step in range(10_000):
            clock.seconds += 0.001
            bar.advance(step + 1, read)
        assert 90 <= read.reads <= 101

    def test_short_epochs_are_drawn_once(self, terminal, clock):
        fit(logger(terminal, clock, epochs=20), clock, epochs=20, seconds_per_step=1e-6)
        assert terminal.getvalue().count("\r") == 21  # the first one at its beginning, too

    def test_a_shorter_line_covers_a_longer_one(self, terminal, clock):
        bar = logger(terminal, clock, steps=2)
        bar.on_epoch_begin(0)
        for step, name in (1, "a_long_name"), (2, "b"):
            clock.seconds += 1
            bar.advance(step, lambda name=name: {name: 1.0})
        assert terminal.shown() == ["2/2 ━━━━━━━━━━━━━━━━━━━━ ETA 0.0s 1.00s/step - b: 1.0000"]

    def test_a_line_on_the_way_never_wraps(self, terminal, clock):
        bar = logger(terminal, clock)
        bar.on_epoch_begin(0)
        clock.seconds += 1
        bar.advance(5, lambda: {f"metric_{number}": 1.0 for number in range(9)})
        (line,) = terminal.shown()
        assert len(line) == 79
        assert line.endswith("…")

    def test_the_bar_of_the_last_line_makes_room_for_figures(self, terminal, clock):
        fit(logger(terminal, clock), clock, loss=0.5, accuracy=0.5, val_loss=0.5)
        assert terminal.shown()[0].startswith("10/10 ━━━━ 5.0s 500ms/step - loss: 0.5000")
        assert len(terminal.shown()[0]) == 79

    def test_the_last_line_has_every_figure(self, terminal, clock):
        logs: Any = {f"metric_{number}": 1.0 for number in range(9)}
        fit(logger(terminal, clock), clock, **logs)
        assert terminal.shown()[0].endswith("metric_8: 1.0000")

    def test_an_unknown_length_is_known_after_the_first_epoch(self, terminal, clock):
        bar = logger(terminal, clock, epochs=2, steps=None)
        bar.on_epoch_begin(0)
        clock.seconds += 1
        bar.advance(3, dict)
        assert terminal.shown()[-1] == "3/? 333ms/step"
        bar.on_epoch_end(0, {})
        clock.seconds += 1
        bar.on_epoch_begin(1)
        assert terminal.shown()[1][:8] == "3/3 ━━━━"
        assert terminal.shown()[-1][:8] == "0/3 ━━━━"

    def test_an_epoch_that_stops_early_says_how_far_it_came(self, terminal, clock):
        fit(logger(terminal, clock, steps=100), clock, steps=40)
        assert terminal.shown()[0].startswith(" 40/100 ")

    def test_validation_shows_and_its_steps_do_not_count(self, terminal, clock):
        bar = logger(terminal, clock)
        bar.on_train_begin()
        bar.on_epoch_begin(0)
        clock.seconds += 1
        bar.advance(10, lambda: {"loss": 1.0})
        bar.on_test_begin()
        bar.advance(3, lambda: {"loss": 9.0})
        assert terminal.shown()[-1].endswith("loss: 1.0000 - validating")
        bar.on_test_end({"loss": 2.0})
        bar.on_epoch_end(0, {"loss": 1.0, "val_loss": 2.0})
        assert terminal.shown()[0].endswith("100ms/step - loss: 1.0000 - val_loss: 2.0000")

    def test_evaluate_and_predict_have_their_own_bars(self, terminal, clock):
        bar = logger(terminal, clock)
        for begin, end in (bar.on_test_begin, bar.on_test_end), (bar.on_predict_begin, bar.on_predict_end):
            begin()
            clock.seconds += 1
            bar.advance(10, dict)
            end({"loss": 1.0})
        assert [line[32:] for line in terminal.shown()] == ["100ms/step - loss: 1.0000", "100ms/step", ""]

    def test_what_fails_is_told_on_a_line_of_its_own(self, terminal, clock):
        bar = logger(terminal, clock)
        bar.on_epoch_begin(0)
        bar.on_exception(ValueError())
        bar.on_exception(ValueError())
        assert terminal.getvalue().count("\n") == 1

    def test_no_colors_where_none_are_wanted(self, terminal, clock, monkeypatch):
        monkeypatch.setenv("NO_COLOR", "1")
        fit(logger(terminal, clock), clock, loss=0.5)
        assert "\x1b" not in terminal.getvalue()

    def test_ascii_where_no_more_can_be_written(self, clock):
        class Old(Terminal):
            encoding = "ascii"

        terminal = Old()
        fit(logger(terminal, clock, steps=20), clock, steps=9, loss=0.5)
        assert terminal.shown()[0].startswith(" 9/20 =========...........")


class TestElsewhere:
    @pytest.mark.parametrize("verbose", [1, 2, "auto"])
    def test_one_line_per_epoch(self, clock, verbose):
        stream = io.StringIO()
        fit(logger(stream, clock, verbose, epochs=2), clock, epochs=2, loss=0.5, small=1e-5)
        line = "10/10 - 5.0s - 500ms/step - loss: 0.5000 - small: 1.0000e-05\n"
        assert stream.getvalue() == f"Epoch 1/2\n{line}Epoch 2/2\n{line}"

    def test_a_dumb_terminal_is_no_screen(self, terminal, clock, monkeypatch):
        monkeypatch.setenv("TERM", "dumb")
        fit(logger(terminal, clock), clock)
        assert "\r" not in terminal.getvalue()

    def test_a_stream_needs_only_to_write(self, clock):
        written: list[str] = []
        tee: Any = SimpleNamespace(write=written.append)
        fit(logger(tee, clock), clock)
        assert written == ["10/10 - 5.0s - 500ms/step\n"]

    def test_figures_are_not_read_on_the_way(self, clock):
        bar, read = logger(io.StringIO(), clock), Reader()
        bar.on_epoch_begin(0)
        clock.seconds += 9
        bar.advance(5, read)
        assert read.reads == 0

    def test_verbose_2_is_one_line_on_a_screen_too(self, terminal, clock):
        fit(logger(terminal, clock, verbose=2), clock, loss=0.5)
        assert terminal.getvalue() == "10/10 - 5.0s - 500ms/step - loss: 0.5000\n"

    def test_verbose_0_is_silent(self, terminal, clock):
        fit(logger(terminal, clock, verbose=0, epochs=2), clock, epochs=2, loss=0.5)
        assert terminal.getvalue() == ""


def test_batch_hooks_of_a_loop_of_ones_own_move_the_bar(terminal, clock):
    bar = logger(terminal, clock, steps=2)
    bar.on_epoch_begin(0)
    for batch in range(2):
        clock.seconds += 1
        bar.on_train_batch_end(batch, {"loss": 0.25})
    bar.on_epoch_end(0, {"loss": 0.5})
    assert terminal.shown()[0] == "2/2 ━━━━━━━━━━━━━━━━━━━━ 2.0s 1.00s/step - loss: 0.5000"


def test_it_writes_to_what_standard_output_is_at_the_time(capsys):
    bar = ProgbarLogger()
    bar.set_params({"verbose": 1, "epochs": 2, "steps": 1})
    bar.on_epoch_begin(0)
    assert capsys.readouterr().out == "Epoch 1/2\n"
