"""Copies of galleries on a device that matches by itself: fetched, kept encrypted, refreshed, searched.

What the server sends is signed with the key that was pinned at enrolment and encrypted for this device. It lies on
the disk under the device's own key, and decrypted in memory only. A copy that is too old decides nothing: somebody
who was erased must not be recognised for ever by a device that nobody reaches.
"""

import base64
import binascii
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from visavis.application.copy_pages import CopyPage, decoded_page, encoded_page, page_binding
from visavis.application.gallery_copy import GalleryCopy
from visavis.bootstrap.boxes import decrypted, encrypted, is_signed, opened
from visavis.domain.errors import (
    FileUnreadable,
    GalleryNotFound,
    KeyUnavailable,
    NotPermitted,
    PreconditionFailed,
)
from visavis.domain.template import Template
from visavis.edge.identity import Identity
from visavis.edge.private_files import read_private, write_private
from visavis.wire.v1.agent_files import CopyPart
from visavis.wire.v1.agents import CopyState
from visavis.wire.v1.tracks import DeviceDecision

logger = logging.getLogger(__name__)

_WHOLE_AGAIN: Final = timedelta(
    hours=24
)  #: after which a copy is fetched anew, whatever the change feed says
_NOTED_AGAIN: Final = timedelta(seconds=60)  #: so often the disk is told that nothing changed
_AHEAD: Final = timedelta(minutes=5)  #: the device's clock may be behind the server's
_MOST_PAGES: Final = 100_000


class CopyServer(Protocol):
    """Of the client: `client.outposts`."""

    def copy(self, gallery: str, *, after: int = 0, epoch: str = "", denied: bool = False) -> CopyPart: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kept:
    """A copy, and when it was begun; `noted_at` is what the disk knows of its age."""

    copy: GalleryCopy
    begun_at: datetime
    noted_at: datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True, eq=False)
