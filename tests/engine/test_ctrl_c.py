"""Ctrl-C wherever training waits: it is heard there, and the weights are those of the steps before."""

import os
import signal
import sys
import threading
import weakref

import numpy as np
import pytest

import penstock as ps
from penstock.engine import program
from penstock.engine.interrupts import Interrupts
from penstock.engine.phase import Phase


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


class Interrupted(ps.PyDataset):
    """Batches of 8 rows; making batch 5 takes until Ctrl-C was pressed."""

    def __init__(self, x, y, **options):
        super().__init__(**options)
        self.x, self.y = x, y

    def __len__(self):
        return 12

    def __getitem__(self, i):
        if i == 5:
            interrupt()
        rows = slice(i * 8, (i + 1) * 8)
        return self.x[rows], self.y[rows]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_while_data_is_awaited(line, regressor, bits, workers):
    model = regressor()
    model.fit(*line, batch_size=8, steps_per_epoch=1, shuffle=False, verbose=0)
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        model.fit(Interrupted(*line, workers=workers), shuffle=False, verbose=0)
    assert set(threading.enumerate()) <= before
    steps, left = int(model.optimizer.iterations) - 1, bits(model)
    assert steps <= 5
    expected = regressor()
    expected.fit(*line, batch_size=8, steps_per_epoch=1, shuffle=False, verbose=0)
    if steps:
        expected.fit(*line, batch_size=8, steps_per_epoch=steps, shuffle=False, verbose=0)
    assert bits(expected) == left


def test_while_the_first_program_compiles(line, regressor, monkeypatch):
    compile_ = program._compile

    def interrupted(lowered, future):
        interrupt()
        compile_(lowered, future)

    model = regressor()
    before = model.get_weights()
    monkeypatch.setattr(program, "_compile", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(*line, verbose=0)
    monkeypatch.undo()
    for mine, start in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, start)
    assert np.isfinite(model.fit(*line, verbose=0).history["loss"][0])


@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_end", "on_train_batch_end", "on_test_end"])
def test_in_a_hook(line, regressor, hook):
    class Press(ps.callbacks.Callback):
        """Told of the exception after the weights are in place."""

        def __init__(self):
            self.seen = []

        def on_exception(self, exc):
            self.seen.append(type(exc))

    setattr(Press, hook, lambda self, *args, **kwargs: interrupt())
    model, press = regressor(), Press()
    with pytest.raises(KeyboardInterrupt):
        model.fit(*line, validation_data=line, verbose=0, callbacks=[press])
    assert press.seen == [KeyboardInterrupt]
    assert np.isfinite(model.evaluate(*line, verbose=0)[0])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_in_evaluate_and_predict(line, regressor, bits, method):
    model = regressor()
    model.fit(*line, verbose=0)
    before = bits(model)
    with pytest.raises(KeyboardInterrupt):
        getattr(model, method)(Interrupted(*line, workers=0), verbose=0)
    assert bits(model) == before


class Hydra(ps.Model):
    """Two outputs in a dict, metrics and random numbers of its own."""

    def __init__(self):
        super().__init__()
        self.drop = ps.layers.Dropout(0.3)
        self.real = ps.layers.Dense(1)
        self.other = ps.layers.Dense(1)

    def call(self, inputs, training=False):
        inputs = self.drop(inputs, training=training)
        return {"real": self.real(inputs), "other": self.other(inputs)}


def hydra(line):
    x, y = line
    model = Hydra()
    model.compile("adam", "mse", metrics={"real": "mae"}, loss_weights={"other": 0.5})
    data = x, {"real": y, "other": -y}
    model.fit(*data, verbose=0)
    return model, data


