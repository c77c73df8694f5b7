import threading
import tracemalloc
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.adapters.index.cascade import CascadeIndex
from visavis.adapters.index.exact import ExactIndex
from visavis.application.ports.index import Identifiers
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import SubjectId

pytest.importorskip("faiss", reason="needs the extra visavis[cascade]")

from visavis.adapters.index.signs import SignCoder, SignRows

Matrix = NDArray[np.float32]


def units(rng: np.random.Generator, rows: int, dimension: int) -> Matrix:
    values = rng.standard_normal((rows, dimension)).astype(np.float32)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def likenesses(rng: np.random.Generator, rows: Matrix, cosine: float) -> Matrix:
    """Vectors at this cosine from each row."""
    aside = units(rng, *rows.shape)
    aside -= (aside * rows).sum(axis=1, keepdims=True) * rows
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    return np.asarray(cosine * rows + np.sqrt(1 - cosine**2) * aside, np.float32)


def numbered(first: int, count: int) -> Identifiers:
    return np.stack([np.zeros(count, np.uint64), np.arange(first, first + count, dtype=np.uint64)], axis=1)


def fill(index: ExactIndex, rows: Matrix, first: int = 0) -> None:
    index.put_rows(numbered(first, len(rows)), np.ones(len(rows), np.intp), rows)


