"""Regularizers cost what Keras' do, and training pays for it."""

from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import penstock as ps
from penstock import regularizers

# Untyped: what Keras says of its own types is too loose to check.
KERAS: Any = keras.regularizers

RNG = np.random.default_rng(5)
MATRIX = RNG.normal(size=(4, 3)).astype("float32")
CASES = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("L1L2", {"l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_value_and_config(name, options):
    ours, theirs = getattr(regularizers, name)(**options), getattr(KERAS, name)(**options)
    np.testing.assert_allclose(ours(MATRIX), theirs(jnp.asarray(MATRIX)), rtol=1e-6)
    config = regularizers.serialize(ours)
    assert {**config, "config": pytest.approx(config["config"])} == KERAS.serialize(theirs)
    assert regularizers.serialize(regularizers.deserialize(config)) == config


def test_names_functions_and_none():
    assert isinstance(regularizers.get("l1"), regularizers.L1)
    assert regularizers.get("l1_l2").get_config() == {"l1": 0.0, "l2": 0.0}
    assert regularizers.get(jnp.sum) is jnp.sum
    assert regularizers.get(None) is None
    with pytest.raises(ValueError, match="l2 must be a number of at least 0, but is -1"):
        regularizers.L2(-1)
    with pytest.raises(ValueError, match="takes a matrix"):
        regularizers.OrthogonalRegularizer()(np.ones(3))


def twin(namespace, penalty):
    """A model with every way to add to the loss, alike in both libraries."""
    layers, chosen = namespace.layers, namespace.regularizers
    model = namespace.Sequential(
        [
            namespace.Input((4,)),
            layers.Dense(8, kernel_regularizer="l2", bias_regularizer=penalty, activity_regularizer=chosen.L1(0.02)),
            layers.BatchNormalization(gamma_regularizer=chosen.L1L2(0.1, 0.2)),
            layers.Dense(1, kernel_constraint=namespace.constraints.MaxNorm(0.5), bias_constraint="non_neg"),
        ]
    )
    model.compile(namespace.optimizers.SGD(0.05), "mse")
    return model


def test_training_with_regularizers_and_constraints_equals_keras(line):
    ours = twin(ps, lambda bias: 0.1 * jnp.sum(jnp.abs(bias - 1)))
    theirs = twin(keras, lambda bias: 0.1 * keras.ops.sum(keras.ops.abs(bias - 1)))
    theirs.set_weights(ours.get_weights())
    mine = ours.fit(*line, batch_size=30, epochs=2, shuffle=False, verbose=0, sample_weight=np.full(100, 0.5))
    known = theirs.fit(*line, batch_size=30, epochs=2, shuffle=False, verbose=0, sample_weight=np.full(100, 0.5))
    np.testing.assert_allclose(mine.history["loss"], known.history["loss"], rtol=1e-5)
    for weight, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.evaluate(*line, verbose=0), theirs.evaluate(*line, verbose=0), rtol=1e-4)
    assert np.linalg.norm(ours.get_weights()[-2]) <= 0.5 + 1e-6


def test_frozen_weights_cost_nothing():
    layer = ps.layers.Dense(2, kernel_regularizer="l2")
    layer.build((None, 3))
    assert len(layer.losses) == 1
    layer.trainable = False
    assert layer.losses == []


def test_a_layers_config_holds_its_rules():
    layer = ps.layers.Dense(2, kernel_regularizer="l2", bias_constraint="non_neg", activity_regularizer="l1")
    config = layer.get_config()
    again = ps.layers.Dense.from_config(config)
    assert again.get_config() == config
    assert config["kernel_regularizer"]["config"] == {"l2": 0.01}
    assert config["bias_constraint"]["class_name"] == "NonNeg"
