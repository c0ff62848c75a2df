"""What is built holds all of penstock, under one name, and imports as users write it."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from build import ProjectBuilder

ROOT = Path(__file__).parents[1]
FOLDERS = ("pipeline", "adapters", "engine", "perf")


def files_below(folder: Path) -> set[str]:
    """The files below a folder, links and what Python compiled left out."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)) for path in paths}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    with tarfile.open(ProjectBuilder(ROOT).build("sdist", tmp_path_factory.mktemp("sdist"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    with zipfile.ZipFile(ProjectBuilder(ROOT).build("wheel", tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


def test_the_wheel_holds_the_four_folders_and_the_front_door_and_nothing_else(wheel):
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    front_door = {
        f"penstock/{path}" for path in files_below(ROOT / "src/penstock") if path.split("/")[0] not in FOLDERS
    }
    assert held == front_door | {f"penstock/{name}/{path}" for name in FOLDERS for path in files_below(ROOT / name)}


def test_every_folder_of_the_wheel_tells_type_checkers_that_it_is_typed(wheel):
    assert {f"penstock/{name}/py.typed" for name in FOLDERS} | {"penstock/py.typed"} <= set(wheel.namelist())


def test_the_sdist_holds_no_links(sdist):
    assert [member.name for member in sdist.getmembers() if not member.isfile()] == []


def test_the_sdist_holds_the_tests(sdist):
    held = {member.name.partition("/")[2] for member in sdist.getmembers()}
    assert {f"tests/{path}" for path in files_below(ROOT / "tests")} <= held


def test_the_sdist_builds_the_same_wheel(sdist, wheel, tmp_path):
    sdist.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    with zipfile.ZipFile(ProjectBuilder(unpacked).build("wheel", tmp_path)) as rebuilt:
        assert sorted(rebuilt.namelist()) == sorted(wheel.namelist())


def test_what_is_installed_imports_as_users_write_it(wheel, tmp_path):
    wheel.extractall(tmp_path)
    code = "import penstock; from penstock.layers import Dense; print(penstock.__file__, Dense.__name__)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(tmp_path / "penstock/__init__.py"), "Dense"]
