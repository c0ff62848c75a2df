"""How much memory there is, and how it is reserved before it is used."""

import os


def reserve(
    fd: int, start: int, nbytes: int, purpose: tuple[str, str], *, used: int = 0, file_size: int | None = None
) -> None:
    """Reserve shared memory at `start` of a file, and let the file be of a size.

    Raises MemoryError, with sizes, the purpose and the cure, where there is none.
    """
    room = available_bytes()
    if room is not None and nbytes > room:
        raise _too_little(nbytes, purpose, used, f"{room:,} are available")
    try:
        os.posix_fallocate(fd, start, nbytes)
        if file_size is not None:
            os.ftruncate(fd, file_size)
    except OSError as error:
        raise refused(nbytes, purpose, error, used=used) from error


def refused(nbytes: int, purpose: tuple[str, str], error: OSError, *, used: int = 0) -> MemoryError:
    """The error that says that the system does not give memory."""
    return _too_little(nbytes, purpose, used, f"the system refuses them ({error.strerror})")


def _too_little(nbytes: int, purpose: tuple[str, str], used: int, why: str) -> MemoryError:
    what, cure = purpose
    return MemoryError(f"{nbytes:,} bytes of shared memory are needed {what} beside {used:,} in use, but {why}; {cure}")


def available_bytes() -> int | None:
    """The memory that this process may still use: what the system has, or what its control group leaves of it."""
    found = [amount for amount in (_system_bytes(), _group_bytes()) if amount is not None]
    return min(found, default=None)


def _system_bytes() -> int | None:
    with open("/proc/meminfo") as lines:
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _group_bytes() -> int | None:
    limit, usage = (_number(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    return None if limit is None or usage is None else limit - usage + _cached_bytes()


def _cached_bytes() -> int:
    """What the control group uses for files that the system can drop from memory."""
    try:
        with open("/sys/fs/cgroup/memory.stat") as lines:
            figures = dict(line.split() for line in lines)
    except OSError:
        return 0
    return int(figures.get("active_file", 0)) + int(figures.get("inactive_file", 0))


def _number(path: str) -> int | None:
    try:
        with open(path) as file:
            text = file.read().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
