"""What every store promises about reports."""

import hashlib
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT
from visavis.application.ports.kept_reports import ReportFilter
from visavis.application.ports.store import Store
from visavis.domain.errors import AlreadyExists, ReportNotFound
from visavis.domain.report import ReportFigure, ReportId, ReportKind, StoredReport


def a_stored_report(text: str, *, minutes: int = 0, **changes: object) -> StoredReport:
    made = StoredReport(
        id=ReportId(uuid.uuid4()),
        kind=ReportKind.EVALUATION,
        title="Übersicht",
        pack="standard",
        gallery="",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        size=len(text.encode()),
        added_at=START + timedelta(minutes=minutes),
        added_by="user:1",
        figures=(
            ReportFigure(name="EER", value=0.01, low=0.005, high=0.02),
            ReportFigure(name="found", value=2),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class ReportsContract:
    async def test_a_report_comes_back_as_it_was(self, store: Store) -> None:
        text = '{"ä": 1}\n'
        report = a_stored_report(text, signed_by="f" * 64, own=True)
        async with store.transaction(TENANT) as unit:
            await unit.reports.add(report, text)
            with pytest.raises(AlreadyExists):
                await unit.reports.add(replace(report, id=ReportId(uuid.uuid4())), text)
        async with store.transaction(TENANT) as unit:
            assert await unit.reports.get(report.id) == report
            assert await unit.reports.text(report.id) == text
        async with store.transaction(OTHER_TENANT) as unit:
            for ask in (unit.reports.get, unit.reports.text, unit.reports.remove):
                with pytest.raises(ReportNotFound):
                    await ask(report.id)
            assert await unit.reports.page(ReportFilter()) == []
            await unit.reports.add(report, text)

    async def test_pages_are_filtered_and_begin_with_the_latest(self, store: Store) -> None:
        bias = a_stored_report("1", kind=ReportKind.BIAS, gallery="staff")
        plain = a_stored_report("2", minutes=1)
        compared = a_stored_report("3", minutes=2, kind=ReportKind.COMPARISON, pack="mine", rival="standard")
        async with store.transaction(TENANT) as unit:
            for number, report in enumerate((bias, plain, compared), 1):
                await unit.reports.add(report, str(number))
        async with store.transaction(TENANT) as unit:
            page = unit.reports.page
            assert await page(ReportFilter()) == [compared, plain, bias]
            assert await page(ReportFilter(), limit=1) == [compared]
            assert await page(ReportFilter(), after=compared.id) == [plain, bias]
            assert await page(ReportFilter(), after=ReportId(uuid.uuid4())) == []
            assert await page(ReportFilter(kind=ReportKind.BIAS)) == [bias]
            assert await page(ReportFilter(pack="standard")) == [compared, plain, bias]
            assert await page(ReportFilter(pack="mine")) == [compared]
            assert await page(ReportFilter(gallery="staff")) == [bias]
            assert await page(ReportFilter(galleries=frozenset({"guests"}))) == [compared, plain]

    async def test_what_is_removed_is_gone(self, store: Store) -> None:
        report = a_stored_report("4")
        async with store.transaction(TENANT) as unit:
            await unit.reports.add(report, "4")
        async with store.transaction(TENANT) as unit:
            await unit.reports.remove(report.id)
        async with store.transaction(TENANT) as unit:
            with pytest.raises(ReportNotFound):
                await unit.reports.remove(report.id)

    async def test_keys_are_told_of_by_purpose(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            states = await unit.keyring.states()
        assert [one.purpose for one in states] == sorted(one.purpose for one in states)
        assert all(one.master and one.retired_at is None for one in states)
