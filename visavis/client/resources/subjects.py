"""Subjects, and their references one by one."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow, exchanged
from visavis.client.requests import Request, delete, get, identifier, send
from visavis.client.resource import Resource, listing_of, operation, parsed
from visavis.client.resources.galleries import Versioned
from visavis.domain.errors import SubjectNotFound
from visavis.domain.policy import Keep
from visavis.domain.subject import SubjectKind
from visavis.wire.governance import SubjectExportDocument
from visavis.wire.v1.governance import ErasedNote
from visavis.wire.v1.subjects import (
    ReferenceList,
    ReferenceMove,
    ReferenceNote,
    SubjectChange,
    SubjectCreate,
    SubjectList,
    SubjectNote,
)

M = TypeVar("M")
_LOOKED_AT = 100


class Subjects(Resource[M]):
    """Who is known."""

    @listing_of(SubjectNote)
    def list(
        self,
        *,
        gallery: str | None = None,
        kind: SubjectKind | None = None,
        prefix: str = "",
        containing: str = "",
        page_size: int = 100,
    ) -> Flow[None]:
        """By name. Keys that are limited to some galleries name one of them."""
        request = _wanted(gallery, kind, prefix, containing, page_size)
        return self._pages(request, SubjectList, lambda page: page.subjects)

    @operation
    def page(
        self,
        *,
        gallery: str | None = None,
        kind: SubjectKind | None = None,
        prefix: str = "",
        containing: str = "",
        cursor: str | None = None,
        page_size: int = 100,
    ) -> Flow[SubjectList]:
        """One page; `next_cursor` leads to the next."""
        request = _wanted(gallery, kind, prefix, containing, page_size)
        return self._ask(request.with_query(cursor=cursor), SubjectList)

    @operation
    def create(self, name: str, gallery: str) -> Flow[SubjectNote]:
        """Before it is enrolled, for instance to record its consent."""
        wanted = SubjectCreate(name=name, gallery=gallery)
        return self._ask(self._write(send("POST", "v1", "subjects", body=wanted)), SubjectNote)

    @operation
    def get(self, subject_id: str | UUID) -> Flow[SubjectNote]:
        return self._ask(get("v1", "subjects", subject_id), SubjectNote)

    @operation
    def read(self, subject_id: str | UUID) -> Flow[Versioned[SubjectNote]]:
        """The subject and its version, for `rename`."""
        reply = yield from exchanged(self._connection, get("v1", "subjects", subject_id))
        return Versioned(value=parsed(SubjectNote, reply), etag=reply.headers.get("etag", ""))

    @operation
    def named(self, name: str, *, gallery: str | None = None) -> Flow[SubjectNote]:
        """The subject of exactly this name. Raises `SubjectNotFound`."""
        cursor: str | None = None
        while True:
            request = get("v1", "subjects", gallery=gallery, prefix=name, limit=_LOOKED_AT, cursor=cursor)
            page = yield from self._ask(request, SubjectList)
            for one in page.subjects:
                if one.name == name:
                    return one
            cursor = page.next_cursor
            if cursor is None:
                raise SubjectNotFound

    @operation
    def rename(self, subject_id: str | UUID, name: str, *, etag: str | None = None) -> Flow[SubjectNote]:
        """With `etag`, `PreconditionFailed` if somebody was faster."""
        body = SubjectChange(name=name)
        request = self._write(send("PATCH", "v1", "subjects", subject_id, body=body))
        return self._ask(request.with_header("If-Match", etag) if etag else request, SubjectNote)

    @operation
    def erase(self, subject_id: str | UUID, *, reason: str = "") -> Flow[ErasedNote]:
        """Everything kept of it, in every gallery: afterwards no search anywhere matches it. Gives a signed receipt;
        `reason` stands in it, and holds no name."""
        request = delete("v1", "subjects", subject_id, reason=reason or None)
        return self._ask(self._write(request), ErasedNote)

    @operation
    def export(self, subject_id: str | UUID) -> Flow[SubjectExportDocument]:
        """Everything that is kept about it, to be handed to it."""
        return self._ask(get("v1", "subjects", subject_id, "export"), SubjectExportDocument)


def _wanted(
    gallery: str | None, kind: SubjectKind | None, prefix: str, containing: str, page_size: int
) -> Request:
    return get(
        "v1",
        "subjects",
        gallery=gallery,
        kind=kind,
        prefix=prefix or None,
        containing=containing or None,
        limit=page_size,
    )


class References(Resource[M]):
    """What is kept of subjects in a gallery."""

    @listing_of(ReferenceNote)
    def list(self, gallery: str, *, subject: str | None = None, page_size: int = 100) -> Flow[None]:
        """Without their templates."""
        request = get("v1", "galleries", gallery, "references", subject=subject, limit=page_size)
        return self._pages(request, ReferenceList, lambda page: page.references)

    @operation
    def get(self, gallery: str, reference_id: str | UUID) -> Flow[ReferenceNote]:
        return self._ask(get("v1", "galleries", gallery, "references", reference_id), ReferenceNote)

    @operation
    def image(self, gallery: str, reference_id: str | UUID, kind: Keep) -> Flow[bytes]:
        """What the gallery's policy keeps beside the template: the aligned face, or the photo."""
        request = get("v1", "galleries", gallery, "references", reference_id, "image", kind=kind)
        reply = yield from exchanged(self._connection, request)
        return reply.content

    @operation
    def move(self, gallery: str, reference_ids: Sequence[str | UUID], subject: str) -> Flow[ReferenceList]:
        """To the subject they really show. All or none."""
        body = ReferenceMove(reference_ids=tuple(identifier(one) for one in reference_ids), subject=subject)
        request = send("POST", "v1", "galleries", gallery, "references", "move", body=body)
        return self._ask(self._write(request), ReferenceList)

    @operation
    def remove(self, gallery: str, reference_id: str | UUID) -> Flow[None]:
        """The subject stays, with its other references."""
        return self._do(self._write(delete("v1", "galleries", gallery, "references", reference_id)))
