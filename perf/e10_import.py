"""E10: what does `import penstock` cost?

Question. How long does the import take beyond that of numpy, and which heavy libraries does it load?

Method. A fresh interpreter imports numpy, then the library, and tells the seconds that the second import took and which
of the heavy libraries are in `sys.modules` afterwards. The sides take turns; the first round, which may read from
disk and compile to bytecode, does not count. Keras does the same.

How to read it. The best of the rounds; nothing but the interpreter runs in these processes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from .progress import Progress
from .race import Effort, Timing
from .racer import ENVIRONMENT
from .report import NOT_INSTALLED, Figure, Goal, Report

HEAVY = ("jax", "tensorflow", "torch", "pandas", "pyarrow", "h5py", "optax", "flax", "keras")
SIDES = {"import penstock": "penstock", "import keras": "keras"}
PROGRAM = f"""
import json, sys, time
import numpy
began = time.perf_counter()
import {{library}}
spent = time.perf_counter() - began
print(json.dumps([spent, [name for name in {HEAVY} if name in sys.modules and name != {{library!r}}]]))
"""


class ImportTimes:
    """The scenario: it needs no racers, since each round is a process of its own."""

    name, title = "E10", "import penstock beyond import numpy"

    def stages(self, effort: Effort) -> int:
        return len(SIDES) * (effort.rounds + 1)

    def measure(self, effort: Effort, progress: Progress) -> Report:
        rounds: dict[str, list[tuple[float, list[str]]]] = {name: [] for name in SIDES}
        for number in range(effort.rounds + 1):
            for name, library in SIDES.items():
                progress.begin(f"round {number} of {effort.rounds}", name)
                if find_spec(library) is not None:
                    rounds[name].append(imported(library))
        return _report(rounds)


def imported(library: str) -> tuple[float, list[str]]:
    """The seconds that a fresh interpreter takes to import it after numpy, and the heavy libraries that this loads."""
    program = [sys.executable, "-c", PROGRAM.format(library=library)]
    done = subprocess.run(program, capture_output=True, text=True, check=True, env=os.environ | ENVIRONMENT)
    seconds, heavy = json.loads(done.stdout.splitlines()[-1])
    return seconds, heavy


def _report(rounds: dict[str, list[tuple[float, list[str]]]]) -> Report:
    ours = rounds["import penstock"]
    loaded = ours[-1][1]
    goals = [
        Goal("import penstock, ms", min(seconds for seconds, _ in ours[1:]) * 1e3, 50),
        Goal("heavy libraries that it loads", len(loaded), 0),
    ]
    figures = [_figure(name, found) for name, found in rounds.items()]
    return Report(ImportTimes.name, ImportTimes.title, figures, goals)


def _figure(name: str, found: Sequence[tuple[float, list[str]]]) -> Figure:
    if not found:
        return Figure(name, None, "ms", note=NOT_INSTALLED)
    timing = Timing(tuple(seconds for seconds, _ in found[1:]), {}, None)
    loaded = ", ".join(found[-1][1])
    return Figure(name, timing.best * 1e3, "ms", timing.spread, note=f"loads {loaded}" if loaded else "")


SCENARIO = ImportTimes()
