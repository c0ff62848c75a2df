"""Data sets that take no time, or a known time, so that what is measured is the loader."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import penstock as ps

READY = 2


class Ready(ps.PyDataset):
    """`steps` batches of `nbytes`, each of them one of two that are in memory already."""

    def __init__(self, steps: int, nbytes: int, dtype: str = "float32") -> None:
        super().__init__()
        self.steps = steps
        size = nbytes // np.dtype(dtype).itemsize
        self.batches = [np.full(size, 1 + kind, dtype) for kind in range(READY)]

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < self.steps:
            raise IndexError(f"index must be below {self.steps}, but is {index}")
        return self.batches[index % READY]


class BuiltInPlace(ps.PyDataset):
    """`steps` batches of `nbytes` made where they will be, of which only the first number is written."""

    def __init__(self, steps: int, nbytes: int) -> None:
        super().__init__()
        self.steps = steps
        self.nbytes = nbytes

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> Any:
        batch = ps.utils.empty(self.nbytes // 4, "float32")
        batch[0] = 1 + index % READY
        return batch


class Looped(ps.PyDataset):
    """`steps` batches of one number, each after `turns` of a loop that holds the interpreter's lock."""

    def __init__(self, steps: int, turns: int) -> None:
        super().__init__()
        self.steps = steps
        self.turns = turns

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> Any:
        for _ in range(self.turns):
            pass
        return np.full(1, 1 + index % READY, "float32")


@dataclass(frozen=True)
class Data:
    """Which of the data sets: what a side's process is told in place of one."""

    kind: str
    steps: int
    size: int
    dtype: str | None = None

    def made(self) -> Any:
        more = () if self.dtype is None else (self.dtype,)
        return KINDS[self.kind](self.steps, self.size, *more)


KINDS: dict[str, Any] = {"ready": Ready, "built in place": BuiltInPlace, "looped": Looped}
