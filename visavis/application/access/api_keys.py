"""API keys: made, shown once, listed, changed, revoked."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from visavis.application.access.tokens import digest, new_access_key, new_native_key, new_uuid_key
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.store import UnitOfWork
from visavis.domain.access import Actor, ActorKind, Permission, Principal
from visavis.domain.account import ApiKey, ApiKeyId, KeyKind, Rate, require_grantable
from visavis.domain.audit import Action
from visavis.domain.errors import AccountNotFound, NotPermitted, ValueInvalid
from visavis.domain.subject import checked_name


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """The key that is wanted. Without `galleries` it may use all that its creator may."""

    name: str
    permissions: frozenset[Permission]
    kind: KeyKind = KeyKind.NATIVE
    galleries: frozenset[str] | None = None
    expires_at: datetime | None = None
    rate: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedKey:
    """Shown once. `secret` is the whole key; of an access key, its second part (`key.label` is the first)."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeys:
    """`keys:manage` is needed, or `keys:own`, with which only keys of one's own are made, seen and revoked."""

    store: AccountStore
    clock: Clock
    identifiers: Identifiers

    async def create(
        self, by: Principal, wanted: KeyRequest, *, request: uuid.UUID | None = None
    ) -> CreatedKey:
        """Raises `NotPermitted` for more than the creator may itself, `AlreadyExists`, `ValueInvalid`."""
        _require_keys(by)
        galleries = by.galleries if wanted.galleries is None else wanted.galleries
        require_grantable(by, wanted.permissions, galleries)
        label, secret = _MAKERS[wanted.kind]()
        async with self.store.transaction(by.tenant) as work:
            wanted = await _within_own(work, by, wanted)
            key = self._made(by, replace(wanted, galleries=galleries), label)
            if key.kind is KeyKind.ACCESS_KEY:
                await work.accounts.keys.add(key, digest(label), secret=secret)
            else:
                await work.accounts.keys.add(key, digest(secret))
            await self._ledger(by, request).note(
                work,
                Action.KEY_CREATED,
                f"key:{key.id}",
                kind=key.kind.value,
                permissions=" ".join(sorted(key.permissions)),
                limited=key.galleries is not None,
                expires_at=key.expires_at.isoformat() if key.expires_at else None,
            )
        return CreatedKey(key=key, secret=secret)

    async def get(self, by: Principal, key_id: ApiKeyId) -> ApiKey:
        """Raises `AccountNotFound`, `NotPermitted`."""
        _require_keys(by)
        async with self.store.transaction(by.tenant) as work:
            return _visible(by, await work.accounts.keys.get(key_id))

    async def by_name(self, by: Principal, name: str) -> ApiKey:
        """The one in use. Raises `AccountNotFound`, `NotPermitted`."""
        _require_keys(by)
        async with self.store.transaction(by.tenant) as work:
            return _visible(by, await work.accounts.keys.by_name(name))

    async def page(self, by: Principal, *, after: ApiKeyId | None = None, limit: int = 100) -> list[ApiKey]:
        """By identifier, after `after`; revoked ones, too. Raises `NotPermitted`."""
        _require_keys(by)
        found: list[ApiKey] = []
        async with self.store.transaction(by.tenant) as work:
            while len(found) < limit:
                part = await work.accounts.keys.page(after=after, limit=limit)
                found += [one for one in part if _is_visible(by, one)]
                if len(part) < limit:
                    break
                after = part[-1].id
        return found[:limit]

    async def change(
        self, by: Principal, key_id: ApiKeyId, wanted: KeyRequest, *, request: uuid.UUID | None = None
    ) -> ApiKey:
        """All but its kind and secret. Raises as `create`, and `AccountNotFound`, also for a revoked key."""
        _require_keys(by)
        galleries = by.galleries if wanted.galleries is None else wanted.galleries
        require_grantable(by, wanted.permissions, galleries)
        async with self.store.transaction(by.tenant) as work:
            old = _visible(by, await work.accounts.keys.get(key_id))
            wanted = await _within_own(work, by, wanted)
            if old.revoked_at is not None:
                raise AccountNotFound("This API key is revoked.")
            key = replace(
                old,
                name=checked_name(wanted.name, what="key name"),
                permissions=wanted.permissions,
                galleries=galleries,
                expires_at=wanted.expires_at,
                rate=wanted.rate,
            )
            await work.accounts.keys.replace(key)
            await self._ledger(by, request).note(
                work, Action.KEY_CHANGED, f"key:{key.id}", permissions=" ".join(sorted(key.permissions))
            )
        return key

    async def revoke(self, by: Principal, key_id: ApiKeyId, *, request: uuid.UUID | None = None) -> ApiKey:
        """For good, with all keys that were made with it. Every process refuses them within five seconds.

        Raises `AccountNotFound`, `NotPermitted`.
        """
        _require_keys(by)
        async with self.store.transaction(by.tenant) as work:
            key = _visible(by, await work.accounts.keys.get(key_id))
            ledger, now = self._ledger(by, request), self.clock.now()
            if await work.accounts.keys.revoke(key_id, now):
                await ledger.note(work, Action.KEY_REVOKED, f"key:{key_id}")
            await revoke_made_by(work, key.actor, now, ledger)
            return await work.accounts.keys.get(key_id)

    def _made(self, by: Principal, wanted: KeyRequest, label: str) -> ApiKey:
        now = self.clock.now()
        if wanted.expires_at is not None and wanted.expires_at <= now:
            raise ValueInvalid("An API key expires in the future.")
        return ApiKey(
            id=ApiKeyId(self.identifiers.new()),
            name=checked_name(wanted.name, what="key name"),
            kind=wanted.kind,
            label=label,
            permissions=wanted.permissions,
            created_by=by.actor,
            created_at=now,
            galleries=wanted.galleries,
            expires_at=wanted.expires_at,
            rate=wanted.rate,
        )

    def _ledger(self, by: Principal, request: uuid.UUID | None) -> Ledger:
        return Ledger(actor=by.actor, clock=self.clock, request=request)


