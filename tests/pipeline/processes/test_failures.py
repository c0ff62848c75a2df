"""Exceptions of workers arrive as themselves."""

import itertools
import signal
import sys
from functools import partial

import numpy as np
import pytest
from fakes import firsts

from penstock.pipeline import Batch, Order, Processes, Recipe, Source, Task
from penstock.pipeline.errors import BatchTimeoutError
from penstock.pipeline.executors import failures, process_executor

pytestmark = pytest.mark.usefixtures("kind")


def tasks(total):
    return (Task(seed=0, epoch=2, step=step) for step in range(total))


def numbered(task):
    return Batch(np.full(10, task.step), rows=1)


def raised(fail):
    """What arrives of what a function raises in a worker; the results after it, too."""

    def work(task):
        if task.step == 1:
            fail()
        return numbered(task)

    with Processes(1).map(work, tasks(4)) as results:
        assert firsts([next(results)]) == [0]
        with pytest.raises(BaseException) as caught:  # noqa: PT011 # which one, the caller says
            next(results)
        assert firsts(results) == [2, 3]
    return caught.value


class OddConstructor(Exception):
    def __init__(self, code, *, reason):
        super().__init__(f"{code} because of {reason}")
        self.code = code


class OddArguments(ValueError):
    def __init__(self, one, other):
        super().__init__(one)
        self.other = other

    def __str__(self):
        return f"{self.args[0]} and {self.other}"


class Stuck(Exception):
    def __init__(self):
        super().__init__("holds a generator")
        self.held = (number for number in range(3))


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Group(ExceptionGroup):
    pass


def throw(error):
    raise error


def test_type_arguments_text_batch_and_traceback_arrive():
    def inner():
        raise OddConstructor(7, reason="rain")

    error = raised(lambda: inner())
    assert type(error) is OddConstructor
    assert (error.args, error.code, str(error)) == (("7 because of rain",), 7, "7 because of rain")
    first, *_, last = error.__notes__
    assert first == "while making batch 1 of epoch 2"
    assert last.startswith("in the worker process:")
    assert "in inner\n" in last
    assert 'raise OddConstructor(7, reason="rain")' in last


@pytest.mark.parametrize(
    "make",
    [
        lambda: KeyError("key"),
        lambda: FileNotFoundError(2, "No such file", "name"),
        lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        lambda: OddArguments(1, 2),
        lambda: ValueError(np.arange(3), float("nan")),
        lambda: OSError(5, "Input/output error"),
    ],
    ids=lambda make: type(make()).__name__,
)
def test_errors_arrive_as_they_are(make):
    came, error = raised(lambda: throw(make())), make()
    assert type(came) is type(error)
    assert str(came) == str(error)
    assert repr(came.args) == repr(error.args)
    assert "while making batch 1 of epoch 2" in came.__notes__


@pytest.mark.parametrize(("error", "name"), [(Stuck(), "Stuck"), (Mute(), "Mute"), (KeyboardInterrupt(), "KeyboardI")])
def test_what_cannot_arrive_is_told(error, name):
    kind = type(error)
    came = raised(lambda: throw(kind()))
    assert type(came) in (RuntimeError, type(error))
    assert type(came) is type(error) or name in str(came)
    assert "while making batch 1 of epoch 2" in came.__notes__


def test_causes_arrive_with_their_tracebacks():
    def fail():
        try:
            raise OddConstructor(1, reason="cause")
        except OddConstructor as error:
            raise ValueError("effect") from error

    error = raised(fail)
    assert (type(error), str(error)) == (ValueError, "effect")
    assert (type(error.__cause__), error.__cause__.code) == (OddConstructor, 1)
    assert error.__cause__ is not None
    assert "in fail\n" in error.__cause__.__notes__[-1]


def test_contexts_arrive():
    def fail():
        try:
            raise KeyError("first")
        finally:
            raise ValueError("second")

    error = raised(fail)
    assert (str(error), str(error.__context__), error.__cause__) == ("second", "'first'", None)


@pytest.mark.parametrize("kind", [ExceptionGroup, Group])
def test_groups_arrive_with_their_members(kind):
    def fail():
        raise kind("both", [OddConstructor(3, reason="x"), ExceptionGroup("inner", [KeyError("k")])])

    error = raised(fail)
    assert type(error) is kind
    assert error.message == "both"
    assert [type(member) for member in error.exceptions] == [OddConstructor, ExceptionGroup]
    assert error.exceptions[0].code == 3
    assert error.subgroup(KeyError) is not None


