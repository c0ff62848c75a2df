"""What Keras exports is here too, under the same names; the few names left out stand in one list, with reasons."""

import importlib
from typing import Any

import keras
import pytest

MODULES = [
    "activations",
    "constraints",
    "initializers",
    "losses",
    "metrics",
    "mixed_precision",
    "optimizers",
    "optimizers.schedules",
    "regularizers",
]

LEFT_OUT: dict[str, dict[str, str]] = {
    "optimizers": {"legacy": "every name in it only raises an error that sends its reader to TensorFlow"},
}


def public(module: Any) -> set[str]:
    return {name for name in dir(module) if not name.startswith("_")}


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_of_keras_is_here_or_left_out_for_a_reason(name):
    ours: Any = importlib.import_module(f"penstock.{name}")
    theirs: Any = importlib.import_module(f"keras.{name}")
    missing = public(theirs) - public(ours)
    assert missing == set(LEFT_OUT.get(name, {}))


@pytest.mark.parametrize("name", MODULES)
def test_every_name_here_is_promised_to_type_checkers_too(name):
    module: Any = importlib.import_module(f"penstock.engine.{name.rpartition('.')[2]}")
    assert sorted(module.__all__) == sorted(set(module.__all__))
    assert all(hasattr(module, one) for one in module.__all__)


def spellings(family: str) -> list[str]:
    """Every string that Keras' `get` of a family knows, but for the names of base classes."""
    module: Any = importlib.import_module(f"keras.src.{family}")
    bases = {"Constraint", "Initializer", "Loss", "Metric", "Optimizer", "Regularizer"}
    known = {name: thing for name, thing in module.ALL_OBJECTS_DICT.items() if thing.__name__ not in bases}
    return sorted(name for name in known if isinstance(name, str))


@pytest.mark.parametrize(
    "family", ["activations", "constraints", "initializers", "losses", "metrics", "optimizers", "regularizers"]
)
def test_every_string_that_keras_knows_stands_for_the_same_here(family):
    ours: Any = importlib.import_module(f"penstock.engine.{family}")
    theirs: Any = importlib.import_module(f"keras.src.{family}")
    for spelling in spellings(family):
        found = ours._catalog.find(spelling)
        assert found.__name__ == theirs.ALL_OBJECTS_DICT[spelling].__name__, spelling


def test_the_oracle_is_the_version_that_names_were_compared_with():
    assert keras.__version__ == "3.15.1"
