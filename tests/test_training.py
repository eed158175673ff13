"""The net, the digits and the mini-batch loop."""

import numpy as np
import pytest

from optimlib import rules
from optimlib.data import digits
from optimlib.models import Net
from optimlib.training import mini_batches, train

NET = Net(inputs=64, hidden=7, classes=10)


def test_the_gradient_is_the_slope_of_the_loss_in_every_parameter():
    data, p = digits(), NET.start(np.random.default_rng(0))
    x, y, h = data.x[:30], data.y[:30], 1e-5
    steps = h * np.eye(NET.d)
    slope = (NET.loss(p[:, None] + steps, x, y) - NET.loss(p[:, None] - steps, x, y)) / (2 * h)
    np.testing.assert_allclose(NET.gradient(p[:, None], x, y)[:, 0], slope, atol=1e-9)


def test_a_batch_of_nets_is_as_many_single_nets():
    data, rng = digits(), np.random.default_rng(1)
    p = np.stack([NET.start(rng) for _ in range(6)], axis=-1).reshape(NET.d, 2, 3)
    for method in (NET.loss, NET.gradient, NET.accuracy):
        together = method(p, data.x[:20], data.y[:20])
        alone = method(p[:, 1, 2], data.x[:20], data.y[:20])
        np.testing.assert_allclose(together[..., 1, 2], alone, rtol=1e-12, atol=1e-15)


def test_the_digits_are_all_there_and_cannot_be_changed():
    data = digits()
    counts = np.bincount(np.concatenate([data.y, data.y_test]))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as UCI lists them
    assert (data.x.min(), data.x.max()) == (0.0, 1.0)
    with pytest.raises(ValueError, match="read-only"):
        data.x[0, 0] = 1


def test_an_epoch_shows_every_example_once():
    batches = mini_batches(100, 32, np.random.default_rng(0))
    seen = np.concatenate([next(batches) for _ in range(25)])
    for epoch in seen.reshape(8, 100):
        assert sorted(epoch) == list(range(100))
    assert (seen[:100] != seen[100:200]).any()


@pytest.mark.parametrize("size", [0, 101])
def test_a_batch_size_that_cannot_be_is_refused(size):
    with pytest.raises(ValueError, match=f"batch_size={size}: must lie between 1 and the 100 examples"):
        next(mini_batches(100, size, np.random.default_rng(0)))


def test_a_grid_of_rates_trains_as_single_runs_do():
    grid = train(rules.momentum(lr=[0.01, 0.1], beta=0.5), NET, digits(), 30, 16, rng=3)
    alone = train(rules.momentum(lr=0.1, beta=0.5), NET, digits(), 30, 16, rng=3)
    assert grid.loss.shape == (2,)
    np.testing.assert_allclose(grid.loss[1], alone.loss, rtol=1e-10)


def test_training_is_repeatable_and_learns():
    runs = [train(rules.momentum(lr=0.1), NET, digits(), 300, 32, rng=0) for _ in range(2)]
    assert (runs[0].x == runs[1].x).all()
    assert runs[0].loss < 0.3
    data = digits()
    assert NET.accuracy(runs[0].x, data.x_test, data.y_test) > 0.9


def test_divergence_is_a_result():
    run = train(rules.sgd(lr=[0.1, 1e308]), NET, digits(), 20, 32, rng=0)
    assert np.isfinite(run.loss).tolist() == [True, False]


def test_looking_on_the_way_changes_nothing_and_sees_what_shorter_runs_end_with():
    def run(steps, **looking):
        return train(rules.sgd(lr=[0.1, 1.0]), NET, digits(), steps, 16, rng=3, **looking)

    watched = run(12, every=5)
    assert watched.at.tolist() == [0, 5, 10]
    np.testing.assert_array_equal(watched.x, run(12).x)
    np.testing.assert_array_equal(watched.seen, [run(t).loss for t in (0, 5, 10)])
