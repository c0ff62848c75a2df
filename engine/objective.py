"""The compiled losses and metrics, bound to the model's outputs."""

import numbers
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .masks import mask_of
from .metrics import Mean, MeanMetricWrapper, Metric
from .output_layout import OutputLayout
from .resolution import Wanted, loss_of, metrics_of
from .scope import building, in_scope
from .variable import Variable


@dataclass
class _OutputLoss:
    """The loss of one output, what it weighs in the total, and its mean where several are logged."""

    output: str
    loss: Any
    weight: float | Variable
    mean: Mean


@dataclass
class _OutputMetric:
    output: str
    metric: Any
    is_weighted: bool


class Objective:
    """What `compile` was told to minimise and to watch.

    `build` lays it onto the model's outputs and comes before anything else: strings such as `"accuracy"` say which
    metric they are only with the shapes of targets and outputs at hand. The metrics are: the mean of the loss, those
    of the losses of several outputs, the compiled metrics, the weighted ones, and those that layers hold; `names` has
    one name for each value in the logs.
    """

    def __init__(
        self, loss: Any, metrics: Any, weighted_metrics: Any, loss_weights: Any = None, weight_mode: Any = None
    ) -> None:
        self._given_loss = loss
        self._given_mode = weight_mode
        self._given_weights = loss_weights
        self._given_metrics = metrics, weighted_metrics
        self.tracker = Mean(name="loss")
        self.held_by_layers: list[Metric] = []
        self._layout = OutputLayout((), None)
        self._losses: list[_OutputLoss] = []
        self._metrics: list[_OutputMetric] = []
        self._keys: list[str] = []
        self.built = False

    @property
    def minimises(self) -> bool:
        """Whether there is a compiled loss."""
        return self._given_loss is not None

    def build(self, target: Any, output: Any, names: Sequence[str], layer_metrics: list[Metric]) -> None:
        """Settle everything for outputs called `names`; `target` and `output` are trees of specs."""
        if self.built:
            return
        self.lay_out(OutputLayout.of(output, names), layer_metrics)
        outputs = self._layout.by_name(output)
        targets = self._targets(target)
        for term in self._losses:
            if isinstance(term.loss, Wanted):
                term.loss = term.loss.loss(_target(targets, term.output, term.loss.name), outputs[term.output])
        for entry in self._metrics:
            if isinstance(entry.metric, Wanted):
                y_true = _target(targets, entry.output, entry.metric.name)
                entry.metric = entry.metric.metric(y_true, outputs[entry.output])
            if not entry.metric.built:
                _make_variables(entry.metric, targets.get(entry.output), outputs[entry.output])
        if len({id(m) for m in self.metrics}) < len(self.metrics):
            raise ValueError("the same metric object was given to compile twice; make one for each use")
        self.built = True

    def lay_out(self, layout: OutputLayout, layer_metrics: list[Metric]) -> None:
        """Know the outputs, and with them every name; what they look like may still be unknown."""
        if layout != self._layout:
            self._layout = layout
            self._losses = list(self._output_losses(layout))
            self._metrics = list(self._output_metrics(layout))
        if "loss" in (entry.metric.name for entry in self._metrics if layout.is_single):
            raise ValueError("a metric cannot be named 'loss', which the logs use for the loss itself; rename it")
        self.show(layer_metrics)

    def show(self, layer_metrics: list[Metric]) -> None:
        """Let the logs show these metrics that layers hold."""
        self.held_by_layers = [m for m in layer_metrics if not any(m is other for other in self._compiled)]
        self._keys = list(_numbered(self._wishes(self._layout)))

    def _output_losses(self, layout: OutputLayout) -> Iterator[_OutputLoss]:
        given = layout.spread(self._given_loss, "loss")
        weights = layout.spread(self._given_weights, "loss_weights")
        for name in layout.names:
            if given.get(name) is not None:
                weight = _checked_weight(weights.get(name))
                yield _OutputLoss(name, loss_of(given[name]), weight, Mean(name=f"{name}_loss"))

    def _output_metrics(self, layout: OutputLayout) -> Iterator[_OutputMetric]:
        for argument, given in zip(("metrics", "weighted_metrics"), self._given_metrics, strict=True):
            found = layout.spread_lists(given, argument)
            first = list(metrics_of(given)) if layout.is_for_each(given) else []
            for name in layout.names:
                for metric in metrics_of(found.get(name)):
                    repeats = name != layout.names[0] and any(metric is other for other in first)
                    own = _another(metric) if repeats else metric
                    yield _OutputMetric(name, own, is_weighted=argument == "weighted_metrics")

    def _wishes(self, layout: OutputLayout) -> Iterator[tuple[str, str]]:
        """The names that metrics would like and, of weighted ones, those that tell them apart, in their order."""
        for metric in (self.tracker, *self._loss_means):
            yield metric.name, metric.name
        for entry in self._metrics:
            prefix, name = "" if layout.is_single else f"{entry.output}_", entry.metric.name
            yield f"{prefix}{name}", f"{prefix}weighted_{name}" if entry.is_weighted else f"{prefix}{name}"
        for metric in self.held_by_layers:
            yield metric.name, metric.name

    @property
    def _loss_means(self) -> list[Mean]:
        return [term.mean for term in self._losses] if len(self._losses) > 1 else []

    @property
    def _compiled(self) -> list[Any]:
        return [self.tracker, *self._loss_means, *(entry.metric for entry in self._metrics)]

    @property
    def metrics(self) -> list[Metric]:
        """Those that are settled, in the order of the logs."""
        return [metric for metric in [*self._compiled, *self.held_by_layers] if isinstance(metric, Metric)]

    @property
    def names(self) -> list[str]:
        """The names of the logs, in order; a metric with several values names each."""
        return list(self._named_results())

    @property
    def variables(self) -> list[Variable]:
        return [*(v for m in self.metrics for v in m.variables), *self.weight_variables]

    @property
    def weight_variables(self) -> list[Variable]:
        """The weights of losses that may change while training goes on."""
        return [term.weight for term in self._losses if isinstance(term.weight, Variable)]

    def direction(self, name: str) -> str | None:
        """`"up"` or `"down"` where it is known which way the metric called `name` gets better."""
        found = dict(zip(self._keys, self.metrics, strict=True)).get(name) if self.built else None
        return "down" if name == "loss" else found and found.direction

    def loss(self, target: Any, output: Any, weight: Any, added: list[Any], *, training: bool) -> Any:
        """The scalar to minimise: the compiled losses, weighted, and what layers added.

        0 where there is none, but metrics to evaluate.
        """
        total = sum(added, start=jnp.zeros(()))
        if not self._losses and not added and (training or not (self._metrics or self.held_by_layers)):
            raise ValueError("there is nothing to minimise: give compile a loss, or call add_loss in a layer")
        outputs, targets, weights = self._laid(target, output, weight)
        for term in self._losses:
            y_pred = outputs[term.output]
            y_true, told = _target(targets, term.output, term.loss.name), _masked(mask_of(y_pred))
            value = term.loss(y_true, y_pred, weights.get(term.output), **told)
            if jnp.ndim(value):
                raise ValueError(
                    f"the loss {term.loss.name!r} gives an array of shape {jnp.shape(value)}, but training minimises "
                    "a number; give it a reduction"
                )
            total = total + term.weight * value
            if len(self._losses) > 1 and in_scope():
                term.mean.update_state(value, sample_weight=float(y_pred.shape[0]))
        return total

    def update(self, target: Any, output: Any, weight: Any) -> None:
        """Add one batch to every compiled metric."""
        outputs, targets, weights = self._laid(target, output, weight)
        for entry in self._metrics:
            y_true, y_pred = _target(targets, entry.output, entry.metric.name), outputs[entry.output]
            told = _masked(mask_of(y_pred) if isinstance(entry.metric, MeanMetricWrapper) else None)
            if entry.is_weighted:
                told["sample_weight"] = weights.get(entry.output)
            entry.metric.update_state(y_true, y_pred, **told)

    def _laid(self, target: Any, output: Any, weight: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        outputs, weights = self._layout.by_name(output), self._layout.weights(weight)
        for name, mode in self._layout.spread(self._given_mode, "sample_weight_mode").items():
            if mode == "temporal" and weights.get(name) is not None:
                _check_temporal(name, outputs[name], weights[name])
        return outputs, self._targets(target), weights

    def _targets(self, target: Any) -> dict[str, Any]:
        return self._layout.aligned(target, "y", [term.output for term in self._losses])

    def results(self) -> list[Any]:
        """Every value that the logs show, in the order of `names`."""
        return list(self._named_results().values())

    def _named_results(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        metrics = [*self._compiled, *self.held_by_layers]
        for key, metric in zip(self._keys, metrics, strict=True):
            result = metric.result() if isinstance(metric, Metric) else None
            for name, value in (result if isinstance(result, dict) else {key: result}).items():
                found[_free(name, name, found)] = value
        return found

    def reset(self) -> None:
        for metric in self.metrics:
            metric.reset_state()


def _make_variables(metric: Metric, target: Any, output: Any) -> None:
    """Let a metric see the shapes of a batch, if it makes its variables only then."""

    def update(y_true: Any, y_pred: Any) -> None:
        with building():
            metric.update_state(y_true, y_pred)

    jax.eval_shape(update, target, output)


def _another(metric: Any) -> Metric:
    """A metric as `metric` is, for one more output."""
    try:
        return type(metric).from_config(metric.get_config())
    except (TypeError, ValueError, NotImplementedError) as error:
        error.add_note(f"the metric {metric.name!r} is for every output, and cannot be made again; give one for each")
        raise


def _checked_weight(weight: Any) -> float | Variable:
    if weight is None:
        return 1.0
    if isinstance(weight, Variable) and weight.shape == ():
        return weight
    if not isinstance(weight, numbers.Real) and isinstance(weight, (np.ndarray, jax.Array)) and weight.ndim == 0:
        weight = weight.item()
    if isinstance(weight, bool) or not isinstance(weight, numbers.Real):
        raise TypeError(f"loss_weights must be real numbers, but hold {weight!r}")
    return float(weight)


def _check_temporal(name: str, output: Any, weight: Any) -> None:
    if jnp.ndim(output) < 3:
        raise ValueError(
            f"sample_weight_mode is 'temporal' for the output {name!r}, which has no time steps to weigh: its shape is "
            f"{jnp.shape(output)}"
        )
    if jnp.ndim(weight) < 2:
        raise ValueError(
            f"sample_weight_mode is 'temporal' for the output {name!r}, so that its weights must be of shape (rows, "
            f"steps), but they have shape {jnp.shape(weight)}"
        )


def _masked(mask: Any) -> dict[str, Any]:
    """What losses and metrics are told of a mask; nothing where there is none, since they need not take one."""
    return {} if mask is None else {"mask": mask}


def _target(targets: dict[str, Any], output: str, use: str) -> Any:
    if targets.get(output) is None:
        raise ValueError(
            f"y is missing: the model was compiled with {use!r} for the output {output!r}, which needs targets; pass "
            "y, or batches (x, y)"
        )
    return targets[output]


def _numbered(wishes: Iterable[tuple[str, str]]) -> Iterator[str]:
    """One name for each metric: the first wish, else the second, with a number where that is taken too."""
    taken: set[str] = set()
    for first, second in wishes:
        key = _free(first, second, taken)
        taken.add(key)
        yield key


def _free(first: str, second: str, taken: Collection[str]) -> str:
    numbered = (f"{second}_{n}" if n else second for n in range(len(taken) + 1))
    return next(key for key in (first, *numbered) if key not in taken)
