import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.adapters.index.roster import Roster
from visavis.application.ports.index import Identifiers


def halves(owners: list[int]) -> Identifiers:
    return np.array([(one >> 64, one & (1 << 64) - 1) for one in owners], np.uint64).reshape(-1, 2)


def owners_of(roster: Roster) -> list[int]:
    return [roster.owner(row) for row in range(len(roster))]


class TestRoster:
    @pytest.mark.parametrize("owners", [3, 24, 25, 5_000])
    def test_many_at_once_are_as_one_after_the_other(self, owners: int) -> None:
        rng = np.random.default_rng(owners)
        names = [int.from_bytes(rng.bytes(16), "big") for _ in range(owners)]
        counts = rng.integers(1, 4, owners)
        together, single = Roster(), Roster()
        for roster in (together, single):
            roster.append(7)
        together.extend(halves(names), counts)
        for name, count in zip(names, counts.tolist(), strict=True):
            for _ in range(count):
                single.append(name)
        assert owners_of(together) == owners_of(single)
        assert together.owners == single.owners == owners + 1
        for name in [*names, 7]:
            assert sorted(together.rows(name)) == sorted(single.rows(name))

    def test_it_tells_the_known_from_the_unknown(self) -> None:
        roster, names = Roster(), [number << 64 | number for number in range(1, 2_000)]
        roster.extend(halves(names), np.ones(len(names), np.intp))
        strangers = [number << 64 for number in range(1, 500)]
        assert roster.known(halves([*strangers, *names])) == names
        assert roster.known(halves(strangers[:5] + names[:2])) == names[:2]
        assert roster.known(halves([])) == []

    @settings(max_examples=40, deadline=None)
    @given(
        steps=st.lists(
            st.tuples(st.booleans(), st.integers(0, 60), st.integers(1, 40), st.integers(1, 3)), max_size=60
        )
    )
    def test_any_sequence_of_changes_leaves_what_a_list_would_hold(
        self, steps: list[tuple[bool, int, int, int]]
    ) -> None:
        """Identifiers are close together, so that many want the same place."""
        roster, model = Roster(), list[int]()
        for adding, first, many, each in steps:
            if adding:
                new = [one for one in range(first, first + many) if one not in model]
                roster.extend(halves(new), np.full(len(new), each))
                model += [one for one in new for _ in range(each)]
            for _ in range(0 if adding else min(many, len(model))):
                row = first % len(model)
                assert roster.delete(row) == len(model) - 1
                model[row] = model[-1]
                model.pop()
        assert owners_of(roster) == model
        assert roster.owners == len(set(model))
        for owner in range(100):
            assert sorted(roster.rows(owner)) == [row for row, one in enumerate(model) if one == owner]

    def test_coming_and_going_do_not_let_it_grow(self) -> None:
        roster = Roster()
        for number in range(20_000):
            roster.append(number)
            if number >= 100:
                roster.delete(number % 100)
        assert len(roster) == 100
        assert roster.nbytes < 8_000

    def test_it_needs_forty_bytes_an_owner(self) -> None:
        roster, rng = Roster(), np.random.default_rng(1)
        for _ in range(10):
            roster.extend(rng.integers(1 << 63, size=(10_000, 2), dtype=np.uint64), np.ones(10_000, np.intp))
        assert roster.nbytes <= 40 * len(roster)
