"""Everything that training changes in a model, in a file: weights, statistics, seeds, and the optimizer's state."""

import os
from typing import Any

import h5py
import jax

from ..variable import Variable
from .atomic import replacing
from .hdf5 import StoredArrays


def write_training(model: Any, filepath: str | os.PathLike[str]) -> None:
    """Write the state of a compiled model; a file of that name is replaced at once and only by a whole one."""
    groups = training_variables(model)
    arrays = jax.device_get({group: [v.value for v in variables] for group, variables in groups.items()})
    with replacing(os.fspath(filepath)) as draft, h5py.File(draft, "w") as file:
        for group, variables in groups.items():
            file.create_group(group)
            for number, (variable, value) in enumerate(zip(variables, arrays[group], strict=True)):
                dataset = file.create_dataset(f"{group}/{number}", data=value)
                dataset.attrs["path"] = variable.path
                if value.dtype == "bfloat16":
                    dataset.attrs["dtype"] = "bfloat16"


def read_training(model: Any, filepath: str | os.PathLike[str]) -> None:
    """Give a model the state that `write_training` wrote: all of it, or, where it does not fit, none and a ValueError.

    The variables are told apart by their order. No code runs because a file says so.
    """
    path = os.fspath(filepath)
    groups = training_variables(model)
    with StoredArrays(path) as stored:
        for group, variables in groups.items():
            _check(path, group, stored.shapes(group), variables)
        values = [(v, stored.read(group, str(i))) for group, vs in groups.items() for i, v in enumerate(vs)]
    for variable, value in values:
        variable.assign(value)


def training_variables(model: Any) -> dict[str, list[Variable]]:
    """The variables that training changes, by who has them, each in Keras' order."""
    return {"model": model.variables, "optimizer": model.optimizer.variables}


def _check(path: str, group: str, stored: dict[str, tuple[int, ...]], variables: list[Variable]) -> None:
    if len(stored) != len(variables):
        raise ValueError(
            f"{path} does not fit: its {group} has {len(stored)} variables, the present one {len(variables)}"
        )
    for number, variable in enumerate(variables):
        shape = stored.get(str(number))
        if shape != variable.shape:
            raise ValueError(f"{path} does not fit: {variable.path} has shape {variable.shape}, in the file {shape}")
