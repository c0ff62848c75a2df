"""Which metrics `"accuracy"` and `"crossentropy"` stand for, as the shapes of targets and predictions say."""

from ..losses.choice import Shape, kind_of_targets
from .accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from .classification import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from .means import FunctionMean

_ACCURACIES: dict[str, type[FunctionMean]] = {
    "binary": BinaryAccuracy,
    "sparse": SparseCategoricalAccuracy,
    "categorical": CategoricalAccuracy,
}
_CROSSENTROPIES: dict[str, type[FunctionMean]] = {
    "binary": BinaryCrossentropy,
    "sparse": SparseCategoricalCrossentropy,
    "categorical": CategoricalCrossentropy,
}


def accuracy_for(y_true_shape: Shape, y_pred_shape: Shape) -> type[FunctionMean]:
    """The class of metric that `"accuracy"` stands for."""
    return _ACCURACIES[kind_of_targets(y_true_shape, y_pred_shape)]


def crossentropy_for(y_true_shape: Shape, y_pred_shape: Shape) -> type[FunctionMean]:
    """The class of metric that `"crossentropy"` stands for."""
    return _CROSSENTROPIES[kind_of_targets(y_true_shape, y_pred_shape)]
