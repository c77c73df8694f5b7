"""The error table covers the whole tree of errors."""

from inspect import cleandoc

import pytest

from visavis.domain import errors
from visavis.domain.errors import (
    AlreadyEnrolled,
    CameraUnreachable,
    ConfigurationError,
    GalleryFull,
    ModelMismatch,
    NoFace,
    NotAuthenticated,
    NotPermitted,
    QualityTooLow,
    QuotaExceeded,
    SubjectNotFound,
    VisavisError,
)
from visavis.wire.errors import STATUSES, exit_code, problem, status


def family(kind: type[VisavisError]) -> list[type[VisavisError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in family(child))]


EVERY = [kind for kind in family(VisavisError) if kind.__module__ == errors.__name__]
ROOTS = [kind for kind in VisavisError.__subclasses__() if kind.__module__ == errors.__name__]


def test_the_tree_has_its_eight_branches() -> None:
    assert [root.__name__ for root in ROOTS] == [
        "InputError",
        "Refusal",
        "CaptureFailure",
        "NotFound",
        "Conflict",
        "AccessError",
        "Unavailable",
        "ConfigurationError",
    ]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_error_has_a_docstring_of_its_own_and_a_status(kind: type[VisavisError]) -> None:
    assert kind.__doc__
    assert cleandoc(kind.__doc__).endswith(".")
    assert kind is VisavisError or kind.__doc__ != kind.__mro__[1].__doc__
    assert 400 <= status(kind).http < 600
    assert kind is VisavisError or 2 <= status(kind).exit <= 9


def test_every_branch_is_named_in_the_table() -> None:
    assert set(ROOTS) <= set(STATUSES)


def test_codes_are_unique() -> None:
    codes = [kind().code for kind in EVERY]
    assert len(set(codes)) == len(codes)


def test_the_drawing_names_every_error() -> None:
    drawing = errors.__doc__ or ""
    assert [kind.__name__ for kind in EVERY if kind.__name__ not in drawing] == []


@pytest.mark.parametrize(
    ("kind", "http", "grpc", "code"),
    [
        (NoFace, 422, "INVALID_ARGUMENT", 2),
        (QualityTooLow, 422, "FAILED_PRECONDITION", 3),
        (errors.FailureToAcquire, 422, "FAILED_PRECONDITION", 4),
        (SubjectNotFound, 404, "NOT_FOUND", 5),
        (AlreadyEnrolled, 409, "ALREADY_EXISTS", 6),
        (ModelMismatch, 409, "FAILED_PRECONDITION", 6),
        (GalleryFull, 409, "RESOURCE_EXHAUSTED", 6),
        (NotAuthenticated, 401, "UNAUTHENTICATED", 7),
        (NotPermitted, 403, "PERMISSION_DENIED", 7),
        (QuotaExceeded, 429, "RESOURCE_EXHAUSTED", 7),
        (CameraUnreachable, 503, "UNAVAILABLE", 8),
        (errors.Overloaded, 503, "UNAVAILABLE", 8),
        (errors.Draining, 503, "UNAVAILABLE", 8),
        (ConfigurationError, 500, "FAILED_PRECONDITION", 9),
    ],
)
def test_status(kind: type[VisavisError], http: int, grpc: str, code: int) -> None:
    found = status(kind)
    assert (found.http, found.grpc, found.exit) == (http, grpc, code)


def test_an_error_that_is_not_named_has_the_status_of_the_nearest_one_above() -> None:
    class Nearby(GalleryFull):
        """A leaf of tomorrow."""

    try:
        assert status(Nearby) is STATUSES[GalleryFull]
    finally:
        del Nearby


def test_problem_keeps_code_message_hint_and_reasons() -> None:
    document = problem(QualityTooLow("Too dark.", hint="More light.", reasons=("too_dark",)))
    assert document.model_dump() == {
        "schema": "visavis.error/1",
        "code": "quality_too_low",
        "message": "Too dark.",
        "hint": "More light.",
        "retryable": False,
        "reasons": ("too_dark",),
    }
    assert problem(errors.StoreDown()).retryable


def test_an_error_may_say_when_to_come_back() -> None:
    assert errors.Overloaded(retry_after_s=1.5).retry_after_s == 1.5
    assert QuotaExceeded().retry_after_s is None


def test_exit_code_is_that_of_the_class() -> None:
    assert exit_code(SubjectNotFound()) == 5
