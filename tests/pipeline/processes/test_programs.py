"""Programs as people have them run in workers as they are."""

import abc
import dataclasses
import enum
import functools
import importlib
import queue
import re
import subprocess
import sys
import threading
import types
import typing
import weakref

import numpy as np
import pytest

from penstock.pipeline import Batch, Processes, Task
from penstock.pipeline.executors import parcel

pytestmark = pytest.mark.usefixtures("kind")


def tasks(total):
    return (Task(seed=0, epoch=0, step=step) for step in range(total))


def made(work, workers=1):
    """What a function of the step gives in a worker."""

    def batch(task):
        return Batch(np.array([work(task.step)]), rows=1)

    with Processes(workers).map(batch, tasks(2)) as results:
        return [batch.x[0].tolist() for batch in results]


class Colour(enum.Enum):
    RED = 1
    BLUE = 2

    @property
    def doubled(self):
        return self.value * 2


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 3


class Planet(enum.Enum):
    EARTH = (6, "blue")
    TERRA = (6, "blue")
    MARS = (1, "red")

    def __init__(self, mass, colour):
        self.mass, self.colour = mass, colour


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    BOTH = READ | WRITE


class Kind(type):
    names: typing.ClassVar[list] = []

    def __new__(cls, name, bases, namespace, *, letter):
        made = super().__new__(cls, name, bases, namespace)
        Kind.names.append(letter)
        return made

    def __init__(cls, name, bases, namespace, *, letter):
        super().__init__(name, bases, namespace)
        cls.letter = letter


class OfKind(metaclass=Kind, letter="a"):
    pass


class OfKindToo(OfKind, letter="b"):
    pass


@functools.singledispatch
def shown(thing):
    return "thing"


@shown.register
def shown_whole(thing: int):
    return f"{thing}"


class Remembered:
    pass


REMEMBERED = Remembered()
NOTES = weakref.WeakKeyDictionary({REMEMBERED: 4})
Metres = typing.NewType("Metres", int)
Arguments = typing.ParamSpec("Arguments")


def annotated(step: Metres, call: typing.Callable[Arguments, int] | None = None) -> Metres:
    return Metres(step)


class Registered:
    names: typing.ClassVar[list] = []

    def __init_subclass__(cls, *, letter):
        Registered.names.append((letter, cls))


class One(Registered, letter="a"):
    pass


class Two(One, letter="b"):
    def scaled(self, step):
        return super().__getattribute__("factor") * step

    factor = 5


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...


class Square(Shape):
    @functools.cached_property
    def side(self):
        return 4

    def area(self):
        return self.side**2


T = typing.TypeVar("T")