class TestCascadeIndex:
    @pytest.mark.parametrize("dimension", [128, 512])
    def test_who_is_alike_is_among_those_proposed(self, dimension: int) -> None:
        """At a cosine of 0.6, where an embedder's false-match rate is below 1e-6; here a biased one, with weights."""
        rng = np.random.default_rng(dimension)
        index, rows = CascadeIndex(dimension), units(rng, 30_000, dimension)
        probes = likenesses(rng, rows[:1_000], 0.6)
        biased = [(one + 0.3 / np.sqrt(dimension)) for one in (rows, probes)]
        weights = rng.uniform(0.85, 1.2, (len(rows), 1)).astype(np.float32)
        fill(index, (biased[0] * weights).astype(np.float32))
        found = index.propose(biased[1].astype(np.float32), 12)
        hits = [number in {one.subject_id.int for one in row} for number, row in enumerate(found)]
        assert np.mean(hits) >= 0.999

    def test_scores_are_those_of_an_exact_scan(self) -> None:
        rng = np.random.default_rng(1)
        cascade, exact, rows = CascadeIndex(512), ExactIndex(512), units(rng, 25_000, 512)
        for index in (cascade, exact):
            fill(index, rows)
        probes = likenesses(rng, rows[:50], 0.6)
        for one, other in zip(cascade.propose(probes, 12), exact.propose(probes, 12), strict=True):
            assert one[0] == other[0]
            scores = {proposal.subject_id: proposal.score for proposal in other}
            assert all(scores.get(proposal.subject_id, proposal.score) == proposal.score for proposal in one)

    def test_changes_after_it_became_large_are_found_at_once(self) -> None:
        rng = np.random.default_rng(2)
        index, rows = CascadeIndex(512), units(rng, 21_000, 512)
        fill(index, rows[:20_500])
        fill(index, rows[20_500:], first=20_500)
        assert index.propose(rows[20_900:20_901], 1)[0][0].subject_id.int == 20_900
        index.drop(SubjectId(UUID(int=20_900)))
        index.put(SubjectId(UUID(int=3)), rows[20_900:20_901])
        assert index.propose(rows[20_900:20_901], 1)[0][0].subject_id.int == 3
        assert index.propose(rows[3:4], 1)[0][0].score < 0.5
        assert index.propose(rows[20_999:], 1)[0][0].subject_id.int == 20_999

    def test_it_is_exact_again_when_it_is_small_and_when_many_are_wanted(self) -> None:
        rng = np.random.default_rng(3)
        cascade, exact, rows = CascadeIndex(64, large_rows=2_000), ExactIndex(64), units(rng, 2_100, 64)
        for index in (cascade, exact):
            fill(index, rows)
        probes = units(rng, 3, 64)
        assert cascade.propose(probes, 500) == exact.propose(probes, 500)
        for number in range(1_000):
            cascade.drop(SubjectId(UUID(int=number)))
            exact.drop(SubjectId(UUID(int=number)))
        assert cascade.propose(probes, 30) == exact.propose(probes, 30)

    def test_a_subject_of_very_many_rows_hides_nobody(self) -> None:
        rng = np.random.default_rng(4)
        index, rows = CascadeIndex(512, large_rows=100, survivors=100), units(rng, 2_000, 512)
        fill(index, rows)
        crowd = likenesses(rng, np.repeat(rows[:1], 500, axis=0), 0.95)
        index.put(SubjectId(UUID(int=9_999)), crowd)
        found = index.propose(rows[:1], 12)[0]
        assert [one.subject_id.int for one in found[:2]] == [0, 9_999]
        assert len(found) == 12

    def test_subjects_and_counts_must_fit(self) -> None:
        index, rows = CascadeIndex(8), np.eye(8, dtype=np.float32)
        for counts in ([1], [1, 0], [2, 2], [1, 1, 1]):
            with pytest.raises(ValueInvalid):
                index.put_rows(numbered(1, 2), np.array(counts), rows[:3])
        assert len(index) == 0

    def test_it_holds_little_more_than_its_codes(self) -> None:
        rng = np.random.default_rng(5)
        rows = units(rng, 8_192, 512)
        fill(
            CascadeIndex(512, large_rows=1), rows
        )  # what a library keeps from its first use is not the index
        tracemalloc.start()
        index = CascadeIndex(512)
        for start in range(0, 4 * len(rows), len(rows)):
            fill(index, rows, first=start)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held <= 1.3 * len(index) * (512 + 4 + 64)

    def test_searches_during_changes_find_who_stays(self) -> None:
        rng = np.random.default_rng(6)
        index, rows = CascadeIndex(512, large_rows=500, survivors=50), units(rng, 3_000, 512)
        fill(index, rows[:2_000])
        stop, wrong = threading.Event(), list[int]()

        def search() -> None:
            while not stop.is_set():
                found = index.propose(rows[:5], 3)
                wrong.extend(n for n, row in enumerate(found) if row[0].subject_id.int != n)

        readers = [threading.Thread(target=search) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(2_000, 3_000):
            index.put(SubjectId(UUID(int=number)), rows[number : number + 1])
            index.drop(SubjectId(UUID(int=number - 1_500)))
        stop.set()
        for reader in readers:
            reader.join()
        assert wrong == []
        assert len(index) == 2_000

    def test_cleared_it_starts_anew(self) -> None:
        rng = np.random.default_rng(7)
        index, rows = CascadeIndex(512, large_rows=100, survivors=8), units(rng, 400, 512)
        fill(index, rows)
        index.clear()
        assert (len(index), index.nbytes) == (0, 0)
        fill(index, rows[200:])
        assert index.propose(rows[250:251], 1)[0][0].subject_id.int == 50


class TestSigns:
    def test_deleted_bits_are_overwritten_and_memory_comes_back(self) -> None:
        rows = SignRows(64)
        bits = np.random.default_rng(8).integers(1, 256, (1_000, 64), dtype=np.uint8)
        rows.extend(bits)
        rows.delete(0)
        assert rows.nearest(bits[999:], 1).tolist() == [[0]]
        for _ in range(990):
            rows.delete(0)
        assert len(rows) == 9
        assert rows.nbytes < 64 * 20

    @pytest.mark.parametrize(("dimension", "width"), [(3, 64), (128, 64), (512, 64), (513, 72), (1024, 128)])
    def test_as_many_bits_as_components_and_no_fewer_than_512(self, dimension: int, width: int) -> None:
        vectors = units(np.random.default_rng(9), 20, dimension)
        coder = SignCoder.of(vectors)
        bits = coder(vectors)
        assert (bits.shape, coder.width) == ((20, width), width)
        assert np.array_equal(bits, coder(np.float32(2.0) * vectors))

    def test_the_share_of_different_bits_tells_the_angle(self) -> None:
        rng = np.random.default_rng(10)
        rows = units(rng, 2_000, 512)
        coder = SignCoder.of(rows)
        for cosine in (0.2, 0.6, 0.9):
            different = np.bitwise_count(coder(rows) ^ coder(likenesses(rng, rows, cosine))).sum(axis=1)
            assert different.mean() / 512 == pytest.approx(np.arccos(cosine) / np.pi, abs=0.01)
