"""What `compile` was told, and the programs that follow from it."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax

from .models.build import build_model
from .models.naming import is_shape
from .objective import Objective
from .optimizers import Optimizer
from .output_layout import OutputLayout
from .own_steps import FORMS, StepLogs, own_step, with_logs_behind
from .program import MOST_STEPS, BatchSpec, Programs
from .scope import pure
from .state import TrainState, specs
from .step import Step, Steps
from .variable import Variable

# What the steps of each kind change, and what else they read.
CARRIED = {
    "train": ("trainable", "non_trainable", "optimizer", "metrics"),
    "test": ("non_trainable", "metrics"),
    "predict": ("non_trainable",),
}
KEPT = {"train": (), "test": ("trainable",), "predict": ("trainable",)}


@dataclass(frozen=True)
class Overridden:
    """Which parts of the training API a model's class writes itself."""

    steps: frozenset[str] = frozenset()
    logs: bool = False

    def gives_logs(self, kind: str) -> bool:
        """Whether logs come from the steps of `kind`, rather than from the compiled metrics."""
        return kind != "predict" and (self.logs or kind in self.steps)


@dataclass
class Compiled:
    """A model with its losses, metrics and optimizer; its steps once shapes are known, its programs once needed."""

    model: Any
    optimizer: Optimizer | None = None
    objective: Objective = field(default_factory=lambda: Objective(None, None, None))
    overridden: Overridden = Overridden()
    _is_trainable: dict[int, bool] = field(default_factory=dict)
    _is_seen_training: bool = False
    _logs: dict[str, StepLogs] = field(default_factory=dict)
    _programs: dict[Any, Programs] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._settle_what_trains()

    def _settle_what_trains(self) -> None:
        """Which variables train is settled by `compile`, or where they are born later, by their birth."""
        trainable = {id(v) for v in self.model.trainable_variables}
        now = {id(v): id(v) in trainable for v in self.model.variables}
        changed = [key for key, trains in now.items() if self._is_trainable.get(key, trains) != trains]
        self._is_trainable = now | self._is_trainable
        if changed:
            warnings.warn(
                f"`trainable` of {len(changed)} variables was changed after compile, which has no effect on training "
                "until the model is compiled again",
                stacklevel=2,
            )

    def build(self, spec: BatchSpec, kind: str) -> None:
        """Make whatever is missing for batches of `spec`: weights, metrics, the optimizer's slots, places for logs."""
        x, y, _ = spec.tree()
        if not self.model.built or (kind != "predict" and not self.objective.built):
            self._build_model(x, y, kind)
        if kind == "train" and not self._is_seen_training:
            self._see_training(x)
        self._settle_what_trains()
        if kind == "train" and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self._variables(kind, []).trainable)
        if self.overridden.gives_logs(kind) and kind not in self._logs:
            state = specs(self._variables(kind, self.metric_variables).held())
            self._logs[kind] = StepLogs.of(self._step(kind), state, spec.tree())

    def _build_model(self, x: Any, y: Any, kind: str) -> None:
        try:
            output = build_model(self.model, x)
        except NotImplementedError:
            if kind not in self.overridden.steps:
                raise
            # Only its parts can be called, by the step that the model writes itself.
            return
        if not jax.tree.leaves(output) and kind not in self.overridden.steps:
            raise ValueError(f"`call` of {self.model.name} gives nothing; let it return the model's outputs")
        if kind != "predict":
            self.objective.build(y, output, self.model.output_names, self.model.layer_metrics)

    def _see_training(self, x: Any) -> None:
        """Know the metrics that layers of the user's own add in training alone."""
        self._is_seen_training = True
        own = (layer for layer in self.model.layers_inside if not type(layer).__module__.startswith("penstock."))
        if "train" not in self.overridden.steps and any(own):
            build_model(self.model, x, training=True)
            self.objective.show(self.model.layer_metrics)

    @property
    def is_eager(self) -> bool:
        """Whether steps run operation by operation."""
        return self.model.run_eagerly or not self.model.jit_compile

    @property
    def steps_per_execution(self) -> int | None:
        """How many steps a group has, exactly; None where it may be of any size."""
        return None if self.model.steps_per_execution in (1, "auto") else self.model.steps_per_execution

    @property
    def metric_variables(self) -> list[Variable]:
        """The variables of the model's metrics, and behind them those of the objective that these do not show."""
        found = [*self._seen_metrics, *self.objective.variables]
        return list({id(v): v for v in found}.values())

    @property
    def _seen_metrics(self) -> list[Variable]:
        return [v for metric in self.model.metrics for v in metric.variables]

    def variables(self, kind: str) -> TrainState:
        """The variables that a step of `kind` needs, and with it those of the validation inside `fit`."""
        logs = [v for logs in self._logs.values() for v in logs.variables]
        return self._variables(kind, [*self.metric_variables, *logs])

    def _variables(self, kind: str, metrics: list[Variable]) -> TrainState:
        optimizer = self.optimizer.variables if kind == "train" and self.optimizer is not None else []
        metrics = [] if kind == "predict" else metrics
        own = self.model.variables
        trainable = [v for v in own if self._is_trainable.get(id(v), v.trainable)]
        others = [v for v in own if not self._is_trainable.get(id(v), v.trainable)]
        return TrainState(trainable, others, optimizer, metrics)

    def names(self, kind: str) -> list[str]:
        """The names of the logs."""
        if kind == "predict":
            return []
        if kind in self._logs:
            return list(self._logs[kind].names)
        if not self.objective.built and self.model.built and self.model.output_shapes is not None:
            outputs = jax.tree.map(lambda _: 0, self.model.output_shapes, is_leaf=is_shape)
            self.objective.lay_out(OutputLayout.of(outputs, self.model.output_names), self.model.layer_metrics)
        return self.objective.names if self.model.built else []

    def fresh(self, kind: str, state: TrainState) -> list[Any]:
        """The values of the metrics' variables before the first batch; None for what goes on as it is."""
        if kind == "predict":
            return []
        variables = self.metric_variables
        count, going_on = len(variables), {id(v) for v in self.objective.weight_variables}
        values = self._steps(kind).reset(state.metrics[:count])
        behind = [0 * value for value in state.metrics[count:]]
        return [*(None if id(v) in going_on else new for v, new in zip(variables, values, strict=True)), *behind]

    def _steps(self, kind: str) -> Steps:
        variables = self._variables(kind, self.metric_variables)
        return Steps(self.model, self.objective, self.optimizer, variables.only(CARRIED[kind] + KEPT[kind]))

    def _step(self, kind: str) -> Step:
        """The model's own step, or the one that follows from the objective."""
        steps, model = self._steps(kind), self.model
        if kind in self.overridden.steps:
            methods = {"train": model.train_step, "test": model.test_step, "predict": model.predict_step}
            return own_step(kind, methods[kind], len(self._seen_metrics))
        return {"train": steps.train, "test": steps.test, "predict": steps.predict}[kind]

    def standard_step(self, kind: str, state: Any, data: tuple[Any, ...]) -> tuple[Any, Any]:
        """The step that follows from the objective, in the form of a model's own: `(logs or outputs, state)`."""
        given = TrainState([], [], [], [])._replace(**dict(zip(FORMS[kind], state, strict=True)))
        seen = len(given.metrics)
        hidden = [v.held for v in self.metric_variables[seen:]] if kind != "predict" else []
        steps = self._steps(kind)
        step = {"train": steps.train, "test": steps.test, "predict": steps.predict}[kind]
        new, out = step(given._replace(metrics=[*given.metrics, *hidden]), (*data, None, None)[:3])
        new = new._replace(metrics=new.metrics[:seen])
        parts = new.only(FORMS[kind])
        if kind == "predict":
            return out, parts.non_trainable
        return out, tuple(values for part, values in zip(parts._fields, parts, strict=True) if part in FORMS[kind])

    def loss_of(self, values: TrainState, given: dict[str, Any]) -> tuple[Any, TrainState]:
        """The model's loss where its variables have these values, and what they are after it."""
        parts = ("trainable", "non_trainable", "metrics")
        variables = self._variables("train", self._seen_metrics).only(parts)
        loss, new = pure(self.model.compute_loss, variables.all(), values.only(parts).all(), **given)
        rest = iter(new)
        return loss, TrainState(*([next(rest) for _ in part] for part in variables))

    def programs(self, kind: str, variables: TrainState, *, donates: bool, alone: bool) -> Programs:
        """The programs of `kind`; `alone` is for one step in each execution."""
        # A schedule is part of the program, and may be replaced between two calls of `fit`.
        revision = 0 if self.optimizer is None else self.optimizer.revision
        seen = variables.only(CARRIED[kind] + KEPT[kind]).all()
        form = donates, alone, self.is_eager, self.steps_per_execution
        key = kind, form, revision, tuple(id(v) for v in seen)
        if key not in self._programs:
            self._programs[key] = self._made(kind, donates=donates, alone=alone)
        return self._programs[key]

    def _made(self, kind: str, *, donates: bool, alone: bool) -> Programs:
        count, first = len(self.metric_variables), self._first_log(kind)
        step = self._step(kind) if kind == "predict" else with_logs_behind(self._step(kind), count, first)
        return Programs(
            step if kind == "predict" else _without_outputs(step),
            self._finish(kind, count, first),
            carried=CARRIED[kind],
            kept=KEPT[kind],
            donates=donates,
            gives_outputs=kind == "predict",
            most_steps=1 if alone or self.is_eager else MOST_STEPS,
            exact_steps=None if alone else self.steps_per_execution,
            is_eager=self.is_eager,
        )

    def _first_log(self, kind: str) -> int | None:
        """Where among all logs those of the step of `kind` begin."""
        kinds = list(self._logs)
        if kind not in kinds:
            return None
        return sum(len(self._logs[other].names) for other in kinds[: kinds.index(kind)])

    def _finish(self, kind: str, count: int, first: int | None) -> Callable[[TrainState], tuple[Any, ...]]:
        """What gives the values of the logs for a state."""
        if kind == "predict":
            return lambda state: ()
        if first is not None:
            places = slice(count + first, count + first + len(self._logs[kind].names))
            return lambda state: tuple(state.metrics[places])
        steps = self._steps(kind)
        return lambda state: steps.finish(state._replace(metrics=state.metrics[:count]))


def _without_outputs(step: Step) -> Step:
    return lambda state, data: (step(state, data)[0], ())
