"""Users, API keys, tenants."""

from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow
from visavis.client.requests import delete, get, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.access import Role
from visavis.wire.v1.accounts import (
    KeyCreate,
    KeyCreated,
    KeyEdit,
    KeyList,
    KeyNote,
    OneTimeLink,
    ProviderState,
    SessionList,
    TenantCreate,
    TenantCreated,
    TenantEdit,
    TenantList,
    TenantNote,
    UserCreate,
    UserCreated,
    UserEdit,
    UserList,
    UserNote,
)

M = TypeVar("M")


class Users(Resource[M]):
    """Account holders."""

    @listing_of(UserNote)
    def list(self, *, page_size: int = 100) -> Flow[None]:
        """By login."""
        return self._pages(get("v1", "users", limit=page_size), UserList, lambda page: page.users)

    @operation
    def add(self, login: str, role: Role, *, galleries: tuple[str, ...] | None = None) -> Flow[UserCreated]:
        """The answer has a one-time link with which the user chooses a password."""
        body = UserCreate(login=login, role=role, galleries=galleries)
        return self._ask(self._write(send("POST", "v1", "users", body=body)), UserCreated)

    @operation
    def get(self, user_id: str | UUID) -> Flow[UserNote]:
        return self._ask(get("v1", "users", user_id), UserNote)

    @operation
    def change(self, user_id: str | UUID, change: UserEdit) -> Flow[UserNote]:
        """It counts from the next request on; what is left out stays as it is."""
        return self._ask(self._write(send("PATCH", "v1", "users", user_id, body=change)), UserNote)

    @operation
    def remove(self, user_id: str | UUID) -> Flow[None]:
        """Its sessions end."""
        return self._do(self._write(delete("v1", "users", user_id)))

    @operation
    def sign_in_link(self, user_id: str | UUID) -> Flow[OneTimeLink]:
        """For a lost password. Links made before are void."""
        return self._ask(self._write(send("POST", "v1", "users", user_id, "sign-in-link")), OneTimeLink)

    @operation
    def provider(self) -> Flow[ProviderState]:
        """Whether users may sign in with an identity provider, and what it says about them."""
        return self._ask(get("v1", "auth", "provider"), ProviderState)


class Sessions(Resource[M]):
    """Of the user who is signed in; no key has any."""

    @operation
    def list(self) -> Flow[SessionList]:
        """Those that still last, the latest first."""
        return self._ask(get("v1", "me", "sessions"), SessionList)

    @operation
    def close(self, session_id: str | UUID) -> Flow[None]:
        """On whatever device it is."""
        return self._do(self._write(delete("v1", "me", "sessions", session_id)))


class ApiKeys(Resource[M]):
    """Keys of applications."""

    @listing_of(KeyNote)
    def list(self, *, page_size: int = 100) -> Flow[None]:
        """Without their secrets; revoked ones too."""
        return self._pages(get("v1", "api-keys", limit=page_size), KeyList, lambda page: page.keys)

    @operation
    def create(self, wanted: KeyCreate) -> Flow[KeyCreated]:
        """The answer has the secret, this once."""
        return self._ask(self._write(send("POST", "v1", "api-keys", body=wanted)), KeyCreated)

    @operation
    def get(self, key_id: str | UUID) -> Flow[KeyNote]:
        return self._ask(get("v1", "api-keys", key_id), KeyNote)

    @operation
    def change(self, key_id: str | UUID, change: KeyEdit) -> Flow[KeyNote]:
        """What is left out stays as it is."""
        return self._ask(self._write(send("PATCH", "v1", "api-keys", key_id, body=change)), KeyNote)

    @operation
    def revoke(self, key_id: str | UUID) -> Flow[KeyNote]:
        """For good, within five seconds."""
        return self._ask(self._write(delete("v1", "api-keys", key_id)), KeyNote)


class Tenants(Resource[M]):
    """Only for owners of the installation."""

    @operation
    def list(self) -> Flow[TenantList]:
        return self._ask(get("v1", "tenants"), TenantList)

    @operation
    def create(self, wanted: TenantCreate) -> Flow[TenantCreated]:
        """With a first owner, who gets a one-time link."""
        return self._ask(self._write(send("POST", "v1", "tenants", body=wanted)), TenantCreated)

    @operation
    def change(self, tenant_id: str | UUID, change: TenantEdit) -> Flow[TenantNote]:
        """All of it: name, suspension and rate."""
        return self._ask(self._write(send("PUT", "v1", "tenants", tenant_id, body=change)), TenantNote)

    @operation
    def remove(self, tenant_id: str | UUID) -> Flow[None]:
        """Only a suspended one, without galleries and subjects."""
        return self._do(self._write(delete("v1", "tenants", tenant_id)))
