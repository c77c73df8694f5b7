import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.domain.errors import ValueInvalid
from visavis.domain.gallery_size import HIGHEST, LOWEST, SearchScaling, comparison_fmr, search_fpir

FLAT = SearchScaling(exponent=1.0, rise=0.0, dispersion=1e6, growth=0.0, lowest=1e-5, largest=100)
REAL = SearchScaling(exponent=0.16, rise=0.16, dispersion=33.0, growth=0.45, lowest=5e-6, largest=1000)


@given(st.floats(1e-9, 0.4), st.integers(1, 1_000_000))
def test_equal_people_and_unlike_references_are_independent_comparisons(fmr: float, searched: int) -> None:
    wanted = search_fpir(fmr, searched)
    if wanted < 0.9:
        assert FLAT.fpir(fmr, searched, searched) == pytest.approx(wanted, rel=1e-3)


@given(st.floats(1e-6, 0.5), st.integers(1, 10_000_000), st.integers(0, 10_000_000))
def test_the_inverse(fpir: float, references: int, subjects: int) -> None:
    fmr = REAL.comparison_fmr(fpir, references, subjects)
    assert LOWEST <= fmr <= HIGHEST
    if LOWEST * 1.01 < fmr < HIGHEST / 1.01:
        assert REAL.fpir(fmr, references, subjects) == pytest.approx(fpir, rel=1e-6)


@given(st.floats(1e-9, 0.5), st.floats(1.001, 10), st.integers(1, 10**6), st.integers(1, 10**6))
def test_rises_with_the_rate(fmr: float, times: float, references: int, subjects: int) -> None:
    lower, higher = (REAL.fpir(rate, references, subjects) for rate in (fmr, min(fmr * times, 1.0)))
    assert lower <= higher
    assert 0.0 <= lower <= 1.0


def test_never_stricter_than_independence_and_milder_with_more_references_of_one_subject() -> None:
    independent = comparison_fmr(0.01, 1000)
    alone, several = (REAL.comparison_fmr(0.01, 1000, subjects) for subjects in (1000, 200))
    assert independent <= alone <= several
    assert REAL.comparison_fmr(0.01, 1000, 0) == REAL.comparison_fmr(0.01, 1000, 1)
    assert REAL.fpir(1.0, 10, 10) == 1.0


@pytest.mark.parametrize(
    "changes",
    [
        {"exponent": 1.1},
        {"rise": -0.1},
        {"rise": 0.21},
        {"growth": 2.0},
        {"dispersion": 0.0},
        {"dispersion": 9e-7},
        {"lowest": 0.0},
        {"lowest": 9e-13},
        {"largest": 0},
        {"dispersion": math.nan},
        {"exponent": math.inf},
    ],
)
def test_senseless_numbers_are_refused(changes: dict[str, float]) -> None:
    good = {"exponent": 0.5, "rise": 0.1, "dispersion": 1.0, "growth": 0.1, "lowest": 1e-5, "largest": 9}
    with pytest.raises(ValueInvalid):
        SearchScaling(**(good | changes))  # type: ignore[arg-type]


@given(st.floats(1e-6, 0.5), st.integers(1, 10_000_000), st.floats(0.0, 1.0))
def test_the_smallest_numbers_that_are_accepted_still_decide(
    fpir: float, references: int, growth: float
) -> None:
    smallest = SearchScaling(exponent=1.0, rise=0.2, dispersion=1e-6, growth=growth, lowest=1e-12, largest=1)
    assert LOWEST <= smallest.comparison_fmr(fpir, references, references) <= HIGHEST
