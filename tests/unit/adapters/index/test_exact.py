import threading
import tracemalloc
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.adapters.index.codes import BLOCK_ROWS, CodeRows, quantise
from visavis.adapters.index.exact import ExactIndex, _at_least_best
from visavis.adapters.index.locks import SharedLock
from visavis.adapters.index.roster import Roster
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import SubjectId


def units(rng: np.random.Generator, rows: int, dimension: int) -> NDArray[np.float32]:
    values = rng.standard_normal((rows, dimension)).astype(np.float32)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


class TestExactIndex:
    def test_scores_are_close_to_cosines_and_the_same_alone_and_in_a_batch(self) -> None:
        rng = np.random.default_rng(1)
        index, rows, probes = ExactIndex(512), units(rng, 2_000, 512), units(rng, 9, 512)
        for number, row in enumerate(rows):
            index.put(SubjectId(UUID(int=number)), row[None])
        together = index.propose(probes, 2_000)
        assert [index.propose(probe[None], 2_000)[0] for probe in probes] == together
        for probe, proposals in zip(probes, together, strict=True):
            errors = [p.score - float(rows[p.subject_id.int] @ probe) for p in proposals]
            assert np.abs(errors).max() < 0.004
            assert np.std(errors) < 0.001

    def test_the_best_after_confirmation_is_the_brute_force_best(self) -> None:
        """Even for probes of nobody, where the best and the second are close together."""
        rng = np.random.default_rng(2)
        index, rows, probes = ExactIndex(128), units(rng, 5_000, 128), units(rng, 500, 128)
        for number, row in enumerate(rows):
            index.put(SubjectId(UUID(int=number)), row[None])
        truth = probes @ rows.T
        hits = 0
        for cosines, proposals in zip(truth, index.propose(probes, 20), strict=True):
            numbers = [proposal.subject_id.int for proposal in proposals]
            hits += numbers[int(cosines[numbers].argmax())] == int(cosines.argmax())
        assert hits >= 0.999 * len(probes)

    def test_it_holds_less_than_a_third_of_float32(self) -> None:
        rng = np.random.default_rng(3)
        rows = units(rng, 4_000, 512)
        tracemalloc.start()
        index = ExactIndex(512)
        for number, row in enumerate(rows):
            index.put(SubjectId(UUID(int=number << 64)), row[None])
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held <= rows.nbytes / 3

    def test_memory_comes_back_after_drops(self) -> None:
        index = ExactIndex(64)
        rows = units(np.random.default_rng(4), 5 * BLOCK_ROWS, 64)
        subjects = np.stack([np.zeros(len(rows)), np.arange(len(rows))], axis=1).astype(np.uint64)
        index.put_rows(subjects, np.ones(len(rows), np.intp), rows)
        for number in range(len(rows)):
            index.drop(SubjectId(UUID(int=number)))
        assert index.nbytes == 0

    def test_a_dimension_beyond_32_bit_sums_is_refused(self) -> None:
        with pytest.raises(ValueInvalid):
            ExactIndex(65_537)


