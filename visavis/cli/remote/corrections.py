"""corrections, asked of a server: the same documents."""

from collections.abc import Sequence
from itertools import islice
from uuid import UUID

from visavis.client.synchronous import Client
from visavis.wire.corrections import CorrectionNote, CorrectionsDocument


def listing(
    client: Client,
    subject: str | None,
    event: UUID | None,
    *,
    standing: bool,
    before: int | None,
    limit: int,
) -> CorrectionsDocument:
    found = client.corrections.list(
        subject_id=_identifier(client, subject) if subject else None,
        event_id=event,
        undone=False if standing else None,
    )
    chosen = (one for one in found if before is None or one.sequence < before)
    return CorrectionsDocument.of(list(islice(chosen, limit + 1)), limit=limit)


def deny(client: Client, event: UUID, subject: str | None, *, note: str) -> CorrectionsDocument:
    who = _identifier(client, subject) if subject else None
    return _document(client.corrections.deny(event, subject_id=who, note=note))


def assign(
    client: Client, event: UUID, subject: str, *, create: bool, enrol: bool, force: bool, note: str
) -> CorrectionsDocument:
    identifier = _uuid(subject)
    return _document(
        client.corrections.assign(
            event,
            subject_id=identifier,
            name=None if identifier else subject,
            create=create,
            enrol=enrol,
            force=force,
            note=note,
        )
    )


def merge(client: Client, subject: str, into: str, *, note: str) -> CorrectionsDocument:
    """Names that were typed are a confirmation."""
    confirm = tuple(one for one in (subject, into) if _uuid(one) is None)
    return _document(
        client.corrections.merge(
            _identifier(client, subject), _identifier(client, into), confirm=confirm, note=note
        )
    )


def split(
    client: Client,
    subject: str,
    references: Sequence[UUID],
    events: Sequence[UUID],
    *,
    name: str | None,
    note: str,
) -> CorrectionsDocument:
    return _document(
        client.corrections.split(
            _identifier(client, subject), reference_ids=references, event_ids=events, name=name, note=note
        )
    )


def undo(client: Client, correction: UUID) -> CorrectionsDocument:
    return _document(client.corrections.undo(correction))


def _identifier(client: Client, subject: str) -> UUID:
    """Raises `SubjectNotFound`."""
    return _uuid(subject) or UUID(str(client.subjects.named(subject).id))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _document(one: CorrectionNote) -> CorrectionsDocument:
    return CorrectionsDocument.of([one])
