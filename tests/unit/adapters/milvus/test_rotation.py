"""What leaves the process keeps its inner products, and nothing else that is readable without the key."""

import numpy as np
import pytest

from visavis.adapters.milvus.rotation import Rotation
from visavis.domain.errors import ValueInvalid

KEY = bytes(range(32))
WRITTEN_DOWN = [
    [-0.6327434096882874, 0.10286731398320935, 0.7674985949237434],
    [-0.7740875632443112, -0.11038731942031967, -0.6233803687490336],
    [0.02059664842941813, -0.9885509371929584, 0.1494751572951129],
]


def rows(count: int, dimension: int, seed: int = 1) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


@pytest.mark.parametrize("dimension", [1, 2, 3, 128, 512])
def test_inner_products_and_weights_survive_to_single_precision(dimension: int) -> None:
    rotation = Rotation.of(KEY, dimension)
    given = rows(50, dimension) * np.linspace(0.5, 1.5, 50, dtype=np.float32)[:, None]
    turned = rotation(given)
    assert turned.dtype == np.float32
    assert turned.shape == (50, max(dimension, 2))
    before, after = (x.astype(np.float64) @ x.astype(np.float64).T for x in (given, turned))
    assert np.abs(before - after).max() < 1e-6


def test_every_process_makes_the_same_matrix() -> None:
    """Numbers that were written down once: another version of numpy must not turn vectors elsewhere."""
    matrix = Rotation.of(KEY, 3).matrix
    assert matrix == pytest.approx(np.array(WRITTEN_DOWN), abs=1e-12)
    assert np.array_equal(Rotation.of(KEY, 128).matrix, Rotation.of(KEY, 128).matrix)


def test_another_key_turns_elsewhere() -> None:
    given = rows(400, 128)
    one, other = Rotation.of(KEY, 128)(given), Rotation.of(KEY[::-1], 128)(given)
    for a, b in ((one, other), (one, given)):
        cosines = (a * b).sum(axis=1)
        assert abs(cosines.mean()) < 0.05
        assert np.abs(cosines).max() < 0.6


def test_a_row_alone_is_turned_as_among_others() -> None:
    rotation, given = Rotation.of(KEY, 512), rows(40, 512)
    alone = np.concatenate([rotation(row[None]) for row in given])
    assert np.abs(alone - rotation(given)).max() < 1e-7


def test_directions_are_spread_evenly() -> None:
    """The Haar measure: the image of a fixed direction is uniform on the sphere, its mean is near zero."""
    images = np.stack([Rotation.of(bytes([number]), 8).matrix[0] for number in range(200)])
    assert np.abs(images.mean(axis=0)).max() < 4 / np.sqrt(8 * 200)


def test_as_many_known_pairs_as_dimensions_reveal_the_matrix() -> None:
    """What the documentation warns of, so that nobody takes this for encryption."""
    rotation, known = Rotation.of(KEY, 64), rows(64, 64)
    solved = np.linalg.solve(known.astype(np.float64), rotation(known).astype(np.float64))
    unseen = rows(20, 64, seed=9)
    assert np.abs(unseen @ solved - rotation(unseen)).max() < 1e-3


def test_dimensions_are_bounded_and_the_matrix_is_not_shown() -> None:
    for dimension in (0, 4097):
        with pytest.raises(ValueInvalid):
            Rotation.of(KEY, dimension)
    assert repr(Rotation.of(KEY, 2)) == "Rotation(dimension=2)"
