"""Users, API keys, tenants."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.service import Caller, allowed, request_id, service_of
from visavis.application.access.api_keys import KeyRequest
from visavis.application.access.links import IssuedLink
from visavis.application.access.users import UserChange
from visavis.bootstrap.console import browsers_url
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.account import ApiKeyId, UserId
from visavis.domain.errors import AccountNotFound, AlreadyExists, Conflict
from visavis.domain.subject import TenantId
from visavis.wire.v1.accounts import (
    KeyCreate,
    KeyCreated,
    KeyEdit,
    KeyList,
    KeyNote,
    OneTimeLink,
    ProviderState,
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

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=IdempotentRoute)


@router.get("/auth/provider", summary="The identity provider", responses=failures())
async def get_provider(
    platform: Annotated[Platform, Depends(allowed(Permission.USERS_READ))],
) -> ProviderState:
    """Whether users may sign in with one, and what it says about them. It is configured by settings, not here."""
    given, callback = platform.settings.oidc, f"{browsers_url(platform.settings)}/v1/auth/oidc/callback"
    if given.issuer is None:
        return ProviderState(configured=False, callback=callback)
    return ProviderState(
        configured=True,
        issuer=given.issuer,
        client_id=given.client_id,
        scopes=given.scopes,
        callback=callback,
        roles_claim=given.roles_claim,
        roles=given.roles,
        default_role=given.default_role,
        creates_users=given.create_users,
        links_by_email=given.link_by_email,
    )


@router.get("/users", summary="Users", responses=failures())
async def list_users(request: Request, caller: Caller, limit: Limit = 100, cursor: Cursor = None) -> UserList:
    """By login."""
    users = service_of(request).entrance.doors.users
    page = await users.page(caller, after=place_of(cursor), limit=limit + 1)
    more = len(page) > limit
    return UserList(
        users=tuple(UserNote.of(one) for one in page[:limit]),
        next_cursor=cursor_of(page[limit - 1].login) if more else None,
    )


@router.post("/users", status_code=201, summary="Add a user", responses=failures(AlreadyExists))
async def add_user(request: Request, caller: Caller, wanted: UserCreate) -> UserCreated:
    """The answer has a one-time link with which the user chooses a password."""
    issued = await service_of(request).entrance.doors.users.add(
        caller,
        wanted.login,
        wanted.role,
        galleries=None if wanted.galleries is None else frozenset(wanted.galleries),
        request=request_id(request),
    )
    return UserCreated(user=UserNote.of(issued.user), sign_in=_link(request, issued))


@router.get("/users/{user_id}", summary="One user", responses=failures(AccountNotFound))
async def get_user(request: Request, caller: Caller, user_id: UUID) -> UserNote:
    """Its role, its limits, and how it signs in."""
    return UserNote.of(await service_of(request).entrance.doors.users.get(caller, UserId(user_id)))


@router.patch(
    "/users/{user_id}",
    summary="Change role or limits of a user",
    responses=failures(AccountNotFound, Conflict),
)
async def change_user(request: Request, caller: Caller, user_id: UUID, change: UserEdit) -> UserNote:
    """It counts from the next request on; the last owner stays one."""
    changed = await service_of(request).entrance.doors.users.change(
        caller,
        UserId(user_id),
        UserChange(
            role=change.role,
            disabled=change.disabled,
            galleries=None if change.galleries is None else frozenset(change.galleries),
            everywhere=change.everywhere,
            keep_keys=change.keep_keys,
        ),
        request=request_id(request),
    )
    service_of(request).entrance.authenticate.forget()
    return UserNote.of(changed)


@router.delete(
    "/users/{user_id}",
    status_code=204,
    summary="Remove a user",
    responses=failures(AccountNotFound, Conflict),
)
async def remove_user(request: Request, caller: Caller, user_id: UUID) -> None:
    """Its sessions end; what it did stays in the audit log under its identifier."""
    await service_of(request).entrance.doors.users.remove(
        caller, UserId(user_id), request=request_id(request)
    )
    service_of(request).entrance.authenticate.forget()


@router.post(
    "/users/{user_id}/sign-in-link",
    status_code=201,
    summary="Make a one-time link for a user",
    responses=failures(AccountNotFound),
)
async def make_link(request: Request, caller: Caller, user_id: UUID) -> OneTimeLink:
    """For a lost password. Links made before are void."""
    issued = await service_of(request).entrance.doors.users.sign_in_link(
        caller, UserId(user_id), request=request_id(request)
    )
    return _link(request, issued)


@router.get("/api-keys", summary="API keys", responses=failures())
async def list_api_keys(
    request: Request, caller: Caller, limit: Limit = 100, cursor: Cursor = None
) -> KeyList:
    """Without their secrets; revoked ones too."""
    keys = service_of(request).entrance.doors.keys
    after = ApiKeyId(uuid_of(place_of(cursor))) if cursor else None
    page = await keys.page(caller, after=after, limit=limit + 1)
    more = len(page) > limit
    return KeyList(
        keys=tuple(KeyNote.of(one) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].id)) if more else None,
    )


@router.post("/api-keys", status_code=201, summary="Make an API key", responses=failures(AlreadyExists))
async def create_api_key(request: Request, caller: Caller, wanted: KeyCreate) -> KeyCreated:
    """The answer has the secret, which is shown only this once."""
    created = await service_of(request).entrance.doors.keys.create(
        caller,
        KeyRequest(
            name=wanted.name,
            permissions=frozenset(wanted.permissions),
            kind=wanted.kind,
            galleries=None if wanted.galleries is None else frozenset(wanted.galleries),
            expires_at=wanted.expires_at,
            rate=wanted.rate.rate if wanted.rate else None,
        ),
        request=request_id(request),
    )
    return KeyCreated(key=KeyNote.of(created.key), secret=created.secret)


@router.get("/api-keys/{key_id}", summary="One API key", responses=failures(AccountNotFound))
async def get_api_key(request: Request, caller: Caller, key_id: UUID) -> KeyNote:
    """Without its secret."""
    return KeyNote.of(await service_of(request).entrance.doors.keys.get(caller, ApiKeyId(key_id)))


@router.patch("/api-keys/{key_id}", summary="Change what a key may do", responses=failures(AccountNotFound))
async def change_api_key(request: Request, caller: Caller, key_id: UUID, change: KeyEdit) -> KeyNote:
    """What is left out stays as it is. It counts within five seconds on every process."""
    keys = service_of(request).entrance.doors.keys
    old = await keys.get(caller, ApiKeyId(key_id))
    galleries = old.galleries if change.galleries is None else frozenset(change.galleries)
    wanted = KeyRequest(
        name=change.name or old.name,
        permissions=frozenset(change.permissions) if change.permissions else old.permissions,
        galleries=galleries,
        expires_at=change.expires_at or old.expires_at,
        rate=change.rate.rate if change.rate else old.rate,
    )
    changed = await keys.change(caller, old.id, wanted, request=request_id(request))
    service_of(request).entrance.authenticate.forget()
    return KeyNote.of(changed)


@router.delete("/api-keys/{key_id}", summary="Revoke an API key", responses=failures(AccountNotFound))
async def revoke_api_key(request: Request, caller: Caller, key_id: UUID) -> KeyNote:
    """For good. Every process refuses it within five seconds."""
    revoked = await service_of(request).entrance.doors.keys.revoke(
        caller, ApiKeyId(key_id), request=request_id(request)
    )
    service_of(request).entrance.authenticate.forget()
    return KeyNote.of(revoked)


@router.get("/tenants", summary="Tenants", responses=failures())
async def list_tenants(request: Request, caller: Caller) -> TenantList:
    """Only for owners of the installation."""
    found = await service_of(request).entrance.doors.tenants.all(caller)
    return TenantList(tenants=tuple(TenantNote.of(one) for one in found))


@router.post("/tenants", status_code=201, summary="Add a tenant", responses=failures(AlreadyExists))
async def create_tenant(request: Request, caller: Caller, wanted: TenantCreate) -> TenantCreated:
    """With a first owner, who gets a one-time link."""
    tenants, number = service_of(request).entrance.doors.tenants, request_id(request)
    rate = wanted.rate.rate if wanted.rate else None
    await tenants.require_free(caller, wanted.owner)
    tenant = await tenants.create(caller, wanted.name, rate=rate, request=number)
    issued = await tenants.invite_owner(caller, tenant.id, wanted.owner, request=number)
    return TenantCreated(tenant=TenantNote.of(tenant), sign_in=_link(request, issued))


@router.put("/tenants/{tenant_id}", summary="Change a tenant", responses=failures(AccountNotFound, Conflict))
async def change_tenant(request: Request, caller: Caller, tenant_id: UUID, change: TenantEdit) -> TenantNote:
    """A suspended tenant's users and keys are refused."""
    changed = await service_of(request).entrance.doors.tenants.change(
        caller,
        TenantId(tenant_id),
        name=change.name,
        suspended=change.suspended,
        rate=change.rate.rate if change.rate else None,
        request=request_id(request),
    )
    service_of(request).entrance.authenticate.forget()
    return TenantNote.of(changed)


@router.delete(
    "/tenants/{tenant_id}",
    status_code=204,
    summary="Remove a tenant",
    responses=failures(AccountNotFound, Conflict),
)
async def remove_tenant(request: Request, caller: Caller, tenant_id: UUID) -> None:
    """Only a suspended one, without galleries and subjects."""
    await service_of(request).entrance.doors.tenants.remove(
        caller, TenantId(tenant_id), request=request_id(request)
    )


def _link(request: Request, issued: IssuedLink) -> OneTimeLink:
    """Where it leads is configured: the request's own Host may be anybody's."""
    base = service_of(request).installation.settings.server.url
    return OneTimeLink(
        login=issued.user.login,
        token=issued.token,
        url=f"{base}/sign-in#{issued.token}",
        expires_at=issued.expires_at,
    )
