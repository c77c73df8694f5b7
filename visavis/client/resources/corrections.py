"""Corrections that are remembered."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow
from visavis.client.requests import Request, get, identifier, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.correction import CorrectionKind
from visavis.wire.corrections import CorrectionNote
from visavis.wire.v1.corrections import Assign, CorrectionList, Deny, Merge, SplitApart

M = TypeVar("M")


class Corrections(Resource[M]):
    """Not this person, this one instead, two that are one, one that is two; and each of them undone."""

    @listing_of(CorrectionNote)
    def list(
        self,
        *,
        kind: CorrectionKind | None = None,
        subject_id: str | UUID | None = None,
        event_id: str | UUID | None = None,
        undone: bool | None = None,
        page_size: int = 100,
    ) -> Flow[None]:
        """The latest first."""
        request = _wanted(kind, subject_id, undone, page_size)
        request = request.with_query(event_id=None if event_id is None else str(event_id))
        return self._pages(request, CorrectionList, lambda page: page.corrections)

    @operation
    def page(
        self,
        *,
        kind: CorrectionKind | None = None,
        subject_id: str | UUID | None = None,
        undone: bool | None = None,
        cursor: str | None = None,
        page_size: int = 100,
    ) -> Flow[CorrectionList]:
        """One page, the latest first; `next_cursor` leads to older ones."""
        request = _wanted(kind, subject_id, undone, page_size)
        return self._ask(request.with_query(cursor=cursor), CorrectionList)

    @operation
    def get(self, correction_id: str | UUID) -> Flow[CorrectionNote]:
        return self._ask(get("v1", "corrections", correction_id), CorrectionNote)

    @operation
    def deny(
        self, event_id: str | UUID, *, subject_id: str | UUID | None = None, note: str = ""
    ) -> Flow[CorrectionNote]:
        """Not this person: later decisions know the look. `subject_id` for an event that names nobody."""
        one = identifier(subject_id) if subject_id else None
        body = Deny(event_id=identifier(event_id), subject_id=one, note=note)
        return self._made(send("POST", "v1", "corrections", "deny", body=body))

    @operation
    def assign(
        self,
        event_id: str | UUID,
        *,
        subject_id: str | UUID | None = None,
        name: str | None = None,
        create: bool = False,
        enrol: bool = False,
        force: bool = False,
        note: str = "",
    ) -> Flow[CorrectionNote]:
        """This person instead, by identifier or name; with `enrol` what was seen becomes a reference."""
        body = Assign(
            event_id=identifier(event_id),
            subject_id=identifier(subject_id) if subject_id else None,
            name=name,
            create=create,
            enrol=enrol,
            force=force,
            note=note,
        )
        return self._made(send("POST", "v1", "corrections", "assign", body=body))

    @operation
    def merge(
        self,
        subject_id: str | UUID,
        into_id: str | UUID,
        *,
        confirm: Sequence[str] = (),
        note: str = "",
    ) -> Flow[CorrectionNote]:
        """The first subject becomes the second. `confirm` with both names where both were chosen by somebody."""
        body = Merge(
            subject_id=identifier(subject_id), into_id=identifier(into_id), confirm=tuple(confirm), note=note
        )
        return self._made(send("POST", "v1", "corrections", "merge", body=body))

    @operation
    def split(
        self,
        subject_id: str | UUID,
        *,
        reference_ids: Sequence[str | UUID] = (),
        event_ids: Sequence[str | UUID] = (),
        name: str | None = None,
        note: str = "",
    ) -> Flow[CorrectionNote]:
        """These references and events show somebody else, who becomes a subject of this name, or without one."""
        body = SplitApart(
            subject_id=identifier(subject_id),
            reference_ids=tuple(identifier(one) for one in reference_ids),
            event_ids=tuple(identifier(one) for one in event_ids),
            name=name,
            note=note,
        )
        return self._made(send("POST", "v1", "corrections", "split", body=body))

    @operation
    def undo(self, correction_id: str | UUID) -> Flow[CorrectionNote]:
        """Everything is as it was, or nothing changes and the error says why."""
        return self._made(send("POST", "v1", "corrections", correction_id, "undo"))

    def _made(self, request: Request) -> Flow[CorrectionNote]:
        return self._ask(self._write(request), CorrectionNote)


def _wanted(
    kind: CorrectionKind | None, subject_id: str | UUID | None, undone: bool | None, page_size: int
) -> Request:
    return get(
        "v1",
        "corrections",
        kind=kind,
        subject_id=None if subject_id is None else str(subject_id),
        undone=undone,
        limit=page_size,
    )