class TestCodeRows:
    def test_a_deleted_row_is_overwritten(self) -> None:
        rows = CodeRows(4)
        for value in (1, 2, 3):
            rows.append(np.full(4, value, np.int8), np.float32(value))
        rows.delete(0)
        (_, codes, scales), *rest = rows.blocks()
        assert rest == []
        assert codes.tolist() == [[3] * 4, [2] * 4]
        assert scales.tolist() == [3.0, 2.0]
        whole = codes.base
        assert whole is not None
        assert not np.isin(1, whole[:3])
        assert whole[2].tolist() == [0] * 4

    def test_blocks_cover_all_rows_in_order(self) -> None:
        rows = CodeRows(1)
        total = 2 * BLOCK_ROWS + 70
        for number in range(total):
            rows.append(np.array([number % 100], np.int8), np.float32(number))
        slices, codes, scales = zip(*rows.blocks(), strict=True)
        assert [part.start for part in slices] == [0, BLOCK_ROWS, 2 * BLOCK_ROWS]
        assert np.concatenate(scales).tolist() == list(range(total))
        assert np.concatenate(codes)[:, 0].tolist() == [number % 100 for number in range(total)]

    def test_rows_are_taken_from_all_blocks(self) -> None:
        rows = CodeRows(2)
        numbers = np.arange(2 * BLOCK_ROWS + 70)
        rows.extend(
            np.stack([numbers % 100, numbers % 7], axis=1).astype(np.int8), numbers.astype(np.float32)
        )
        wanted = np.array([0, 5, BLOCK_ROWS - 1, BLOCK_ROWS, 2 * BLOCK_ROWS, 2 * BLOCK_ROWS + 69])
        codes, scales = rows.take(wanted)
        assert scales.tolist() == wanted.tolist()
        assert codes.tolist() == [[number % 100, number % 7] for number in wanted.tolist()]
        codes, scales = rows.take(wanted[:0])
        assert (codes.shape, scales.shape) == ((0, 2), (0,))

    def test_slack_stays_below_half_a_block(self) -> None:
        rows = CodeRows(1)
        for number in range(3 * BLOCK_ROWS):
            rows.append(np.zeros(1, np.int8), np.float32(0))
            slack = rows.nbytes // 5 - (number + 1)
            assert slack <= BLOCK_ROWS // 2


class TestQuantise:
    def test_codes_fill_the_range(self) -> None:
        codes, scales = quantise(np.array([[0.6, -0.8], [0.0, 0.0]], np.float32))
        assert codes.tolist() == [[95, -127], [0, 0]]
        assert codes[0] * scales[0] == pytest.approx([0.6, -0.8], abs=0.004)


class TestRoster:
    def test_the_last_row_moves_into_the_gap_and_keeps_its_owner(self) -> None:
        roster = Roster()
        for owner in (7, 8, 7, 9):
            roster.append(owner)
        assert roster.delete(0) == 3
        assert [roster.owner(row) for row in range(3)] == [9, 8, 7]
        assert (list(roster.rows(7)), list(roster.rows(9)), list(roster.rows(5))) == ([2], [0], [])
        assert (len(roster), roster.owners) == (3, 3)

    def test_random_changes_against_a_list(self) -> None:
        rng = np.random.default_rng(5)
        roster, model = Roster(), list[int]()
        for _ in range(3_000):
            if model and rng.random() < 0.48:
                row = int(rng.integers(len(model)))
                roster.delete(row)
                model[row] = model[-1]
                model.pop()
            else:
                model.append(int(rng.integers(12)))
                roster.append(model[-1])
            owner = int(rng.integers(12))
            assert sorted(roster.rows(owner)) == [row for row, other in enumerate(model) if other == owner]
        assert [roster.owner(row) for row in range(len(roster))] == model
        assert roster.owners == len(set(model))


class TestAtLeastBest:
    @pytest.mark.parametrize("rows", [1, 5, 31, 32, 1_000, 5_003])
    @pytest.mark.parametrize("count", [1, 4, 40])
    def test_it_is_everything_above_a_score(self, rows: int, count: int) -> None:
        scores = np.random.default_rng(rows).integers(0, 50, rows).astype(np.float32)
        found = _at_least_best(scores, count)
        assert len(found) >= min(count, rows)
        assert sorted(found) == np.flatnonzero(scores >= scores[found].min()).tolist()


class TestSharedLock:
    def test_readers_share_and_a_writer_is_alone(self) -> None:
        lock, inside, entered = SharedLock(), threading.Barrier(3, timeout=5), []

        def read() -> None:
            with lock.reading():
                inside.wait()  # passes only when all three are in together

        def write() -> None:
            with lock.writing():
                entered.append(True)

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        with lock.reading():
            inside.wait()
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(timeout=0.05)
            assert entered == []
        writer.join(timeout=5)
        assert entered == [True]
        for reader in readers:
            reader.join()

    def test_an_error_inside_frees_it(self) -> None:
        lock = SharedLock()
        with pytest.raises(KeyError), lock.writing():
            raise KeyError
        with pytest.raises(KeyError), lock.reading():
            raise KeyError
        with lock.writing():
            pass
