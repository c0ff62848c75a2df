"""Every public name is there, found on first use, and costs nothing before; so are those of the lower layers."""

import ast
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

import penstock
import penstock.adapters
import penstock.pipeline.executors
import penstock.utils

HEAVY = {"h5py", "jax", "pandas", "pyarrow", "tensorflow", "torch"}
PUBLIC = [penstock, penstock.utils]
LAZY = [*PUBLIC, penstock.adapters, penstock.pipeline, penstock.pipeline.executors]


def block(module) -> ast.If:
    """The two ways in which a module names what it has: to type checkers, and at run time."""
    (block,) = (node for node in ast.parse(Path(module.__file__).read_text()).body if isinstance(node, ast.If))
    return block


def promised(module) -> dict[str, str]:
    """What the module's block for type checkers names, and where each name comes from."""
    lines = [line for line in block(module).body if isinstance(line, ast.ImportFrom)]
    return {
        alias.name: f"{f'{module.__name__}.' if line.level else ''}{line.module}:{alias.name}"
        for line in lines
        for alias in line.names
    }


def found(module) -> list[str]:
    """The names that can be asked for at run time."""
    (call,) = (node for line in block(module).orelse for node in ast.walk(line) if isinstance(node, ast.Call))
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    return [*given.get("modules", ()), *(name for names in given["homes"].values() for name in names)]


def loaded_by(statement: str) -> set[str]:
    """The modules in memory after the statement, in a fresh process."""
    code = f"{statement}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_penstock_loads_no_library():
    assert loaded_by("import penstock") & {"numpy", *HEAVY} == set()


def test_a_worker_that_needs_sequence_loads_no_jax():
    modules = loaded_by("from penstock.utils import Sequence")
    assert "penstock.pipeline.dataset" in modules
    assert modules & HEAVY == set()


@pytest.mark.parametrize("module", LAZY, ids=lambda module: module.__name__)
def test_a_name_is_what_type_checkers_take_it_for(module):
    for name, home in promised(module).items():
        assert getattr(module, name) is resolve_name(home), name


@pytest.mark.parametrize("module", LAZY, ids=lambda module: module.__name__)
def test_what_type_checkers_see_is_what_is_found(module):
    assert sorted(promised(module)) == sorted(found(module))


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_what_is_found_is_what_is_public(module):
    assert sorted(found(module)) == sorted(module.__all__)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("statement", ["from penstock import Trainer", "import penstock as ps; ps.Trainer"])
def test_what_is_promised_but_not_built_says_so(statement):
    with pytest.raises(NotImplementedError, match=r"penstock\.Trainer is not built yet"):
        exec(statement)


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(penstock, "Tariner")
