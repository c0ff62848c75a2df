"""What a traced loader says of a training."""

import pytest

import penstock as ps


@pytest.mark.parametrize("workers", [0, 2])
def test_a_traced_loader_counts_what_training_takes_and_changes_nothing(workers, line, regressor, bits):
    models = []
    for trace in (False, True):
        models.append(regressor())
        with ps.Loader(*line, batch_size=10, shuffle=True, workers=workers, trace=trace) as loader:
            models[-1].fit(loader, epochs=3, verbose=0)
    assert bits(models[0]) == bits(models[1])
    stats = loader.stats()
    assert stats["batches"] == 30
    assert 0 < stats["waiting_seconds"] < stats["seconds"]
    assert stats["ready_batches"] <= 10 * bool(workers)
