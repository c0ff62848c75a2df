"""Open HDF5 files and their data sets on their way to worker processes, where they are opened anew.

A file travels as its path, so h5py need not know of it; h5py itself refuses to be pickled. What was opened for writing
is opened for reading.
"""

from typing import Any


def _reduced_file(file: Any) -> tuple[Any, ...]:
    if not file:
        raise TypeError("the HDF5 file is closed")
    if file.driver in ("core", "fileobj"):
        raise TypeError(f"the HDF5 file {file.filename} is in memory only")
    is_written = file.mode != "r"
    if is_written:
        file.flush()
    return _file, (file.filename, is_written)


def _reduced_object(thing: Any) -> tuple[Any, ...]:
    return _object, (_reduced_file(thing.file)[1], thing.name)


def _file(path: str, is_written: bool) -> Any:  # noqa: FBT001 # called by pickle, which has no keywords
    import h5py

    # Who has it open for writing has locked it; what was written until now is flushed.
    return h5py.File(path, "r", locking=False if is_written else None)


def _object(file: tuple[str, bool], name: str) -> Any:
    return _file(*file)[name]


REDUCERS = {
    ("h5py._hl.files", "File"): _reduced_file,
    ("h5py._hl.dataset", "Dataset"): _reduced_object,
    ("h5py._hl.group", "Group"): _reduced_object,
}
