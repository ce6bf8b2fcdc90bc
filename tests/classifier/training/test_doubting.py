import numpy as np

from classifier.training.doubting import (
    LEAST_OF_A_PROTOTYPE,
    familiar_with,
    learn_doubt,
    learn_familiarity,
)
from tests.classifier.synthetic import WIDTH, replay


def bunch(count: int, axis: int, *, seed: int = 0, spread: float = 0.3) -> np.ndarray:
    """Pictures that look alike: near one another, far along one axis."""
    points = np.random.default_rng(seed).normal(0, spread, (count, WIDTH))
    points[:, axis] += 5.0
    return points.astype(np.float32)


def several_bunches(count: int = 200) -> np.ndarray:
    return np.concatenate([bunch(count, axis, seed=axis) for axis in range(6)])


def test_what_was_learned_from_is_near_and_what_was_not_is_far() -> None:
    familiarity = learn_familiarity(several_bunches())
    near = familiarity.distances(bunch(50, 3, seed=99))
    far = familiarity.distances(bunch(50, 10, seed=99))
    assert near.max() < 0.2
    assert far.min() > 2 * near.max()


def test_what_is_learned_later_becomes_familiar() -> None:
    learned = several_bunches()
    before = learn_familiarity(learned)
    after = familiar_with(before, np.concatenate([learned, bunch(60, 10)]))
    new, old = bunch(50, 10, seed=99), bunch(50, 3, seed=99)
    assert after.distances(new).mean() < 0.3 * before.distances(new).mean()
    assert after.distances(old).mean() < 1.5 * before.distances(old).mean()


def test_no_single_picture_can_be_read_back() -> None:
    """A picture that is alone of its kind leaves no prototype of itself."""
    learned = several_bunches()
    alone = bunch(LEAST_OF_A_PROTOTYPE - 1, 10)
    base = learn_familiarity(learned)
    both = familiar_with(base, np.concatenate([learned, alone]))
    assert both.distances(alone).min() > 0.5


def test_it_is_the_same_each_time_and_bounded_in_size() -> None:
    one, two = learn_familiarity(several_bunches(2000)), learn_familiarity(several_bunches(2000))
    assert np.array_equal(one.prototypes, two.prototypes)
    assert len(one.prototypes) <= 256
    assert one.axes.shape == (WIDTH, WIDTH)


def test_two_in_a_hundred_held_out_pictures_are_called_unfamiliar() -> None:
    known = replay(of_each_split=1000)
    doubt = learn_doubt(known.part("train"), known.part("val"))
    strange = doubt.is_unfamiliar(known.part("val").embeddings)
    assert 0.0 < strange.mean() <= 0.021


def test_from_too_few_pictures_no_bound_is_learned() -> None:
    known = replay(of_each_split=80)
    doubt = learn_doubt(known.part("train"), known.part("val"))
    assert (doubt.disagreement, doubt.distance, doubt.familiarity) == (None, None, None)
