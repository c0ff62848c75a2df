"""From what users give `compile` for one output to losses and metrics."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import losses as loss_table
from . import metrics as metric_table
from .losses import Loss, LossFunctionWrapper
from .metrics import MeanMetricWrapper, Metric, accuracy_for, crossentropy_for
from .names import snake_case

_ACCURACY = ("accuracy", "acc")
_CROSSENTROPY = ("crossentropy", "ce")
_BY_SHAPE = (*_ACCURACY, *_CROSSENTROPY)
_NO_WORD = re.compile(r"\W")


@dataclass(frozen=True)
class Wanted:
    """A loss or metric for one output that is only known with the shapes of targets and outputs at hand."""

    name: str

    def loss(self, target: Any, output: Any) -> Loss:
        return self._chosen(loss_table.crossentropy_for, target, output)

    def metric(self, target: Any, output: Any) -> Metric:
        return self._chosen(accuracy_for if self.name.lower() in _ACCURACY else crossentropy_for, target, output)

    def _chosen(self, choose: Callable[..., Any], target: Any, output: Any) -> Any:
        return choose(target.shape, output.shape)(name=self.name)


def loss_of(given: Any) -> Loss | Wanted:
    """The loss that `given` names; a function is one of `(y_true, y_pred)`."""
    if isinstance(given, str) and given.lower() in _CROSSENTROPY:
        return Wanted(given)
    found = loss_table.get(given)
    return found if isinstance(found, Loss) else LossFunctionWrapper(found, name=_name_of(found))


def metrics_of(given: Any) -> Iterator[Metric | Wanted]:
    """The metrics of one output, from a single one or from lists of them."""
    if isinstance(given, (list, tuple)):
        for item in given:
            yield from metrics_of(item)
    elif given is not None:
        yield _metric(given)


def _metric(given: Any) -> Metric | Wanted:
    """The metric that `given` names; one named by a string keeps the string as its name."""
    if isinstance(given, str) and given.lower() in _BY_SHAPE:
        return Wanted(given)
    found = metric_table.get(given)
    metric = found if isinstance(found, Metric) else MeanMetricWrapper(found, name=_name_of(found))
    if isinstance(given, str):
        metric.name = given
    return metric


def _name_of(function: Any) -> str:
    """As Keras names it: by the name that a callable object gives itself, else in snake case."""
    # Functions have no `name`, callable objects no `__name__`.
    given = getattr(function, "name", None)
    return given or _NO_WORD.sub("", snake_case(getattr(function, "__name__", type(function).__name__)))
