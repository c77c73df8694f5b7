"""Reports about visitors: identifiers and figures, no picture, and names only where the policy allows them."""

from datetime import datetime
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field

from visavis.domain.visit import By
from visavis.wire.model import Document, Identifier, Model, Number

_START = "Of the hour or day, with the offset of the time zone at that time; null for places."


class DwellBin(Model):
    """One bar of a histogram."""

    until_s: Number | None = Field(
        description="Those that lasted less, and not less than the bar before; null: all others."
    )
    count: int


class DwellNote(Model):
    """How long they stayed, seconds; null and empty where nobody did."""

    count: int
    mean_s: Number | None
    p25_s: Number | None = None
    median_s: Number | None = None
    p75_s: Number | None = None
    p90_s: Number | None = None
    p95_s: Number | None = None
    histogram: tuple[DwellBin, ...] = ()


class BucketNote(Model):
    """Different visitors of an hour, a day, a zone, a camera or a site; each counts once."""

    start: datetime | None = Field(description=_START)
    name: str = Field(description="Of the place; empty for times.")
    visitors: int
    new: int = Field(description="Those whose first visit was among them, as far as the log goes back.")
    returning: int = Field(description="The others.")


class VisitorSummary(Model):
    """How many came, and for how long."""

    gallery: str
    timezone: str
    by: By
    visitors: int = Field(description="Different ones.")
    visits: int
    new: int = Field(description="Visits that were the first of a visitor, as far as the log goes back.")
    returning: int = Field(description="Visits that were not.")
    dwell: DwellNote
    buckets: tuple[BucketNote, ...]


class StayNote(Model):
    """In one zone."""

    zone: str
    first_at: datetime
    last_at: datetime
    dwell_s: Number


class VisitNote(Model):
    """One visit of one visitor to one site."""

    subject_id: Identifier = Field(description="Anonymous, and the same at every visit until it expires.")
    name: str | None = Field(description="Null unless the gallery's policy allows names.")
    site: str
    first_at: datetime
    last_at: datetime
    dwell_s: Number
    returning: bool
    sightings: int
    cameras: tuple[str, ...]
    path: tuple[StayNote, ...] = Field(description="Zones in the order of arrival.")


class FlowNote(Model):
    """From one zone to the next; the empty text is outside."""

    origin: str
    target: str
    transitions: int


class ZoneNote(Model):
    zone: str
    stays: DwellNote


class VisitorFlows(Model):
    """Ways between zones, the most frequent first, and stays in them."""

    gallery: str
    flows: tuple[FlowNote, ...]
    zones: tuple[ZoneNote, ...]


class WeekdayNote(Model):
    """`visitors` by hour of the day, 0 to 23, added up over the days."""

    weekday: int = Field(ge=1, le=7, description="1 is Monday.")
    days: int = Field(description="How many such days had visitors.")
    visitors: tuple[int, ...]


class VisitorHours(Model):
    """Different visitors by weekday and hour."""

    gallery: str
    timezone: str
    weekdays: tuple[WeekdayNote, ...]


class VisitorsDocument(Document):
    """How many visitors came, and for how long."""

    title: ClassVar[str] = "visitors"
    kind: Literal["visavis.visitors/1"] = Field(default="visavis.visitors/1", alias="schema")
    summary: VisitorSummary


class VisitsDocument(Document):
    """Visits, the latest first."""

    title: ClassVar[str] = "visitors visits"
    kind: Literal["visavis.visits/1"] = Field(default="visavis.visits/1", alias="schema")
    gallery: str
    timezone: str = Field(description="In which they are shown to people; times have their own offset.")
    visits: tuple[VisitNote, ...]


class FlowsDocument(Document):
    """Ways between zones."""

    title: ClassVar[str] = "visitors flows"
    kind: Literal["visavis.visitor-flows/1"] = Field(default="visavis.visitor-flows/1", alias="schema")
    flows: VisitorFlows


class HoursDocument(Document):
    """Visitors by weekday and hour."""

    title: ClassVar[str] = "visitors hours"
    kind: Literal["visavis.visitor-hours/1"] = Field(default="visavis.visitor-hours/1", alias="schema")
    hours: VisitorHours


Report: TypeAlias = VisitorsDocument | VisitsDocument | FlowsDocument | HoursDocument
"""What `visavis visitors` answers."""
