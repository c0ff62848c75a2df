"""Masks of the model's outputs in losses and metrics."""

import keras
import numpy as np
import pytest

import penstock as ps

rng = np.random.default_rng(0)
X = rng.integers(0, 4, (24, 5))
Y = rng.random((24, 5, 1)).astype("float32")
WEIGHTS = {"none": None, "steps": rng.random((24, 5)), "samples": rng.random((24, 1))}


def results(library, weight, optimizer="sgd"):
    """The history of a training, and the evaluation after it."""
    inputs, ones = library.Input((5,)), {"kernel_initializer": "ones"}
    hidden = library.layers.Embedding(4, 3, mask_zero=True, embeddings_initializer="ones")(inputs)
    model = library.Model(inputs, library.layers.Dense(1, **ones)(hidden))
    model.compile(optimizer, "mse", metrics=["mae"], weighted_metrics=["mse"])
    options = {"sample_weight": weight, "batch_size": 24, "verbose": 0}
    history = model.fit(X, Y, epochs=2, shuffle=False, **options).history
    return history, model.evaluate(X, Y, return_dict=True, **options)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_what_is_masked_counts_as_in_keras(weight):
    (history, found), (theirs, expected) = (results(library, WEIGHTS[weight]) for library in (ps, keras))
    assert found == pytest.approx(expected, rel=1e-4)
    # The metrics of Keras' fit on JAX know no masks.
    assert history["loss"] == pytest.approx(theirs["loss"], rel=1e-4)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_metrics_of_training_know_masks_as_those_of_evaluation(weight):
    history, found = results(ps, WEIGHTS[weight], optimizer=ps.optimizers.SGD(0.0))
    assert {name: pytest.approx([value, value], rel=1e-5) for name, value in found.items()} == history


def test_masked_metrics_do_not_depend_on_the_batch_size():
    model = ps.Sequential([ps.Input((5,)), ps.layers.Embedding(4, 3, mask_zero=True), ps.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    whole, parts = (model.evaluate(X, Y, batch_size=size, verbose=0, return_dict=True)["mae"] for size in (24, 7))
    assert whole == pytest.approx(parts, rel=1e-5)
