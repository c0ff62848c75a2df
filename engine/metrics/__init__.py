"""Figures gathered over batches, and their look-up by name."""

from typing import Any

from ..catalog import Catalog
from ..losses.crossentropy import binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy
from ..losses.regression import mean_absolute_error, mean_squared_error
from .accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
)
from .choice import accuracy_for as accuracy_for
from .choice import crossentropy_for as crossentropy_for
from .classification import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from .means import Mean, MeanMetricWrapper, Sum
from .metric import Metric
from .regression import MeanAbsoluteError, MeanSquaredError

_MEANS = [Mean, Sum, MeanMetricWrapper, MeanSquaredError, MeanAbsoluteError]
_ACCURACIES = [Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy]
_CROSSENTROPIES = [BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy]

_catalog = Catalog(
    "metrics",
    [*_MEANS, *_ACCURACIES, *_CROSSENTROPIES],
    aliases={"mse": MeanSquaredError, "mae": MeanAbsoluteError, "bce": BinaryCrossentropy},
    functions=[
        accuracy,
        binary_accuracy,
        categorical_accuracy,
        sparse_categorical_accuracy,
        binary_crossentropy,
        categorical_crossentropy,
        sparse_categorical_crossentropy,
        mean_absolute_error,
        mean_squared_error,
    ],
)
serialize, deserialize = _catalog.serialize, _catalog.deserialize


def get(identifier: Any) -> Any:
    """The `Metric` that a name, config, class or metric stands for; functions and None stay what they are.

    `"accuracy"` is `Accuracy` here; a compiled model chooses by shapes, see `accuracy_for`.
    """
    found = _catalog.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"a metric is a name, a config, a function of (y_true, y_pred) or a Metric, not {found!r}")
    return found


__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "Mean",
    "MeanAbsoluteError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "Metric",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "Sum",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
]