def seen(model):
    return [np.array(v.value) for v in [*model.variables, *model.optimizer.variables]]


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict", "train_on_batch", "test_on_batch"])
@pytest.mark.parametrize("kind", ["a bad shape", "a failing loss", "Ctrl-C while it is traced"])
def test_a_model_of_several_outputs_survives(line, method, kind):
    model, (x, y) = hydra(line)
    before = seen(model)
    call = model.real.call

    def broken(inputs):
        if kind == "a failing loss":
            raise ArithmeticError(kind)
        if kind != "a bad shape":
            interrupt()
        return call(inputs)

    model.real.call = broken
    # Another shape, so that it is traced again.
    rows = np.zeros((17, 5 if kind == "a bad shape" else 4), "float32")
    targets = {} if method == "predict" else {"y": {name: values[:17] for name, values in y.items()}}
    silent = {} if method.endswith("batch") else {"verbose": 0}
    with pytest.raises((TypeError, ValueError, ArithmeticError, KeyboardInterrupt)):
        getattr(model, method)(rows, **targets, **silent)
    for after, value in zip(seen(model), before, strict=True):
        np.testing.assert_array_equal(after, value)
    model.real.call = call
    assert np.isfinite(model.evaluate(x, y, verbose=0)[0])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Swallowing:
    """Something whose end the interpreter reports to a callback, which is interrupted: what it raises is dropped."""


def swallow_an_interrupt():
    thing = Swallowing()
    watch = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
    del thing
    return watch


def test_an_interrupt_that_a_callback_of_the_interpreter_swallowed_is_raised_again():
    reached = []
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts:
        with interrupts.open:
            swallow_an_interrupt()
            reached.append("the end of the section")
        reached.append("beyond it")
    assert reached == ["the end of the section"]


class Swallows(ps.PyDataset):
    """Batches of 8 rows; an interrupt is swallowed while the data say how many they are."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y, self.made = x, y, 0
        self.swallows = True

    def __len__(self):
        if self.swallows:
            self.swallows = False
            swallow_an_interrupt()
        return 3

    def __getitem__(self, i):
        self.made += 1
        return self.x[:8], self.y[:8]


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_an_interrupt_that_was_swallowed_before_the_first_step_is_raised_again(line, regressor, method):
    model = regressor()
    data, before = Swallows(*line), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        getattr(model, method)(data, verbose=0, workers=0)
    assert not data.swallows and data.made <= 1  # to know what it looks like
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_that_somebody_caught_is_not_raised_again():
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt), interrupts.open:
            signal.raise_signal(signal.SIGINT)
        with interrupts.open, pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with interrupts.open:
            pass


def test_what_else_the_interpreter_drops_is_reported_as_ever(monkeypatch):
    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: dropped.append(unraisable.exc_type))
    before = sys.unraisablehook
    with Interrupts() as interrupts, interrupts.open:
        thing = Swallowing()
        watch = weakref.ref(thing, lambda _: 1 / 0)
        del thing
    assert watch() is None and dropped == [ZeroDivisionError] and sys.unraisablehook is before


def test_a_handler_that_raises_nothing_is_called_once():
    heard = []
    previous = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        with Interrupts() as interrupts:
            with interrupts.open:
                signal.raise_signal(signal.SIGINT)
            with interrupts.open:
                pass
            signal.raise_signal(signal.SIGINT)
            assert len(heard) == 1
        assert len(heard) == 2
    finally:
        signal.signal(signal.SIGINT, previous)


@pytest.mark.parametrize("group", [1, 3, 10, 20])
def test_every_epoch_but_the_one_under_way_is_in_the_history(line, regressor, monkeypatch, group):
    send, sent = Phase._send, []

    def interrupted(self, batches):
        send(self, batches)
        sent.append(batches)
        if len(sent) == group:
            interrupt()

    monkeypatch.setattr(Phase, "_send", interrupted)
    model = regressor()
    with pytest.raises(KeyboardInterrupt):
        model.fit(*line, batch_size=10, epochs=1000, verbose=0)
    whole, told = int(model.optimizer.iterations) // -(-len(line[0]) // 10), len(model.history.epoch)
    assert whole - 1 <= told <= whole
    assert len(model.history.history.get("loss", [])) == told
