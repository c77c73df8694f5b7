import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.adapters.postgres.assembly import Assembly, identifiers
from visavis.application.ports.index import Identifiers
from visavis.application.ports.store import ReferenceVectors


def subjects_of(owners: list[int]) -> Identifiers:
    return identifiers(b"".join(owner.to_bytes(16, "big") for owner in owners))


def rows(owners: list[int], first: int = 0) -> ReferenceVectors:
    """One row for each entry, numbered."""
    numbers = np.arange(first, first + len(owners), dtype=np.float32)
    return ReferenceVectors(
        subjects=subjects_of(owners),
        counts=np.ones(len(owners), np.intp),
        vectors=np.stack([numbers, -numbers], axis=1),
        norms=numbers,
    )


def content(batch: ReferenceVectors | None) -> dict[int, list[float]]:
    """The numbers of each subject's rows."""
    if batch is None:
        return {}
    ends = np.cumsum(batch.counts)
    found = {}
    for (high, low), count, end in zip(batch.subjects.tolist(), batch.counts, ends, strict=True):
        assert high << 64 | low not in found
        found[high << 64 | low] = batch.norms[end - count : end].tolist()
    assert ends[-1] == len(batch.norms) == len(batch.vectors)
    assert np.array_equal(batch.vectors[:, 0], batch.norms)
    return found


@settings(max_examples=80, deadline=None)
@given(owners=st.lists(st.integers(0, 12), min_size=1, max_size=80), page=st.integers(1, 20))
def test_every_subject_comes_once_and_whole(owners: list[int], page: int) -> None:
    names = [owner << 120 | owner for owner in owners]
    assembly, found = Assembly.of(subjects_of(names)), dict[int, list[float]]()
    for start in range(0, len(names), page):
        part = content(assembly.add(rows(names[start : start + page], start)))
        assert not part.keys() & found.keys()
        for name in part:
            assert name not in names[start + page :]
        found |= part
    assert assembly.rest() is None
    assert assembly.waiting == {}
    assert found == {
        name: [float(row) for row, one in enumerate(names) if one == name] for name in set(names)
    }


def test_what_was_removed_or_added_meanwhile_is_passed_on_as_it_is() -> None:
    assembly = Assembly.of(subjects_of([1, 1, 1, 2]))
    assert content(assembly.add(rows([1, 2, 2]))) == {2: [1.0, 2.0]}
    assert content(assembly.add(rows([3, 1], 3))) == {3: [3.0]}
    assert content(assembly.rest()) == {1: [0.0, 4.0]}


def test_a_gallery_without_references() -> None:
    assembly = Assembly.of(identifiers(b""))
    assert assembly.rest() is None


def test_parts_do_not_hold_the_pages_they_came_from() -> None:
    assembly = Assembly.of(subjects_of([1, 1, *range(2, 1_000)]))
    assembly.add(rows(list(range(1, 999))))
    ((waiting,),) = assembly.waiting.values()
    base = waiting.vectors if waiting.vectors.base is None else waiting.vectors.base
    assert isinstance(base, np.ndarray)
    assert len(base) == 1


@pytest.mark.parametrize("number", [0, 1, 1 << 64, (1 << 128) - 1])
def test_identifiers_are_the_halves_of_numbers(number: int) -> None:
    ((high, low),) = subjects_of([number]).tolist()
    assert high << 64 | low == number
