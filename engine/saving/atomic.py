"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def replacing(path: str) -> Iterator[str]:
    """The name of a new file to write, which takes the place of `path` when the block ends without an exception.

    Until then `path` stays as it is; after a crash, too.
    """
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise IsADirectoryError(f"{path} is a directory, so no file of that name can be written")
    # Beside the target, since a rename is atomic within one file system only.
    draft = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.part")
    try:
        yield draft
        _flush_to_disk(draft)
        os.replace(draft, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise


def _flush_to_disk(path: str) -> None:
    # Without it, some file systems rename before they write, and leave an empty file when the power goes.
    with open(path, "rb") as file:
        os.fsync(file.fileno())
