"""API keys in memory."""

from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.account_tables import KeptKey
from visavis.adapters.memory.work import Work
from visavis.domain.account import ApiKey, ApiKeyId
from visavis.domain.errors import AccountNotFound, AlreadyExists


class MemoryApiKeys:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, key: ApiKey, digest: bytes, *, secret: str | None = None) -> None:
        keys = (await self._work.write()).accounts.keys
        _require_free(keys, key)
        keys[key.id] = KeptKey(key=key, digest=digest, secret=secret)

    async def get(self, key_id: ApiKeyId) -> ApiKey:
        return self._kept(key_id).key

    async def page(self, *, after: ApiKeyId | None = None, limit: int = 100) -> list[ApiKey]:
        keys = sorted(self._work.read().accounts.keys)
        chosen = [key_id for key_id in keys if after is None or key_id > after][:limit]
        return [self._kept(key_id).key for key_id in chosen]

    async def by_name(self, name: str) -> ApiKey:
        for kept in self._work.read().accounts.keys.values():
            if kept.key.name == name and kept.key.revoked_at is None:
                return kept.key
        raise AccountNotFound(f"There is no API key {name!r}.")

    async def replace(self, key: ApiKey) -> None:
        old = self._kept(key.id)
        keys = (await self._work.write()).accounts.keys
        _require_free(keys, key)
        wanted = replace(
            old.key,
            name=key.name,
            permissions=key.permissions,
            galleries=key.galleries,
            expires_at=key.expires_at,
            rate=key.rate,
        )
        keys[key.id] = replace(old, key=wanted)

    async def revoke(self, key_id: ApiKeyId, at: datetime) -> bool:
        old = self._kept(key_id)
        if old.key.revoked_at is not None:
            return False
        keys = (await self._work.write()).accounts.keys
        keys[key_id] = replace(old, key=replace(old.key, revoked_at=at), secret=None)
        return True

    async def created_by(self, actor: str) -> list[ApiKey]:
        return [
            kept.key
            for _, kept in sorted(self._work.read().accounts.keys.items())
            if str(kept.key.created_by) == actor and kept.key.revoked_at is None
        ]

    async def touch(self, key_id: ApiKeyId, at: datetime) -> None:
        keys = (await self._work.write()).accounts.keys
        if key_id in keys:
            old = keys[key_id]
            used = max(at, old.key.last_used_at or at)
            keys[key_id] = replace(old, key=replace(old.key, last_used_at=used))

    def _kept(self, key_id: ApiKeyId) -> KeptKey:
        kept = self._work.read().accounts.keys.get(key_id)
        if kept is None:
            raise AccountNotFound("There is no such API key.")
        return kept


def _require_free(keys: dict[ApiKeyId, KeptKey], wanted: ApiKey) -> None:
    """Among keys that are in use a name is unique."""
    for kept in keys.values():
        if kept.key.name == wanted.name and kept.key.revoked_at is None and kept.key.id != wanted.id:
            raise AlreadyExists(f"There is an API key {wanted.name!r} already.")
