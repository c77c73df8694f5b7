"""Starting, stopping and looking after the store of this installation."""

import os
from dataclasses import dataclass
from functools import partial

import anyio.to_thread

from visavis.adapters.embedded.server import EmbeddedStatus
from visavis.adapters.keys.file import FileMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.system.clock import SystemClock
from visavis.application.ledger import Ledger
from visavis.application.ports.progress import Progress
from visavis.application.ports.upkeep import Rotation, StoreHealth
from visavis.bootstrap.accounts import Doors
from visavis.bootstrap.local import OnWait, embedded, make_data_dir, open_store
from visavis.domain.access import local_principal
from visavis.domain.audit import Action
from visavis.domain.errors import SettingsInvalid
from visavis.domain.subject import DEFAULT_TENANT, TenantId
from visavis.settings import Settings
from visavis.wire.installation import SignInNote


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotation:
    """What was rotated; `master` is the name of a new master key."""

    data: Rotation
    master: str | None


async def bring_up(settings: Settings, *, keep: bool = True, on_wait: OnWait | None = None) -> StoreHealth:
    """Starts the embedded database, or looks at the configured one; migrates it.

    With `keep` the embedded database is left running until `take_down`.

    Raises as `open_store` does.
    """
    if keep and settings.database.url is None:
        make_data_dir(settings.data_dir)
        await anyio.to_thread.run_sync(embedded(settings, on_wait).keep)
    async with open_store(settings, on_wait=on_wait) as store:
        return await store.check(DEFAULT_TENANT)


def take_down(settings: Settings, *, on_wait: OnWait | None = None) -> bool:
    """Stops the embedded database, even if others use it; whether it was running."""
    return embedded(settings, on_wait).stop()


def embedded_status(settings: Settings) -> EmbeddedStatus:
    """Looks at the embedded database without touching it. Raises `SettingsInvalid`, `DependencyMissing`."""
    return embedded(settings).status()


async def rotate_keys(
    settings: Settings, *, master: bool, progress: Progress, on_wait: OnWait | None = None
) -> KeyRotation:
    """Encrypts every template of every tenant under a new data key; with `master`, first makes a new master key.

    Raises `SettingsInvalid` if the master key is given by the environment, which cannot be changed here,
    `KeyUnavailable`, and as `open_store` does.
    """
    name = await anyio.to_thread.run_sync(partial(_new_master, settings)) if master else None
    async with open_store(settings, on_wait=on_wait) as store:
        tenants = await store.backlog().tenants()
        done = [await _rotated(store, tenant, name, progress) for tenant in tenants]
    total = Rotation(
        references=sum(one.references for one in done),
        deleted=sum(one.deleted for one in done),
        rewrapped=sum(one.rewrapped for one in done),
        resumed=any(one.resumed for one in done),
    )
    return KeyRotation(data=total, master=name)


async def _rotated(
    store: PostgresStore, tenant: TenantId, master: str | None, progress: Progress
) -> Rotation:
    """One tenant's keys, and the entry in its audit log."""
    rotation = await store.rotate(tenant, progress=progress)
    ledger = Ledger(actor=local_principal(f"uid-{os.getuid()}").actor, clock=SystemClock())
    async with store.transaction(tenant) as work:
        await ledger.note(
            work,
            Action.ENCRYPTION_ROTATED,
            references=rotation.references,
            data_keys_deleted=rotation.deleted,
            data_keys_rewrapped=rotation.rewrapped,
            new_master=master,
        )
    return rotation


def _new_master(settings: Settings) -> str:
    if settings.keys.master is not None:
        raise SettingsInvalid(
            "The master key is given by the setting keys.master, so it is not changed here.",
            hint="Append a new key to the setting, separated by a comma; then run: visavis keys rotate",
        )
    return FileMasterKeys(settings.key_file).rotate()


async def first_sign_in(settings: Settings) -> SignInNote | None:
    """How the owner signs in for the first time; `None` once there is an owner who can sign in.

    Makes the owner of a new installation. Raises as `open_store` does.
    """
    async with open_store(settings) as store:
        issued = await Doors(store=store).first_start(again=True)
    return SignInNote(login=issued.user.login, token=issued.token) if issued else None
