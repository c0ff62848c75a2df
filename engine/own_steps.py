"""Steps that a model's class writes itself, in Keras 3's form for JAX."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

import jax

from .state import TrainState
from .step import Step
from .variable import Variable

# What of the state the step of each kind is given, and gives back.
FORMS = {
    "train": ("trainable", "non_trainable", "optimizer", "metrics"),
    "test": ("trainable", "non_trainable", "metrics"),
    "predict": ("trainable", "non_trainable"),
}

_EXAMPLE = """
    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state      # lists of arrays
        x, y = data

        def loss_of(trainable):
            y_pred, new = self.stateless_call(trainable, non_trainable, x, training=True)
            return self.compute_loss(x, y, y_pred), new

        (loss, non_trainable), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return {"loss": loss}, (trainable, non_trainable, optimizer, metrics)
"""


def refuse_tensorflow_form(kind: str, method: Callable[..., Any]) -> None:
    """Raise TypeError where a model's own step takes `data` alone."""
    own = [p for p in signature(method).parameters.values() if p.kind is not Parameter.KEYWORD_ONLY]
    if len(own) < 2 and not any(p.kind is Parameter.VAR_POSITIONAL for p in own):
        raise TypeError(
            f"{kind}_step must take `state` and `data`: it is compiled as a pure function of both, and "
            f"tf.GradientTape has no part in it. In this form:\n{_EXAMPLE}"
        )


def own_step(kind: str, method: Callable[..., Any], seen_metrics: int) -> Step:
    """A model's own step in the form of `Steps`; of the metrics' variables it sees the first `seen_metrics`."""

    def step(state: TrainState, data: Any) -> tuple[TrainState, Any]:
        seen = state._replace(metrics=state.metrics[:seen_metrics])
        form = FORMS[kind]
        given = seen if kind == "train" else tuple(vars_of(seen, part) for part in form)
        out, parts = _given_back(kind, method(given, shortened(data)))
        changed = dict(zip(form[1:] if kind == "predict" else form, map(list, parts), strict=True))
        _check_lengths(kind, seen, changed)
        if "metrics" in changed:
            changed["metrics"] += state.metrics[seen_metrics:]
        return state._replace(**changed), out

    return step


def _given_back(kind: str, result: Any) -> tuple[Any, Sequence[Any]]:
    """Logs or outputs, and the lists of the new state."""
    if isinstance(result, (tuple, list)) and len(result) == 2:
        out, new = result
        if kind == "predict":
            return out, (new,)
        if isinstance(new, (tuple, list)) and len(new) == len(FORMS[kind]):
            return out, new
    wanted = "(outputs, non_trainable)" if kind == "predict" else f"(logs, ({', '.join(FORMS[kind])}))"
    raise TypeError(f"{kind}_step must give {wanted}, each part of the state a list, but gives {result!r}")


def vars_of(state: TrainState, part: str) -> list[Any]:
    return state[TrainState._fields.index(part)]


def shortened(data: Any) -> tuple[Any, ...]:
    """`(x,)`, `(x, y)` or `(x, y, sample_weight)`, as short as what there is."""
    x, y, weight = data
    return (x, y, weight) if weight is not None else (x,) if y is None else (x, y)


def _check_lengths(kind: str, given: TrainState, changed: dict[str, list[Any]]) -> None:
    for part, values in changed.items():
        if len(values) != len(vars_of(given, part)):
            raise ValueError(
                f"{kind}_step was given {len(vars_of(given, part))} {part} variables, but gives {len(values)} back"
            )


@dataclass(frozen=True)
class StepLogs:
    """Logs that a step gives itself.

    They are kept as variables behind those of the metrics, so that a group of steps ends with what its last one gave.
    """

    names: tuple[str, ...]
    variables: tuple[Variable, ...]

    @staticmethod
    def of(step: Step, state: TrainState, data: Any) -> "StepLogs":
        """The logs that `step` gives for a state and data of these specs."""
        names: list[str] = []

        def values(state: TrainState, data: Any) -> list[Any]:
            logs = step(state, data)[1]
            if not isinstance(logs, dict):
                raise TypeError(f"a step gives (logs, state) with a dict of logs, but the logs are {logs!r}")
            flat = flattened(logs)
            odd = {name: value for name, value in flat.items() if value is None or isinstance(value, str)}
            if odd:
                raise TypeError(f"the logs of a step must be numbers and arrays, but among them are {odd!r}")
            names[:] = flat
            return list(flat.values())

        found = jax.eval_shape(values, state, data)
        return StepLogs(tuple(names), tuple(_place(spec) for spec in found))


def with_logs_behind(step: Step, count: int, first: int | None) -> Step:
    """`step` for states that have logs behind the `count` variables of metrics; its own go there from `first` on."""

    def behind(state: TrainState, data: Any) -> tuple[TrainState, Any]:
        logs = list(state.metrics[count:])
        new, out = step(state._replace(metrics=state.metrics[:count]), data)
        if first is not None:
            values = list(flattened(out).values())
            logs[first : first + len(values)] = values
        return new._replace(metrics=[*new.metrics, *logs]), out

    return behind


def flattened(logs: dict[str, Any]) -> dict[str, Any]:
    """Logs with the results of metrics that have several values among them."""
    flat: dict[str, Any] = {}
    for name, value in logs.items():
        flat.update(value if isinstance(value, dict) else {name: value})
    return flat


def _place(spec: jax.ShapeDtypeStruct) -> Variable:
    return Variable(jax.numpy.zeros, shape=spec.shape, dtype=spec.dtype, trainable=False, name="log")
