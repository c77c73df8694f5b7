"""Reports and keys in memory."""

from visavis.adapters.memory.work import Work
from visavis.application.ports.kept_reports import ReportFilter
from visavis.domain.errors import AlreadyExists, ReportNotFound
from visavis.domain.keyring import KeyState
from visavis.domain.report import ReportId, StoredReport


class MemoryKeptReports:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, report: StoredReport, text: str) -> None:
        tables = await self._work.write()
        if any(one.sha256 == report.sha256 for one, _ in tables.reports.values()):
            raise AlreadyExists("This report is kept already.")
        tables.reports[report.id] = (report, text)

    async def get(self, report_id: ReportId) -> StoredReport:
        return self._found(report_id)[0]

    async def text(self, report_id: ReportId) -> str:
        return self._found(report_id)[1]

    async def page(
        self, wanted: ReportFilter, *, after: ReportId | None = None, limit: int = 100
    ) -> list[StoredReport]:
        reports = [one for one, _ in self._work.read().reports.values()]
        ordered = sorted(reports, key=lambda one: (one.added_at, one.id), reverse=True)
        if after is not None:
            places = [place for place, one in enumerate(ordered) if one.id == after]
            ordered = ordered[places[0] + 1 :] if places else []
        return [one for one in ordered if _wanted(one, wanted)][:limit]

    async def remove(self, report_id: ReportId) -> None:
        tables = await self._work.write()
        self._found(report_id)
        del tables.reports[report_id]

    def _found(self, report_id: ReportId) -> tuple[StoredReport, str]:
        reports = self._work.read().reports
        if report_id not in reports:
            raise ReportNotFound
        return reports[report_id]


def _wanted(one: StoredReport, wanted: ReportFilter) -> bool:
    return (
        wanted.kind in (None, one.kind)
        and wanted.pack in (None, one.pack, one.rival)
        and wanted.gallery in (None, one.gallery)
        and (wanted.galleries is None or not one.gallery or one.gallery in wanted.galleries)
    )


class MemoryKeyring:
    """Nothing is encrypted in memory."""

    async def states(self) -> list[KeyState]:
        return []
