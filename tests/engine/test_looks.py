"""Built-in callbacks that need certain batches cut the groups of steps there, and nowhere else."""

import numpy as np
import pytest

import penstock as ps
from penstock.engine import phase
from penstock.engine.callbacks.callback import neutral


class LooksAt(ps.callbacks.Callback):
    """Looks after certain batches, as built-in callbacks do."""

    def __init__(self, *batches, kind="train"):
        self.batches = batches
        self.kind = kind
        self.seen = []

    def next_look(self, kind, batch):
        return min((b for b in self.batches if b >= batch and kind == self.kind), default=None)

    def saw(self, batch, logs=None):
        self.seen.append((batch, dict(logs)))

    on_train_batch_end = neutral(saw)
    on_test_batch_end = neutral(saw)
    on_predict_batch_end = neutral(saw)


@pytest.fixture
def groups(monkeypatch):
    """The (first, last) steps of every group that training sends."""
    sent = []
    send = phase.Phase._send

    def recorded(phase, group):
        sent.append((group.first, group.last))
        send(phase, group)

    monkeypatch.setattr(phase.Phase, "_send", recorded)
    return sent


FORMS = {"rows": {}, "batches": {"workers": 1}}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_groups_end_where_a_callback_looks_and_at_the_end(form, line, regressor, groups):
    looking = LooksAt(2, 3, 11)
    regressor().fit(*line, **form, batch_size=4, verbose=0, callbacks=looking)
    assert [batch for batch, _ in looking.seen] == [2, 3, 11, 24]
    assert {2, 3, 11, 24} <= {last for _, last in groups}
    assert len(groups) < 25


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_looking_changes_no_bit_and_gives_the_logs_so_far(form, line, regressor, bits):
    plain, looked_at, watched = regressor(), regressor(), regressor()
    looking, watching = LooksAt(2, 3, 11), LooksAt()
    watching.watches_batches = lambda kind: kind == "train"
    for model, called in ((plain, []), (looked_at, looking), (watched, watching)):
        model.fit(*line, **form, batch_size=4, shuffle=False, epochs=2, verbose=0, callbacks=called)
    assert bits(plain) == bits(looked_at) == bits(watched)
    wanted = [seen for seen in watching.seen if seen[0] in (2, 3, 11, 24)]
    assert looking.seen == wanted


def test_what_a_look_changes_takes_effect_at_the_next_step(line, regressor):
    x, y = line
    model = regressor("sgd")

    class Zero(LooksAt):
        @neutral
        def on_train_batch_end(self, batch, logs=None):
            model.set_weights([np.zeros_like(w) for w in model.get_weights()])
            model.stop_training = batch == 5

    model.fit(x, y, batch_size=4, verbose=0, callbacks=Zero(5))
    assert int(model.optimizer.iterations) == 6
    assert not any(np.any(w) for w in model.get_weights())


def test_evaluation_and_prediction_are_looked_at_too(line, regressor):
    x, y = line
    model, tested, predicted = regressor(), LooksAt(1, kind="test"), LooksAt(1, kind="predict")
    model.evaluate(x, y, batch_size=30, verbose=0, callbacks=tested)
    outputs = model.predict(x, batch_size=30, verbose=0, callbacks=predicted)
    assert [batch for batch, _ in tested.seen] == [batch for batch, _ in predicted.seen] == [1, 3]
    assert np.array_equal(predicted.seen[1][1]["outputs"], outputs[90:])


def test_a_checkpoint_of_some_batches_leaves_the_rest_grouped(line, regressor, groups, tmp_path):
    x, y = line
    every = ps.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}", save_weights_only=True, save_freq=40)
    regressor().fit(x, y, batch_size=1, epochs=2, verbose=0, callbacks=every)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1-40", "1-80", "2-100", "2-20", "2-60"]
    assert len(groups) < 100
