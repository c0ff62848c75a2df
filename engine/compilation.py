"""What a model is compiled with, and the steps, losses and logs that follow from it, for models to override."""

import numbers
import warnings
from collections.abc import Iterator
from typing import Any

from . import optimizers as optimizer_table
from .callbacks import History
from .compiled import Compiled, Overridden
from .layers.call import current
from .layers.layer import Layer
from .metrics import Metric
from .objective import Objective
from .optimizers import LossScaleOptimizer, Optimizer
from .own_steps import refuse_tensorflow_form
from .regularizers import penalties
from .state import TrainState

State = tuple[list[Any], ...]


class Compilation:
    """What models inherit to be compiled.

    A model that overrides `train_step`, `test_step` or `predict_step` writes a pure function of the state, which is
    lists of arrays in the order of the model's variables; `stateless_call`, `stateless_compute_loss`, the optimizer's
    `stateless_apply` and the metrics' `stateless_update_state` and `stateless_result` are its means:

    ```python
    class Regressor(ps.Model):
        def train_step(self, state, data):
            trainable, non_trainable, optimizer, metrics = state
            x, y = data

            def loss_of(trainable):
                y_pred, new = self.stateless_call(trainable, non_trainable, x, training=True)
                return self.compute_loss(x, y, y_pred), new

            (loss, non_trainable), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            return {"loss": loss}, (trainable, non_trainable, optimizer, metrics)
    ```
    """

    optimizer: Any = None
    stop_training: bool = False
    stop_evaluating: bool = False
    stop_predicting: bool = False
    history: History | None = None
    compiled: bool = False
    loss: Any = None
    run_eagerly: bool = False
    jit_compile: bool = True
    steps_per_execution: int | str = 1
    _compiled: Compiled | None = None
    _uncompiled: Compiled | None = None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool | None = False,
        steps_per_execution: int | str | None = 1,
        jit_compile: bool | str | None = "auto",
        auto_scale_loss: bool = True,
        pss_evaluation_shards: int | str = 0,
        sample_weight_mode: Any = None,
        **others: Any,
    ) -> None:
        """Say what to minimise, how, and what to watch.

        `optimizer`: a name or an `Optimizer`. `loss`: a name, a `Loss` or a function `(y_true, y_pred)`. `metrics`:
        names, `Metric`s and functions; `weighted_metrics` see sample weights, `metrics` do not. As third positional
        argument, what can only be metrics is taken as metrics, and numbers after them as their weights.

        For a model of several outputs each of them may be one thing for all outputs, a list by position or a dict by
        name, with None, or nothing, for outputs that are left out. `loss_weights` are what the losses weigh in the
        total, 1 unless given; what callbacks assign to one that is a `ps.Variable` holds from the next step. A flat
        list of metrics that does not have one per output is for every output.

        Where the model computes in float16, `auto_scale_loss` wraps the optimizer in a `LossScaleOptimizer`.

        `run_eagerly`, or `jit_compile=False`, runs steps operation by operation, so that a debugger and `print` see
        values. `steps_per_execution=N` calls hooks around batches after every N batches and at the end of an epoch;
        `"auto"`, and 1 where no callback has such hooks, group as many steps as are fast.

        ```python
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        ```
        """
        _check_others(others)
        if _are_metrics(loss_weights) and (metrics is None or _are_numbers(metrics)):
            loss_weights, metrics = metrics, loss_weights
        _check_evaluation_shards(pss_evaluation_shards)
        _check_weight_mode(sample_weight_mode)
        self.run_eagerly, self.jit_compile = _form_of_execution(run_eagerly, jit_compile)
        self.steps_per_execution = _checked_steps_per_execution(steps_per_execution)
        found = optimizer_table.get(optimizer)
        self.optimizer = _scaling(found, self) if auto_scale_loss else found
        self.loss = loss
        self._compiled = Compiled(
            self,
            self.optimizer,
            Objective(loss, metrics, weighted_metrics, loss_weights, sample_weight_mode),
            _overridden(self),
        )
        self.compiled = True

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The scalar to minimise for one batch: the compiled losses and what layers added. To be overridden."""
        del x
        call, compiled = current(), self._required("compute_loss")
        added = [*(() if call is None else call.losses), *penalties(compiled.model.trainable_variables)]
        return compiled.objective.loss(y, y_pred, sample_weight, added, training=training)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Add one batch to the compiled metrics, and give what the logs show. To be overridden."""
        del x
        self._required("compute_metrics").objective.update(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """What the logs show: the result of each metric, by name."""
        objective = self._required("get_metrics_result").objective
        if type(self).metrics is Compilation.metrics:
            return dict(zip(objective.names, objective.results(), strict=True))
        results: dict[str, Any] = {}
        for metric in self.metrics:
            result = metric.result()
            results.update(result if isinstance(result, dict) else {metric.name: result})
        return results

    def reset_metrics(self) -> None:
        """Begin every metric anew."""
        for metric in self.metrics:
            metric.reset_state()

    def train_step(self, state: State, data: tuple[Any, ...]) -> tuple[dict[str, Any], State]:
        """One step of training, as a pure function: `(logs, state)`. To be overridden.

        `state` is the values of the trainable, non-trainable, optimizer's and metrics' variables, four lists of arrays;
        `data` is `(x,)`, `(x, y)` or `(x, y, sample_weight)`.
        """
        return self._required("train_step").standard_step("train", state, data)

    def test_step(self, state: State, data: tuple[Any, ...]) -> tuple[dict[str, Any], State]:
        """One step of evaluation: `(logs, state)`; the state is without the optimizer's. To be overridden."""
        return self._required("test_step").standard_step("test", state, data)

    def predict_step(self, state: State, data: tuple[Any, ...]) -> tuple[Any, list[Any]]:
        """The outputs for one batch, and the new non-trainable values; the state is the model's. To be overridden."""
        return self._predicting.standard_step("predict", state, data)

    def stateless_compute_loss(
        self,
        trainable_variables: list[Any],
        non_trainable_variables: list[Any],
        metrics_variables: list[Any],
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tuple[Any, State]:
        """`compute_loss` with the given values for the variables, and the three lists of values after it."""
        values = TrainState(trainable_variables, non_trainable_variables, [], metrics_variables)
        given = dict(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        loss, new = self._required("stateless_compute_loss").loss_of(values, given)
        return loss, (new.trainable, new.non_trainable, new.metrics)

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of the logs: the mean loss, those of `compile`, those that layers hold. To be overridden."""
        return self._compiled.objective.metrics if self._compiled is not None else []

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` gives, in its order; known as soon as the model's outputs are."""
        return self._required("metrics_names").names("test")

    def metric_direction(self, name: str) -> str | None:
        """`"up"` or `"down"` where it is known which way a metric gets better."""
        return self._required("metric_direction").objective.direction(name)

    @property
    def _predicting(self) -> Compiled:
        """What the model was compiled with; where it was not, what predicting needs of that."""
        if self._compiled is None and self._uncompiled is None:
            self._uncompiled = Compiled(self, overridden=_overridden(self, ("predict",)))
        found = self._compiled or self._uncompiled
        assert found is not None
        return found

    def _required(self, use: str) -> Compiled:
        if self._compiled is None:
            raise RuntimeError(f"the model must be compiled before {use}; call model.compile(optimizer, loss) first")
        return self._compiled


def _overridden(model: Compilation, kinds: tuple[str, ...] = ("train", "test", "predict")) -> Overridden:
    own, base = type(model), Compilation
    steps = {
        "train": (own.train_step, base.train_step),
        "test": (own.test_step, base.test_step),
        "predict": (own.predict_step, base.predict_step),
    }
    for kind in kinds:
        refuse_tensorflow_form(kind, steps[kind][0].__get__(model))
    logs = (
        (own.compute_metrics, base.compute_metrics),
        (own.get_metrics_result, base.get_metrics_result),
        (own.metrics, base.metrics),
    )
    return Overridden(
        frozenset(kind for kind, (mine, standard) in steps.items() if mine is not standard),
        logs=any(mine is not standard for mine, standard in logs),
    )


def _scaling(optimizer: Optimizer | None, model: Any) -> Optimizer | None:
    """The optimizer, with the loss scaled where small gradients would vanish in float16."""
    is_half = isinstance(model, Layer) and model.dtype_policy.name == "mixed_float16"
    if optimizer is None or isinstance(optimizer, LossScaleOptimizer) or not is_half:
        return optimizer
    return LossScaleOptimizer(optimizer)


def _are_metrics(third: Any) -> bool:
    """Whether the third argument of `compile` can only be metrics."""
    items = list(_items(third))
    return bool(items) and all(isinstance(item, (str, Metric, dict)) or callable(item) for item in items)


def _are_numbers(fourth: Any) -> bool:
    return all(isinstance(item, numbers.Real) for item in _items(fourth))


def _items(given: Any) -> Iterator[Any]:
    """What is inside lists and dicts by output, but for None; configs are whole."""
    if isinstance(given, dict) and "class_name" not in given:
        given = list(given.values())
    if isinstance(given, (list, tuple)):
        for item in given:
            yield from _items(item)
    elif given is not None:
        yield given


def _form_of_execution(run_eagerly: bool | None, jit_compile: bool | str | None) -> tuple[bool, bool]:
    if jit_compile not in (True, False, None, "auto"):
        raise ValueError(f"jit_compile must be True, False or 'auto', but is {jit_compile!r}")
    if run_eagerly and jit_compile is True:
        warnings.warn("run_eagerly=True wins over jit_compile=True: nothing is compiled", stacklevel=3)
    return bool(run_eagerly), jit_compile is not False and not run_eagerly


def _checked_steps_per_execution(steps: int | str | None) -> int | str:
    if steps is None or steps == "auto":
        return steps or 1
    if isinstance(steps, (bool, str)) or not isinstance(steps, numbers.Integral) or steps < 1:
        raise ValueError(f"steps_per_execution must be a number of steps, at least 1, or 'auto', but is {steps!r}")
    return int(steps)


def _check_evaluation_shards(shards: int | str) -> None:
    known = shards == "auto" or (isinstance(shards, int) and not isinstance(shards, bool) and shards >= 0)
    if not known:
        raise ValueError(f"pss_evaluation_shards must be 'auto', 0 or a number of shards, but is {shards!r}")
    if shards:
        warnings.warn(
            f"pss_evaluation_shards={shards!r} has no effect: there is no parameter server", UserWarning, stacklevel=3
        )


def _check_weight_mode(mode: Any) -> None:
    items = mode.values() if isinstance(mode, dict) else mode if isinstance(mode, (list, tuple)) else [mode]
    if any(item not in (None, "temporal", "samplewise") for item in items):
        raise ValueError(f"sample_weight_mode must be None or 'temporal', alone or per output, but is {mode!r}")


def _check_others(others: dict[str, Any]) -> None:
    """Older scripts pass arguments to `compile` that mean nothing any more, or never could here."""
    if "target_tensors" in others:
        raise ValueError("target_tensors is not supported: targets are given to fit, as y")
    if "distribute" in others:
        raise ValueError("distribute is not supported: a model is trained on one device")
    unknown = sorted(set(others) - {"cloning", "experimental_run_tf_function", "from_serialized"})
    if unknown:
        raise TypeError(f"Invalid keyword argument(s) in `compile()`: {', '.join(unknown)}")
    for name in others:
        warnings.warn(f"{name} has no effect in compile(); leave it out", stacklevel=3)
