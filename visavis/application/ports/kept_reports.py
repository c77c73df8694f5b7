"""Where reports of evaluations and audits are kept."""

from dataclasses import dataclass
from typing import Protocol

from visavis.domain.report import ReportId, ReportKind, StoredReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """`None`: whatever it is. `galleries`: those that a caller is limited to; reports that name none are for all."""

    kind: ReportKind | None = None
    pack: str | None = None
    gallery: str | None = None
    galleries: frozenset[str] | None = None


class KeptReports(Protocol):
    async def add(self, report: StoredReport, text: str) -> None:
        """Raises `AlreadyExists` for a text that is kept already."""
        ...

    async def get(self, report_id: ReportId) -> StoredReport:
        """Raises `ReportNotFound`."""
        ...

    async def text(self, report_id: ReportId) -> str:
        """As it came. Raises `ReportNotFound`."""
        ...

    async def page(
        self, wanted: ReportFilter, *, after: ReportId | None = None, limit: int = 100
    ) -> list[StoredReport]:
        """The latest first; empty if the report `after` is unknown."""
        ...

    async def remove(self, report_id: ReportId) -> None:
        """Raises `ReportNotFound`."""
        ...
