"""Constraints map weights to what Keras' do."""

from typing import Any

import keras
import numpy as np
import pytest

from penstock import constraints

# Untyped: what Keras says of its own types is too loose to check.
KERAS: Any = keras.constraints

WEIGHT = np.random.default_rng(6).normal(size=(2, 4, 3)).astype("float32") * np.array([0, 1, 3])
CASES = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": -1}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.3, "max_value": 0.6, "rate": 0.5, "axis": 1}),
]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_value_and_config(name, options):
    ours, theirs = getattr(constraints, name)(**options), getattr(KERAS, name)(**options)
    np.testing.assert_allclose(ours(WEIGHT), theirs(WEIGHT), rtol=1e-6)
    config = constraints.serialize(ours)
    assert config == KERAS.serialize(theirs)
    assert constraints.serialize(constraints.deserialize(config)) == config


def test_names_functions_and_none():
    assert isinstance(constraints.get("max_norm"), constraints.MaxNorm)
    assert isinstance(constraints.get("nonneg"), constraints.NonNeg)
    assert constraints.get(np.abs) is np.abs
    assert constraints.get(None) is None
    with pytest.raises(ValueError, match="a function of a weight, not 3"):
        constraints.get(3)