async def narrow_made_by(work: UnitOfWork, by: Principal, now: datetime, ledger: Ledger) -> None:
    """Takes from the keys that this user or key has made, and from those made with them, what their maker may not do
    any more. A key that is left with nothing is revoked."""
    for key in await work.accounts.keys.created_by(str(by.actor)):
        permissions, galleries = key.permissions & by.permissions, _common(key.galleries, by.galleries)
        if not permissions or galleries == frozenset():
            await work.accounts.keys.revoke(key.id, now)
            await ledger.note(work, Action.KEY_REVOKED, f"key:{key.id}")
            await revoke_made_by(work, key.actor, now, ledger)
            continue
        narrower = replace(key, permissions=permissions, galleries=galleries)
        if narrower != key:
            await work.accounts.keys.replace(narrower)
            await ledger.note(
                work, Action.KEY_CHANGED, f"key:{key.id}", permissions=" ".join(sorted(permissions))
            )
        await narrow_made_by(work, narrower.principal(by.tenant), now, ledger)


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Galleries in both; `None` for all."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


async def _within_own(work: UnitOfWork, by: Principal, wanted: KeyRequest) -> KeyRequest:
    """A key makes no key that lasts longer, or is faster, than itself. Raises `NotPermitted`."""
    if by.actor.kind is not ActorKind.KEY:
        return wanted
    own = await work.accounts.keys.get(ApiKeyId(uuid.UUID(by.actor.id)))
    expires_at, rate = wanted.expires_at or own.expires_at, wanted.rate or own.rate
    if own.expires_at is not None and (expires_at is None or expires_at > own.expires_at):
        raise NotPermitted("A key makes no key that lasts longer than itself.")
    if rate is not None and own.rate is not None and _is_faster(rate, own.rate):
        raise NotPermitted("A key makes no key with a higher rate than its own.")
    return replace(wanted, expires_at=expires_at, rate=rate)


def _is_faster(one: Rate, other: Rate) -> bool:
    return one.per_minute > other.per_minute or one.capacity > other.capacity


async def revoke_made_by(work: UnitOfWork, actor: Actor, now: datetime, ledger: Ledger) -> int:
    """Revokes the keys that this user or key has made, and those made with them; how many."""
    made = await work.accounts.keys.created_by(str(actor))
    for key in made:
        await work.accounts.keys.revoke(key.id, now)
        await ledger.note(work, Action.KEY_REVOKED, f"key:{key.id}")
    return len(made) + sum([await revoke_made_by(work, key.actor, now, ledger) for key in made])


_MAKERS = {
    KeyKind.NATIVE: new_native_key,
    KeyKind.UUID: new_uuid_key,
    KeyKind.ACCESS_KEY: new_access_key,
}


def _require_keys(by: Principal) -> None:
    if not by.may(Permission.KEYS_OWN):
        by.require(Permission.KEYS_MANAGE)


def _is_visible(by: Principal, key: ApiKey) -> bool:
    if by.galleries is not None and (key.galleries is None or not key.galleries <= by.galleries):
        return False
    return by.may(Permission.KEYS_MANAGE) or key.created_by == by.actor


def _visible(by: Principal, key: ApiKey) -> ApiKey:
    if not _is_visible(by, key):
        raise AccountNotFound("There is no such API key.")
    return key
