"""How much predicted regions overlap the true ones: intersection over union, class by class."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from ..losses.weights import weigh
from .metric import Metric


class IoU(Metric):
    """The mean, over the classes `target_class_ids`, of intersection over union of predicted and true elements.

    Targets and predictions are class numbers; with `sparse_y_true` (or `sparse_y_pred`) False, one-hot or probabilities
    along `axis`. Elements of the class `ignore_class`, and numbers that are no class, do not count; classes that occur
    nowhere do not either.
    """

    direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name=name, dtype=dtype or "int32")
        if max(target_class_ids) >= num_classes:
            raise ValueError(f"target_class_ids must be below num_classes={num_classes}, but are {target_class_ids}")
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable((num_classes, num_classes), name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch; `sample_weight` is one weight per sample, or per sample and pixel …"""
        true = self._numbers(y_true, sparse=self.sparse_y_true)
        predicted = self._numbers(y_pred, sparse=self.sparse_y_pred)
        if true.size != predicted.size:
            raise ValueError(
                f"y_true and y_pred must have as many elements, but have shapes {true.shape} and {predicted.shape}"
            )
        weights = weigh(true.astype(config.floatx()), sample_weight)[1]
        true, predicted = jnp.ravel(true), jnp.ravel(predicted)
        counts = self._is_class(true) & self._is_class(predicted)
        if self.ignore_class is not None:
            counts &= true != self.ignore_class
        weight = jnp.where(counts, 1 if weights is None else jnp.ravel(weights), 0).astype(self.dtype)
        where = jnp.where(counts, true, 0), jnp.where(counts, predicted, 0)
        self.total_cm.assign(self.total_cm.value.at[where].add(weight))

    def _numbers(self, labels: Any, *, sparse: bool) -> jax.Array:
        labels = jnp.asarray(labels)
        return (labels if sparse else jnp.argmax(labels, axis=self.axis)).astype("int32")

    def _is_class(self, numbers: jax.Array) -> jax.Array:
        return (numbers >= 0) & (numbers < self.num_classes)

    def result(self) -> jax.Array:
        matrix = self.total_cm.value.astype(config.floatx())
        wanted = jnp.asarray(self.target_class_ids)
        intersection = jnp.diag(matrix)
        union = (jnp.sum(matrix, axis=0) + jnp.sum(matrix, axis=1) - intersection)[wanted]
        occurs = union > 1e-9
        shares = jnp.where(occurs, intersection[wanted] / (union + config.epsilon()), 0.0)
        return jnp.sum(shares) / (jnp.sum(occurs) + config.epsilon())

    def configured(self, *names: str) -> dict[str, Any]:
        """A config of these attributes."""
        return {**Metric.get_config(self), **{name: vars(self)[name] for name in names}}

    def get_config(self) -> dict[str, Any]:
        sparse = ("sparse_y_true", "sparse_y_pred")
        return self.configured("num_classes", "target_class_ids", "ignore_class", *sparse, "axis")


class BinaryIoU(IoU):
    """Intersection over union of labels 0 and 1, where predictions from `threshold` up are 1."""

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch; `sample_weight` is one weight per sample, or per sample and pixel …"""
        super().update_state(y_true, jnp.asarray(y_pred, "float32") >= self.threshold, sample_weight)

    def get_config(self) -> dict[str, Any]:
        return self.configured("target_class_ids", "threshold")


class MeanIoU(IoU):
    """The mean intersection over union of all classes; for what the arguments mean, see `IoU`."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        classes = range(num_classes)
        super().__init__(num_classes, classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        return self.configured("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")


class OneHotIoU(IoU):
    """`IoU` of one-hot targets, and of probabilities unless `sparse_y_pred`."""

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        return self.configured("num_classes", "target_class_ids", "ignore_class", "sparse_y_pred", "axis")


class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` of one-hot targets, and of probabilities unless `sparse_y_pred`."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        return self.configured("num_classes", "ignore_class", "sparse_y_pred", "axis")
