"""The key that this installation signs with, as it is told to those who verify."""

from dataclasses import dataclass

from visavis.application.ports.signing import Signer
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.receipts import fingerprint
from visavis.domain.keyring import KeyState
from visavis.domain.subject import TenantId

_ANYTHING = b"whose key is this?"
_SIGNING = "signing"


async def own_fingerprint(work: UnitOfWork, signer: Signer | None) -> str:
    """Of the tenant's public key, which is made if there is none; empty where nothing can be signed. Raises
    `KeyUnavailable`."""
    if signer is None:
        return ""
    signature = await signer.sign(work.signing, _ANYTHING)
    return fingerprint(signature.public_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysNow:
    """The keys of a tenant; `fingerprint` is that of the signing key, empty before anything was signed."""

    keys: tuple[KeyState, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtKeys:
    store: Store
    tenant: TenantId
    signer: Signer | None

    async def __call__(self) -> KeysNow:
        """Raises `KeyUnavailable`."""
        async with self.store.transaction(self.tenant) as work:
            keys = await work.keyring.states()
            signs = any(one.purpose == _SIGNING for one in keys)
            return KeysNow(
                keys=tuple(keys), fingerprint=await own_fingerprint(work, self.signer) if signs else ""
            )

    async def own(self) -> str:
        """The fingerprint of the signing key, made if there is none. Raises `KeyUnavailable`."""
        async with self.store.transaction(self.tenant) as work:
            return await own_fingerprint(work, self.signer)
