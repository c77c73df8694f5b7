"""Drift and ageing."""

from pydantic import Field

from visavis.wire.ageing import AgeingNote
from visavis.wire.monitors import HistogramNote, MonitorEntry
from visavis.wire.v1.pages import Page


class MonitorList(Page):
    monitors: tuple[MonitorEntry, ...]


class MonitorDetail(MonitorEntry):
    """A monitor with its histograms."""

    histograms: tuple[HistogramNote, ...]


class ReEnrolmentList(Page):
    """Subjects whose references should be taken anew. A page may be empty and not be the last."""

    gallery: str
    subjects: tuple[AgeingNote, ...] = Field(description="By name.")
