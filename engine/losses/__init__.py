"""What training minimises, and its look-up by name."""

from typing import Any

from ..catalog import Catalog
from .choice import crossentropy_for as crossentropy_for
from .classification import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from .crossentropy import binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy
from .loss import Loss
from .regression import MeanAbsoluteError, MeanSquaredError, mean_absolute_error, mean_squared_error
from .wrapper import LossFunctionWrapper as LossFunctionWrapper

_catalog = Catalog(
    "losses",
    [
        mean_squared_error,
        mean_absolute_error,
        binary_crossentropy,
        categorical_crossentropy,
        sparse_categorical_crossentropy,
        MeanSquaredError,
        MeanAbsoluteError,
        BinaryCrossentropy,
        CategoricalCrossentropy,
        SparseCategoricalCrossentropy,
        LossFunctionWrapper,
    ],
    aliases={"mse": mean_squared_error, "mae": mean_absolute_error, "bce": binary_crossentropy},
)
serialize, deserialize = _catalog.serialize, _catalog.deserialize


def get(identifier: Any) -> Any:
    """The function or `Loss` that a name, config, class, function or loss stands for; None stays None.

    Names of functions (`"mse"`) give functions, names of classes (`"MeanSquaredError"`) losses.
    """
    found = _catalog.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"a loss is a name, a config, a function of (y_true, y_pred) or a Loss, not {found!r}")
    return found


__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_crossentropy",
]
