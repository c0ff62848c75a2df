"""Functions are called at the moments that their names say."""

import pytest

import penstock as ps


def test_functions_are_hooks(line, regressor):
    seen = []
    tell = ps.callbacks.LambdaCallback(
        on_train_begin=lambda logs: seen.append("begin"),
        on_train_batch_end=lambda batch, logs: seen.append((batch, *logs)),
        on_epoch_end=lambda epoch, logs: seen.append((epoch, *logs)),
        on_test_end=lambda logs: seen.append("tested"),
    )
    regressor().fit(*line, batch_size=50, verbose=0, callbacks=tell, validation_data=line)
    batch = ("loss", "mae")
    assert seen == ["begin", (0, *batch), (1, *batch), "tested", (0, *batch, "val_loss", "val_mae")]


def test_functions_of_epochs_leave_batches_alone():
    tell = ps.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)
    assert not tell.watches_batches("train")
    assert tell.overrides_epoch_hooks


@pytest.mark.parametrize(
    ("hooks", "message"),
    [
        ({"on_epoch_ends": print}, "'on_epoch_ends' is no hook of callbacks; those are: on_train_begin, "),
        ({"on_epoch_end": 3}, "on_epoch_end must be a function, but is 3"),
    ],
)
def test_what_is_no_hook_is_refused(hooks, message):
    with pytest.raises(TypeError, match=message):
        ps.callbacks.LambdaCallback(**hooks)
