"""subjects, erase and galleries, asked of a server: the same documents."""

from itertools import islice

from visavis.client.synchronous import Client
from visavis.wire.galleries import EraseDocument, GalleriesDocument, SubjectEntry, SubjectsDocument
from visavis.wire.v1.subjects import SubjectNote


def galleries(client: Client) -> GalleriesDocument:
    return GalleriesDocument(galleries=tuple(client.galleries.list(page_size=1000)))


def subjects(client: Client, gallery: str | None, *, after: str, limit: int) -> SubjectsDocument:
    """By name, as the server orders them; those up to `after` are passed over."""
    found = client.subjects.list(gallery=gallery, page_size=1000)
    behind = (one for one in found if one.name > after)
    page = list(islice(behind, limit + 1))
    entries = tuple(_entry(one) for one in page[:limit])
    return SubjectsDocument(
        gallery=gallery, subjects=entries, next_after=entries[-1].name if len(page) > limit else None
    )


def erase(client: Client, subject: str, reason: str) -> EraseDocument:
    """The receipt says how much went with the references."""
    done = client.subjects.erase(client.subjects.named(subject).id, reason=reason)
    said = done.receipt.content if done.receipt else {}
    return EraseDocument(
        subject=subject,
        subject_id=str(done.subject_id),
        references=done.references,
        galleries=done.galleries,
        images=_count(said.get("images_removed")),
        events=_count(said.get("events_anonymised")),
        receipt=done.receipt,
    )


def _entry(note: SubjectNote) -> SubjectEntry:
    return SubjectEntry(
        name=note.name,
        id=str(note.id),
        created_at=note.created_at,
        references=note.references,
        galleries=note.galleries,
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
