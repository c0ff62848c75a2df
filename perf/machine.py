"""What a run was measured on, in general words: figures of one machine say little about another."""

import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version

import penstock


@dataclass(frozen=True)
class Machine:
    """Cores that this process may use, the processor's family and the versions that matter; no names."""

    cores: int
    processor: str
    system: str
    python: str
    jax: str
    penstock: str

    @staticmethod
    def this() -> "Machine":
        return Machine(
            cores(),
            platform.machine(),
            platform.system(),
            platform.python_version(),
            version("jax"),
            penstock.__version__,
        )

    def as_dict(self) -> dict[str, int | str]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.cores} cores, {self.processor}, Python {self.python}, jax {self.jax}, penstock {self.penstock}"


def cores() -> int:
    """How many this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if "sched_getaffinity" in vars(os) else os.cpu_count() or 1
