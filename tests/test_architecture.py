"""The house keeps its rules, and each rule finds what breaks it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import house
import pytest
from house import habits, imports, names, sizes

ROOT = Path(__file__).parents[1]

CLEAN = {
    "pipeline/order.py": "class Order:\n    def __init__(self, rows: int) -> None:\n        self.rows = rows",
    "adapters/arrow.py": "from penstock.pipeline import Order\n\n\ndef read():\n    import pyarrow as pa",
    "engine/trainer.py": "import jax\nfrom penstock.adapters import Loader\nfrom . import config, loop",
    "engine/loop.py": "from penstock.pipeline.order import Order\n\n\ndef run(order: Order):\n    return order",
    "engine/config.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .trainer import Trainer",
    "perf/cli.py": "import penstock as ps\n\n\nclass Timer(ps.Model):\n    def build(self):\n        self.seconds = 0",
    "tests/test_order.py": "import torch  # noqa: F401 # the import itself is tested",
}


def long_function(lines: int) -> str:
    return "def long():\n" + "    print()\n" * lines


def many_branches(branches: int) -> str:
    return "def hard(x: int):\n" + "    if x: x = 1\n" * branches


# Each row: the rule, and files that break it once.
PLANTED = [
    (imports.imports_run_downhill, {"pipeline/a.py": "from penstock.engine import fit"}),
    (imports.imports_run_downhill, {"adapters/a.py": "def f():\n    import penstock.perf.cli"}),
    (imports.imports_run_downhill, {"engine/a.py": "from penstock.layers import Dense"}),
    (imports.imports_run_downhill, {"engine/a.py": "import penstock as ps"}),
    (imports.imports_are_written_one_way, {"engine/a.py": "from pipeline.order import Order"}),
    (imports.imports_are_written_one_way, {"engine/a.py": "from penstock.engine.loop import run"}),
    (imports.imports_are_written_one_way, {"engine/models/a.py": "from ...pipeline.order import Order"}),
    (imports.imports_take_public_names, {"engine/a.py": "from penstock.pipeline._slots import Slot"}),
    (imports.imports_take_public_names, {"engine/a.py": "from penstock.pipeline.order import _rounds"}),
    (imports.jax_stays_in_the_engine, {"pipeline/a.py": "def f():\n    from jax import numpy"}),
    (
        imports.one_module_of_the_engine_knows_adapters,
        {f"engine/{name}.py": "from penstock.adapters import adapt" for name in ("a", "b")},
    ),
    (imports.late_imports_name_one_foreign_library, {"adapters/a.py": "def f():\n    import torch\n    import polars"}),
    (imports.late_imports_name_one_foreign_library, {"adapters/a.py": "def f():\n    from .kinds import adapt"}),
    (imports.imports_have_no_cycle, {"engine/a.py": "from . import b", "engine/b.py": "from .a import A"}),
    (imports.imports_have_no_cycle, {"engine/a/__init__.py": "from .b import B", "engine/a/b.py": "from . import A"}),
    (names.files_are_nouns, {"engine/layers/utils.py": ""}),
    (names.attributes_are_born_early, {"engine/a.py": "class A:\n    def fit(self):\n        self.late, other = 1, 2"}),
    (names.public_parameters_have_types, {"engine/a.py": "class A:\n    def __call__(self, x, *, y: int): ..."}),
    (sizes.files_are_short, {"engine/a.py": "x = 1\n" * 301}),
    (sizes.files_are_short, {"engine/layers/a.py": "x = 1\n" * 401}),
    (sizes.functions_are_short, {"engine/a.py": long_function(40)}),
    (sizes.functions_are_simple, {"engine/a.py": many_branches(8)}),
    (sizes.typical_sizes_are_small, {f"engine/{n}.py": long_function(5) * 10 for n in ("a", "b")}),
    (sizes.typical_sizes_are_small, {"engine/a.py": long_function(16) * 3 + long_function(1) * 17}),
    (sizes.little_is_written_twice, {f"engine/{n}.py": "\n".join(f"x = {i}" for i in range(8)) for n in ("a", "b")}),
    (habits.reflection_is_rare, {"engine/a.py": "class A:\n    def f(self):\n        return hasattr(self, 'x')"}),
    (habits.reflection_is_rare, {"engine/a.py": "getattr(x, 'y')\nhasattr(x, 'y')"}),
    (habits.nothing_waits_for_the_collector, {"engine/a.py": "class A:\n    def __del__(self): ..."}),
    (habits.nothing_sleeps, {"tests/test_a.py": "import time\ntime.sleep(1)"}),
    (habits.nothing_sleeps, {"pipeline/a.py": "from time import sleep\nsleep(1)"}),
    (habits.nothing_polls, {"pipeline/a.py": "while True:\n    queue.get(timeout=0.1)"}),
    (habits.no_thread_is_a_daemon, {"pipeline/a.py": "Thread(target=f, daemon=True)"}),
    (habits.waivers_have_reasons, {"tests/test_a.py": "import torch  # noqa: F401"}),
]

Rule = Callable[[list[house.File]], object]
RULES = (*house.CODE_RULES, *house.RULES_FOR_TESTS_TOO)


def name(value: object) -> str:
    return value.__name__ if callable(value) else ""


def plant(root: Path, files: dict[str, str]) -> list[house.File]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text + "\n")
    return house.read(root, *imports.LAYERS, "tests")


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_the_code_keeps_every_rule(rule):
    assert list(rule(house.read(ROOT, *imports.LAYERS))) == []


@pytest.mark.parametrize("rule", house.RULES_FOR_TESTS_TOO, ids=name)
def test_the_tests_keep_the_rules_on_habits(rule):
    assert list(rule(house.read(ROOT, "tests"))) == []


@pytest.mark.parametrize(("rule", "files"), PLANTED, ids=name)
def test_a_rule_finds_what_breaks_it(rule, files, tmp_path):
    assert len(list(rule(plant(tmp_path, files)))) == 1


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_a_rule_lets_clean_code_pass(rule, tmp_path):
    assert list(rule(plant(tmp_path, CLEAN))) == []


def test_every_rule_has_a_planted_violation():
    assert {rule for rule, _ in PLANTED} == set(RULES)


def test_neither_jax_nor_foreign_libraries_are_loaded_by_pipeline_and_adapters():
    modules = [file.module for file in house.read(ROOT, *imports.WITHOUT_JAX)]
    unwanted = imports.JAX | {"h5py", "pandas", "pyarrow", "tensorflow", "torch"}
    code = f"import sys, {', '.join(modules)}; print(*sys.modules.keys() & {unwanted})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
