"""Training ends after the first batch whose loss is no number."""

import numpy as np
import pytest

import penstock as ps


def poisoned(line):
    """Data whose third batch of ten rows has a loss that is no number."""
    x, y = line
    return x, np.where(np.arange(100)[:, None] == 25, np.float32(np.nan), y)


def fit(model, data, *callbacks):
    return model.fit(*data, batch_size=10, epochs=2, shuffle=False, verbose=0, callbacks=list(callbacks))


def test_it_stops_after_the_batch_that_is_to_blame(line, regressor, capsys):
    model = regressor()
    history = fit(model, poisoned(line), ps.callbacks.TerminateOnNaN())
    assert (int(model.optimizer.iterations), history.epoch) == (3, [0])
    assert capsys.readouterr().out == "Batch 2: the loss is nan, so training ends here\n"


def test_raising_leaves_no_hook_but_that_of_exceptions(line, regressor):
    called = []
    tell = ps.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: called.append("epoch"),
        on_train_end=lambda logs: called.append("train"),
        on_exception=lambda exc: called.append(type(exc).__name__),
    )
    with pytest.raises(RuntimeError, match="the loss of batch 2 is nan"):
        fit(regressor(), poisoned(line), ps.callbacks.TerminateOnNaN(raise_error=True), tell)
    assert called == ["RuntimeError"]


def test_numbers_pass(line, regressor):
    assert fit(regressor(), line, ps.callbacks.TerminateOnNaN()).epoch == [0, 1]


@pytest.mark.parametrize("loss", [float("inf"), -float("inf"), np.float32("nan")])
def test_what_is_not_finite_is_no_number(loss, paced, capsys):
    callback, model = ps.callbacks.TerminateOnNaN(), paced()
    callback.set_model(model)
    callback.on_train_batch_end(7, logs={"loss": loss})
    assert model.stop_training
