"""The description of the API: valid, complete, and with examples that are what they are examples of."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from scripts.reference import openapi
from visavis.domain.errors import VisavisError
from visavis.wire.errors import status

Part = dict[str, Any]
MAKERS = ("PUT /v1/schedules/{schedule}", "PUT /v1/cameras/{camera}/snapshot")
"""They make what the address names."""
OTHERS = (
    "CameraConfig.id",
    "CameraHealth.id",
    "DetailsNote.external_id",
    "ExportedReferenceNote.external_id",
    "Me.id",
    "Problem.request_id",
    "ProviderState.client_id",
)
"""Given by clients, of a user of this machine, or empty where there is none."""
BINARY = ("image/jpeg", "image/png", "application/octet-stream")
OPEN = {
    "/v1/health",
    "/v1/ready",
    "/v1/auth/sign-in",
    "/v1/auth/one-time",
    "/v1/auth/one-time/whose",
    "/v1/auth/oidc",
    "/v1/auth/ways",
    "/v1/auth/oidc/callback",
    "/v1/agents/enrol",
}


@pytest.fixture(scope="module")
def described() -> Part:
    found: Part = json.loads(openapi())
    return found


def operations(described: Part) -> Iterator[tuple[str, Part]]:
    for path, verbs in described["paths"].items():
        for verb, operation in verbs.items():
            yield f"{verb.upper()} {path}", operation


def resolved(part: Part, described: Part) -> Part:
    if "$ref" not in part:
        return part
    found: Part = described
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def contents(operation: Part, described: Part) -> Iterator[tuple[str, str, Part]]:
    """(request or status, media type, content) of every body."""
    if "requestBody" in operation:
        for media, content in operation["requestBody"]["content"].items():
            yield "request", media, content
    for number, answer in operation["responses"].items():
        for media, content in resolved(answer, described).get("content", {}).items():
            yield number, media, content


def examples(content: Part) -> list[Any]:
    several = [one["value"] for one in content.get("examples", {}).values()]
    return [*several, content["example"]] if "example" in content else several


def test_it_is_valid(described: Part) -> None:
    assert described["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_every_operation_is_explained(described: Part) -> None:
    known = {tag["name"] for tag in described["tags"]}
    for name, operation in operations(described):
        for wanted in ("operationId", "summary", "description"):
            assert operation.get(wanted), (name, wanted)
        assert len(operation["tags"]) == 1, name
        assert set(operation["tags"]) <= known, name
        for parameter in operation.get("parameters", []):
            named = resolved(parameter, described)
            if named["in"] != "path":
                assert named.get("description"), (name, named["name"])


def test_operations_have_names_of_their_own(described: Part) -> None:
    names = [operation["operationId"] for _, operation in operations(described)]
    assert len(names) == len(set(names)) > 70


def test_every_body_has_an_example(described: Part) -> None:
    for name, operation in operations(described):
        for place, media, content in contents(operation, described):
            if media not in BINARY:
                assert examples(content), (name, place, media)


def test_examples_are_valid(described: Part) -> None:
    checked = 0
    for name, operation in operations(described):
        for place, media, content in contents(operation, described):
            if not media.endswith("json"):
                continue
            schema = {**content["schema"], "components": described["components"]}
            validator = jsonschema_rs.validator_for(schema, validate_formats=True)
            for example in examples(content):
                found = [
                    f"{list(error.instance_path)}: {error.message}"
                    for error in validator.iter_errors(example)
                ]
                assert not found, (name, place, found)
                checked += 1
    assert checked > 500


def test_every_operation_says_who_may_call_it_and_how_it_fails(described: Part) -> None:
    for name, operation in operations(described):
        verb, _, path = name.partition(" ")
        assert operation["security"] == ([] if path in OPEN else [{"apiKey": []}, {"session": []}]), name
        if path in ("/v1/health", "/v1/ready"):
            continue
        expected = {"401", "403", "422", "429", "500", "503"}
        if "requestBody" in operation:
            expected |= {"408", "413"}
        if "{" in path and name not in MAKERS:
            expected.add("404")
        assert expected <= set(operation["responses"]), name
        headers = [parameter["name"] for parameter in operation.get("parameters", [])]
        repeats = verb != "GET" and path not in OPEN and not path.startswith(("/v1/me", "/v1/auth"))
        assert ("Idempotency-Key" in headers) == repeats, name


def test_errors_are_problems_with_their_codes(described: Part) -> None:
    numbers = {kind().code: status(kind).http for kind in kinds(VisavisError)}
    for name, operation in operations(described):
        for number, media, content in contents(operation, described):
            if not number.startswith(("4", "5")) or media == "application/json":
                continue
            assert media == "application/problem+json", (name, number)
            for code, example in content["examples"].items():
                assert example["value"]["code"] == code
                assert example["value"]["status"] == numbers[code] == int(number), (name, code)


def kinds(kind: type[VisavisError]) -> Iterator[type[VisavisError]]:
    yield kind
    for more in kind.__subclasses__():
        yield from kinds(more)


def test_schemas_are_named_by_people(described: Part) -> None:
    assert not [
        name for name in described["components"]["schemas"] if "__" in name or name.startswith("Body")
    ]


def test_identifiers_are_uuids(described: Part) -> None:
    weak = []
    for name, schema in described["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            options = shape.get("anyOf", [shape])
            is_id = (field == "id" or field.endswith("_id")) and f"{name}.{field}" not in OTHERS
            if is_id and any(one.get("type") == "string" and one.get("format") != "uuid" for one in options):
                weak.append(f"{name}.{field}")
    assert sorted(weak) == []


def test_what_is_sent_is_closed(described: Part) -> None:
    """A field that is not known is a mistake of the sender, who is told."""
    for name, operation in operations(described):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is not None:
            schema = resolved(content["schema"], described)
            assert schema.get("additionalProperties") is False, name
