"""The hooks of a run come in Keras' order, with its numbers and names of logs."""

import keras
import numpy as np
import pytest

import penstock as ps

X = np.linspace(-1, 1, 40, dtype="float32").reshape(10, 4)
Y = X[:, :1] ** 2
OTHER = X[:6] / 2, Y[:6]

WEIGHTS = [np.ones((4, 1)), np.zeros(1)]

EPOCH_HOOKS = ["on_epoch_begin", "on_epoch_end"]
BATCH_HOOKS = [f"on_{kind}_batch_{edge}" for kind in ("train", "test", "predict") for edge in ("begin", "end")]
OTHER_HOOKS = [f"on_{kind}_{edge}" for kind in ("train", "test", "predict") for edge in ("begin", "end")]


class Trace:
    """Records hooks, their numbers and the names of their logs; `act` does something at some of them."""

    def __init__(self, act):
        self.act = act
        self.calls = []

    def note(self, hook, number, logs):
        self.calls.append((hook, number, sorted(logs or ())))
        self.act(self, hook, number)


def numbered(hook):
    return lambda self, number, logs=None: self.note(hook, number, logs)


def unnumbered(hook):
    return lambda self, logs=None: self.note(hook, None, logs)


def tracing(callbacks, act):
    """A callback of either library that traces."""
    hooks = {hook: numbered(hook) for hook in EPOCH_HOOKS + BATCH_HOOKS} | {h: unnumbered(h) for h in OTHER_HOOKS}
    made = type("Traces", (Trace, callbacks.Callback), hooks)(act)
    callbacks.Callback.__init__(made)
    return made


def batches(count):
    return ((X[:4], Y[:4]) for _ in range(count))


