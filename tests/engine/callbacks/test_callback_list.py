"""Callbacks are called in order, with the arguments of Keras, and say what they look at."""

import pytest

import penstock as ps
from penstock.engine.callbacks import Callback, CallbackList, History, ProgbarLogger


class Model:
    history = None
    stop_training = False


class Recorder(Callback):
    """Notes every call of a hook that it is told of."""

    def __init__(self, name, calls):
        self.name, self.calls = name, calls

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append((self.name, "on_epoch_begin", epoch, logs))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append((self.name, "on_epoch_end", epoch, logs))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append((self.name, "on_train_batch_end", batch, logs))


def test_callbacks_come_in_the_order_given_then_history_then_the_bar():
    calls = []
    one, two, three = (Recorder(name, calls) for name in "abc")
    called = CallbackList([one, [two, (three,)]], add_history=True, add_progbar=True)
    assert [type(c) for c in called.callbacks[3:]] == [History, ProgbarLogger]
    called.on_epoch_begin(0)
    assert [call[0] for call in calls] == ["a", "b", "c"]


def test_history_and_bar_are_added_only_where_there_is_none():
    mine, bar = History(), ProgbarLogger()
    called = CallbackList([bar, mine], add_history=True, add_progbar=True)
    assert called.callbacks == [bar, mine]
    assert (called.history, called.progress) == (mine, bar)


def test_one_callback_needs_no_list():
    mine = History()
    assert CallbackList(mine).callbacks == [mine]
    assert CallbackList(None).callbacks == []


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [(History, r"an instance of it: History\(\)"), ("loss", "holds a str"), ([[None]], "holds a NoneType")],
)
def test_what_is_no_callback_is_a_type_error(wrong, cure):
    with pytest.raises(TypeError, match=cure):
        CallbackList(wrong)


def test_params_and_model_reach_every_callback_before_the_first_hook():
    order = []

    class Early(Callback):
        def set_params(self, params):
            order.append(params)

        def set_model(self, model):
            order.append(model)

    model = Model()
    CallbackList([Early()], model=model, epochs=2, steps=3)
    assert order == [{"epochs": 2, "steps": 3}, model]


def test_a_callback_may_forget_its_base_constructor():
    class Forgetful(Callback):
        def __init__(self):
            self.seen = 0

    forgetful = Forgetful()
    CallbackList([forgetful], model=Model(), epochs=1)
    assert forgetful.params == {"epochs": 1}


def test_the_same_logs_go_down_the_list():
    class Adds(Callback):
        def on_epoch_end(self, epoch, logs=None):
            assert logs is not None
            logs["learning_rate"] = 0.1

    called = CallbackList([Adds()], add_history=True, model=Model())
    called.on_epoch_end(0, {"loss": 1.0})
    assert called.history is not None
    assert called.history.history == {"loss": [1.0], "learning_rate": [0.1]}


def test_hooks_without_logs_get_an_empty_dict_of_their_own():
    calls = []
    called = CallbackList([Recorder("a", calls)])
    called.on_epoch_begin(4)
    called.on_train_batch_end(7, None)
    assert calls == [("a", "on_epoch_begin", 4, {}), ("a", "on_train_batch_end", 7, {})]


def test_batch_hooks_get_their_logs_by_keyword():
    seen, keyword = [], Callback()
    vars(keyword)["on_test_batch_end"] = lambda batch, *, logs: seen.append(logs)
    CallbackList([keyword]).on_test_batch_end(0, {"loss": 1.0})
    assert seen == [{"loss": 1.0}]


def test_train_batch_hooks_call_those_of_the_older_names():
    class Old(Callback):
        def on_batch_begin(self, batch, logs=None):
            calls.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            calls.append(("end", batch, logs))

    calls = []
    called = CallbackList([Old()])
    called.on_train_batch_begin(3)
    called.on_train_batch_end(3, {"loss": 1.0})
    assert calls == [("begin", 3), ("end", 3, {"loss": 1.0})]
    assert called.watches_batches("train")