class Copies:
    """Implements `visavis.edge.decider.Decider`. `refresh` is called by one thread, `decide` by any.

    `max_age` may be exchanged at any time.
    """

    folder: Path
    identity: Identity
    server: CopyServer
    max_age: timedelta
    now: Callable[[], datetime] = _utc_now
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def load(self, galleries: Iterable[str]) -> None:
        """What lies on the disk of these galleries. A file that was altered is removed, and fetched anew later."""
        for gallery in galleries:
            try:
                kept = self._read(gallery)
            except (FileUnreadable, KeyUnavailable, PreconditionFailed) as error:
                logger.warning("a copy cannot be used", extra={"gallery": gallery, "problem": error.code})
                self.erase(gallery)
            else:
                if kept is not None:
                    self._kept[gallery] = kept

    def decide(self, gallery: str, probe: Template) -> DeviceDecision | None:
        """`None` without a copy, or with one that is too old, or that the device's clock says is of the future."""
        kept, now = self._kept.get(gallery), self.now()
        if kept is None or not -_AHEAD <= now - kept.copy.as_of <= self.max_age:
            return None
        found = kept.copy.decide(probe, now)
        decision = found.decision
        return DeviceDecision(
            outcome=decision.outcome,
            subject_id=found.subject_id,
            score=decision.score.value if decision.score else None,
            fmr=decision.fmr.value if decision.fmr else None,
            threshold=decision.threshold.value,
            fpir=decision.fpir,
            searched=found.searched,
            gallery_version=found.version,
        )

    def refresh(self, gallery: str) -> None:
        """Brings the copy up to date; until all pages are there, the old one decides.

        A gallery that is gone, or whose policy allows no copies any more, loses its copy. Raises `KeyUnavailable` for
        an answer that was altered or is not the server's, `PreconditionFailed` for an old one, and what the client
        raises.
        """
        try:
            self._take(gallery, self._fetched(gallery))
        except (GalleryNotFound, NotPermitted):
            self.erase(gallery)
            raise

    def keep_only(self, galleries: Iterable[str]) -> None:
        """Erases the copies of all others, on the disk, too."""
        wanted = {self._path(gallery).name for gallery in galleries}
        for gallery in [one for one in self._kept if self._path(one).name not in wanted]:
            self.erase(gallery)
        for path in self.folder.glob("*.copy"):
            if path.name not in wanted:
                _remove(path)

    def erase(self, gallery: str) -> None:
        with self._changing:
            self._kept.pop(gallery, None)
            _remove(self._path(gallery))

    @property
    def states(self) -> tuple[CopyState, ...]:
        """What the server is told of them."""
        return tuple(
            CopyState(
                gallery=gallery,
                version=one.copy.version,
                as_of=one.copy.as_of,
                subjects=len(one.copy.subjects),
            )
            for gallery, one in sorted(self._kept.items())
        )

    def _fetched(self, gallery: str) -> _Kept:
        """Raises what `refresh` raises."""
        before, now = self._kept.get(gallery), self.now()
        anew = before is None or now - before.begun_at > _WHOLE_AGAIN
        copy = None if anew or before is None else before.copy
        begun_at = now if anew or before is None else before.begun_at
        for _ in range(_MOST_PAGES):
            page = self._page(gallery, copy)
            if copy is not None and (page.after == 0 or page.terms.epoch != copy.terms.epoch):
                begun_at = now
            copy = GalleryCopy.of(page) if copy is None else copy.followed_by(page)
            if not page.more:
                break
        if copy is None or page.more:
            raise PreconditionFailed("The copy has no end.")
        if before is not None and copy.as_of < before.copy.as_of:
            raise PreconditionFailed("The server sent an older copy than before.")
        noted = before.noted_at if before is not None and not anew else datetime.min.replace(tzinfo=UTC)
        return _Kept(copy=copy, begun_at=begun_at, noted_at=noted)

    def _page(self, gallery: str, copy: GalleryCopy | None) -> CopyPage:
        after, epoch = (copy.version, copy.terms.epoch) if copy else (0, "")
        part = self.server.copy(gallery, after=after, epoch=epoch, denied=True)
        binding = page_binding(self.identity.agent_id, gallery, after)
        try:
            box, signature = (base64.b64decode(text, validate=True) for text in (part.box, part.signature))
        except binascii.Error as error:
            raise KeyUnavailable("What was sent is no copy of a gallery.") from error
        if not is_signed(binding + box, signature, self.identity.signing_key):
            raise KeyUnavailable("A copy of a gallery is not signed by the server that this device knows.")
        page = decoded_page(opened(box, self.identity.sealing_secret, binding))
        if page.terms.gallery != gallery or page.after not in (0, after):
            raise PreconditionFailed("The server sent another page than was asked for.")
        return page

    def _take(self, gallery: str, new: _Kept) -> None:
        """Into memory, and onto the disk if there is something to say."""
        before = self._kept.get(gallery)
        changed = before is None or before.copy.subjects is not new.copy.subjects
        changed = changed or before is None or before.copy.terms != new.copy.terms
        due = new.copy.as_of - new.noted_at > _NOTED_AGAIN
        with self._changing:
            if changed:
                self._write(self._path(gallery), gallery, encoded_page(new.copy.whole))
            if changed or due:
                self._note(gallery, new)
                new = _Kept(copy=new.copy, begun_at=new.begun_at, noted_at=new.copy.as_of)
            self._kept[gallery] = new

    def _note(self, gallery: str, kept: _Kept) -> None:
        told = {
            "version": kept.copy.version,
            "as_of": kept.copy.as_of.isoformat(),
            "begun_at": kept.begun_at.isoformat(),
        }
        self._write(self._path(gallery).with_suffix(".age"), gallery, json.dumps(told).encode())

    def _read(self, gallery: str) -> _Kept | None:
        path = self._path(gallery)
        content, age = read_private(path), read_private(path.with_suffix(".age"))
        if content is None or age is None:
            return None
        copy = GalleryCopy.of(
            decoded_page(decrypted(content, self.identity.disk_key, self._binding(path, gallery)))
        )
        told = json.loads(
            decrypted(age, self.identity.disk_key, self._binding(path.with_suffix(".age"), gallery))
        )
        version, as_of = int(told["version"]), datetime.fromisoformat(told["as_of"])
        if version > copy.version:
            raise PreconditionFailed("A copy is older than what is noted of it.")
        known = replace(copy, as_of=as_of if version == copy.version else copy.as_of)
        begun_at = datetime.fromisoformat(told["begun_at"])
        return _Kept(copy=known, begun_at=begun_at, noted_at=known.as_of)

    def _write(self, path: Path, gallery: str, plain: bytes) -> None:
        write_private(path, encrypted(plain, self.identity.disk_key, self._binding(path, gallery)))

    def _binding(self, path: Path, gallery: str) -> bytes:
        return "\0".join(("visavis:copy", path.suffix, self.identity.agent_id, gallery)).encode()

    def _path(self, gallery: str) -> Path:
        """A name of its own for each gallery, whatever that is called."""
        return self.folder / f"{hashlib.sha256(gallery.encode()).hexdigest()[:16]}.copy"


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".age").unlink(missing_ok=True)
