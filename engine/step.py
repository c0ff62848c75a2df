"""What one step of training, testing and predicting computes: state and batch in, state and outputs out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax

from .layers.call import calling
from .objective import Objective
from .optimizers import Optimizer
from .scope import pure
from .state import TrainState

Step = Callable[[TrainState, Any], tuple[TrainState, Any]]


@dataclass(frozen=True)
class Steps:
    """The steps of a model, as pure functions of `(state, (x, y, sample_weight))`.

    `variables` are the variables that the arrays of the state belong to. `predict` gives the model's outputs; the
    others give none, since what they are about is in the state.
    """

    model: Callable[..., Any]
    objective: Objective
    optimizer: Optimizer | None
    variables: TrainState

    def train(self, state: TrainState, data: Any) -> tuple[TrainState, Any]:
        if self.optimizer is None:
            raise ValueError("training needs an optimizer; pass one to compile")
        scaled = self.optimizer.scale_loss

        def loss_of(trainable: list[Any]) -> tuple[Any, Any]:
            (loss, outputs), new = self._forward(state._replace(trainable=trainable), data, training=True)
            return pure(scaled, self.variables.optimizer, state.optimizer, loss)[0], (loss, outputs, new)

        gradients, (loss, outputs, new) = jax.grad(loss_of, has_aux=True)(state.trainable)
        new = new._replace(metrics=self._measured(new, loss, outputs, data))
        trainable, optimizer = self.optimizer.stateless_apply(state.optimizer, gradients, state.trainable)
        return new._replace(trainable=trainable, optimizer=optimizer), ()

    def test(self, state: TrainState, data: Any) -> tuple[TrainState, Any]:
        (loss, outputs), new = self._forward(state, data, training=False)
        return new._replace(metrics=self._measured(new, loss, outputs, data)), ()

    def predict(self, state: TrainState, data: Any) -> tuple[TrainState, Any]:
        model = [*self.variables.trainable, *self.variables.non_trainable]
        outputs, new = pure(self._outputs, model, [*state.trainable, *state.non_trainable], data[0], training=False)
        return state._replace(non_trainable=new[len(state.trainable) :]), outputs[0]

    def finish(self, state: TrainState) -> tuple[Any, ...]:
        """The values that the logs show, in the order of `objective.names`."""
        return tuple(pure(self.objective.results, self.variables.metrics, state.metrics)[0])

    def reset(self, metrics: list[Any]) -> list[Any]:
        """The values of the metrics before the first batch."""
        return pure(self.objective.reset, self.variables.metrics, metrics)[1]

    def _forward(self, state: TrainState, data: Any, *, training: bool) -> tuple[Any, TrainState]:
        """Loss and outputs, and the state with what the call itself changed."""
        parts = ("trainable", "non_trainable", "metrics")
        variables, values = self.variables.only(parts).all(), state.only(parts).all()
        out, new = pure(self._loss, variables, values, data, training=training)
        return out, _filled(state, new)

    def _loss(self, data: Any, *, training: bool) -> tuple[Any, Any]:
        x, y, weight = data
        outputs, added = self._outputs(x, training=training)
        # In the scope of the model's weights: a loss may close over them.
        return self.objective.loss(y, outputs, weight, added), outputs

    def _outputs(self, x: Any, *, training: bool) -> tuple[Any, list[Any]]:
        with calling(training) as call:
            outputs = self.model(x, training=training)
        return outputs, call.losses

    def _measured(self, state: TrainState, loss: Any, outputs: Any, data: Any) -> list[Any]:
        _, y, weight = data
        variables, values = self.variables, state
        rows = jax.tree.leaves(data)[0].shape[0]
        known = [*variables.metrics, *variables.trainable, *variables.non_trainable]
        given = [*values.metrics, *values.trainable, *values.non_trainable]
        _, new = pure(self.objective.update, known, given, loss, rows, y, outputs, weight)
        return new[: len(values.metrics)]


def _filled(state: TrainState, new: list[Any]) -> TrainState:
    """The state with new values for all but the optimizer, given as one list."""
    first, second = len(state.trainable), len(state.trainable) + len(state.non_trainable)
    return TrainState(new[:first], new[first:second], state.optimizer, new[second:])