def test_a_cycle_of_causes_has_an_end():
    def fail():
        one, other = ValueError("one"), ValueError("other")
        one.__cause__, other.__cause__ = other, one
        raise one

    assert str(raised(fail).__cause__) == "other"


def test_what_only_the_worker_could_unpickle_is_told():
    error = failures.unpacked(failures.packed(ValueError("x"))[:-1] + b".")
    assert isinstance(error, (ValueError, RuntimeError))


def test_a_class_of_the_consumers_stays_as_it_is():
    class Mine(Exception):
        seen = 0

    def fail():
        Mine.seen = 99
        raise Mine("changed there")

    error = raised(fail)
    assert type(error) is Mine
    assert Mine.seen == 0


def test_long_errors_arrive_whole():
    assert str(raised(lambda: throw(ValueError("x" * 100_000)))) == "x" * 100_000


def test_a_batch_that_cannot_be_sent_is_named():
    def work(task):
        if task.step == 1:
            return Batch(np.array([(number for number in range(3))], dtype=object), rows=1)
        return numbered(task)

    with Processes(1).map(work, tasks(3)) as results:
        next(results)
        with pytest.raises(TypeError, match="generator") as caught:
            next(results)
        assert firsts(results) == [2]
    assert "while making batch 1 of epoch 2" in caught.value.__notes__


def hangs(step, task):
    if task.step == step:
        signal.pause()
    return numbered(task)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_hang_is_named_and_its_worker_replaced(workers):
    with Processes(workers, timeout=0.3).standing() as executor:
        for _ in range(2):
            with executor.map(partial(hangs, 2), tasks(6)) as results:
                assert firsts(next(results) for _ in range(2)) == [0, 1]
                with pytest.raises(BatchTimeoutError, match="batch 2 of epoch 2 was not ready 0.3 s after") as caught:
                    next(results)
                assert firsts(results) == [3, 4, 5]
            assert caught.value.task == (2, 2)
        with executor.map(numbered, tasks(6)) as results:
            assert firsts(results) == list(range(6))


def test_a_hang_that_nobody_waits_for_ends_too():
    """`break` waits for work in flight, but not for ever."""
    with Processes(2, timeout=0.3).map(partial(hangs, 1), tasks(6)) as results:
        next(results)


def test_time_is_counted_from_where_the_work_begins(tmp_path):
    """One worker, batches of half the limit each: those that wait for it are not late, nor is unpacking a program."""

    class Slow:
        def __setstate__(self, state):
            signal.sigtimedwait([], 0.5)

        def __getstate__(self):
            return {"x": 1}

        def __call__(self, task):
            signal.sigtimedwait([], 0.15)
            return numbered(task)

    with Processes(1, timeout=0.4).map(Slow(), tasks(5)) as results:
        assert firsts(results) == list(range(5))


def test_a_timeout_may_be_longer_than_the_system_can_wait_at_once():
    with Processes(1, timeout=1e9).map(numbered, tasks(2)) as results:
        assert firsts(results) == [0, 1]


def test_a_run_goes_on_after_errors():
    recipe = Recipe(ThirdMissing(), Order(6, 1), Processes(2))
    with recipe.run() as run:
        for epoch in range(3):
            with pytest.raises(KeyError, match="two"), run.epoch(epoch) as batches:
                assert firsts(next(batches) for _ in range(2)) == [0, 1]
                next(batches)


class ThirdMissing(Source):
    """Six rows, of which the third cannot be had."""

    def __len__(self):
        return 6

    def fetch(self, rows):
        first = rows.start if isinstance(rows, slice) else int(rows[0])
        if first == 2:
            raise KeyError("two")
        return Batch(np.array([first]), rows=1)


def interrupted_at(line):
    """A tracer that raises at the so-manieth line of the module that lends workers."""
    lines = itertools.count(1)

    def trace(frame, event, _):
        if frame.f_code.co_filename != process_executor.__file__:
            return None
        if event == "line" and next(lines) == line:
            raise KeyboardInterrupt
        return trace

    return trace


@pytest.mark.parametrize("line", [1, 2])
def test_workers_stay_though_an_interrupt_came_where_a_block_began(line, find_workers):
    with Processes(1).standing() as executor:
        with executor.map(numbered, tasks(2)) as results:
            assert firsts(results) == [0, 1]
        before = find_workers()
        results = executor.map(numbered, tasks(2))
        outer = sys.gettrace()
        sys.settrace(interrupted_at(line))
        try:
            with pytest.raises(KeyboardInterrupt):
                results.__enter__()
        finally:
            sys.settrace(outer)
        del results
        with executor.map(numbered, tasks(2)) as results:
            assert firsts(results) == [0, 1]
            assert find_workers() == before
