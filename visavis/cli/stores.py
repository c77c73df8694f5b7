"""The platform on its database, for the commands that need it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from visavis.cli.invocation import Invocation
from visavis.cli.servers import require_here
from visavis.domain.errors import GalleryNotFound

if TYPE_CHECKING:
    from visavis.bootstrap.accounts import Doors
    from visavis.bootstrap.platform import Platform
    from visavis.domain.access import Principal
    from visavis.domain.gallery import Gallery

T = TypeVar("T")

DEFAULT_GALLERY = "default"
_TELL_AFTER_S = 3.0


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Runs asynchronous work to its end."""
    import anyio

    return anyio.run(work)


@asynccontextmanager
async def open_platform(invocation: Invocation) -> AsyncIterator["Platform"]:
    """The use cases over the configured store, which is started if it is the embedded one.

    Raises `StoreDown`, `SchemaMismatch`, `KeyUnavailable`, `SettingsInvalid`, `DependencyMissing`.
    """
    from visavis.bootstrap.extras import require_store

    require_here(invocation)
    require_store()
    from visavis.bootstrap.local import open_platform as opening

    async with opening(invocation.settings(), on_wait=patience(invocation)) as platform:
        yield platform


@asynccontextmanager
async def open_doors(invocation: Invocation) -> AsyncIterator[tuple["Doors", "Principal"]]:
    """The accounts in that store, for the person at the command line. Raises as `open_platform`."""
    from visavis.bootstrap.extras import require_store

    require_here(invocation)
    require_store()
    from visavis.bootstrap.local_accounts import open_doors as opening

    async with opening(invocation.settings(), on_wait=patience(invocation)) as found:
        yield found


WAITING_FOR_STORE: Final = (
    "Waiting for the database: it is being set up, or recovers what was written before a crash."
)
STARTING: Final = (
    "Starting the database, the API, the worker and the console. "
    "It takes longest the first time, when the models are fetched."
)


def patience(invocation: Invocation, text: str = WAITING_FOR_STORE) -> Callable[[float], None]:
    """Tells once what takes its time, such as the database after a crash."""
    told = False

    def on_wait(seconds: float) -> None:
        nonlocal told
        if seconds >= _TELL_AFTER_S and not told:
            told = True
            invocation.say(text)

    return on_wait


async def existing_gallery(platform: "Platform", name: str) -> "Gallery":
    """Raises `GalleryNotFound`, with advice for beginners."""
    try:
        return await platform.galleries.get(name)
    except GalleryNotFound as error:
        if name != DEFAULT_GALLERY:
            raise GalleryNotFound(f"There is no gallery {name}.") from error
        raise GalleryNotFound(
            "Nobody is enrolled yet.", hint="Enrol somebody first: visavis enrol NAME PHOTO..."
        ) from error


async def gallery_to_fill(platform: "Platform", name: str, *, create: bool, pack: str | None) -> "Gallery":
    """The gallery; the default one is made at its first use, others with --create."""
    try:
        return await platform.galleries.get(name)
    except GalleryNotFound as error:
        if not create and name != DEFAULT_GALLERY:
            raise GalleryNotFound(
                f"There is no gallery {name}.",
                hint=f"Create it with --create, or with: visavis galleries create {name}",
            ) from error
        return await platform.create(name, pack=platform.models.pack(pack))
