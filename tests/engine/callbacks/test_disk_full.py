"""A file that cannot be written is one clear error, and costs neither weights nor what was there."""

import resource
from contextlib import contextmanager

import pytest

import penstock as ps
from penstock.engine.saving import append


@contextmanager
def files_of_at_most(nbytes):
    """A block in which no file can grow further, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_is_added_to_a_file_is_added_whole_or_not_at_all(tmp_path):
    path = tmp_path / "log"
    append(str(path), b"12345")
    with files_of_at_most(8), pytest.raises(OSError, match="cannot be written .*log"):
        append(str(path), b"6789abc")
    assert path.read_bytes() == b"12345"
    append(str(path), b"6")
    assert path.read_bytes() == b"123456"


WRITERS = {
    "checkpoint": lambda folder: ps.callbacks.ModelCheckpoint(folder / "run", save_weights_only=True),
    "checkpoint of batches": lambda folder: ps.callbacks.ModelCheckpoint(
        folder / "run", save_weights_only=True, save_freq=10
    ),
    "csv": lambda folder: ps.callbacks.CSVLogger(folder / "run"),
    "backup": ps.callbacks.BackupAndRestore,
    "tensorboard": ps.callbacks.TensorBoard,
}


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class FullFromTheSecondEpoch(ps.callbacks.Callback):
    def __init__(self, folder):
        self.folder = folder
        self.limit = files_of_at_most(30)
        self.before = {}

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.before = files(self.folder)
            self.limit.__enter__()

    def on_exception(self, exc):
        self.limit.__exit__(None, None, None)


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_a_full_disk_costs_neither_weights_nor_the_files_of_before(writer, line, regressor, bits, tmp_path):
    plain, model = regressor(), regressor()
    options = dict(batch_size=10, shuffle=False, verbose=0)
    plain.fit(*line, **options, epochs=2)
    full = FullFromTheSecondEpoch(tmp_path)
    with pytest.raises(OSError, match=f"cannot be written .*{tmp_path}"):
        model.fit(*line, **options, epochs=9, callbacks=[full, writer(tmp_path)])
    assert bits(model) == bits(plain)
    assert files(tmp_path) == full.before
    assert len(full.before) == 1
