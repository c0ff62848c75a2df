"""Reading arrays out of an HDF5 file that nobody vouches for.

Only plain numbers stored in the file itself are read. Links, external and virtual data sets and unusual filters are
refused, so reading opens no other file and loads no plug-in; what a data set declares is held against what the file
stores before memory is taken.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import h5py
import jax.numpy as jnp
import numpy as np

_GZIP, _SHUFFLE, _FLETCHER32, _SZIP, _LZF = 1, 2, 3, 4, 32000
_FILTERS = {_GZIP, _SHUFFLE, _FLETCHER32, _SZIP, _LZF}
_NUMBERS = {np.dtype(code) for code in "?bhilBHILefdFD"}
_LARGEST_CHUNK = 1 << 24  # bytes; a larger one is refused unless the array is as large


class _Refusal(Exception):
    """The file may be sound, but it asks for something that is not done."""


class StoredArrays:
    """The arrays of a file, in groups; a `with` block holds it open.

    Whatever HDF5 finds wrong is an OSError, whatever is refused a ValueError; both name the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        # Python's own words where the file is missing, a directory or not ours to read.
        with open(path, "rb") as file:
            self._bytes = os.fstat(file.fileno()).st_size
        with self._in_plain_words():
            self._file = h5py.File(path, "r")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except _Refusal as refusal:
            raise ValueError(f"{self._path} is refused: {refusal}") from None
        except MemoryError:
            raise
        except Exception as error:
            raise OSError(f"{self._path} is not a whole HDF5 file; it may be damaged or cut short ({error})") from error

    @property
    def is_legacy(self) -> bool:
        """Whether the layout is that of Keras 2, or of the first files of Keras 3."""
        with self._in_plain_words():
            names = {*self._file, *self._file.attrs}
        return not names.isdisjoint({"layer_names", "model_weights", "_layer_checkpoint_dependencies"})

    @property
    def groups(self) -> list[str]:
        """The paths of the groups that hold arrays."""
        found: dict[str, None] = {}

        def note(path: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                found[path.rpartition("/")[0]] = None

        with self._in_plain_words():
            self._file.visititems(note)
        return list(found)

    def shapes(self, group: str) -> dict[str, tuple[int, ...]]:
        """The shape that each array of a group declares; empty where there is no such group."""
        with self._in_plain_words():
            found = self._group(group)
            return {} if found is None else {name: _dataset(found, name).shape for name in found}

    def read(self, group: str, name: str) -> np.ndarray:
        """One array, once what it declares is known to be plausible."""
        with self._in_plain_words():
            dataset = _dataset(self._group(group), name)
            self._check_bytes(dataset)
            array = np.asarray(dataset[()])
            if dataset.dtype.kind == "V":
                return array.view(jnp.bfloat16)
            return array.astype(dataset.dtype.newbyteorder("="), copy=False)

    def _group(self, path: str) -> Any:
        found: Any = self._file
        for part in path.split("/"):
            if part not in found:
                return None
            found = _child(found, part)
            if not isinstance(found, h5py.Group):
                raise _Refusal(f"{path} is not a group")
        return found

    def _check_bytes(self, dataset: h5py.Dataset) -> None:
        declared, stored = dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size()
        packed = _filters(dataset)
        if stored > self._bytes or stored < (min(declared, 1) if packed else declared):
            raise _Refusal(f"{dataset.name} declares {declared} bytes, but {stored} of a file of {self._bytes} are its")
        chunk = math.prod(dataset.chunks or ()) * dataset.dtype.itemsize
        if chunk > max(declared, _LARGEST_CHUNK):
            raise _Refusal(f"{dataset.name} has {declared} bytes, but chunks of {chunk}")


def _child(group: Any, name: str) -> Any:
    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise _Refusal(f"{group.name}/{name} is an {type(link).__name__}, and links are not followed")
    return group[name]


def _dataset(group: Any, name: str) -> h5py.Dataset:
    found = _child(group, name)
    if not isinstance(found, h5py.Dataset):
        raise _Refusal(f"{found.name} is not an array")
    if found.external or found.is_virtual:
        raise _Refusal(f"{found.name} keeps its numbers in another place, which is not opened")
    if _filters(found) - _FILTERS:
        raise _Refusal(f"{found.name} is packed by filters {sorted(_filters(found))}; known are {sorted(_FILTERS)}")
    bfloat16 = found.dtype == np.dtype("V2") and found.attrs.get("dtype") == "bfloat16"
    if found.dtype.newbyteorder("=") not in _NUMBERS and not bfloat16:
        raise _Refusal(f"{found.name} holds {found.dtype}, not numbers")
    return found


def _filters(dataset: h5py.Dataset) -> set[int]:
    made = dataset.id.get_create_plist()
    return {made.get_filter(number)[0] for number in range(made.get_nfilters())}
