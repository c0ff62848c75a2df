"""Everything that training changes in a model, in folders of checkpoints by Orbax."""

import errno
import os
import shutil
import tempfile
from typing import Any

import jax

from .training import training_variables


class OrbaxFolder:
    """Checkpoints by step under `directory`, of which the latest `max_to_keep` stay; None: all.

    In the `background`, `save` copies the state and returns, and a thread writes it; `close` ends that thread. Whatever
    cannot be written is an OSError, of `save` or, where it turns out later, of the next call.
    """

    def __init__(self, directory: str | os.PathLike[str], *, max_to_keep: int | None, background: bool) -> None:
        import orbax.checkpoint as ocp

        self.directory = os.path.abspath(directory)
        options = ocp.CheckpointManagerOptions(max_to_keep=max_to_keep, enable_async_checkpointing=background)
        with _Writing(self.directory):
            self._manager = ocp.CheckpointManager(self.directory, options=options)

    def check(self, step: int) -> None:
        """Refuse a step that is not after those that are there: Orbax would take no note of it."""
        latest = self._manager.latest_step()
        if latest is not None and step <= latest:
            raise ValueError(
                f"{self.directory} holds the checkpoint of step {latest} already, and this training is to write step "
                f"{step}; go on after it (load_weights and initial_epoch), or give another directory"
            )

    def save(self, step: int, model: Any, *, weights_only: bool) -> None:
        import orbax.checkpoint as ocp

        self.check(step)
        groups = training_variables(model)
        state = {name: [v.value for v in groups[name]] for name in groups if name == "model" or not weights_only}
        with _Writing(self.directory):
            _check_room(self.directory, sum(value.nbytes for values in state.values() for value in values))
            self._manager.save(step, args=ocp.args.StandardSave(state))

    def wait(self) -> None:
        """Until everything is written."""
        with _Writing(self.directory):
            self._manager.wait_until_finished()

    def close(self) -> None:
        with _Writing(self.directory):
            self._manager.close()


def read_orbax(model: Any, directory: str) -> None:
    """Give a model the state of the latest checkpoint; all of it, or, where it does not fit, none and a ValueError."""
    import orbax.checkpoint as ocp

    with ocp.CheckpointManager(os.path.abspath(directory)) as manager:
        step = manager.latest_step()
        if step is None:
            raise FileNotFoundError(f"{directory} holds no Orbax checkpoint")
        state: Any = manager.restore(step, args=ocp.args.StandardRestore())
    groups = training_variables(model) if "optimizer" in state else {"model": model.variables}
    for name, variables in groups.items():
        wanted, stored = [v.shape for v in variables], [value.shape for value in state[name]]
        if stored != wanted:
            raise ValueError(
                f"step {step} of {directory} does not fit: its {name} has {stored}, the present one {wanted}"
            )
    for name, variables in groups.items():
        for variable, value in zip(variables, state[name], strict=True):
            variable.assign(jax.device_get(value))


def _check_room(directory: str, nbytes: int) -> None:
    """Fail early where nothing can be written: threads of Orbax would wait for minutes for a folder that cannot be."""
    with tempfile.TemporaryFile(dir=directory):
        free = shutil.disk_usage(directory).free
    if free < nbytes:
        raise OSError(errno.ENOSPC, f"it needs {nbytes} bytes, and the disk has {free}", directory)


class _Writing:
    """Says of any failure inside that the checkpoint could not be written, and where."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception):
            raise OSError(f"the Orbax checkpoint in {self._directory} cannot be written: {error}") from error
