"""Where subjects, galleries and references are kept. The store is the truth; an index only proposes.

One `transaction` is one unit of work: everything in it is committed when its block ends without an error, or
nothing is. All reads and writes are limited to one tenant. Adapters raise `StoreDown` when the store cannot be
reached and `KeyUnavailable` when templates cannot be decrypted.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from visavis.application.ports.access_decisions import AccessDecisions
from visavis.application.ports.accounts import Accounts
from visavis.application.ports.agents import Agents
from visavis.application.ports.alerts import AlertRules, Alerts
from visavis.application.ports.attendance import AttendanceBook
from visavis.application.ports.audit import AuditLog
from visavis.application.ports.camera_pictures import CameraPictures
from visavis.application.ports.cameras import Cameras
from visavis.application.ports.channels import Channels
from visavis.application.ports.consents import Consents, Receipts
from visavis.application.ports.corrections import Corrections, Denials, Lineage
from visavis.application.ports.doors import Doors, Schedules
from visavis.application.ports.events import Events
from visavis.application.ports.index import Identifiers
from visavis.application.ports.jobs import Jobs, Staging
from visavis.application.ports.kept_reports import KeptReports
from visavis.application.ports.keyring import Keyring
from visavis.application.ports.monitors import Monitors
from visavis.application.ports.pictures import EventPictures
from visavis.application.ports.probes import Probes
from visavis.application.ports.recordings import Recordings
from visavis.application.ports.requests import Requests
from visavis.application.ports.reviews import Reviews
from visavis.application.ports.samples import Samples
from visavis.application.ports.signing import SigningKeys
from visavis.application.ports.trials import Trials
from visavis.application.ports.visitors import Visitors
from visavis.application.ports.webhooks import Webhooks
from visavis.domain.arrays import Vectors
from visavis.domain.decision import Calibration
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import (
    GalleryId,
    Reference,
    ReferenceDetails,
    ReferenceId,
    Subject,
    SubjectId,
    SubjectKind,
    TenantId,
)
from visavis.domain.template import ModelIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class GallerySummary:
    """`subjects` counts members of every kind, with references or without."""

    gallery: Gallery
    subjects: int
    references: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSummary:
    """A subject and how many references each gallery that it is a member of keeps of it: (gallery name, count, which
    may be 0), sorted by name."""

    subject: Subject
    galleries: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceVectors:
    """Templates of many references as arrays, subject after subject: a million of them are not a million objects.

    `subjects`, (subjects, 2), each once; how many references each has, `counts`, (subjects,); their `vectors`,
    (references, dimension), and `norms`, (references,), as in `Template`.
    """

    subjects: Identifiers
    counts: NDArray[np.intp]
    vectors: Vectors
    norms: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What an erasure removed: references, and memberships in galleries."""

    subject_id: SubjectId
    references: int
    galleries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The references of `subject_id` in a gallery changed; `sequence` orders changes of one gallery, gapless
    in commit order: a reader that has seen sequence n has seen everything up to n."""

    sequence: int
    subject_id: SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSummary:
    """A reference without its template."""

    id: ReferenceId
    gallery_id: GalleryId
    subject_id: SubjectId
    subject: str
    kind: SubjectKind
    quality: float | None
    details: ReferenceDetails
    created_at: datetime


class Galleries(Protocol):
    async def add(self, gallery: Gallery) -> None:
        """Raises `AlreadyExists` if the tenant has a gallery of this name."""
        ...

    async def by_name(self, name: str) -> Gallery:
        """Raises `GalleryNotFound`."""
        ...

    async def get(self, gallery_id: GalleryId) -> Gallery:
        """Raises `GalleryNotFound`."""
        ...

    async def replace_model(self, gallery_id: GalleryId, *, pack: str, model: ModelIdentity) -> None:
        """The gallery's pack and model; what it kept of another model is removed in the same transaction.

        Members stay, faces without a reference, too: whoever embeds anew adds theirs next. Raises `GalleryNotFound`.
        """
        ...

    async def all(self) -> list[GallerySummary]:
        """Sorted by name."""
        ...

    async def summary(self, gallery_id: GalleryId) -> GallerySummary:
        """Raises `GalleryNotFound`."""
        ...

    async def set_policy(
        self, gallery_id: GalleryId, policy: Policy, *, expected: Policy | None = None
    ) -> None:
        """Raises `GalleryNotFound`, or `PreconditionFailed` if the policy is not the `expected` one any more."""
        ...

    async def set_calibration(self, gallery_id: GalleryId, calibration: Calibration | None) -> None:
        """What scores mean in this gallery; `None`: what they mean for its pack. It goes when the model goes.

        Raises `GalleryNotFound`, `ModelMismatch` for a calibration of another model.
        """
        ...

    async def remove(self, gallery_id: GalleryId) -> int:
        """Removes the gallery and its references, and subjects that are in no other gallery.

        The number of references removed. Raises `GalleryNotFound`.
        """
        ...


class Subjects(Protocol):
    async def add(self, subject: Subject) -> None:
        """Raises `AlreadyExists` if the tenant has a subject of this name."""
        ...

    async def by_name(self, name: str) -> Subject:
        """Raises `SubjectNotFound`."""
        ...

    async def find(self, name: str) -> Subject | None: ...

    async def get(self, subject_id: SubjectId) -> Subject:
        """Raises `SubjectNotFound`."""
        ...

    async def rename(self, subject_id: SubjectId, name: str, *, kind: SubjectKind) -> Subject:
        """Raises `SubjectNotFound`, or `AlreadyExists` if another subject has this name."""
        ...

    async def join(self, gallery_id: GalleryId, subject_id: SubjectId) -> None:
        """Makes it a member of the gallery before it has a reference there; does nothing if it is one.

        Whoever has a reference in a gallery is a member of it, and stays one until `leave`. Raises
        `SubjectNotFound`, `GalleryNotFound`.
        """
        ...

    async def leave(self, gallery_id: GalleryId, subject_id: SubjectId) -> int:
        """Removes membership and references in this gallery, and the subject if it is in no other gallery;
        the number of references removed. Raises `SubjectNotFound` if it is no member."""
        ...

    async def names(self, ids: Sequence[SubjectId]) -> dict[SubjectId, str]:
        """Names of those that still exist."""
        ...

    async def page(
        self,
        *,
        gallery_id: GalleryId | None = None,
        kind: SubjectKind | None = None,
        prefix: str = "",
        containing: str = "",
        after: str = "",
        limit: int = 100,
    ) -> list[SubjectSummary]:
        """Subjects whose name starts with `prefix`, has `containing` in it, in capitals or not, and sorts after
        `after`, by name; members of one gallery, or all; of one kind, or all."""
        ...

    async def erase(self, subject_id: SubjectId) -> Erasure:
        """Removes the subject and every reference in every gallery. Raises `SubjectNotFound`."""
        ...


class References(Protocol):
    async def add(self, references: Sequence[Reference]) -> None:
        """Keeps them and records a change for each subject concerned.

        Raises `ReferenceNotFound` never; `SubjectNotFound` or `GalleryNotFound` if one of these is gone,
        `AlreadyEnrolled` if the gallery has a reference of the same photo (equal non-empty `photo`),
        `ModelMismatch` if a template's model is not the gallery's.
        """
        ...

    async def of_subjects(
        self, gallery_id: GalleryId, subject_ids: Sequence[SubjectId]
    ) -> dict[SubjectId, list[Reference]]:
        """Decrypted references, oldest first; subjects without any are absent."""
        ...

    def everything(self, gallery_id: GalleryId, *, batch: int = 1000) -> AsyncIterator[list[Reference]]:
        """All references of a gallery by subject, in batches that never split one. For an index use `vectors`."""
        ...

    def vectors(self, gallery_id: GalleryId) -> AsyncIterator[ReferenceVectors]:
        """Those of all references of a gallery, in batches that never split a subject. For building an index.

        What is committed meanwhile may be missing, or come once before it and once after.
        """
        ...

    async def count(self, gallery_id: GalleryId) -> int: ...

    async def by_photo(self, gallery_id: GalleryId, photos: Sequence[bytes]) -> dict[bytes, SubjectId]:
        """Which of these photo fingerprints are enrolled, and for whom."""
        ...

    async def remove(self, reference_id: ReferenceId) -> None:
        """The subject stays, unless it is a `SubjectKind.FACE` without another. Raises `ReferenceNotFound`."""
        ...

    async def get(self, reference_id: ReferenceId) -> Reference:
        """Decrypted. Raises `ReferenceNotFound`."""
        ...

    async def page(
        self,
        gallery_id: GalleryId,
        *,
        subject_id: SubjectId | None = None,
        ids: Sequence[ReferenceId] | None = None,
        after: ReferenceId | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> list[ReferenceSummary]:
        """By identifier, after `after`; of one subject or all, all or those of `ids` that exist.

        `offset` skips so many of them, for those who count pages; `after` is faster.
        """
        ...

    async def move(self, reference_ids: Sequence[ReferenceId], subject_id: SubjectId) -> None:
        """Gives references of one gallery to another subject, sealed anew for it; records the changes.

        A `SubjectKind.FACE` that has none left is removed. Raises `ReferenceNotFound`, `SubjectNotFound`.
        """
        ...

    async def expired(
        self, gallery_id: GalleryId, created_before: datetime, *, limit: int
    ) -> list[ReferenceId]:
        """The oldest references from before this time."""
        ...

    async def changes(self, gallery_id: GalleryId, *, after: int, limit: int | None = None) -> list[Change]:
        """Changes with a sequence above `after`, in order, the first `limit` of them; only the latest change of each
        subject is kept."""
        ...

    async def sequence(self, gallery_id: GalleryId) -> int:
        """The sequence of the latest change, 0 if there was none. Raises `GalleryNotFound`."""
        ...

    async def claim_index(self, gallery_id: GalleryId) -> None:
        """Waits until no other transaction has claimed the gallery's shared index; lasts until this one ends.

        What was committed before is seen afterwards, so that one process after the other brings it up to date.
        """
        ...

    async def fingerprint(self, photo: bytes) -> bytes:
        """Keyed digest of a photo's bytes, 32 bytes; equal for equal photos of one tenant, else meaningless."""
        ...


