"""Reports that are kept."""

from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document
from visavis.wire.v1.reports import ReportNote


class ReportsDocument(Document):
    """Reports, the latest first; or the one that was added or removed."""

    title: ClassVar[str] = "reports, reports add, reports remove"
    kind: Literal["visavis.reports/1"] = Field(default="visavis.reports/1", alias="schema")
    reports: tuple[ReportNote, ...]
