"""Ctrl-C wherever training waits: it is heard there, and the weights are those of the steps before."""

import os
import signal
import threading

import numpy as np
import pytest

import penstock as ps
from penstock.engine import program


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
