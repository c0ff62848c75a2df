"""The compiled loss and metrics, bound to the model's output."""

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp

from . import losses as loss_table
from . import metrics as metric_table
from .losses import Loss, LossFunctionWrapper
from .metrics import Mean, MeanMetricWrapper, Metric, accuracy_for, crossentropy_for
from .variable import Variable

_ACCURACY = ("accuracy", "acc")
_CROSSENTROPY = ("crossentropy", "ce")


class Objective:
    """What `compile` was told to minimise and to watch.

    Strings such as `"accuracy"` say which metric they are only with the shapes of targets and outputs at hand, so
    `build` comes before anything else. The metrics are: the mean of the loss, the compiled metrics, the weighted
    ones, and those that layers hold; `names` has one name for each value in the logs.
    """

    def __init__(self, loss: Any, metrics: Any, weighted_metrics: Any) -> None:
        self._given_loss = loss
        self._given = _flat(metrics), _flat(weighted_metrics)
        self._tracker = Mean(name="loss")
        self.loss_function: Loss | None = None
        self.plain: list[Metric] = []
        self.weighted: list[Metric] = []
        self.held_by_layers: list[Metric] = []
        self._keys: list[str] = []
        self.built = False

    def build(self, target: Any, output: Any, layer_metrics: list[Metric]) -> None:
        """Settle strings by the shapes of `target` and `output` (trees of specs) and number equal names."""
        if self.built:
            return
        target, output = _only(target, "targets"), _only(output, "outputs")
        if self._given_loss is not None:
            self.loss_function = _loss(self._given_loss, target, output)
        self.plain, self.weighted = ([_metric(m, target, output) for m in given] for given in self._given)
        self.held_by_layers = [m for m in layer_metrics if not any(m is other for other in self.compiled)]
        self._keys = _keys(self.metrics, weighted={id(m) for m in self.weighted})
        self._refuse_twice()
        self.built = True

    def _refuse_twice(self) -> None:
        if len({id(m) for m in self.metrics}) < len(self.metrics):
            raise ValueError("the same metric object was given to compile twice; make one for each use")

    @property
    def compiled(self) -> list[Metric]:
        return [self._tracker, *self.plain, *self.weighted]

    @property
    def metrics(self) -> list[Metric]:
        return [*self.compiled, *self.held_by_layers]

    @property
    def names(self) -> list[str]:
        """The names of the logs, in order; a metric with several values names each."""
        return list(self._named_results())

    @property
    def variables(self) -> list[Variable]:
        return [v for m in self.metrics for v in m.variables]

    @property
    def layer_variables(self) -> list[Variable]:
        """The last of `variables`: those that the model's own call updates."""
        return [v for m in self.held_by_layers for v in m.variables]

    def direction(self, name: str) -> str | None:
        """`"up"` or `"down"` where it is known which way the metric called `name` gets better."""
        found = dict(zip(self._keys, self.metrics, strict=True)).get(name) if self.built else None
        return "down" if name == "loss" else found and found.direction

    def loss(self, target: Any, output: Any, weight: Any, added: list[Any]) -> Any:
        """The scalar to minimise: the compiled loss and what layers added."""
        total = sum(added, start=jnp.zeros(()))
        if self.loss_function is not None:
            if not jax.tree.leaves(target):
                raise ValueError(
                    f"y is missing: the model was compiled with the loss {self.loss_function.name!r}, which needs "
                    "targets; pass y, or batches (x, y)"
                )
            total = total + self.loss_function(_only(target, "y"), _only(output, "outputs"), _weight(weight))
        elif not added:
            raise ValueError("there is nothing to minimise: give compile a loss, or call add_loss in a layer")
        return total

    def update(self, loss: Any, rows: int, target: Any, output: Any, weight: Any) -> None:
        """Add one batch of `rows` samples to every compiled metric."""
        self._tracker.update_state(loss, sample_weight=float(rows))
        for metric in self.plain:
            metric.update_state(_only(target, "y"), _only(output, "outputs"))
        for metric in self.weighted:
            metric.update_state(_only(target, "y"), _only(output, "outputs"), sample_weight=_weight(weight))

    def results(self) -> list[Any]:
        """Every value that the logs show, in the order of `names`."""
        return list(self._named_results().values())

    def _named_results(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, metric in zip(self._keys, self.metrics, strict=True):
            result = metric.result()
            found.update(result if isinstance(result, dict) else {key: result})
        return found

    def reset(self) -> None:
        for metric in self.metrics:
            metric.reset_state()


def _flat(metrics: Any) -> list[Any]:
    """One output's metrics as a list, from a single one, a list, a list of one list, or a dict of one output."""
    if metrics is None:
        return []
    if isinstance(metrics, dict):
        metrics = list(metrics.values())
    if not isinstance(metrics, (list, tuple)):
        return [metrics]
    return [m for item in metrics for m in (item if isinstance(item, (list, tuple)) else [item]) if m is not None]


def _loss(given: Any, target: Any, output: Any) -> Loss:
    """The loss that `given` names; a function is one of `(y_true, y_pred)`."""
    if _is_by_shape(given, target):
        return loss_table.crossentropy_for(target.shape, output.shape)(name=given)
    found = loss_table.get(given)
    return found if isinstance(found, Loss) else LossFunctionWrapper(found, name=_name_of(found))


def _metric(given: Any, target: Any, output: Any) -> Metric:
    """The metric that `given` names; one named by a string keeps the string as its name."""
    if _is_by_shape(given, target):
        choose: Any = accuracy_for if given.lower() in _ACCURACY else crossentropy_for
        return choose(target.shape, output.shape)(name=given)
    found = metric_table.get(given)
    metric = found if isinstance(found, Metric) else MeanMetricWrapper(found, name=_name_of(found))
    if isinstance(given, str):
        metric.name = given
    return metric


def _name_of(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)  # callable objects have none


def _is_by_shape(given: Any, target: Any) -> bool:
    """Whether `given` is a string that means something else for each shape of target."""
    if not isinstance(given, str) or given.lower() not in (*_ACCURACY, *_CROSSENTROPY):
        return False
    if target is None:
        raise ValueError(f"y is missing: {given!r} needs targets; pass y, or batches (x, y)")
    return True


def _keys(metrics: Iterable[Metric], weighted: set[int]) -> list[str]:
    """The metrics' names; a weighted one is told apart from its plain twin, further ones are numbered."""
    keys: list[str] = []
    for metric in metrics:
        name = metric.name
        if keys and name == "loss":
            raise ValueError("a metric cannot be named 'loss', which the logs use for the loss itself; rename it")
        if name in keys and id(metric) in weighted:
            name = f"weighted_{name}"
        numbered = (f"{name}_{n}" if n else name for n in range(len(keys) + 1))
        keys.append(next(key for key in numbered if key not in keys))
    return keys


def _only(tree: Any, what: str) -> Any:
    """The one array of a tree; None where it has none."""
    leaves = jax.tree.leaves(tree)
    if len(leaves) > 1:
        raise NotImplementedError(f"losses and metrics of several {what} are not built yet")
    return leaves[0] if leaves else None


def _weight(weight: Any) -> Any:
    return _only(weight, "sample weights")
