"""Similarities and errors of the CompreFace dialect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.domain import errors
from visavis.wire.compreface.errors import Cause, fault_of
from visavis.wire.compreface.similarity import ANCHORS, rate, rounded, similarity


@pytest.mark.parametrize(("wanted", "fmr"), ANCHORS)
def test_thresholds_of_clients_mean_stated_rates(wanted: float, fmr: float) -> None:
    assert similarity(fmr) == wanted
    assert rate(wanted) == pytest.approx(fmr, rel=1e-9)


def test_the_ends() -> None:
    assert similarity(1.0) == 0.1
    assert similarity(1e-12) == 1.0
    assert similarity(1e-30) == 1.0
    assert rate(0.0) == 1.0
    assert rate(1.0) == pytest.approx(1e-12)


@given(st.floats(-12.0, 0.0), st.floats(-12.0, 0.0))
def test_it_is_monotone(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert similarity(10.0**low) >= similarity(10.0**high)
    if high - low > 0.5 and high > -7:
        assert similarity(10.0**low) > similarity(10.0**high)


@given(st.floats(0.11, 0.999))
def test_the_rate_is_its_inverse(wanted: float) -> None:
    assert similarity(rate(wanted)) == pytest.approx(wanted, abs=1e-5)


def test_rounding_is_half_up() -> None:
    assert rounded(0.123455) == 0.12346
    assert rounded(0.123445) == 0.12345
    assert rounded(0.5) == 0.5


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (errors.NoFace(), 400, 28, "No face is found in the given image"),
        (errors.ImageUnreadable("x"), 400, 28, "No face is found in the given image"),
        (errors.ManyFaces("3"), 400, 31, "More than one face in the source image"),
        (errors.AlreadyExists("x"), 400, 43, "Subject already exists"),
        (errors.SubjectNotFound("Subject a not found"), 404, 42, "Subject a not found"),
        (errors.ReferenceNotFound("Image Id is incorrect"), 404, 44, "Image Id is incorrect"),
        (errors.ValueInvalid("odd"), 400, 26, "odd"),
        (errors.ValueInvalid(reasons=(Cause.HEADER_MISSING,)), 400, 20, "Missing header: x-api-key"),
        (errors.ModelDown("x"), 503, 41, "x"),
        (errors.FailureToExtract("x"), 500, 41, "x"),
        (errors.PathNotFound("x"), 404, 0, "x"),
        (errors.QuotaExceeded("x"), 429, 0, "x"),
        (errors.NotPermitted("x"), 403, 0, "x"),
        (errors.GalleryFull("x"), 400, 0, "x"),
        (errors.ConsentMissing("x"), 400, 0, "x"),
    ],
)
def test_errors(error: errors.VisavisError, status: int, code: int, message: str) -> None:
    fault = fault_of(error)
    assert (fault.status, fault.code, fault.message) == (status, code, message)


def test_a_face_that_is_not_good_enough_says_why() -> None:
    fault = fault_of(errors.QualityTooLow("It is too dark.", reasons=("too_dark",)))
    assert (fault.status, fault.code) == (400, 28)
    assert fault.message == "No face is found in the given image that is good enough. It is too dark."
