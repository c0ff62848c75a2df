"""Figures gathered over batches, and their look-up by name."""

from typing import Any

from ..catalog import Catalog
from ..losses import FUNCTIONS as _LOSS_FUNCTIONS
from ..losses.crossentropy import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    sparse_categorical_crossentropy,
)
from ..losses.divergence import kl_divergence, poisson
from ..losses.hinge import categorical_hinge, hinge, squared_hinge
from ..losses.regression import (
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from .accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from .auc import AUC
from .choice import accuracy_for as accuracy_for
from .choice import crossentropy_for as crossentropy_for
from .classification import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from .confusion_counts import FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives
from .correlation import ConcordanceCorrelation, PearsonCorrelation, concordance_correlation, pearson_correlation
from .f_score import F1Score, FBetaScore
from .hinge import CategoricalHinge, Hinge, KLDivergence, Poisson, SquaredHinge
from .iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from .means import Mean, MeanMetricWrapper, Sum
from .metric import Metric
from .r2_score import R2Score
from .regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    RootMeanSquaredError,
)
from .trade_off import PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity

_MEANS = [Mean, Sum, MeanMetricWrapper]
_ERRORS = [MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError]
_FITS = [MeanSquaredLogarithmicError, LogCoshError, CosineSimilarity, R2Score]
_CORRELATIONS = [PearsonCorrelation, ConcordanceCorrelation]
_ACCURACIES = [Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy]
_TOPS = [TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy]
_ENTROPIES = [BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy, KLDivergence, Poisson]
_HINGES = [Hinge, SquaredHinge, CategoricalHinge]
_COUNTS = [TruePositives, FalsePositives, TrueNegatives, FalseNegatives, Precision, Recall, AUC, F1Score, FBetaScore]
_TRADES = [SensitivityAtSpecificity, SpecificityAtSensitivity, PrecisionAtRecall, RecallAtPrecision]
_OVERLAPS = [IoU, BinaryIoU, MeanIoU, OneHotIoU, OneHotMeanIoU]

_catalog = Catalog(
    "metrics",
    [
        *_MEANS,
        *_ERRORS,
        *_FITS,
        *_CORRELATIONS,
        *_ACCURACIES,
        *_TOPS,
        *_ENTROPIES,
        *_HINGES,
        *_COUNTS,
        *_TRADES,
        *_OVERLAPS,
    ],
    aliases={
        "mse": MeanSquaredError,
        "mae": MeanAbsoluteError,
        "mape": MeanAbsolutePercentageError,
        "msle": MeanSquaredLogarithmicError,
        "rmse": RootMeanSquaredError,
        "bce": BinaryCrossentropy,
        "kld": KLDivergence,
    },
    functions=[
        *_LOSS_FUNCTIONS,
        accuracy,
        binary_accuracy,
        categorical_accuracy,
        sparse_categorical_accuracy,
        top_k_categorical_accuracy,
        sparse_top_k_categorical_accuracy,
        pearson_correlation,
        concordance_correlation,
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
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]
