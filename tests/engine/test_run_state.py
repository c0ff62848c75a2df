"""Who owns the arrays while a run is on."""

import os
import signal

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from penstock.engine.run_state import RunState
from penstock.engine.state import TrainState
from penstock.engine.variable import Variable

ALL = TrainState._fields


def variables():
    return TrainState([Variable(jnp.arange(4.0))], [Variable(jnp.zeros(2))], [Variable(0)], [Variable(jnp.ones(()))])


@jax.jit
def add_one(state):
    return jax.tree.map(lambda a: a + 1, state)


donating = jax.jit(lambda state: jax.tree.map(lambda a: a + 1, state), donate_argnums=0)


def test_donated_steps_leave_what_the_user_holds_alone():
    owned = variables()
    held = [v.value for v in owned.all()]
    before = [np.array(a) for a in held]
    with RunState(owned, ALL) as run:
        for _ in range(3):
            run.commit(donating(run.state))
    for array, kept in zip(held, before, strict=True):
        np.testing.assert_array_equal(array, kept)
    np.testing.assert_array_equal(owned.trainable[0].value, np.arange(4.0) + 3)


def test_an_exception_leaves_the_last_committed_state():
    owned = variables()
    with pytest.raises(ZeroDivisionError), RunState(owned, ALL) as run:
        run.commit(donating(run.state))
        _ = 1 / 0
    np.testing.assert_array_equal(owned.trainable[0].value, np.arange(4.0) + 1)


@pytest.mark.parametrize("donated", [ALL, ()], ids=["donated", "kept"])
def test_hooks_see_the_committed_state_and_what_they_assign_takes_effect(donated):
    owned, step = variables(), donating if donated else add_one
    with RunState(owned, donated) as run:
        run.commit(step(run.state))
        with run.shown():
            np.testing.assert_array_equal(owned.trainable[0].value, np.arange(4.0) + 1)
            owned.trainable[0].assign(jnp.full(4, 10.0))
        run.commit(step(run.state))
    np.testing.assert_array_equal(owned.trainable[0].value, np.full(4, 11.0))
    np.testing.assert_array_equal(owned.non_trainable[0].value, np.full(2, 2.0))


@pytest.mark.parametrize("donated", [ALL, ()], ids=["donated", "kept"])
def test_what_a_hook_reads_survives_the_steps_after_it(donated):
    owned, step = variables(), donating if donated else add_one
    with RunState(owned, donated) as run:
        with run.shown():
            seen = owned.trainable[0].value
        run.commit(step(run.state))
    np.testing.assert_array_equal(seen, np.arange(4.0))


def test_what_a_hook_assigned_before_it_failed_is_kept():
    owned = variables()
    with pytest.raises(ZeroDivisionError), RunState(owned, ALL) as run:
        run.commit(donating(run.state))
        with run.shown():
            owned.trainable[0].assign(jnp.full(4, 7.0))
            _ = 1 / 0
    np.testing.assert_array_equal(owned.trainable[0].value, np.full(4, 7.0))


def test_a_device_that_fails_leaves_the_last_state_that_was_held():
    owned = variables()
    failing = jax.jit(lambda s: jax.tree.map(lambda a: jax.pure_callback(_fail, a, a), s), donate_argnums=0)
    with pytest.raises(Exception, match="broken"), RunState(owned, ALL) as run:
        run.commit(failing(run.state))
    np.testing.assert_array_equal(owned.trainable[0].value, np.arange(4.0))


def _fail(array):
    raise RuntimeError("broken")


def test_an_interrupt_between_dispatch_and_commit_waits_for_the_commit():
    owned = variables()
    with pytest.raises(KeyboardInterrupt), RunState(owned, ALL) as run:
        state = donating(run.state)
        os.kill(os.getpid(), signal.SIGINT)
        run.commit(state)
    np.testing.assert_array_equal(owned.trainable[0].value, np.arange(4.0) + 1)


def test_an_interrupt_in_an_open_section_is_raised_there():
    with pytest.raises(KeyboardInterrupt), RunState(variables(), ALL) as run, run.interrupts.open:
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("the interrupt came too late")


def test_an_interrupt_that_waits_is_raised_by_the_next_open_section():
    with pytest.raises(KeyboardInterrupt), RunState(variables(), ALL) as run:
        os.kill(os.getpid(), signal.SIGINT)
        with run.interrupts.open:
            pytest.fail("the interrupt was lost")


def test_the_handler_of_before_is_restored_and_asked():
    heard = []
    previous = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        handler = signal.getsignal(signal.SIGINT)
        with RunState(variables(), ALL):
            os.kill(os.getpid(), signal.SIGINT)
            assert not heard
        assert heard == [signal.SIGINT]
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, previous)


def test_a_run_inside_a_hook_of_another_changes_its_state():
    owned = variables()
    with RunState(owned, ALL) as outer:
        outer.commit(donating(outer.state))
        with outer.shown(), RunState(owned, ALL) as inner:
            inner.commit(donating(inner.state))
        outer.commit(donating(outer.state))
    np.testing.assert_array_equal(owned.trainable[0].value, np.arange(4.0) + 3)
