"""What every Stream promises; a new one is one more row."""

import pytest
from fakes import counted, firsts

from penstock.adapters import adapt
from penstock.pipeline import Stream

STREAMS = {
    "function that returns a generator": lambda: counted(5),
    "function that returns a list": lambda: list(counted(5)),
    "iterable": dict(enumerate(counted(5))).values(),
}
MAKERS = {name: lambda x=x: adapt(x) for name, x in STREAMS.items()} | {
    "generator": lambda: adapt(counted(5)),
    "iterator": lambda: adapt(iter(list(counted(5)))),
    "zip": lambda: adapt(zip(*[list(part) for part in zip(*counted(5), strict=True)], strict=True)),
}


def pulled(stream, epoch=0):
    tap = stream.batches(epoch)
    return firsts(iter(lambda: tap.pull(lambda batch: batch), None))


def gives_its_batches_in_order(stream):
    assert pulled(stream) == [0, 1, 2, 3, 4]


def begins_anew_or_says_that_it_cannot(stream):
    pulled(stream)
    if stream.restartable:
        assert pulled(stream, epoch=1) == [0, 1, 2, 3, 4]
    else:
        with pytest.raises(ValueError, match="pass a function that returns the generator"):
            stream.batches(1)


def gives_again_what_nobody_took(stream):
    tap = stream.batches(0)
    first, second = tap.pull(lambda batch: batch), tap.pull(lambda batch: batch)
    tap.taken()
    tap.rewind()
    assert firsts([first, second, tap.pull(lambda batch: batch)]) == [0, 1, 1]


def pulls_nothing_before_it_is_asked_to(stream):
    assert stream.batches(0).total_pulled == 0


CHECKS = [
    gives_its_batches_in_order,
    begins_anew_or_says_that_it_cannot,
    gives_again_what_nobody_took,
    pulls_nothing_before_it_is_asked_to,
]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_stream(make, check):
    stream = make()
    assert isinstance(stream, Stream)
    check(stream)
