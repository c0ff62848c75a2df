"""Training through a Loader that goes on where a state says."""

import numpy as np
import pytest

import penstock as ps


class Places(ps.callbacks.Callback):
    """Writes down the state of a loader after epochs, and after batches where asked."""

    def __init__(self, loader):
        super().__init__()
        self.loader = loader
        self.places = []

    def on_epoch_end(self, epoch, logs=None):
        self.places.append(self.loader.state_dict())


class EveryBatch(Places):
    def on_train_batch_end(self, batch, logs=None):
        self.places.append(self.loader.state_dict())


def where(states):
    return [(state["epoch"], state["batch"]) for state in states]


@pytest.fixture(params=[{}, {"workers": 2}, {"workers": 2, "use_multiprocessing": True}], ids=str)
def loader(request, line):
    """Makes loaders of 13 batches to an epoch, all in the same order."""
    return lambda: ps.Loader(*line, batch_size=8, shuffle=True, seed=5, **request.param)


def test_fit_begins_at_the_state_and_goes_on_from_there(loader, regressor, bits):
    expected, model, left = regressor(), regressor(), loader()
    expected.fit(loader(), epochs=3, verbose=0)
    model.fit(left, epochs=1, verbose=0)
    assert where([left.state_dict()]) == [(1, 0)]
    resumed = loader()
    resumed.load_state_dict(left.state_dict())
    model.fit(resumed, epochs=2, verbose=0)
    assert bits(model) == bits(expected)
    assert where([resumed.state_dict()]) == [(3, 0)]


def test_fit_begins_in_the_middle_of_an_epoch(loader, regressor, bits):
    expected, model, resumed = regressor(), regressor(), loader()
    expected.fit(loader(), epochs=1, steps_per_epoch=5, verbose=0)
    state = EveryBatch(first := loader())
    model.fit(first, epochs=1, steps_per_epoch=5, verbose=0, callbacks=[state])
    assert where(state.places) == [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 5)]
    resumed.load_state_dict(state.places[-1])
    history = model.fit(resumed, epochs=2, verbose=0)
    whole = regressor()
    whole.fit(loader(), epochs=2, verbose=0)
    assert bits(model) == bits(whole)
    assert len(history.history["loss"]) == 2


def test_with_steps_epochs_go_on_from_the_state(loader, regressor, bits):
    expected, model, resumed = regressor(), regressor(), loader()
    expected.fit(loader(), epochs=4, steps_per_epoch=5, verbose=0)
    model.fit(first := loader(), epochs=1, steps_per_epoch=5, verbose=0)
    resumed.load_state_dict(first.state_dict())
    model.fit(resumed, epochs=4, initial_epoch=1, steps_per_epoch=5, verbose=0)
    assert bits(model) == bits(expected)
    assert where([resumed.state_dict()]) == [(1, 7)]


def test_a_loader_that_was_told_nothing_begins_at_the_first_epoch(loader, regressor, bits):
    one, other, used = regressor(), regressor(), loader()
    list(used)
    one.fit(used, epochs=1, verbose=0)
    other.fit(loader(), epochs=1, verbose=0)
    assert bits(one) == bits(other)


def test_the_state_after_a_stop_is_that_of_the_weights(loader, regressor, bits):
    class Stop(ps.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 3

    expected, model, resumed = regressor(), regressor(), loader()
    expected.fit(loader(), epochs=1, verbose=0)
    model.fit(first := loader(), epochs=9, verbose=0, callbacks=[Stop()])
    assert where([first.state_dict()]) == [(0, 4)]
    resumed.load_state_dict(first.state_dict())
    model.fit(resumed, epochs=1, verbose=0)
    assert bits(model) == bits(expected)


def test_evaluate_and_predict_leave_the_state_alone(loader, regressor):
    model, used = regressor(), loader()
    next(iter(used))
    state = used.state_dict()
    model.evaluate(used, verbose=0)
    model.predict(used, verbose=0)
    assert used.state_dict() == state


def test_a_generator_goes_on_after_the_batches_that_it_has_given(line, regressor, bits):
    def generator():
        while True:
            for start in range(0, 96, 8):
                yield line[0][start : start + 8], line[1][start : start + 8]

    expected, model = regressor(), regressor()
    expected.fit(generator(), steps_per_epoch=5, epochs=4, verbose=0)
    first, resumed = (ps.Loader(generator(), workers=1) for _ in range(2))
    model.fit(first, steps_per_epoch=5, epochs=2, verbose=0)
    assert first.state_dict()["taken"] == 10
    resumed.load_state_dict(first.state_dict())
    model.fit(resumed, steps_per_epoch=5, epochs=2, verbose=0)
    assert bits(model) == bits(expected)


def test_mapped_batches_and_windows_are_trained_on(line, regressor, bits):
    expected, model = regressor(), regressor()
    expected.fit(line[0][8:24] * 2, line[1][8:24], batch_size=8, epochs=2, shuffle=False, verbose=0)
    double = ps.Loader(*line, batch_size=8).map(lambda batch: (batch[0] * np.float32(2), batch[1]))
    model.fit(double.skip(1).take(2), epochs=2, verbose=0)
    assert bits(model) == bits(expected)


def test_a_shard_is_trained_on_its_part_of_every_batch(line, regressor, bits):
    expected, model = regressor(), regressor()
    rows = np.arange(96).reshape(12, 2, 4)[:, 1].ravel()
    expected.fit(line[0][rows], line[1][rows], batch_size=4, epochs=2, shuffle=False, verbose=0)
    model.fit(ps.Loader(*line, batch_size=8, shard=(1, 2), drop_remainder=True), epochs=2, verbose=0)
    assert bits(model) == bits(expected)
