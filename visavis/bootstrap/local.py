"""The platform in this process, on PostgreSQL: embedded, or wherever the settings say."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from visavis.adapters.embedded.server import EmbeddedPostgres
from visavis.adapters.keys.environment import EnvironmentMasterKeys
from visavis.adapters.keys.file import FileMasterKeys
from visavis.adapters.memory.queue import NoQueue
from visavis.adapters.onnx.download import Report, silent
from visavis.application.ports.keys import MasterKeys
from visavis.application.ports.queue import Queue
from visavis.domain.errors import SettingsInvalid
from visavis.settings import Settings

if TYPE_CHECKING:  # the keeper of processes needs neither, and starts in half the time without
    from visavis.adapters.postgres.store import PostgresStore
    from visavis.bootstrap.platform import Platform

OnWait = Callable[[float], None]


def embedded(settings: Settings, on_wait: OnWait | None = None) -> EmbeddedPostgres:
    """The embedded database of this installation, started or not."""
    return EmbeddedPostgres(settings.data_dir / "postgres", on_wait=on_wait)


def make_data_dir(path: Path) -> None:
    """Closed to others from the start; root's database runs as another account, which must pass through.

    Raises `SettingsInvalid`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
    except OSError as error:
        raise SettingsInvalid(
            f"The data directory {path} cannot be made: {error.strerror}.",
            hint="Choose another with --data-dir or VISAVIS_DATA_DIR.",
        ) from error


def master_keys(settings: Settings) -> MasterKeys:
    """The master keys that the settings name. Raises `KeyUnavailable`."""
    if settings.keys.master is not None:
        return EnvironmentMasterKeys(settings.keys.master.get_secret_value())
    return FileMasterKeys(settings.key_file)


@asynccontextmanager
async def database(settings: Settings, *, on_wait: OnWait | None = None) -> AsyncIterator[str]:
    """The URL of the database as it is; the embedded one runs until the block ends. Raises as `open_store` does."""
    if settings.database.url is not None:
        yield settings.database.url.get_secret_value()
        return
    make_data_dir(settings.data_dir)
    lease = await anyio.to_thread.run_sync(embedded(settings, on_wait).attach)
    try:
        yield lease.url
    finally:
        lease.release()


@asynccontextmanager
async def open_store(settings: Settings, *, on_wait: OnWait | None = None) -> "AsyncIterator[PostgresStore]":
    """The store, migrated and ready; the embedded server is started if it is not running.

    Raises `StoreDown`, `SchemaMismatch`, `KeyUnavailable`, `SettingsInvalid`, `DependencyMissing`.
    """
    from visavis.adapters.postgres.store import PostgresStore

    async with (
        database(settings, on_wait=on_wait) as url,
        PostgresStore(url, master_keys(settings), max_connections=settings.database.pool_size) as store,
    ):
        yield store


@asynccontextmanager
async def open_platform(
    settings: Settings, *, on_wait: OnWait | None = None, progress: Report = silent
) -> "AsyncIterator[Platform]":
    """The use cases over that store. Raises as `open_store` does."""
    from visavis.bootstrap.platform import compose

    async with open_store(settings, on_wait=on_wait) as store, queue_for(store) as queue:
        yield compose(settings, store, keys=master_keys(settings), progress=progress, queue=queue)


@asynccontextmanager
async def queue_for(store: "PostgresStore", *, stalled_s: float = 30.0) -> AsyncIterator[Queue]:
    """What calls workers over this store; nothing where the extra visavis[server] is missing: workers sweep, too."""
    if find_spec("procrastinate") is None:
        yield NoQueue()
        return
    from visavis.adapters.procrastinate.queue import ProcrastinateQueue

    async with ProcrastinateQueue(store.url, stalled_s=stalled_s) as queue:
        yield queue
