"""One batch at a time, for loops that users write: the same programs as in `fit`, each step an execution of its own."""

from typing import Any

import jax
import numpy as np

from penstock.pipeline import Resident

from .compiled import Compiled
from .feed import Columns, all_columns
from .program import BatchSpec
from .run_state import RunState
from .training_data import TrainingData


def run_batch(
    compiled: Compiled, kind: str, data: tuple[Any, ...], *, columns: Columns = all_columns, resets: bool = True
) -> tuple[list[Any], Any]:
    """One step of `kind` on all rows of `data`; gives the values of the logs, and the outputs of `predict`.

    `resets` says whether the metrics begin anew.
    """
    batch = columns(_whole(data).arrays)
    spec = BatchSpec.of(batch)
    compiled.build(spec, kind)
    arrays = [
        np.asarray(leaf, wanted.dtype)[None] for leaf, wanted in zip(jax.tree.leaves(batch), spec.leaves, strict=True)
    ]
    with RunState(compiled.variables(kind), donated=()) as run:
        if resets and kind != "predict":
            run.reset_metrics(compiled.fresh(kind, run.state))
        programs = compiled.programs(kind, run.variables, donates=False, alone=True)
        program = programs.get(spec, run.state).wait(run.interrupts)
        state, token, outputs = program(run.state, arrays, 1)
        # Awaited before the caller gets its arrays back, which JAX may have borrowed.
        values, outputs = jax.device_get((token[1], outputs))
        run.commit(state)
    return [float(v) if v.ndim == 0 else v for v in values], jax.tree.map(lambda out: np.array(out[0]), outputs)


def _whole(data: tuple[Any, ...]) -> Resident:
    source = TrainingData(*data, steps=None, loading={}).source
    if not isinstance(source, Resident):
        raise ValueError(f"x must be one batch, of arrays, but is a {type(data[0]).__name__}")
    return source
