"""Users and API keys at the command line, on a real database."""

import pytest

from tests.acceptance.conftest import Machine
from visavis.wire.accounts import (
    ApiKeyCreatedDocument,
    ApiKeysDocument,
    SignInLinkDocument,
    UserRemovedDocument,
    UsersDocument,
)

pytestmark = pytest.mark.postgres


def test_users(machine: Machine) -> None:
    first = SignInLinkDocument.model_validate_json(machine.visavis("users", "sign-in", "--json").out)
    assert (first.user.login, first.user.role) == ("owner", "owner")
    assert first.url.endswith(f"/sign-in#{first.token}")
    again = SignInLinkDocument.model_validate_json(machine.visavis("users", "sign-in", "--json").out)
    assert (again.user.id, again.token != first.token) == (first.user.id, True)
    machine.visavis("users", "add", "Ada@example.org", "--role", "auditor", "-g", "staff")
    assert machine.visavis("users", "add", "ada@example.org", code=6).err
    changed = machine.visavis("users", "role", "ada@example.org", "operator", "--json")
    (ada,) = UsersDocument.model_validate_json(changed.out).users
    assert (ada.role, ada.galleries) == ("operator", ("staff",))
    assert "only owner" in machine.visavis("users", "remove", "owner", "--yes", code=6).err
    removed = machine.visavis("users", "remove", "ada@example.org", "--yes", "--json")
    assert UserRemovedDocument.model_validate_json(removed.out).api_keys_revoked == 0
    assert "ada@" not in machine.visavis("users").out
    assert machine.visavis("users", "role", "nobody", "owner", code=5).err


def test_api_keys(machine: Machine) -> None:
    gate = machine.visavis("api-keys", "create", "gate", "--permission", "identify", "--days", "7", "--json")
    created = ApiKeyCreatedDocument.model_validate_json(gate.out)
    assert created.api_key.permissions == ("identify",)
    assert created.secret.startswith(created.api_key.label)
    pair = machine.visavis("api-keys", "create", "boto", "--kind", "access-key").out
    assert "AKIA" in pair
    listed = machine.visavis("api-keys", "--json").out
    assert created.secret not in listed
    assert [one.name for one in ApiKeysDocument.model_validate_json(listed).api_keys] == ["boto", "gate"]
    machine.visavis("api-keys", "revoke", "gate", "--yes")
    left = ApiKeysDocument.model_validate_json(machine.visavis("api-keys", "list", "--json").out)
    assert [one.name for one in left.api_keys] == ["boto"]
    machine.visavis("api-keys", "revoke", "gate", "--yes", code=5)
    assert "events:read" in machine.visavis("api-keys", "create", "x", "--permission", "all", code=2).err
    verified = machine.visavis("audit", "verify", "--json").document
    assert verified["intact"] is True