class UnitOfWork(Protocol):
    @property
    def galleries(self) -> Galleries: ...

    @property
    def subjects(self) -> Subjects: ...

    @property
    def references(self) -> References: ...

    @property
    def samples(self) -> Samples: ...

    @property
    def events(self) -> Events: ...

    @property
    def consents(self) -> Consents: ...

    @property
    def receipts(self) -> Receipts: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def signing(self) -> SigningKeys: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def requests(self) -> Requests: ...

    @property
    def jobs(self) -> Jobs: ...

    @property
    def staging(self) -> Staging: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def monitors(self) -> Monitors: ...

    @property
    def schedules(self) -> Schedules: ...

    @property
    def doors(self) -> Doors: ...

    @property
    def access_decisions(self) -> AccessDecisions: ...

    @property
    def attendance(self) -> AttendanceBook: ...

    @property
    def visitors(self) -> Visitors: ...

    @property
    def alert_rules(self) -> AlertRules: ...

    @property
    def alerts(self) -> Alerts: ...

    @property
    def channels(self) -> Channels: ...

    @property
    def agents(self) -> Agents: ...

    @property
    def recordings(self) -> Recordings: ...

    @property
    def cameras(self) -> Cameras: ...

    @property
    def camera_pictures(self) -> CameraPictures: ...

    @property
    def corrections(self) -> Corrections: ...

    @property
    def denials(self) -> Denials: ...

    @property
    def lineage(self) -> Lineage: ...

    @property
    def probes(self) -> Probes: ...

    @property
    def pictures(self) -> EventPictures: ...

    @property
    def reviews(self) -> Reviews: ...

    @property
    def reports(self) -> KeptReports: ...

    @property
    def keyring(self) -> Keyring: ...

    @property
    def trials(self) -> Trials: ...


class Store(Protocol):
    def transaction(self, tenant: TenantId) -> AbstractAsyncContextManager[UnitOfWork]:
        """Commits at the end of the block, rolls back if it raises."""
        ...