class Box(typing.Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


class Self:
    instance: "Self"


Self.instance = Self()


def is_even(number):
    return number == 0 or is_odd(number - 1)


def is_odd(number):
    return number != 0 and is_even(number - 1)


@functools.lru_cache(maxsize=3)
def cached(step):
    return step * 7


class Locked:
    def __init__(self):
        self.lock, self.again = threading.Lock(), threading.RLock()
        self.queue, self.event = queue.Queue(), threading.Event()

    def __call__(self, step):
        with self.lock, self.again, self.again:
            self.queue.put(step)
            self.event.set()
            return self.queue.get()


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


def closure(offset):
    def inner(step):
        return step + offset

    return inner


MADE_AT_RUN_TIME = types.ModuleType("made_at_run_time")
exec("factor = 3\ndef scaled(step):\n    return step * factor", MADE_AT_RUN_TIME.__dict__)
sys.modules["made_at_run_time"] = MADE_AT_RUN_TIME

PROGRAMS = {
    "lambda": (lambda step: step + 1, [1, 2]),
    "closure": (closure(5), [5, 6]),
    "partial": (functools.partial(lambda a, step: a * step, 3), [0, 3]),
    "enum": (lambda step: Colour.BLUE.doubled + (Colour(1) is Colour.RED), [5, 5]),
    "attributes of members": (
        lambda step: [(one.mass, one.colour) for one in Planet][step],
        [["6", "blue"], ["1", "red"]],
    ),
    "aliases of members": (lambda step: Planet["TERRA"] is Planet.EARTH is Planet.TERRA and len(Planet), [2, 2]),
    "names of flags": (
        lambda step: Access["BOTH"].name if Access.BOTH is Access.READ | Access.WRITE else "",
        ["BOTH", "BOTH"],
    ),
    "metaclass": (lambda step: [*Kind.names, OfKind.letter, OfKindToo.letter], [["a", "b", "a", "b"]] * 2),
    "single dispatch": (lambda step: [shown(step), shown("")], [["0", "thing"], ["1", "thing"]]),
    "weak dictionary": (lambda step: NOTES[REMEMBERED], [4, 4]),
    "names of types": (annotated, [0, 1]),
    "dataclass": (lambda step: dataclasses.replace(Point(1), x=step).x + Point(0).y, [3, 4]),
    "registry": (lambda step: Registered.names == [("a", One), ("b", Two)], [True, True]),
    "registered": (lambda step: [Two, One, Registered] == [*Two.__mro__[:3]] and len(Registered.names), [2, 2]),
    "super": (Two().scaled, [0, 5]),
    "abstract class and cached property": (lambda step: Square().area() + isinstance(Square(), Shape), [17, 17]),
    "generic": (lambda step: Box[int](step).item, [0, 1]),
    "class that holds itself": (lambda step: isinstance(Self.instance, Self), [True, True]),
    "mutual recursion": (is_even, [True, False]),
    "cached function": (lambda step: cached(step) + cached(step), [0, 14]),
    "locks": (Locked(), [0, 1]),
    "slots": (lambda step: Slotted(step).value, [0, 1]),
    "bound method of what holds an array": (np.arange(5).__getitem__, [0, 1]),
    "module made at run time": (MADE_AT_RUN_TIME.scaled, [0, 3]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_test_module_contains_runs_in_a_worker(name):
    work, expected = PROGRAMS[name]
    assert made(work) == expected


SCRIPT = """
import abc, collections, dataclasses, enum, functools, sys, threading, typing
import numpy as np
from penstock.pipeline import Batch, Processes, Task

print("main is run", flush=True)

class MyError(Exception):
    def __init__(self, code, *, reason):
        super().__init__(f"{code}: {reason}")
        self.code = code

class Colour(enum.Enum):
    RED = 1

class Base:
    known = {}
    def __init_subclass__(cls, **options):
        Base.known[cls.__name__] = cls

class Child(Base):
    @functools.cached_property
    def one(self):
        return 1

@dataclasses.dataclass
class Point:
    x: int

T = typing.TypeVar("T")

class Box(typing.Generic[T]):
    lock = threading.Lock()
    def get(self, item: T) -> T:
        with self.lock:
            return item

Pair = collections.namedtuple("Pair", "left right")

@functools.lru_cache
def cached(step):
    return step

def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)

counter = 0

class Data:
    total = 0
    def __init__(self):
        self.scale = 10
    def __call__(self, task):
        global counter
        counter += 1
        Data.total += 1
        if task.step == 3:
            raise MyError(7, reason="three")
        print(f"batch {task.step}")
        x = self.scale * task.step + Colour.RED.value + Child().one + Point(1).x + Box[int]().get(1)
        x += len(Base.known) + cached(1) + even(10) + isinstance(Child(), Base.known["Child"])
        odd_leaf = np.array([Point(task.step), None], dtype=object)
        return Batch({"pair": Pair(np.array([x]), odd_leaf)}, rows=1)

with Processes(1).map(Data(), (Task(0, 0, step) for step in range(5))) as results:
    for step in range(3):
        batch = next(results).x["pair"]
        assert type(batch) is Pair, type(batch)
        assert batch.left[0] == 10 * step + 8, batch
        assert batch.right[0] == Point(step)
    try:
        next(results)
    except MyError as error:
        assert error.code == 7 and error.args == ("7: three",)
        assert "in __call__" in error.__notes__[-1], error.__notes__
    assert len(list(results)) == 1
assert (counter, Data.total) == (0, 0), "a worker's globals are its own"
print("done")
"""
OUTPUT = ["main is run", "batch 0", "batch 1", "batch 2", "batch 4", "done"]


@pytest.mark.parametrize("way", ["script", "-", "-c", "-m"])
def test_a_program_without_a_main_guard_runs_once(way, tmp_path, of_kind):
    script = of_kind(SCRIPT)
    (tmp_path / "program.py").write_text(script)
    command = {"script": ["program.py"], "-": ["-"], "-c": ["-c", script], "-m": ["-m", "program"]}[way]
    done = subprocess.run(
        [sys.executable, *command],
        input=script if way == "-" else None,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert sorted(done.stdout.split("\n")) == sorted([*OUTPUT, ""])


def test_what_is_imported_from_where_only_this_process_looks(tmp_path, monkeypatch):
    with Processes(1).standing() as executor:
        with executor.map(lambda task: Batch(np.zeros(1), rows=1), tasks(1)) as results:
            next(results)
        (tmp_path / "found_only_here.py").write_text("def work(step):\n    return step + 40\n")
        monkeypatch.syspath_prepend(tmp_path)
        found_only_here = importlib.import_module("found_only_here")
        assert not parcel.is_strange("found_only_here")
        with executor.map(lambda task: Batch(np.array([found_only_here.work(task.step)]), rows=1), tasks(2)) as results:
            assert [int(batch.x[0]) for batch in results] == [40, 41]


@pytest.mark.parametrize(
    "name", ["numpy", "penstock.pipeline.order", "collections.abc", "os.path", "sys", "numpy.random"]
)
def test_what_a_worker_can_import_travels_by_name(name):
    importlib.import_module(name)
    assert not parcel.is_strange(name)


class Holds:
    def __init__(self, thing):
        self.deep = {"key": [1, thing]}

    def __call__(self, task):
        return Batch(np.zeros(1), rows=1)


@pytest.mark.parametrize("thing", [(number for number in range(3)), sys.__stdout__], ids=["generator", "file"])
def test_what_cannot_travel_is_named(thing):
    with Processes(1).map(Holds(thing), tasks(1)) as results:
        with pytest.raises(
            TypeError, match=r"\.deep\['key'\]\[1\] \(a (generator|TextIOWrapper|EncodedFile)\) cannot be pickled"
        ):
            next(results)


def test_what_a_closure_holds_is_named():
    stuck = (number for number in range(3))

    with Processes(1).map(lambda task: stuck, tasks(1)) as results:
        with pytest.raises(TypeError, match=r"<stuck>"):
            next(results)


STUCK = (number for number in range(3))


def uses_a_global(task):
    return Batch(np.array([next(STUCK)]), rows=1)


class HoldsInClass:
    stuck = STUCK

    def __call__(self, task):
        return Batch(np.zeros(1), rows=1)


class UsesInMethod:
    def __call__(self, task):
        return uses_a_global(task)


class HoldsInSlot:
    __slots__ = ("thing",)

    def __init__(self, thing):
        self.thing = thing


CULPRITS = {
    "global": (uses_a_global, "data.<STUCK> (a generator)"),
    "global of a method": (UsesInMethod(), "data.__class__.__call__.<uses_a_global>.<STUCK> (a generator)"),
    "class": (HoldsInClass(), "data.__class__.stuck (a generator)"),
    "default": (lambda task, stuck=STUCK: None, "data.__defaults__[0] (a generator)"),
    "partial": (functools.partial(print, 1, STUCK), "data.args[1] (a generator)"),
    "method": (Holds(STUCK).__call__, "data.__self__.deep['key'][1] (a generator)"),
    "slot": (Holds(HoldsInSlot(STUCK)), "data.deep['key'][1].thing (a generator)"),
    "set": (Holds({STUCK}), "data.deep['key'][1]{...} (a generator)"),
}


@pytest.mark.parametrize("name", CULPRITS)
def test_what_cannot_travel_is_named_where_it_stands(name):
    work, path = CULPRITS[name]
    with pytest.raises(TypeError, match=re.escape(f": {path} cannot be pickled")):
        parcel.pack(work, parcel.Parcel)


def test_print_arrives_and_interrupts_do_not(tmp_path, of_kind):
    script = of_kind(
        "import os, signal, numpy as np\n"
        "from penstock.pipeline import Batch, Processes, Task\n"
        "def work(task):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    print('from a worker', os.environ['JAX_PLATFORMS'], os.environ['OMP_NUM_THREADS'])\n"
        "    return Batch(np.zeros(1), rows=1)\n"
        "with Processes(1).map(work, iter([Task(0, 0, 0)])) as results:\n"
        "    next(results)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("from a worker cpu 1\n", "")


def without_output(step):
    sys.stdout = None  # as it is from the start in a program that has none
    return step


def test_a_worker_needs_no_standard_output():
    assert made(without_output) == [0, 1]
