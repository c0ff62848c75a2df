"""A model's weights in a file, in the layout of Keras 3's `.weights.h5`."""

import os

import h5py
import jax
import numpy as np

from ..layers.layer import Layer
from ..optimizers import Optimizer
from .atomic import replacing
from .comparison import compare
from .hdf5 import StoredArrays
from .layout import Group, layout
from .orbax import read_orbax

SUFFIX = ".weights.h5"
Filepath = str | os.PathLike[str]


def save_weights(model: Layer, filepath: Filepath, *, overwrite: bool = True) -> None:
    """Write the weights, and the optimizer's state if the model has one, to a file that ends in `.weights.h5`.

    A file of that name is replaced at once and only by a whole one; with `overwrite=False` it is a FileExistsError.
    """
    path = os.fspath(filepath)
    if not path.endswith(SUFFIX):
        raise ValueError(f"filepath must end in {SUFFIX}, but is {path!r}")
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")
    write_weights(model, path)


def write_weights(model: Layer, path: str) -> None:
    """`save_weights` under any name, over whatever has it."""
    _check_built(model, "saved")
    groups = layout(model)
    arrays = jax.device_get([[variable.value for variable in group.variables] for group in groups])
    with replacing(path) as draft, h5py.File(draft, "w") as file:
        for group, values in zip(groups, arrays, strict=True):
            _write(file, group, values)


def _write(file: h5py.File, group: Group, values: list[np.ndarray]) -> None:
    target = file.create_group(group.vars_path)
    target.attrs["name"] = group.owner.name
    for number, value in enumerate(values):
        dataset = target.create_dataset(str(number), data=value)
        if value.dtype == "bfloat16":
            dataset.attrs["dtype"] = "bfloat16"


def load_weights(model: Layer, filepath: Filepath, *, skip_mismatch: bool = False) -> None:
    """Set the weights, and the state of a compiled model's optimizer, to those of a file that `save_weights` wrote.

    Keras 3 writes and reads the same layout. Either every weight is set or, where the file does not fit the model,
    none, and a ValueError says which differ; with `skip_mismatch`, layers that differ keep their weights, with one
    warning. Of a folder that `OrbaxCheckpoint` wrote to, the latest checkpoint is taken. No code runs because a file
    says so. A damaged file is an OSError; one with links, or with less in it than it declares, a ValueError.
    """
    path = os.fspath(filepath)
    if os.path.isdir(path) and not skip_mismatch:
        read_orbax(model, path)
        return
    _refuse_other_formats(path)
    _check_built(model, "loaded into")
    with StoredArrays(path) as stored:
        if stored.is_legacy:
            raise NotImplementedError(f"{path} has the layout of Keras 2; reading it is not built yet")
        found = compare(_groups_for(model, stored), stored)
    found.report(path, skip_mismatch=skip_mismatch)
    for variable, value in found.values:
        variable.assign(value)


def _groups_for(model: Layer, stored: StoredArrays) -> list[Group]:
    """The model's groups; its optimizer has slots in them if the file has."""
    for group in layout(model):
        if group.path == "optimizer" and isinstance(group.owner, Optimizer) and not group.owner.built:
            if len(stored.shapes(group.vars_path)) > len(group.variables):
                group.owner.build(model.trainable_variables)
    return layout(model)


def _check_built(model: Layer, what: str) -> None:
    if not model.built:
        raise ValueError(
            f"weights of {model.name} cannot be {what}: it has none yet; call the model on a batch, or its `build`"
        )


def _refuse_other_formats(path: str) -> None:
    if not path.endswith(SUFFIX) and path.endswith((".keras", ".h5", ".hdf5", ".json")):
        raise NotImplementedError(f"reading weights from {path!r} is not built yet, only from files in {SUFFIX}")
