"""A file is replaced by a whole one or not at all."""

import os
import resource

import pytest

from penstock.engine.saving.atomic import replacing


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "kept"
    path.write_bytes(b"old")
    return path


def test_the_old_file_stays_until_the_block_ends(path):
    with replacing(str(path)) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_an_exception_leaves_the_old_file_and_nothing_else(path):
    with pytest.raises(KeyboardInterrupt), replacing(str(path)) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == ["kept"]


def test_a_link_stays_a_link(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    with replacing(str(link)) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


def test_the_file_has_the_rights_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    with replacing(str(tmp_path / "written")):
        pass
    assert os.stat(tmp_path / "written").st_mode == os.stat(tmp_path / "plain").st_mode


def test_a_disk_that_is_full_is_one_error_that_names_the_file(path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OSError, match=r"cannot be written \(File too large\): '.*kept'"):
            with replacing(str(path)) as file:
                file.write(bytes(8192))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"


def test_a_missing_folder_and_a_directory_in_the_way_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone/new"), replacing(str(tmp_path / "gone" / "new")):
        pass
    with pytest.raises(IsADirectoryError, match="is a directory"), replacing(str(tmp_path)):
        pass
