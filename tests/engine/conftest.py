"""Small models and data that tests of training share."""

import numpy as np
import pytest

import penstock as ps
from penstock.engine.random import set_random_seed


@pytest.fixture(autouse=True)
def the_same_draws_and_names_in_every_run():
    """Weights and names that a test does not give are drawn and counted, and must not depend on luck or other tests."""
    set_random_seed(0)
    ps.backend.clear_session()


@pytest.fixture
def line():
    """100 rows of 4 features, and targets that are a linear function of them."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(100, 4)).astype("float32")
    return x, (x @ np.array([[1.0], [-2.0], [0.5], [3.0]]) + 0.1).astype("float32")


@pytest.fixture
def regressor():
    """Makes compiled models that all begin with the same weights."""
    weights = []

    def make(optimizer="adam", loss="mse", metrics=("mae",), **options):
        model = ps.Sequential([ps.Input((4,)), ps.layers.Dense(8, activation="relu"), ps.layers.Dense(1)])
        weights.append(model.get_weights())
        model.set_weights(weights[0])
        model.compile(optimizer, loss, metrics=list(metrics), **options)
        return model

    return make


@pytest.fixture
def bits():
    """The exact state of a model and its optimizer."""
    return lambda model: b"".join(np.asarray(v.value).tobytes() for v in [*model.variables, *model.optimizer.variables])
