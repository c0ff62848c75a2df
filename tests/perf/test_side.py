"""A side repeats its work for as long as it is asked to, by its own clock."""

import pytest

from penstock.perf import side
from penstock.perf.work import Work


class Clock:
    """Stands still but for work, of which an epoch of two units takes a tenth of a second."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[int] = []

    def __call__(self) -> float:
        return self.now

    def repeat(self, epochs: int) -> int:
        self.now += 0.1 * epochs
        self.calls.append(epochs)
        return 2 * epochs


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(side, "perf_counter", clock)
    return clock


def test_a_round_lasts_at_least_as_long_as_it_is_asked_to(clock):
    assert side.seconds_per_unit(Work(clock.repeat), epochs=4, seconds=1.0) == pytest.approx(0.05)
    assert clock.calls == [4, 4, 4]


@pytest.mark.parametrize(("seconds", "epochs"), [(0.05, 1), (1.0, 11), (100.0, 1100)])
def test_one_call_lasts_a_tenth_longer_than_a_round(clock, seconds, epochs):
    assert side.epochs_lasting(Work(clock.repeat), seconds) == epochs
