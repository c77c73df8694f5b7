"""All search indexes keep the same promises."""

import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from visavis.adapters.index.cascade import CascadeIndex
from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.plain import Float32Index
from visavis.application.ports.index import Index, Proposal
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import SubjectId

Matrix = NDArray[np.float32]
Make = Callable[[int], Index]
TOLERANCE = 0.01  #: of an approximate score: ten standard deviations at these dimensions


def subject(number: int) -> SubjectId:
    return SubjectId(UUID(int=number))


def units(rng: np.random.Generator, rows: int, dimension: int) -> Matrix:
    values = rng.standard_normal((rows, dimension)).astype(np.float32)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def best_rows(model: dict[SubjectId, Matrix], probe: NDArray[np.float32]) -> dict[SubjectId, float]:
    """The naive answer: each subject's best cosine."""
    return {key: max(float(row @ probe) for row in rows) for key, rows in model.items()}


def assert_right(proposals: list[Proposal], naive: dict[SubjectId, float], limit: int) -> None:
    assert len(proposals) == min(limit, len(naive))
    assert len({proposal.subject_id for proposal in proposals}) == len(proposals)
    scores = [proposal.score for proposal in proposals]
    assert scores == sorted(scores, reverse=True)
    for proposal in proposals:
        assert proposal.score == pytest.approx(naive[proposal.subject_id], abs=TOLERANCE)
    for score, expected in zip(scores, sorted(naive.values(), reverse=True), strict=False):
        assert score == pytest.approx(expected, abs=TOLERANCE)


