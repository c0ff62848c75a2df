"""What `penstock bench` can measure, by name."""

from importlib import import_module
from typing import Protocol

from penstock.pipeline import Loading

from .progress import Progress
from .race import Effort
from .report import Report


class Scenario(Protocol):
    """One question about speed."""

    name: str

    def stages(self, effort: Effort) -> int:
        """How often `measure` tells its progress."""
        ...

    def measure(self, effort: Effort, progress: Progress) -> Report:
        """Answer it, in a few seconds to a minute."""
        ...


MAIN_JOB = "main"
MODULES = {
    MAIN_JOB: "main_job",
    "E1": "e1_dense",
    "E2": "e2_mlp",
    "E5": "e5_progress_bar",
    "E10": "e10_import",
    "E12": "e12_convolution",
    "L1": "l1_bandwidth",
    "L2": "l2_images",
    "L3": "l3_in_place",
    "L4": "l4_overhead",
    "L5": "l5_first_batch",
    "L6": "l6_epoch_boundary",
    "L7": "l7_speed_up",
    "L8": "l8_large_data_set",
    "L9": "l9_resume",
    "L10": "l10_order_memory",
    "L11": "l11_order",
    "L12": "l12_gather",
    "L18": "l18_memory",
    "L19": "l19_receiving_thread",
}
"""The scenarios' modules; each has one `SCENARIO`, and opens with its question, its method and how to read it."""


def scenario(name: str) -> Scenario:
    """Loaded when it is asked for: most scenarios import JAX."""
    return vars(import_module(f"penstock.perf.{MODULES[name]}"))["SCENARIO"]


def main_job(loading: Loading) -> Scenario:
    """The main job with its batches made by others than usual."""
    return vars(import_module(f"penstock.perf.{MODULES[MAIN_JOB]}"))["MainJob"](loading)
