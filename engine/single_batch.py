"""One batch at a time, for loops that users write: the same programs as in `fit`, each step an execution of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np

from penstock.pipeline import Batch, Resident, Source

from .class_weights import ClassWeights
from .columns import Columns, all_columns, inputs_only
from .compilation import Compilation
from .program import BatchSpec
from .run_state import RunState
from .training_data import TrainingData


class SingleBatches(Compilation):
    """What models inherit to be trained, evaluated and asked for predictions batch by batch."""

    _runs_on: int = 0

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
        reset_metrics: bool = True,
    ) -> Any:
        """One step on all rows given; the loss and metrics of this batch, as `evaluate` gives them.

        With `reset_metrics=False` they are those of all batches since they were last reset.
        """
        weights = self._class_weights(class_weight)
        columns = all_columns if weights is None else weights.columns
        return self._on_batch("train", (x, y, sample_weight), columns, resets=reset_metrics, as_dict=return_dict)

    def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        return_dict: bool = False,
        reset_metrics: bool = True,
    ) -> Any:
        """The loss and metrics of one batch, as `evaluate` gives them.

        With `reset_metrics=False` they are those of all batches since they were last reset.
        """
        return self._on_batch("test", (x, y, sample_weight), all_columns, resets=reset_metrics, as_dict=return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The model's outputs for one batch, as NumPy arrays; needs no `compile`."""
        return self._run_batch("predict", (x, None, None), columns=inputs_only)[1]

    def _on_batch(self, kind: str, data: tuple[Any, ...], columns: Columns, *, resets: bool, as_dict: bool) -> Any:
        compiled = self._required(f"{kind}_on_batch")
        values, _ = self._run_batch(kind, data, columns=columns, resets=resets)
        return results(dict(zip(compiled.names(kind), values, strict=True)), return_dict=as_dict)

    def _run_batch(
        self, kind: str, data: tuple[Any, ...], *, columns: Columns = all_columns, resets: bool = True
    ) -> tuple[list[Any], Any]:
        """One step of `kind` on all rows of `data`; gives the values of the logs, and the outputs of `predict`.

        `resets` says whether the metrics begin anew.
        """
        compiled, batch = self._predicting, columns(_whole(data))
        spec = BatchSpec.of(batch)
        compiled.build(spec, kind)
        arrays = [
            np.asarray(leaf, wanted.dtype)[None]
            for leaf, wanted in zip(jax.tree.leaves(batch), spec.leaves, strict=True)
        ]
        with self._run(kind, donated=()) as run:
            if resets and kind != "predict":
                run.reset_metrics(compiled.fresh(kind, run.state))
            programs = compiled.programs(kind, run.variables, donates=False, alone=True)
            program = programs.get(spec, run.state).wait(run.interrupts)
            state, token, outputs = program(run.state, arrays, 1)
            # Awaited before the caller gets its arrays back, which JAX may have borrowed.
            values, outputs = jax.device_get((token[1], outputs))
            run.commit(state)
        return [float(v) if v.ndim == 0 else v for v in values], jax.tree.map(lambda out: np.array(out[0]), outputs)

    @contextmanager
    def _run(self, kind: str, donated: tuple[str, ...]) -> Iterator[RunState]:
        """A run over the variables of `kind`; one in a hook of another leaves the metrics of that as they are."""
        variables = self._predicting.variables(kind)
        metrics = variables.only(("metrics",))
        before = metrics.held() if self._runs_on else None
        self._runs_on += 1
        try:
            with RunState(variables, donated) as run:
                yield run
        finally:
            self._runs_on -= 1
            if before is not None:
                metrics.show(before)

    def _class_weights(self, given: Any) -> ClassWeights | None:
        if given is None:
            return None
        model = self._required("fit").model
        return ClassWeights(given, model.output_names if model.built else ())


def results(logs: dict[str, Any], *, return_dict: bool) -> Any:
    """Logs as `evaluate` gives them: a dict, a list of their values, or the value of one."""
    if return_dict:
        return logs
    values = list(logs.values())
    return values[0] if len(values) == 1 else values


def _whole(data: tuple[Any, ...]) -> Batch:
    """All rows, as one batch."""
    source = TrainingData(*data, steps=None, loading={}).source
    if isinstance(source, Resident):
        return source.arrays
    if not isinstance(source, Source) or source.batched or source.endless:
        raise ValueError(f"x must be one batch, of arrays, but is a {type(data[0]).__name__}")
    return source.fetch(slice(0, len(source)))
