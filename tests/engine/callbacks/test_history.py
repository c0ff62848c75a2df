"""What `fit` returns: a list per name, and the numbers of the epochs."""

from types import SimpleNamespace

from penstock.engine.callbacks import CallbackList, History


def trained(epochs, history=None):
    history = history or History()
    called = CallbackList([history], model=SimpleNamespace(history=None), epochs=5)
    called.on_train_begin()
    for epoch in epochs:
        called.on_epoch_end(epoch, {"loss": 1.0 + epoch, "accuracy": 0.5})
    return history


def test_names_stay_in_the_order_in_which_they_came():
    assert list(trained([0]).history.items()) == [("loss", [1.0]), ("accuracy", [0.5])]


def test_epochs_keep_their_true_numbers():
    assert trained([2, 3]).epoch == [2, 3]


def test_a_second_training_adds_figures_and_counts_its_own_epochs():
    history = trained([0, 1], trained([0]))
    assert history.epoch == [0, 1]
    assert history.history["loss"] == [1.0, 1.0, 2.0]


def test_the_model_has_its_latest_history():
    history = trained([0])
    assert history.model.history is history


def test_names_that_come_late_have_shorter_lists():
    history = trained([0])
    history.on_epoch_end(1, {"loss": 3.0, "val_loss": 4.0})
    assert history.history == {"loss": [1.0, 3.0], "accuracy": [0.5], "val_loss": [4.0]}
