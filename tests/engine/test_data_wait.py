"""Only the time in which the device has nothing to do is time spent waiting for data."""

import io

import pytest

import penstock as ps
from penstock.engine.data_wait import DataWait
from penstock.engine.flight import Group


class Device:
    """A clock, and a device that takes `pace` seconds a step; who looks sees when it ended, but not before."""

    def __init__(self, pace):
        self.pace = pace
        self.now = self.ends = 0.0

    def __call__(self):
        return self.now

    def unfinished(self):
        return int(self.ends > self.now)

    def drain(self):
        self.now = max(self.now, self.ends)


def waited(pace, loads, steps=1):
    """Seconds waited and passed where batches take `loads` seconds each, and groups hold so many."""
    device = Device(pace)
    wait = DataWait(device, device)
    for load in loads:
        group = Group(None, 0, steps)
        for _ in range(steps):
            with wait:
                device.now += load
        device.drain()
        group.sent_at = device.now
        device.ends = device.now + steps * pace
        wait.sent(group)
    return wait.seconds, device.now


@pytest.mark.parametrize(
    ("pace", "load", "share"),
    [(0.01, 0.009, 0), (0.01, 0.02, 0.5), (0.001, 0.1, 0.99), (0.01, 0.01, 0), (0.1, 1e-5, 0)],
)
@pytest.mark.parametrize("steps", [1, 8])
def test_the_share_is_what_loading_takes_longer_than_the_device(pace, load, share, steps):
    seconds, passed = waited(pace, [load] * 1000, steps)
    assert seconds / passed == pytest.approx(share, abs=0.02)


def test_a_pause_of_the_loader_is_waited_for():
    seconds, _ = waited(0.01, [0.005] * 20 + [2.0] + [0.005] * 20)
    assert seconds == pytest.approx(1.99, abs=0.01)


class Slow(ps.PyDataset):
    """Takes as long to load as evaluating another model does."""

    def __init__(self, line, other, **options):
        super().__init__(**options)
        self.line = line
        self.other = other

    def __len__(self):
        return 8

    def __getitem__(self, index):
        self.other.evaluate(*self.line, batch_size=1, verbose=0)
        return self.line


@pytest.mark.parametrize("verbose", [1, 2])
def test_the_bar_says_so(verbose, line, regressor):
    shown = io.StringIO()
    bar = ps.callbacks.ProgbarLogger(stream=shown)
    regressor().fit(Slow(line, regressor(), workers=0), epochs=2, verbose=verbose, callbacks=bar)
    assert "% waiting for data - loss" in shown.getvalue().splitlines()[-1]


def test_the_bar_is_silent_where_data_is_there(line, regressor):
    shown = io.StringIO()
    regressor().fit(*line, batch_size=1, epochs=2, callbacks=ps.callbacks.ProgbarLogger(stream=shown))
    assert "waiting" not in shown.getvalue()
