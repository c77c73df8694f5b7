"""Services of the CompreFace dialect at the command line, on a real database."""

import uuid

import pytest

from tests.acceptance.conftest import Machine
from visavis.wire.accounts import ApiKeyCreatedDocument
from visavis.wire.galleries import GalleriesDocument

pytestmark = pytest.mark.postgres


def created(machine: Machine, *arguments: str) -> ApiKeyCreatedDocument:
    done = machine.visavis("api-keys", "create", *arguments, "--json")
    return ApiKeyCreatedDocument.model_validate_json(done.out)


def test_a_service_is_one_command(machine: Machine) -> None:
    doors = created(machine, "doors", "--for", "compreface-recognition", "-g", "staff", "--keep", "photo")
    assert str(uuid.UUID(doors.secret)) == doors.secret
    assert doors.api_key.galleries == ("staff",)
    assert {"identify", "enrol", "verify", "templates"} <= set(doors.api_key.permissions)
    assert "keys:manage" not in doors.api_key.permissions
    (staff,) = GalleriesDocument.model_validate_json(machine.visavis("galleries", "--json").out).galleries
    assert (staff.name, staff.policy.keep, staff.policy.max_references) == ("staff", "photo", 200)
    second = created(machine, "more", "--for", "compreface-recognition", "-g", "staff", "--days", "7")
    assert second.api_key.expires_at is not None  # and the gallery that is there is used
    counting = created(machine, "counting", "--for", "compreface-detection")
    assert (counting.api_key.permissions, counting.api_key.galleries) == (("detect", "templates"), None)
    desk = created(machine, "desk", "--for", "compreface-verification")
    assert desk.api_key.permissions == ("templates", "verify")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--for", "compreface-recognition"),
        ("--for", "compreface-recognition", "-g", "one", "-g", "two"),
        ("--for", "compreface-detection", "-g", "one"),
        ("--for", "compreface-verification", "--keep", "photo"),
        ("--for", "compreface"),
    ],
)
def test_what_is_no_service(machine: Machine, arguments: tuple[str, ...]) -> None:
    assert machine.visavis("api-keys", "create", "x", *arguments, code=2).err
