"""Caps on epochs and steps, with which a script is tried out quickly."""

import subprocess
import sys

import numpy as np
import pytest

import penstock as ps


@pytest.fixture(autouse=True)
def no_caps_after():
    yield
    ps.config.set_max_epochs(None)
    ps.config.set_max_steps_per_epoch(None)


@pytest.fixture
def model():
    model = ps.Sequential([ps.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


x, y = np.ones((20, 3), np.float32), np.ones((20, 1), np.float32)


def test_epochs_go_no_further_than_the_cap(model):
    ps.config.set_max_epochs(2)
    with pytest.warns(UserWarning, match="Limiting epochs to 2"):
        history = model.fit(x, y, epochs=5, verbose=0)
    assert history.epoch == [0, 1]


@pytest.mark.parametrize("steps", [None, -1, 4])
def test_epochs_take_no_more_steps_than_the_cap(model, steps):
    ps.config.set_max_steps_per_epoch(3)
    with pytest.warns(UserWarning, match="Limiting steps_per_epoch to 3"):
        model.fit(x, y, batch_size=4, steps_per_epoch=steps, epochs=2, verbose=0)
    assert model.optimizer.iterations == 6


def test_a_capped_source_without_end_needs_no_steps(model):
    def endless():
        while True:
            yield x, y

    ps.config.set_max_steps_per_epoch(3)
    with pytest.warns(UserWarning, match="Limiting"):
        model.fit(endless(), verbose=0)
    assert model.optimizer.iterations == 3


def test_evaluate_and_predict_are_capped_too(model):
    ps.config.set_max_steps_per_epoch(2)
    with pytest.warns(UserWarning, match="Limiting"):
        assert model.predict(x, batch_size=4, verbose=0).shape == (8, 1)
    with pytest.warns(UserWarning, match="Limiting"):
        model.evaluate(x, y, batch_size=4, verbose=0)


def test_caps_that_do_not_bite_say_nothing(model):
    ps.config.set_max_epochs(5)
    ps.config.set_max_steps_per_epoch(5)
    model.fit(x, y, batch_size=4, epochs=5, verbose=0)
    assert model.optimizer.iterations == 25
    assert (ps.config.max_epochs(), ps.config.max_steps_per_epoch()) == (5, 5)


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "3"])
def test_a_cap_that_is_no_positive_number_is_refused(value):
    with pytest.raises(ValueError, match="max_epochs must be a positive whole number"):
        ps.config.set_max_epochs(value)
    with pytest.raises(ValueError, match="max_steps_per_epoch must be a positive whole number"):
        ps.config.set_max_steps_per_epoch(value)


def test_caps_are_read_from_the_environment():
    code = "import penstock as ps; print(ps.config.max_epochs(), ps.config.max_steps_per_epoch())"
    env = {"KERAS_MAX_EPOCHS": "3", "KERAS_MAX_STEPS_PER_EPOCH": "7"}
    assert subprocess.check_output([sys.executable, "-c", code], env=env, text=True) == "3 7\n"
    failed = subprocess.run(
        [sys.executable, "-c", code], env={"KERAS_MAX_EPOCHS": "many"}, text=True, capture_output=True, check=False
    )
    assert "KERAS_MAX_EPOCHS must be a positive whole number, but is 'many'" in failed.stderr
