"""What one step of training, testing and predicting computes: state and batch in, state and results out."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import jax

from .layers.call import calling
from .masks import add_masks, masks_of
from .objective import Objective
from .optimizers import Optimizer
from .scope import pure
from .state import TrainState

Step = Callable[[TrainState, Any], tuple[TrainState, Any]]


@dataclass(frozen=True)
class Steps:
    """The steps of a model, as pure functions of `(state, (x, y, sample_weight))`.

    `variables` are the variables that the arrays of the state belong to. `predict` gives the model's outputs, the
    others what the model's `compute_metrics` gives.
    """

    model: Any
    objective: Objective
    optimizer: Optimizer | None
    variables: TrainState

    def train(self, state: TrainState, data: Any) -> tuple[TrainState, Any]:
        if self.optimizer is None:
            raise ValueError("training needs an optimizer; pass one to compile")
        scaled = self.optimizer.scale_loss

        def loss_of(trainable: list[Any]) -> tuple[Any, Any]:
            (loss, outputs), new = self._forward(state._replace(trainable=trainable), data, training=True)
            scaled_loss, _ = pure(scaled, self.variables.optimizer, state.optimizer, loss)
            return scaled_loss, (loss, (outputs, masks_of(outputs)), new)

        gradients, (loss, (outputs, masks), new) = jax.grad(loss_of, has_aux=True)(state.trainable)
        # Masks belong to the very arrays that the model gave, which do not come out of the gradient.
        add_masks(outputs, masks)
        logs, new = self._measured(new, loss, outputs, data)
        trainable, optimizer = self.optimizer.stateless_apply(state.optimizer, gradients, state.trainable)
        return new._replace(trainable=trainable, optimizer=optimizer), logs

    def test(self, state: TrainState, data: Any) -> tuple[TrainState, Any]:
        (loss, outputs), new = self._forward(state, data, training=False)
        logs, new = self._measured(new, loss, outputs, data)
        return new, logs

    def predict(self, state: TrainState, data: Any) -> tuple[TrainState, Any]:
        model = [*self.variables.trainable, *self.variables.non_trainable]
        outputs, new = pure(self._outputs, model, [*state.trainable, *state.non_trainable], data[0])
        return state._replace(non_trainable=new[len(state.trainable) :]), outputs

    def finish(self, state: TrainState) -> tuple[Any, ...]:
        """The values that the logs show, in the order of `objective.names`."""
        return tuple(pure(self.objective.results, self.variables.metrics, state.metrics)[0])

    def reset(self, metrics: list[Any]) -> list[Any]:
        """The values of the metrics before the first batch."""
        return pure(self._reset, self.variables.metrics, metrics)[1]

    def _reset(self) -> None:
        self.objective.reset()
        self.model.reset_metrics()

    def _forward(self, state: TrainState, data: Any, *, training: bool) -> tuple[Any, TrainState]:
        """Loss and outputs, and the state with what the call itself changed."""
        parts = ("trainable", "non_trainable", "metrics")
        variables, values = self.variables.only(parts).all(), state.only(parts).all()
        out, new = pure(self._loss, variables, values, data, training=training)
        return out, _filled(state, new)

    def _loss(self, data: Any, *, training: bool) -> tuple[Any, Any]:
        x, y, weight = data
        with calling(training):
            outputs = self.model(x, training=training)
            # In the scope of the model's weights: a loss may close over them. In the call: it adds what layers added.
            told = {"training": training} if _asks_for_training(self.model) else {}
            loss = self.model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, **told)
        return loss, outputs

    def _outputs(self, x: Any) -> Any:
        with calling(training=False):
            return self.model(x, training=False)

    def _measured(self, state: TrainState, loss: Any, outputs: Any, data: Any) -> tuple[Any, TrainState]:
        parts = ("trainable", "non_trainable", "metrics")
        variables, values = self.variables.only(parts).all(), state.only(parts).all()
        logs, new = pure(self._measure, variables, values, loss, outputs, data)
        return dict(logs), state._replace(metrics=_filled(state, new).metrics)

    def _measure(self, loss: Any, outputs: Any, data: Any) -> list[tuple[str, Any]]:
        """The logs as pairs, since a dict would come back in the order of its keys."""
        x, y, weight = data
        rows = jax.tree.leaves(x)[0].shape[0]
        self.objective.tracker.update_state(loss, sample_weight=float(rows))
        return list(self.model.compute_metrics(x, y, outputs, weight).items())


def _asks_for_training(model: Any) -> bool:
    """Whether `compute_loss` takes `training`, which overrides written for older versions do not."""
    parameters = signature(model.compute_loss).parameters.values()
    return any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in parameters)


def _filled(state: TrainState, new: list[Any]) -> TrainState:
    """The state with new values for all but the optimizer, given as one list."""
    first, second = len(state.trainable), len(state.trainable) + len(state.non_trainable)
    return TrainState(new[:first], new[first:second], state.optimizer, new[second:])