def dataset(library):
    class Rows(library.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return X[3 * index : 3 * index + 3], Y[3 * index : 3 * index + 3]

    return Rows()


def fit(batch_size=4, **options):
    return lambda model, library, **called: model.fit(X, Y, batch_size, verbose=0, **called, **options)


def fit_batches(count, **options):
    return lambda model, library, **called: model.fit(batches(count), verbose=0, shuffle=False, **called, **options)


def fit_dataset(**options):
    return lambda model, library, **called: model.fit(dataset(library), verbose=0, **called, **options)


def evaluate(**options):
    return lambda model, library, **called: model.evaluate(X, Y, batch_size=4, verbose=0, **called, **options)


def predict(**options):
    return lambda model, library, **called: model.predict(X, batch_size=4, verbose=0, **called, **options)


def stop(hook, number, flag="stop_training"):
    """What asks to stop at a hook."""

    def act(trace, now, reached):
        if (now, reached) == (hook, number):
            setattr(trace.model, flag, True)

    return act


def fail(hook, number):
    """What fails at a hook."""

    def act(trace, now, reached):
        if (now, reached) == (hook, number):
            raise RuntimeError(hook)

    return act


def nothing(trace, hook, number):
    """Only look."""


RUNS = {
    "fit": (fit(epochs=2), nothing),
    "fit a data set": (fit_dataset(epochs=2), nothing),
    "validation": (fit(epochs=2, validation_data=OTHER), nothing),
    "validation in batches of its own size": (fit(validation_data=OTHER, validation_batch_size=5), nothing),
    "some steps of validation": (fit(validation_data=OTHER, validation_steps=1, epochs=2), nothing),
    "validation every other epoch": (fit(validation_data=OTHER, validation_freq=2, epochs=3), nothing),
    "validation after epochs 1 and 3": (fit(validation_data=OTHER, validation_freq=[1, 3], epochs=3), nothing),
    "later epochs": (fit(initial_epoch=2, epochs=4), nothing),
    "no epochs": (fit(initial_epoch=2, epochs=2), nothing),
    "steps per epoch": (fit_batches(9, steps_per_epoch=2, epochs=3), nothing),
    "stop at once": (fit(epochs=3), stop("on_train_begin", None)),
    "stop before an epoch": (fit(epochs=3, validation_data=OTHER), stop("on_epoch_begin", 1)),
    "stop before a batch": (fit(epochs=3), stop("on_train_batch_begin", 1)),
    "stop after a batch": (fit(epochs=3, validation_data=OTHER), stop("on_train_batch_end", 1)),
    "stop after an epoch": (fit(epochs=3, validation_data=OTHER), stop("on_epoch_end", 0)),
    "stop in validation": (fit(epochs=3, validation_data=OTHER), stop("on_test_batch_end", 0)),
    "stop validating": (fit(epochs=2, validation_data=OTHER), stop("on_test_batch_end", 0, "stop_evaluating")),
    "stop only the first validation": (
        fit(epochs=2, validation_data=OTHER, validation_batch_size=2),
        lambda trace, hook, number: (
            stop("on_test_batch_end", 0, "stop_evaluating")(trace, hook, number)
            if sum(call[0] == "on_test_begin" for call in trace.calls) == 1
            else None
        ),
    ),
    "evaluate": (evaluate(), nothing),
    "some steps of evaluation": (evaluate(steps=2), nothing),
    "stop evaluating": (evaluate(), stop("on_test_batch_end", 1, "stop_evaluating")),
    "predict": (predict(), nothing),
    "some steps of prediction": (predict(steps=2), nothing),
    "stop predicting": (predict(), stop("on_predict_batch_end", 1, "stop_predicting")),
} | {
    f"fail in {hook}": (run, fail(hook, number))
    for run, hook, number in [
        (fit(epochs=2), "on_train_begin", None),
        (fit(epochs=2), "on_epoch_begin", 1),
        (fit(epochs=2), "on_train_batch_begin", 1),
        (fit(epochs=2), "on_train_batch_end", 1),
        (fit(epochs=2, validation_data=OTHER), "on_test_begin", None),
        (fit(epochs=2, validation_data=OTHER), "on_test_batch_end", 0),
        (fit(epochs=2), "on_epoch_end", 0),
        (fit(epochs=2), "on_train_end", None),
        (evaluate(), "on_test_end", None),
        (predict(), "on_predict_batch_begin", 1),
    ]
}


def made(library):
    model = library.Sequential([library.Input((4,)), library.layers.Dense(1)])
    model.compile(library.optimizers.SGD(0.01), "mse", metrics=["mae"])
    return model


@pytest.fixture
def models():
    """One model of each library; new ones, since Keras' loses its weights where a hook of `evaluate` fails."""
    return {library: made(library) for library in (keras, ps)}


def trace(library, models, run, act):
    traced = tracing(library.callbacks, act)
    failure = None
    try:
        run(models[library], library, callbacks=[traced])
    except RuntimeError as error:
        failure = str(error)
    return traced.calls, failure


@pytest.mark.parametrize(("run", "act"), RUNS.values(), ids=RUNS)
def test_hooks_are_those_of_keras(run, act, models):
    assert trace(ps, models, run, act) == trace(keras, models, run, act)


# Keras' mistakes, which are not followed: what its trace has and ours lacks, at the place where ours goes on.
ONLY_IN_KERAS = {
    "a batch begins that never comes, where the length is unknown": (
        fit_batches(3),
        [("on_train_batch_begin", 3, [])],
    ),
    "a batch begins that never comes, where the data ends early": (
        fit_batches(3, steps_per_epoch=5),
        [("on_train_batch_begin", 3, [])],
    ),
}


@pytest.mark.filterwarnings("ignore:.*ran out of data", "ignore:the data ended")
@pytest.mark.parametrize(("run", "extra"), ONLY_IN_KERAS.values(), ids=ONLY_IN_KERAS)
def test_mistakes_of_keras_are_not_followed(run, extra, models):
    ours, theirs = (trace(library, models, run, nothing)[0] for library in (ps, keras))
    assert [call for call in theirs if call not in extra] == ours
    assert [call for call in theirs if call in extra] == extra


@pytest.mark.filterwarnings("ignore:the data ended")
def test_no_epoch_follows_one_whose_data_ended(models):
    ours, _ = trace(ps, models, fit_batches(3, steps_per_epoch=2, epochs=3), nothing)
    assert [call[:2] for call in ours if "epoch" in call[0]] == [
        ("on_epoch_begin", 0),
        ("on_epoch_end", 0),
        ("on_epoch_begin", 1),
        ("on_epoch_end", 1),
    ]


def test_callbacks_may_evaluate_and_predict(models):
    model, seen = models[ps], []
    model.set_weights(WEIGHTS)
    ask = ps.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(model.evaluate(X, Y, verbose=0)),
        on_test_batch_end=lambda batch, logs: model.test_on_batch(X, Y),
        on_epoch_end=lambda epoch, logs: seen.append(model.predict(X, verbose=0).shape),
    )
    traced = tracing(ps.callbacks, nothing)
    options = {"batch_size": 5, "verbose": 0, "shuffle": False, "validation_data": OTHER, "validation_batch_size": 2}
    found = model.fit(X, Y, callbacks=[ask, traced], **options).history
    assert seen == [pytest.approx(seen[0], rel=0.5), pytest.approx(seen[1], rel=0.5), (10, 1)]
    assert model.evaluate(X, Y, verbose=0) == seen[1]
    assert [hook for hook, *_ in traced.calls].count("on_test_begin") == 1
    # What they ask for is no part of training's figures, as it is in Keras.
    undisturbed = made(ps)
    undisturbed.set_weights(WEIGHTS)
    assert undisturbed.fit(X, Y, **options).history == found


def test_an_execution_of_fewer_steps_than_the_others_ends_where_it_ends(models):
    # In Keras the last of 10 batches in executions of 3 ends as batch 11.
    ours, theirs = [], []
    for library, calls in ((ps, ours), (keras, theirs)):
        models[library].compile(library.optimizers.SGD(0.01), "mse", metrics=["mae"], steps_per_execution=3)
        calls += trace(library, models, fit(batch_size=1), nothing)[0]
    assert [call if call[:2] != ("on_train_batch_end", 11) else (call[0], 9, call[2]) for call in theirs] == ours
