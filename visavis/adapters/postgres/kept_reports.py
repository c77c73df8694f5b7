"""Reports of evaluations and audits in PostgreSQL."""

import json
from collections.abc import Sequence
from typing import Final

from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.application.ports.kept_reports import ReportFilter
from visavis.domain.errors import AlreadyExists, ReportNotFound
from visavis.domain.report import ReportFigure, ReportId, ReportKind, StoredReport
from visavis.domain.subject import TenantId

_COLUMNS: Final = """
    report_id, kind, title, pack, rival, gallery, sha256, size, signed_by, own, figures, added_at, added_by
"""
_INSERT = f"""
    INSERT INTO kept_reports (tenant_id, {_COLUMNS}, content) VALUES ({", ".join(["%s"] * 15)})
    ON CONFLICT (tenant_id, sha256) DO NOTHING
"""  # noqa: S608  # constants only
_GET = f"SELECT {_COLUMNS} FROM kept_reports WHERE tenant_id = %s AND report_id = %s"  # noqa: S608
_TEXT = "SELECT content FROM kept_reports WHERE tenant_id = %s AND report_id = %s"
_PAGE = f"""
    SELECT {_COLUMNS} FROM kept_reports
    WHERE tenant_id = %(tenant)s
      AND (%(kind)s::text IS NULL OR kind = %(kind)s)
      AND (%(pack)s::text IS NULL OR %(pack)s IN (pack, rival))
      AND (%(gallery)s::text IS NULL OR gallery = %(gallery)s)
      AND (%(galleries)s::text[] IS NULL OR gallery = '' OR gallery = ANY(%(galleries)s))
      AND (%(after)s::uuid IS NULL OR (added_at, report_id) < (
          SELECT added_at, report_id FROM kept_reports WHERE tenant_id = %(tenant)s AND report_id = %(after)s
      ))
    ORDER BY added_at DESC, report_id DESC LIMIT %(limit)s
"""  # noqa: S608  # constants only
_REMOVE = "DELETE FROM kept_reports WHERE tenant_id = %s AND report_id = %s"


class PostgresKeptReports:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def add(self, report: StoredReport, text: str) -> None:
        inserted = await self._connection.execute(_INSERT, (self._tenant, *_values(report), text.encode()))
        if inserted.rowcount == 0:
            raise AlreadyExists("This report is kept already.")

    async def get(self, report_id: ReportId) -> StoredReport:
        row = await (await self._connection.execute(_GET, (self._tenant, report_id))).fetchone()
        if row is None:
            raise ReportNotFound
        return _report(row)

    async def text(self, report_id: ReportId) -> str:
        row = await (await self._connection.execute(_TEXT, (self._tenant, report_id))).fetchone()
        if row is None:
            raise ReportNotFound
        return bytes(row[0]).decode()

    async def page(
        self, wanted: ReportFilter, *, after: ReportId | None = None, limit: int = 100
    ) -> list[StoredReport]:
        rows = await self._connection.execute(
            _PAGE,
            {
                "tenant": self._tenant,
                "kind": wanted.kind,
                "pack": wanted.pack,
                "gallery": wanted.gallery,
                "galleries": None if wanted.galleries is None else sorted(wanted.galleries),
                "after": after,
                "limit": limit,
            },
        )
        return [_report(row) async for row in rows]

    async def remove(self, report_id: ReportId) -> None:
        removed = await self._connection.execute(_REMOVE, (self._tenant, report_id))
        if removed.rowcount == 0:
            raise ReportNotFound


def _values(report: StoredReport) -> Sequence[object]:
    figures = [[one.name, one.value, one.low, one.high] for one in report.figures]
    return (
        report.id,
        report.kind,
        report.title,
        report.pack,
        report.rival,
        report.gallery,
        report.sha256,
        report.size,
        report.signed_by,
        report.own,
        json.dumps(figures),
        report.added_at,
        report.added_by,
    )


def _report(row: TupleRow) -> StoredReport:
    report_id, kind, title, pack, rival, gallery, sha256, size, signed_by, own, figures, added_at, by = row
    return StoredReport(
        id=ReportId(report_id),
        kind=ReportKind(kind),
        title=title,
        pack=pack,
        rival=rival,
        gallery=gallery,
        sha256=sha256,
        size=size,
        signed_by=signed_by,
        own=own,
        figures=tuple(
            ReportFigure(name=name, value=value, low=low, high=high) for name, value, low, high in figures
        ),
        added_at=added_at,
        added_by=by,
    )
