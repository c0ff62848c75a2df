"""Hooks that take longer than their batches are told of, once."""

import warnings

import pytest

import penstock as ps
from penstock.engine import hook_times
from penstock.engine.hook_times import HookTimes


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def run(batches):
    """Batches of (seconds before, in the hook at the begin, between, in the hook at the end)."""
    clock = Clock()
    times = HookTimes(clock)
    for before, begin, between, end in batches:
        clock.now += before
        with times.of("on_train_batch_begin"):
            clock.now += begin
        clock.now += between
        with times.of("on_train_batch_end"):
            clock.now += end
    return times


@pytest.mark.parametrize(
    "batches",
    [
        [(0.01, 0, 0.03, 0.03)] * 5,
        [(0, 0, 1e-5, 4e-3)] * 5,
        [(0.01, 0, 0.03, 5)] * 2 + [(0.01, 0, 0.03, 0.03)] * 3,
        [(0, 0, 0.01, 9)] * 4,
    ],
    ids=["faster", "fast enough", "slow now and then", "too few"],
)
def test_hooks_pass(batches):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(batches)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((0.01, 0, 0.03, 0.05), r"on_train_batch_end takes 0.0500 s, longer than the batch itself \(0.0400 s\)"),
        ((0.01, 0.05, 0.03, 0), r"on_train_batch_begin takes 0.0500 s, longer than the batch itself \(0.0400 s\)"),
    ],
)
def test_slow_hooks_are_told_of_after_some_batches(batch, message):
    with pytest.warns(UserWarning, match=message) as told:
        times = run([batch] * 5)
    assert len(told) == 1
    assert not times.measuring


def test_training_warns_of_its_slow_hooks(line, regressor, monkeypatch):
    monkeypatch.setattr(hook_times, "FAST_ENOUGH", 0.0)
    model, other = regressor(), regressor()
    slow = ps.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: other.predict(line[0], verbose=0))
    with pytest.warns(UserWarning, match="on_train_batch_end takes .* longer than the batch itself") as told:
        model.fit(*line, batch_size=10, epochs=2, verbose=0, callbacks=slow)
    assert len(told) == 1
