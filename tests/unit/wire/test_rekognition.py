"""The wire models of the Rekognition dialect, against Amazon's own description in botocore."""

import types
import typing
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from visavis.api.dialects.rekognition.router import OPERATIONS
from visavis.domain import errors
from visavis.domain.sample import Reason as OurReason
from visavis.wire.rekognition.errors import Cause, fault_of
from visavis.wire.rekognition.faces import confidence, reasons_of
from visavis.wire.rekognition.similarity import rate, similarity
from visavis.wire.rekognition.types import Part, UserStatus

SERVICE = botocore.session.Session().get_service_model("rekognition")
MISSING_REQUEST_FIELDS = {
    ("CreateFaceLivenessSession", "KmsKeyId"),  # there are no sessions
    ("CreateFaceLivenessSession", "Settings"),
    ("S3Object", "Version"),  # refused anyway
}
COMMON = {
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "UnrecognizedClientException",
    "SerializationException",
    "UnknownOperationException",
}
"""Errors that every AWS service has, so that no model lists them."""


def alias(model: type[Part], name: str) -> str:
    found = model.model_fields[name]
    return str(found.serialization_alias or found.alias)


def inner(annotation: Any) -> Iterator[Any]:
    """The types inside of unions, tuples and annotations."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType, tuple, typing.Annotated):
        for one in typing.get_args(annotation):
            yield from inner(one)
    else:
        yield annotation


def compare(model: type[Part], shape: StructureShape) -> None:
    """Every name of ours is one of Amazon's, whatever is required there cannot be left out here."""
    ours = {alias(model, name): name for name in model.model_fields}
    assert ours.keys() <= shape.members.keys(), (model, shape)
    for name, member in shape.members.items():
        if name not in ours:
            continue
        field = model.model_fields[ours[name]]
        inside = member.member if isinstance(member, ListShape) else member
        for one in inner(field.annotation):
            check_type(one, inside, name)


def check_type(one: Any, shape: Shape, name: str) -> None:
    if not isinstance(one, type):
        return
    if issubclass(one, Part):
        assert isinstance(shape, StructureShape), name
        compare(one, shape)
    elif issubclass(one, StrEnum):
        allowed = set(shape.enum)
        values = {str(value) for value in one}
        assert values <= allowed or values & allowed, name
    elif one is str:
        assert shape.type_name in {"string", "blob"}, name
    elif one is float:
        assert shape.type_name in {"float", "timestamp"}, name
    elif one is int:
        assert shape.type_name in {"integer", "long"}, name


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_requests_and_responses_have_amazons_names_and_types(name: str) -> None:
    operation, theirs = OPERATIONS[name], SERVICE.operation_model(name)
    request = operation.request
    compare(request, theirs.input_shape)
    known = {alias(request, field) for field in request.model_fields}
    missing = {(name, field) for field in theirs.input_shape.members} - {(name, field) for field in known}
    assert missing <= MISSING_REQUEST_FIELDS
    required = {alias(request, field) for field, info in request.model_fields.items() if info.is_required()}
    assert required == set(theirs.input_shape.required_members)
    response = typing.get_type_hints(operation.run)["return"]
    if name != "CreateFaceLivenessSession" and name != "GetFaceLivenessSessionResults":
        compare(response, theirs.output_shape)
        assert {alias(response, field) for field in response.model_fields} == set(theirs.output_shape.members)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_bounds_are_amazons(name: str) -> None:
    request, theirs = OPERATIONS[name].request, SERVICE.operation_model(name).input_shape
    schema = request.model_json_schema(by_alias=True)["properties"]
    for field, shape in theirs.members.items():
        if field in schema and field not in {"Image", "SourceImage", "TargetImage", "NextToken"}:
            ours = {
                key: value
                for one in schema[field].get("anyOf", [schema[field]])
                for key, value in one.items()
            }
            low = {ours.get(key) for key in ("minimum", "minLength", "minItems", "minProperties")} - {None}
            high = {ours.get(key) for key in ("maximum", "maxLength", "maxItems", "maxProperties")} - {None}
            if shape.metadata.get("min"):
                assert low == {shape.metadata["min"]}, field
            if "max" in shape.metadata:
                assert high == {shape.metadata["max"]}, field


def test_every_error_is_one_that_clients_know() -> None:
    known = set(SERVICE.shape_names) | COMMON
    kinds = [
        one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.VisavisError)
    ]
    assert len(kinds) > 40
    for kind in kinds:
        assert fault_of(kind()).type in known
        assert fault_of(kind()).message
    for cause in Cause:
        assert fault_of(errors.ValueInvalid("x", reasons=(cause,))).type in known


def test_only_faults_of_the_server_have_its_status() -> None:
    assert fault_of(errors.VisavisError("secret detail")).message == "The server made a mistake."
    assert fault_of(errors.Overloaded()).type == "ThrottlingException"
    assert fault_of(errors.QuotaExceeded()).type == "ProvisionedThroughputExceededException"
    assert fault_of(errors.QuotaExceeded()).status == 400


@pytest.mark.parametrize(
    ("fmr", "expected"),
    [(1.0, 0.0), (1e-3, 80.0), (1e-4, 90.0), (1e-6, 99.0), (1e-12, 100.0), (1e-15, 100.0)],
)
def test_thresholds_that_clients_use_are_stated_rates(fmr: float, expected: float) -> None:
    assert similarity(fmr) == expected


@given(st.floats(1e-12, 1.0), st.floats(1e-12, 1.0))
def test_rarer_is_never_less_similar(one: float, other: float) -> None:
    assert (similarity(one) >= similarity(other)) or one >= other
    assert 0.0 <= similarity(one) <= 100.0


@given(st.floats(0.0, 99.99))
def test_a_threshold_and_its_rate_are_the_same(threshold: float) -> None:
    assert similarity(rate(threshold)) == pytest.approx(threshold, abs=2e-5)


def test_every_reason_of_ours_has_one_of_amazons() -> None:
    amazons = set(SERVICE.shape_for("Reason").enum)
    assert {str(one) for reason in OurReason for one in reasons_of((reason,))} <= amazons
    assert {str(one) for one in UserStatus} <= set(SERVICE.shape_for("UserStatus").enum)


def test_confidence_rises_with_the_score() -> None:
    assert [round(confidence(score), 1) for score in (0.0, 0.54, 0.78, 0.9, 1.0)] == [
        0.0,
        90.3,
        98.9,
        99.9,
        100.0,
    ]
