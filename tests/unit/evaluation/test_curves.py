import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.comparisons import FAILED, ComparisonSet
from visavis.evaluation.curves import score_histogram


def comparisons(scores: list[float], mated: list[bool]) -> ComparisonSet:
    zeros = np.zeros(len(scores), np.int32)
    return ComparisonSet(
        scores=np.array(scores, np.float32), mated=np.array(mated, np.bool_), first=zeros, second=zeros
    )


@given(
    st.lists(
        st.tuples(st.floats(-1, 1, width=32), st.booleans(), st.booleans()), min_size=1, max_size=60
    ).filter(lambda rows: not all(failed for *_, failed in rows))
)
def test_every_score_falls_into_one_bin_of_its_kind(rows: list[tuple[float, bool, bool]]) -> None:
    scores = [FAILED if failed else score for score, _, failed in rows]
    found = score_histogram(comparisons(scores, [mated for _, mated, _ in rows]), bins=7)
    assert len(found.edges) == 8
    assert (np.diff(found.edges) > 0).all()
    made = [(score, mated) for score, mated, failed in rows if not failed]
    assert found.mated.sum() == sum(mated for _, mated in made)
    assert found.non_mated.sum() == sum(not mated for _, mated in made)


def test_by_hand() -> None:
    found = score_histogram(comparisons([0.0, 0.1, 0.6, 1.0], [False, False, True, True]), bins=2)
    assert found.edges.tolist() == [0.0, 0.5, 1.0]
    assert (found.mated.tolist(), found.non_mated.tolist()) == ([0, 2], [2, 0])


def test_nothing_was_compared() -> None:
    with pytest.raises(ValueInvalid):
        score_histogram(comparisons([FAILED], [True]))