def fill(index: Index, model: Mapping[SubjectId, Matrix]) -> None:
    """One subject after the other, or together where each call waits for a server."""
    if index.shared:
        index.put_many(list(model.items()))
    else:
        for key, rows in model.items():
            index.put(key, rows)


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Indexes in collections of their own, in one Milvus Lite."""
    pytest.importorskip("milvus_lite", reason="needs the extra visavis[milvus]")
    from visavis.adapters.milvus.collection import Collection
    from visavis.adapters.milvus.connection import Connection
    from visavis.adapters.milvus.index import MilvusIndex
    from visavis.adapters.milvus.rotation import Rotation

    rotation_of = cache(Rotation.of)
    folder: Path = tmp_path_factory.mktemp("milvus")
    connection = Connection(str(folder / "lite.db"))

    def made(dimension: int) -> MilvusIndex:
        rotation, name = rotation_of(b"key", dimension), f"visavis_{uuid4().hex}"
        collection = Collection(connection=connection, name=name, size=rotation.size)
        return MilvusIndex(collection=collection, rotation=rotation, family=name)

    yield made
    connection.close()


def small_cascade(dimension: int) -> Index:
    """Its two stages are at work from 64 rows on."""
    return CascadeIndex(dimension, large_rows=64, survivors=8)


IN_MEMORY: dict[str, Make] = {
    "exact": ExactIndex,
    "cascade": CascadeIndex,
    "small cascade": small_cascade,
    "float32": Float32Index,
}


@pytest.fixture(params=["exact", "cascade", "small cascade", "float32", "milvus"])
def make(request: pytest.FixtureRequest) -> Make:
    if request.param == "milvus":
        made: Make = request.getfixturevalue("milvus")
        return made
    return IN_MEMORY[str(request.param)]


class TestIndex:
    def test_an_empty_index_proposes_nobody(self, make: Make) -> None:
        index = make(128)
        assert index.propose(np.eye(128, dtype=np.float32)[:3], 5) == [[], [], []]
        assert (len(index), index.subjects) == (0, 0)

    def test_no_probes_no_answers(self, make: Make) -> None:
        index = make(4)
        index.put(subject(1), np.eye(4, dtype=np.float32))
        assert index.propose(np.empty((0, 4), np.float32), 5) == []

    @pytest.mark.parametrize("dimension", [1, 3, 128, 512])
    @pytest.mark.parametrize("probes", [1, 2, 3, 7, 33])
    def test_the_right_subjects_come_first(self, make: Make, dimension: int, probes: int) -> None:
        rng = np.random.default_rng(dimension)
        index = make(dimension)
        model = {subject(n): units(rng, 1 + n % 4, dimension) for n in range(300)}
        fill(index, model)
        asked = units(rng, probes, dimension)
        for probe, proposals in zip(asked, index.propose(asked, 10), strict=True):
            assert_right(proposals, best_rows(model, probe), 10)

    def test_more_rows_than_a_block_and_a_group(self, make: Make) -> None:
        rng = np.random.default_rng(5)
        index, rows = make(16), units(rng, 9_001, 16)
        fill(index, {subject(number): row[None] for number, row in enumerate(rows)})
        for number in (0, 1023, 1024, 8_999, 9_000):
            assert index.propose(rows[number][None], 1)[0][0].subject_id == subject(number)

    def test_limit_above_the_number_of_subjects(self, make: Make) -> None:
        index = make(8)
        rows = np.eye(8, dtype=np.float32)
        index.put(subject(1), rows[:2])
        index.put(subject(2), rows[2:3])
        assert {p.subject_id for p in index.propose(rows[:1], 50)[0]} == {subject(1), subject(2)}

    def test_one_subject_with_very_many_rows_hides_nobody(self, make: Make) -> None:
        rng = np.random.default_rng(7)
        index, centre = make(64), units(rng, 1, 64)
        crowd = centre + 0.02 * units(rng, 3_000, 64)
        index.put(subject(1), crowd / np.linalg.norm(crowd, axis=1, keepdims=True))
        others = units(rng, 30, 64)
        fill(index, {subject(number): row[None] for number, row in enumerate(others, start=2)})
        proposals = index.propose(centre, 5)[0]
        expected = [1, *(2 + np.argsort(-(others @ centre[0]))[:4]).tolist()]
        assert [p.subject_id.int for p in proposals] == expected

    def test_equal_scores_are_ordered_by_subject(self, make: Make) -> None:
        rows = np.eye(4, dtype=np.float32)
        for order in ([3, 1, 2, 4], [4, 2, 1, 3]):
            index = make(4)
            for number in order:
                index.put(subject(number), rows[:1])
            index.put(subject(9), rows[1:2])
            assert [p.subject_id.int for p in index.propose(rows[:1], 3)[0]] == [1, 2, 3]

    def test_put_replaces_and_drop_removes(self, make: Make) -> None:
        index, rows = make(8), np.eye(8, dtype=np.float32)
        index.put(subject(1), rows[:3])
        index.put(subject(1), rows[4:5])
        assert (len(index), index.subjects, index.several) == (1, 1, 0)
        assert index.propose(rows[:1], 1)[0][0].score == pytest.approx(0.0, abs=TOLERANCE)
        assert index.propose(rows[4:5], 1)[0][0].score == pytest.approx(1.0, abs=TOLERANCE)
        index.drop(subject(1))
        index.drop(subject(1))
        assert (len(index), index.subjects) == (0, 0)
        assert index.propose(rows[:1], 1) == [[]]

    def test_subjects_with_several_rows_are_counted(self, make: Make) -> None:
        index, rows = make(8), np.eye(8, dtype=np.float32)
        index.put_many([(subject(1), rows[:3]), (subject(2), rows[:1]), (subject(3), rows[4:6])])
        assert (len(index), index.subjects, index.several) == (6, 3, 2)
        index.put(subject(2), rows[:2])
        index.drop(subject(1))
        assert (len(index), index.subjects, index.several) == (4, 2, 2)

    def test_it_remembers_how_far_it_follows_the_store(self, make: Make) -> None:
        index, rows = make(8), np.eye(8, dtype=np.float32)
        assert index.sequence == -1
        index.clear()
        index.put(subject(1), rows[:3])
        assert index.sequence == -1
        for sequence in (0, 7):
            index.advance(sequence)
            assert index.sequence == sequence
        assert [p.subject_id for p in index.propose(rows[:1], 2)[0]] == [subject(1)]
        assert len(index) == 3
        index.clear()
        assert (index.sequence, len(index), index.subjects, index.several) == (-1, 0, 0, 0)
        assert index.propose(rows[:1], 2) == [[]]

    def test_many_at_once_are_as_one_after_the_other(self, make: Make) -> None:
        rng = np.random.default_rng(12)
        together, single = make(32), make(32)
        count = 100 if single.shared else 1000
        given = [
            (subject(number % (count - 100 // 9)), units(rng, 1 + number % 4, 32)) for number in range(count)
        ]
        together.put(subject(5), units(rng, 3, 32))
        together.put_many([])
        together.put_many(given)
        for owner, vectors in given:
            single.put(owner, vectors)
        probes = units(rng, 5, 32)
        assert together.propose(probes, 50) == single.propose(probes, 50)
        assert (len(together), together.subjects) == (len(single), single.subjects)

    def test_if_one_of_many_is_refused_none_is_put(self, make: Make) -> None:
        index, rows = make(4), np.eye(4, dtype=np.float32)
        with pytest.raises(ValueInvalid):
            index.put_many([(subject(1), rows[:1]), (subject(2), rows[:0])])
        assert (len(index), index.subjects) == (0, 0)

    def test_weights_count_and_are_not_cut_off_at_one(self, make: Make) -> None:
        index, rows = make(4), np.eye(4, dtype=np.float32)
        index.put_many([(subject(1), rows[:1]), (subject(2), 1.2 * rows[:1])])
        (proposals,) = index.propose(np.float32(1.1) * rows[:1], 2)
        assert [p.subject_id.int for p in proposals] == [2, 1]
        assert [p.score for p in proposals] == pytest.approx([1.32, 1.1], abs=TOLERANCE)

    def test_what_was_given_may_be_changed_afterwards(self, make: Make) -> None:
        index, rows = make(4), np.eye(4, dtype=np.float32)
        index.put(subject(1), rows[:1])
        rows[0] = [0, 0, 0, 1]
        assert index.propose(np.eye(4, dtype=np.float32)[:1], 1)[0][0].score == pytest.approx(
            1.0, abs=TOLERANCE
        )

    def test_vectors_need_not_be_contiguous(self, make: Make) -> None:
        rng = np.random.default_rng(11)
        index, wide = make(32), units(rng, 40, 32)
        interleaved = np.repeat(np.asfortranarray(wide), 2, axis=1)[:, ::2]
        for number, row in enumerate(interleaved[:, None]):
            index.put(subject(number), row)
        found = index.propose(interleaved[::-2], 1)
        assert [proposals[0].subject_id.int for proposals in found] == list(range(39, 0, -2))

    @pytest.mark.parametrize(
        "vectors",
        [
            np.ones(4, np.float32),
            np.ones((1, 5), np.float32),
            np.full((1, 4), np.nan, np.float32),
            np.array([[np.inf, 0, 0, 0]], np.float32),
        ],
    )
    def test_unusable_vectors_are_refused(self, make: Make, vectors: Matrix) -> None:
        index = make(4)
        with pytest.raises(ValueInvalid):
            index.put(subject(1), vectors)
        with pytest.raises(ValueInvalid):
            index.propose(vectors, 1)
        assert len(index) == 0

    def test_nothing_to_put_and_nothing_to_find_are_refused(self, make: Make) -> None:
        index = make(4)
        with pytest.raises(ValueInvalid):
            index.put(subject(1), np.empty((0, 4), np.float32))
        with pytest.raises(ValueInvalid):
            index.propose(np.eye(4, dtype=np.float32), 0)
        with pytest.raises(ValueInvalid):
            make(0)

    def test_searches_during_changes_see_whole_subjects_only(self, make: Make) -> None:
        """One subject is moved back and forth between two places; a search finds it whole at one of them."""
        rows = np.eye(64, dtype=np.float32)
        index = make(64)
        places = (rows[[0, 1, 2]], rows[[3, 4, 5]])
        index.put(subject(1), places[0])
        probe = (rows[:6].sum(axis=0) / np.sqrt(6.0)).astype(np.float32)[None]
        stop, wrong = threading.Event(), []

        def search() -> None:
            while not stop.is_set():
                proposals = index.propose(probe, 10)[0]
                if not proposals or len({p.subject_id for p in proposals}) != len(proposals):
                    wrong.append(proposals)
                if abs(proposals[0].score - 1 / np.sqrt(6.0)) > TOLERANCE:
                    wrong.append(proposals)

        readers = [threading.Thread(target=search) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(30 if index.shared else 300):
            index.put(subject(1), places[number % 2])
            index.put(subject(2 + number % 70), rows[6 + number % 58][None])
            index.drop(subject(2 + (number * 7) % 70))
        stop.set()
        for reader in readers:
            reader.join()
        assert wrong == []


change = st.tuples(st.integers(0, 9), st.integers(0, 6))


@pytest.mark.parametrize("make", [ExactIndex, Float32Index])
@settings(max_examples=60, deadline=None)
@given(changes=st.lists(change, max_size=60), seed=st.integers(0, 2**16), limit=st.integers(1, 12))
def test_any_sequence_of_changes_leaves_what_a_dict_would_hold(
    make: Make, changes: list[tuple[int, int]], seed: int, limit: int
) -> None:
    assert_like_a_dict(make, changes, seed, limit)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(change, min_size=20, max_size=30), seed=st.integers(0, 2**16), limit=st.integers(1, 12)
)
def test_any_sequence_of_changes_in_milvus(
    milvus: Make, changes: list[tuple[int, int]], seed: int, limit: int
) -> None:
    assert_like_a_dict(milvus, changes, seed, limit)


def assert_like_a_dict(make: Make, changes: list[tuple[int, int]], seed: int, limit: int) -> None:
    rng = np.random.default_rng(seed)
    index, model = make(24), dict[SubjectId, Matrix]()
    for number, rows in changes:
        key = subject(number)
        if rows == 0:
            index.drop(key)
            model.pop(key, None)
        else:
            model[key] = units(rng, rows, 24)
            index.put(key, model[key])
        assert len(index) == sum(map(len, model.values()))
        assert index.subjects == len(model)
    probes = units(rng, 3, 24)
    for probe, proposals in zip(probes, index.propose(probes, limit), strict=True):
        assert_right(proposals, best_rows(model, probe), limit)
