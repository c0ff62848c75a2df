"""Which loss or metric `"crossentropy"` and `"accuracy"` stand for, as the shapes of targets and predictions say."""

from typing import Literal

from .classification import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from .loss import Loss

Shape = tuple[int | None, ...]


def kind_of_targets(y_true_shape: Shape, y_pred_shape: Shape) -> Literal["binary", "sparse", "categorical"]:
    """How targets say what is true: labels 0 and 1, class numbers, or one-hot.

    Shapes have the batch in front. Binary where predictions are one number per sample or have a last axis of size 1;
    sparse where targets have fewer axes, or a last one of size 1.
    """
    if len(y_pred_shape) < 2 or y_pred_shape[-1] == 1:
        return "binary"
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1:] == (1,):
        return "sparse"
    return "categorical"


def crossentropy_for(y_true_shape: Shape, y_pred_shape: Shape) -> type[Loss]:
    """The class of loss that `"crossentropy"` stands for."""
    kinds = {
        "binary": BinaryCrossentropy,
        "sparse": SparseCategoricalCrossentropy,
        "categorical": CategoricalCrossentropy,
    }
    return kinds[kind_of_targets(y_true_shape, y_pred_shape)]
