"""Rules on habits that hide errors, in code and in tests."""

import ast
import io
import math
import re
import tokenize
from collections.abc import Iterator

from .files import File

REFLECTION, REFLECTION_PER_1000_LINES = ("getattr", "hasattr"), 2
WAIVER_WITHOUT_REASON = re.compile(r"(type: ignore|pyright: ignore|noqa|pragma: no cover)[^#]*$")
DAEMONS = ("pipeline/executors/desk.py",)  # which are waited for at the end of the process
WAITS = ("acquire", "get", "join", "poll", "wait")


def reflection_is_rare(files: list[File]) -> Iterator[str]:
    found = [(file, call) for file in files for call in file.calls() if ast.unparse(call.func) in REFLECTION]
    yield from (file.at(call.lineno, "reflection on our own type") for file, call in found if _is_on_self(call))
    lines = sum(file.code_lines(range(1, len(file.lines) + 1)) for file in files)
    most = math.ceil(REFLECTION_PER_1000_LINES * lines / 1000)
    if len(found) > most:
        places = ", ".join(file.at(call.lineno, "").rstrip(": ") for file, call in found)
        yield f"{len(found)} hasattr or getattr in {lines} code lines, {most} allowed: {places}"


def _is_on_self(call: ast.Call) -> bool:
    return ast.unparse(call.args[0]) in ("self", "cls")


def nothing_waits_for_the_collector(files: list[File]) -> Iterator[str]:
    for file in files:
        found = (function for function in file.functions() if function.name == "__del__")
        yield from (file.at(function.lineno, "__del__: end it with a `with` block") for function in found)


def nothing_sleeps(files: list[File]) -> Iterator[str]:
    for file in files:
        calls = (call for call in file.calls() if ast.unparse(call.func).rpartition(".")[2] == "sleep")
        yield from (file.at(call.lineno, "a sleep: wait for what is to happen") for call in calls)


def nothing_polls(files: list[File]) -> Iterator[str]:
    for file in files:
        loops = (node for node in ast.walk(file.tree) if isinstance(node, ast.While))
        calls = (call for loop in loops for call in ast.walk(loop) if isinstance(call, ast.Call))
        yield from (
            file.at(call.lineno, "a poll: wait for what is to happen") for call in calls if _is_short_wait(call)
        )


def _is_short_wait(call: ast.Call) -> bool:
    waits = isinstance(call.func, ast.Attribute) and call.func.attr in WAITS
    timeouts = [keyword.value for keyword in call.keywords if keyword.arg == "timeout"]
    return waits and any(isinstance(value, ast.Constant) and value.value for value in timeouts)


def no_thread_is_a_daemon(files: list[File]) -> Iterator[str]:
    for file in (file for file in files if file.path.as_posix() not in DAEMONS):
        keywords = (keyword for call in file.calls() for keyword in call.keywords if keyword.arg == "daemon")
        daemons = (k for k in keywords if not (isinstance(k.value, ast.Constant) and k.value.value is False))
        yield from (file.at(k.value.lineno, "a daemon outlives its `with` block") for k in daemons)


def waivers_have_reasons(files: list[File]) -> Iterator[str]:
    for file in files:
        for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
            if token.type == tokenize.COMMENT and WAIVER_WITHOUT_REASON.search(token.string):
                yield file.at(token.start[0], "a waiver without its reason: `# noqa: X # why`")


RULES = (
    nothing_waits_for_the_collector,
    nothing_sleeps,
    nothing_polls,
    no_thread_is_a_daemon,
    waivers_have_reasons,
)
