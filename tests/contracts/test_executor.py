"""What every executor promises; a new one is one more row."""

import threading
from itertools import count

import numpy as np
import pytest

from penstock.pipeline import Batch, Inline, Processes, Task, Threads, current_task
from penstock.pipeline.executors import spawned

THREADS = [Threads(1), Threads(2, ahead=2), Threads(4), Threads(4, ahead=1), Threads(2, timeout=60)]
PROCESSES = [Processes(2), Processes(3, ahead=1), spawned.Processes(2), spawned.Processes(3, ahead=1)]
EXECUTORS = [Inline(), *THREADS, *PROCESSES]


def tasks(total):
    return (Task(seed=0, epoch=0, step=step) for step in range(total))


def numbered(task):
    return Batch(np.array([task.step]), rows=1)


def steps(results):
    return [int(batch.x[0]) for batch in results]


def gives_results_in_the_order_of_the_tasks(executor):
    with executor.map(numbered, tasks(30)) as results:
        assert steps(results) == list(range(30))


def gives_nothing_for_no_task(executor):
    with executor.map(numbered, tasks(0)) as results:
        assert results.ready(0)
        assert list(results) == []


def ends_again_after_its_end(executor):
    with executor.map(numbered, tasks(1)) as results:
        assert steps(results) == [0]
        assert steps(results) == []


def does_nothing_before_a_result_is_waited_for(executor):
    made = []
    with executor.map(made.append, tasks(3)):
        pass
    assert made == []


def raises_an_error_in_the_place_of_its_result(executor):
    def work(task):
        if task.step == 3:
            raise KeyError("three")
        return numbered(task)

    with executor.map(work, tasks(6)) as results:
        assert steps(next(results) for _ in range(3)) == [0, 1, 2]
        with pytest.raises(KeyError, match="three") as caught:
            next(results)
        assert steps(results) == [4, 5]
    assert caught.value.__notes__[0] == "while making batch 3 of epoch 0"
    assert caught.traceback[-1].name == "work" or "in work\n" in caught.value.__notes__[-1]


def turns_a_stop_iteration_of_the_work_into_an_error(executor):
    with executor.map(lambda task: next(iter(())), tasks(2)) as results:
        with pytest.raises(RuntimeError, match="StopIteration was raised in making batch 0"):
            next(results)


def lets_an_exit_through(executor):
    def work(task):
        raise SystemExit(3)

    with executor.map(work, tasks(2)) as results, pytest.raises(SystemExit):
        next(results)


def tells_work_its_task(executor):
    with executor.map(lambda task: numbered(current_task()), tasks(5)) as results:
        assert steps(results) == list(range(5))
    assert current_task() == Task(0, 0, 0)


def passes_on_that_a_stream_has_ended(executor):
    with executor.map(lambda task: numbered(task) if task.step < 2 else None, tasks(9)) as results:
        assert [batch and batch.rows for batch in [next(results) for _ in range(4)]] == [1, 1, None, None]


def is_ready_when_next_does_not_wait(executor):
    with executor.map(numbered, tasks(2)) as results:
        assert results.ready(60)
        assert steps(results) == [0, 1]
        assert results.ready(0)


def says_how_many_stand_ready(executor):
    with executor.map(numbered, tasks(2)) as results:
        assert results.stock() == 0
        assert results.ready(60)
        assert results.stock() in ((0,) if isinstance(executor, Inline) else (1, 2))
        assert steps(results) == [0, 1]
        assert results.stock() == 0


def begins_nothing_to_say_what_stands_ready(executor):
    made = []
    with executor.map(made.append, tasks(3)) as results:
        assert results.stock() == 0
    assert made == []


def leaves_no_thread_when_left_early(executor):
    before = threading.active_count()
    with executor.map(numbered, tasks(100)) as results:
        next(results)
    assert threading.active_count() == before


def leaves_no_thread_after_an_error_of_the_consumer(executor):
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), executor.map(numbered, tasks(100)) as results:
        next(results)
        raise ZeroDivisionError
    assert threading.active_count() == before


def draws_tasks_no_further_than_it_may_work_ahead(executor):
    drawn = count()
    with executor.map(numbered, (Task(0, 0, next(drawn)) for _ in range(100))) as results:
        next(results)
    assert next(drawn) <= 1 + getattr(executor, "ahead", 0)


def gives_nothing_after_its_block(executor):
    with executor.map(numbered, tasks(5)) as results:
        next(results)
    assert list(results) == []


def can_be_used_twice_at_once(executor):
    with executor.map(numbered, tasks(9)) as one, executor.map(numbered, tasks(9)) as other:
        assert [(a, b) for a, b in zip(steps(one), steps(other), strict=True)] == [(i, i) for i in range(9)]


CHECKS = [
    gives_results_in_the_order_of_the_tasks,
    gives_nothing_for_no_task,
    ends_again_after_its_end,
    does_nothing_before_a_result_is_waited_for,
    raises_an_error_in_the_place_of_its_result,
    turns_a_stop_iteration_of_the_work_into_an_error,
    lets_an_exit_through,
    tells_work_its_task,
    passes_on_that_a_stream_has_ended,
    is_ready_when_next_does_not_wait,
    says_how_many_stand_ready,
    begins_nothing_to_say_what_stands_ready,
    leaves_no_thread_when_left_early,
    leaves_no_thread_after_an_error_of_the_consumer,
    draws_tasks_no_further_than_it_may_work_ahead,
    gives_nothing_after_its_block,
    can_be_used_twice_at_once,
]


@pytest.mark.parametrize(
    "executor", EXECUTORS, ids=lambda executor: f"{type(executor).__module__.rpartition('.')[2]}-{executor}"
)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_executor(executor, check):
    check(executor)
