"""Rows of notices."""

from psycopg.rows import TupleRow

from visavis.domain.alert_kinds import Trigger
from visavis.domain.event import EventId
from visavis.domain.occurrence import Notice
from visavis.domain.subject import SubjectId


def notice_row(one: Notice) -> tuple[object, ...]:
    place = (one.gallery, one.source, one.site, one.zone)
    return (
        one.id,
        one.at,
        one.trigger,
        one.key,
        one.text,
        one.over,
        *place,
        one.subject_id,
        one.event_id,
    )


def notice_of(row: TupleRow) -> Notice:
    notice_id, at, kind, key, text, over, gallery, source, site, zone, subject_id, event_id = row
    return Notice(
        id=notice_id,
        trigger=Trigger(kind),
        at=at,
        key=key,
        text=text,
        over=over,
        gallery=gallery,
        source=source,
        site=site,
        zone=zone,
        subject_id=SubjectId(subject_id) if subject_id else None,
        event_id=EventId(event_id) if event_id else None,
    )
