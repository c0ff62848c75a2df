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
    "checkpoint": lambda path: ps.callbacks.ModelCheckpoint(path, save_weights_only=True),
    "checkpoint of batches": lambda path: ps.callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=10),
    "csv": ps.callbacks.CSVLogger,
}


class FullFromTheSecondEpoch(ps.callbacks.Callback):
    def __init__(self, path):
        self.path = path
        self.limit = files_of_at_most(30)
        self.before = b""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.before = self.path.read_bytes()
            self.limit.__enter__()

    def on_exception(self, exc):
        self.limit.__exit__(None, None, None)


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_a_full_disk_costs_neither_weights_nor_the_file_of_before(writer, line, regressor, bits, tmp_path):
    plain, model, path = regressor(), regressor(), tmp_path / "run"
    options = dict(batch_size=10, shuffle=False, verbose=0)
    plain.fit(*line, **options, epochs=2)
    full = FullFromTheSecondEpoch(path)
    with pytest.raises(OSError, match="cannot be written .*/run'"):
        model.fit(*line, **options, epochs=9, callbacks=[full, writer(path)])
    assert bits(model) == bits(plain)
    assert path.read_bytes() == full.before
    assert list(tmp_path.iterdir()) == [path]
