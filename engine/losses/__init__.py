"""What training minimises, and its look-up by name."""

from typing import Any

from ..catalog import Catalog
from .choice import crossentropy_for as crossentropy_for
from .circle import Circle, circle
from .classification import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    SparseCategoricalCrossentropy,
)
from .crossentropy import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    sparse_categorical_crossentropy,
)
from .ctc import CTC, ctc
from .divergence import KLDivergence, Poisson, kl_divergence, poisson
from .hinge import CategoricalHinge, Hinge, SquaredHinge, categorical_hinge, hinge, squared_hinge
from .loss import Loss
from .overlap import Dice, Tversky, dice, tversky
from .regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from .wrapper import LossFunctionWrapper as LossFunctionWrapper

_ERRORS = [mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, mean_squared_logarithmic_error]
_ENTROPIES = [binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy]
_FOCAL = [binary_focal_crossentropy, categorical_focal_crossentropy, categorical_generalized_cross_entropy]
_OTHERS = [cosine_similarity, huber, log_cosh, hinge, squared_hinge, categorical_hinge, kl_divergence, poisson]
FUNCTIONS = [*_ERRORS, *_ENTROPIES, *_FOCAL, *_OTHERS, dice, tversky, circle, ctc]

_OF_QUANTITIES = [MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError]
_OF_CLASSES = [BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy]
_OF_HARD_CLASSES = [BinaryFocalCrossentropy, CategoricalFocalCrossentropy, CategoricalGeneralizedCrossEntropy]
_OF_OTHERS = [CosineSimilarity, Huber, LogCosh, Hinge, SquaredHinge, CategoricalHinge, KLDivergence, Poisson]
_CLASSES = [*_OF_QUANTITIES, *_OF_CLASSES, *_OF_HARD_CLASSES, *_OF_OTHERS, Dice, Tversky, Circle, CTC]

_catalog = Catalog(
    "losses",
    [*FUNCTIONS, *_CLASSES, LossFunctionWrapper],
    aliases={
        "mse": mean_squared_error,
        "mae": mean_absolute_error,
        "mape": mean_absolute_percentage_error,
        "msle": mean_squared_logarithmic_error,
        "bce": binary_crossentropy,
        "kld": kl_divergence,
        "kullback_leibler_divergence": kl_divergence,
    },
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
    "CTC",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]