EVERY_HOOK = sorted(name for name in vars(Callback) if name.startswith("on_") and name != "on_exception")


@pytest.mark.parametrize("hook", EVERY_HOOK)
def test_every_hook_reaches_every_callback(hook):
    calls = []
    listener = Callback()
    vars(listener)[hook] = lambda *args, **kwargs: calls.append(args or kwargs)
    arguments = (5,) if "epoch" in hook or "batch" in hook else ()
    vars(CallbackList)[hook](CallbackList([listener]), *arguments)
    assert len(calls) == 1


class TestExceptions:
    def test_each_callback_hears_of_it_and_their_errors_are_noted(self):
        heard = []

        class Fails(Callback):
            def on_exception(self, exc):
                heard.append(exc)
                raise RuntimeError("no disk")

        error = KeyboardInterrupt()
        CallbackList([Fails(), Fails()]).on_exception(error)
        assert heard == [error, error]
        assert error.__notes__ == ["Fails.on_exception raised RuntimeError: no disk"] * 2


class Ends(Callback):
    def on_train_batch_end(self, batch, logs=None): ...


class Epochs(Callback):
    def on_epoch_end(self, epoch, logs=None): ...


class Stops(ps.callbacks.EarlyStopping):
    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)


def on_the_instance(hook):
    callback = Callback()
    vars(callback)[hook] = lambda *args, **kwargs: None
    return callback


def checkpoint(save_freq):
    return ps.callbacks.ModelCheckpoint("x.weights.h5", save_weights_only=True, save_freq=save_freq)


class TestWhatCallbacksLookAt:
    @pytest.mark.parametrize(
        ("callback", "kinds"),
        [
            (Callback(), ""),
            (History(), ""),
            (ProgbarLogger(), ""),
            (ps.callbacks.EarlyStopping(), ""),
            (checkpoint("epoch"), ""),
            (checkpoint(10), ""),
            (Ends(), "train"),
            (Epochs(), ""),
            (on_the_instance("on_train_batch_begin"), "train"),
            (on_the_instance("on_batch_end"), "train"),
            (on_the_instance("on_test_batch_end"), "test"),
            (on_the_instance("on_predict_batch_begin"), "predict"),
        ],
    )
    def test_batches(self, callback, kinds):
        called = CallbackList([callback], add_history=True, add_progbar=True)
        assert [kind for kind in ("train", "test", "predict") if called.watches_batches(kind)] == kinds.split()

    @pytest.mark.parametrize(
        ("callback", "overrides"),
        [
            (ps.callbacks.EarlyStopping(), False),
            (checkpoint(10), False),
            (Ends(), False),
            (Epochs(), True),
            (Stops(), True),
            (on_the_instance("on_epoch_begin"), True),
            (on_the_instance("on_train_begin"), True),
            (on_the_instance("on_test_begin"), True),
            (on_the_instance("on_test_end"), True),
            (on_the_instance("on_train_end"), False),
        ],
    )
    def test_epochs(self, callback, overrides):
        called = CallbackList([callback], add_history=True, add_progbar=True)
        assert called.overrides_epoch_hooks is overrides


class TestListsThatUsersMake:
    def test_they_are_used_as_they_are(self):
        mine = CallbackList([Ends()])
        assert CallbackList.of(mine, model=Model(), add_progbar=True, epochs=1) is mine
        assert mine.progress is None

    def test_they_are_told_what_they_were_made_without(self):
        model, mine = Model(), CallbackList([Ends()])
        CallbackList.of(mine, model=model, add_progbar=False, epochs=1)
        assert (mine.model, mine.params, model.history) == (model, {"epochs": 1}, mine.history)

    def test_they_take_more_callbacks(self):
        late = Ends()
        mine = CallbackList(model=Model(), epochs=3)
        mine.append(late)
        assert late.params == {"epochs": 3}
