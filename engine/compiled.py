"""What `compile` was told, and the programs that follow from it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .models.build import build_model
from .objective import Objective
from .optimizers import Optimizer
from .program import MOST_STEPS, BatchSpec, Programs
from .state import TrainState
from .step import Steps

# What the steps of each kind change, and what else they read.
CARRIED = {
    "train": ("trainable", "non_trainable", "optimizer", "metrics"),
    "test": ("non_trainable", "metrics"),
    "predict": ("non_trainable",),
}
KEPT = {"train": (), "test": ("trainable",), "predict": ("trainable",)}


@dataclass
class Compiled:
    """A model with its loss, metrics and optimizer; its steps once shapes are known, its programs once needed."""

    model: Any
    optimizer: Optimizer | None = None
    objective: Objective = field(default_factory=lambda: Objective(None, None, None))
    _programs: dict[Any, Programs] = field(default_factory=dict)

    def build(self, spec: BatchSpec, kind: str) -> None:
        """Make whatever is missing for batches of `spec`: weights, metrics, the optimizer's slots."""
        x, y, _ = spec.tree()
        if not self.model.built or (kind != "predict" and not self.objective.built):
            output = build_model(self.model, x)
            if kind != "predict":
                self.objective.build(y, output, self.model.layer_metrics)
        if kind == "train" and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.model.trainable_variables)

    def variables(self, kind: str) -> TrainState:
        """The variables that a step of `kind` needs."""
        optimizer = self.optimizer.variables if kind == "train" and self.optimizer is not None else []
        metrics = [] if kind == "predict" else self.objective.variables
        return TrainState(self.model.trainable_variables, self.model.non_trainable_variables, optimizer, metrics)

    def steps(self, kind: str, variables: TrainState) -> Steps:
        return Steps(self.model, self.objective, self.optimizer, variables.only(CARRIED[kind] + KEPT[kind]))

    def programs(self, kind: str, variables: TrainState, *, donates: bool, alone: bool) -> Programs:
        """The programs of `kind`; `alone` is for one step in each execution."""
        steps = self.steps(kind, variables)
        # A schedule is part of the program, and may be replaced between two calls of `fit`.
        revision = 0 if self.optimizer is None else self.optimizer.revision
        key = kind, donates, alone, revision, tuple(id(v) for v in steps.variables.all())
        if key not in self._programs:
            step: Callable[..., Any] = {"train": steps.train, "test": steps.test, "predict": steps.predict}[kind]
            finish = _no_results if kind == "predict" else steps.finish
            most = 1 if alone else MOST_STEPS
            carried, kept = CARRIED[kind], KEPT[kind]
            self._programs[key] = Programs(
                step,
                finish,
                carried=carried,
                kept=kept,
                donates=donates,
                gives_outputs=kind == "predict",
                most_steps=most,
            )
        return self._programs[key]


def _no_results(state: TrainState) -> tuple[()]:
    del state
    return ()
