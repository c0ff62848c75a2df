"""Waiting for descriptors, awake and asleep."""

import math
import os
import threading
from itertools import count

import pytest

from penstock.pipeline.executors import launch, vigil
from penstock.pipeline.executors.vigil import Vigil


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("workers", [1, 10_000], ids=["awake", "asleep"])
@pytest.mark.parametrize("seconds", [0, 0.001, 60, math.inf])
def test_what_is_there_is_found(pipe, workers, seconds):
    watch = Vigil(workers)
    watch.add(pipe[0])
    os.write(pipe[1], b"x")
    assert watch.wait(seconds) == [pipe[0]]


@pytest.mark.parametrize("workers", [1, 10_000], ids=["awake", "asleep"])
@pytest.mark.parametrize("seconds", [0, 1e-9, 0.01])
def test_nothing_comes(pipe, workers, seconds):
    watch = Vigil(workers)
    watch.add(pipe[0])
    assert [watch.wait(seconds) for _ in range(5)] == [[]] * 5
    os.write(pipe[1], b"x")
    watch.remove(pipe[0])
    assert watch.wait(seconds) == []


@pytest.mark.parametrize("workers", [1, 10_000], ids=["awake", "asleep"])
def test_what_comes_late_is_found(pipe, workers):
    watch = Vigil(workers)
    watch.add(pipe[0])
    writer = threading.Thread(target=os.write, args=(pipe[1], b"x"))
    writer.start()
    assert watch.wait(math.inf) == [pipe[0]]
    writer.join()


class Poll:
    """Notes how it is asked; what was told comes at the so-manieth look."""

    def __init__(self):
        self.asked = []
        self.comes_after = math.inf

    def poll(self, milliseconds=None):
        self.asked.append(milliseconds)
        self.comes_after -= 1
        return [(7, 1)] if self.comes_after < 0 or milliseconds != 0 else []


def awake(watch, poll, comes_after):
    """Whether it looked more than once before it would have slept."""
    poll.asked.clear()
    poll.comes_after = comes_after
    watch.wait(math.inf)
    return len([milliseconds for milliseconds in poll.asked if milliseconds == 0]) > 1


@pytest.fixture
def poll(monkeypatch):
    found, ticks = Poll(), count()
    monkeypatch.setattr(vigil.select, "poll", lambda: found)
    monkeypatch.setattr(vigil, "perf_counter", lambda: next(ticks) * vigil._MOMENT / 10)
    monkeypatch.setattr(vigil.os, "sched_getaffinity", lambda _: range(2))
    return found


def test_it_stays_awake_as_long_as_that_helps(poll):
    watch = Vigil(1)
    assert all(awake(watch, poll, comes_after=3) for _ in range(9))
    assert None not in poll.asked


def test_it_stays_awake_more_rarely_each_time_that_it_was_in_vain(poll):
    watch = Vigil(1)
    stayed = [awake(watch, poll, comes_after=math.inf) for _ in range(400)]
    places = [place for place, was in enumerate(stayed) if was]
    gaps = [later - earlier for earlier, later in zip(places, places[1:], strict=False)]
    assert gaps[:8] == [2, 4, 8, 16, 32, 64, 65, 65]
    assert any(awake(watch, poll, comes_after=3) for _ in range(65))
    assert awake(watch, poll, comes_after=3), "once it helped, it helps again"


def test_it_sleeps_where_its_workers_need_its_core(poll):
    watch = Vigil(2)
    assert not any(awake(watch, poll, comes_after=3) for _ in range(9))


def test_the_users_own_setting_of_the_c_library_counts(monkeypatch):
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    ours = launch._environment()["GLIBC_TUNABLES"]
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=3")
    assert launch._environment()["GLIBC_TUNABLES"] == f"{ours}:glibc.malloc.check=3"  # of two, the last counts
