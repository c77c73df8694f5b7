"""A gallery for Python programs: synchronous, in a handful of lines, on the same use cases as everything else."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from visavis.adapters.memory.store import MemoryStore
from visavis.application.enrol import Enrolment, EnrolOptions
from visavis.application.erase import Erased
from visavis.application.identify import Identification
from visavis.application.ports.store import SubjectSummary
from visavis.application.verify import Verification
from visavis.bootstrap.library import ColourOrder, Picture, picture_content
from visavis.bootstrap.platform import GalleryWork, Platform, compose
from visavis.domain.errors import GalleryNotFound
from visavis.domain.frame import Frame
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.settings import Settings, load_settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGallery:
    """A gallery that is open; made by `open_gallery`. May be shared by threads.

    With `recording`, decisions are kept in the detection log and the audit log.
    """

    platform: Platform
    work: GalleryWork
    arrays: ColourOrder
    portal: BlockingPortal
    recording: bool = True

    @property
    def gallery(self) -> Gallery:
        """Name, model and policy."""
        return self.work.gallery

    def enrol(self, name: str, *pictures: Picture, force: bool = False, largest: bool = False) -> Enrolment:
        """Keeps references of a subject. What is returned as enrolled is stored durably and found at once."""
        named = [(_source(number, p), self._content(p)) for number, p in enumerate(pictures)]
        options = EnrolOptions(force=force, largest=largest)
        return self._run(lambda: self.work.enrol(self.gallery, name, named, options))

    def identify(self, picture: Picture, *, limit: int = 5) -> list[Identification]:
        """Who is in the picture: one result per face, largest first."""
        content = self._content(picture)

        async def identify() -> list[Identification]:
            found = await self.work.identify(self.gallery, content, limit=limit)
            if self.recording:
                await self.platform.record.identified(self.gallery, found)
            return found

        return self._run(identify)

    def identify_together(self, pictures: Sequence[Picture], *, limit: int = 5) -> Identification:
        """Who is this human, seen in several pictures? Raises `NoFace`, `ManyFaces`, `QualityTooLow`."""
        contents = [self._content(picture) for picture in pictures]

        async def identify() -> Identification:
            found = await self.work.identify.together(self.gallery, contents, limit=limit)
            if self.recording:
                await self.platform.record.identified(self.gallery, [found])
            return found

        return self._run(identify)

    def verify(self, name: str, picture: Picture, *, largest: bool = False) -> Verification:
        """Is the human in the picture this subject? Raises `SubjectNotFound`, `NoFace`, `ManyFaces`."""
        content = self._content(picture)

        async def verify() -> Verification:
            result = await self.work.verify(self.gallery, name, content, largest=largest)
            if self.recording:
                await self.platform.record.verified(self.gallery, result)
            return result

        return self._run(verify)

    def erase(self, name: str) -> Erased:
        """Removes the subject and all its references, from every gallery, with a signed receipt.

        Raises `SubjectNotFound`.
        """
        return self._run(lambda: self.platform.erase(name))

    def subjects(self, *, after: str = "", limit: int = 100) -> list[SubjectSummary]:
        """Subjects of this gallery by name, beginning after the name `after`."""
        return self._run(lambda: self.platform.galleries.subjects(self.gallery, after=after, limit=limit))

    def _content(self, picture: Picture) -> bytes | Frame:
        return picture_content(picture, self.arrays, most_bytes=self.platform.settings.limits.max_image_bytes)

    def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def run() -> T:
            return await work()

        return self.portal.call(run)


@contextmanager
def open_gallery(
    name: str = "default",
    *,
    pack: str | None = None,
    policy: Policy | None = None,
    memory: bool = False,
    arrays: ColourOrder = "rgb",
    settings: Settings | None = None,
) -> Iterator[OpenGallery]:
    """Opens a gallery, creating it if there is none of this name.

    Args:
        name: the gallery.
        pack: model pack of a new gallery; the configured one by default. An existing gallery keeps its own.
        policy: error rates of a new gallery.
        memory: keep everything in memory, for trying things out; needs no database, and decisions are not recorded.
        arrays: colour order of numpy arrays that are passed in.
        settings: read from the environment and `visavis.toml` by default.

    Raises:
        StoreDown, KeyUnavailable, DependencyMissing: the store cannot be opened.
        ModelMismatch: the gallery was made with weights that the pack no longer has.
    """
    chosen = settings or load_settings()
    opening = _memory_platform(chosen) if memory else _stored_platform(chosen)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(opening) as platform,
    ):

        async def find() -> GalleryWork:
            return platform.work(await _found_or_created(platform, name, pack, policy))

        yield OpenGallery(
            platform=platform, work=portal.call(find), arrays=arrays, portal=portal, recording=not memory
        )


async def _found_or_created(
    platform: Platform, name: str, pack: str | None, policy: Policy | None
) -> Gallery:
    try:
        return await platform.galleries.get(name)
    except GalleryNotFound:
        return await platform.create(
            name, pack=platform.models.pack(pack), purpose=Purpose.GENERAL, policy=policy
        )


@asynccontextmanager
async def _memory_platform(settings: Settings) -> AsyncIterator[Platform]:
    yield compose(settings, MemoryStore())


def _stored_platform(settings: Settings) -> AbstractAsyncContextManager[Platform]:
    from visavis.bootstrap.extras import require_store

    require_store()
    from visavis.bootstrap.local import open_platform

    return open_platform(settings)


def _source(number: int, picture: Picture) -> str:
    return str(picture) if isinstance(picture, str | Path) else f"#{number}"
