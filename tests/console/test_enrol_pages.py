"""Pages to enrol people in other ways than one by one, and what becomes of jobs."""

import csv
import io
from collections.abc import AsyncIterator

import pytest

from tests.console.conftest import Desk
from tests.contract.making import a_subject
from visavis.application.ports.jobs import NewItem
from visavis.domain.access import Role
from visavis.domain.job import ItemKind, JobItem, JobKind
from visavis.domain.policy import Unknowns
from visavis.domain.subject import DEFAULT_TENANT, SubjectKind

pytestmark = pytest.mark.anyio

WAYS = ("/enrol", "/enrol/many", "/enrol/unknowns", "/enrol/gathered")


@pytest.mark.parametrize(
    ("role", "allowed"), [(Role.OPERATOR, True), (Role.AUDITOR, False), (Role.REVIEWER, False)]
)
async def test_who_enrols_sees_all_ways(desk: Desk, role: Role, allowed: bool) -> None:
    async with desk.browser(role) as browser:
        for path in WAYS:
            answer = await browser.get(path)
            assert answer.status_code == (200 if allowed else 403), path
            if allowed:
                assert all(f'href="{way}"' in answer.text for way in WAYS)


async def test_without_a_gallery_it_is_said_what_to_do(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        for path in WAYS[1:]:
            page = (await browser.get(path)).text
            assert "gallery" in page
            assert 'class="empty"' in page


async def test_consent_is_in_the_flow_of_all_ways(desk: Desk) -> None:
    platform = desk.service.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    async with desk.browser(Role.OWNER) as browser:
        change = {"consent": "access to the <b>house</b>", "unknowns": "remember"}
        assert (await browser.patch("/v1/galleries/staff/policy", json=change)).status_code == 200
        for path in WAYS:
            page = (await browser.get(path)).text
            assert 'data-consent="access to the &lt;b&gt;house&lt;/b&gt;"' in page, path
            assert 'id="agreed"' in page, path


async def test_unknowns_are_listed_with_their_names_as_text(desk: Desk) -> None:
    platform = desk.service.platform()
    gallery = await platform.create("shop", pack=platform.models.pack("standard"))
    stranger, known = a_subject("anonymous-1a2b", kind=SubjectKind.ANONYMOUS), a_subject("Ada")
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        for one in (stranger, known):
            await work.subjects.add(one)
            await work.subjects.join(gallery.id, one.id)
    async with desk.browser(Role.OPERATOR) as browser:
        assert "No gallery remembers" in (await browser.get("/enrol/unknowns")).text
        page = (await browser.get("/enrol/unknowns?gallery=shop")).text
        assert "anonymous-1a2b" in page
        assert f'data-id="{stranger.id}"' in page
        assert f'data-id="{known.id}"' not in page
    assert Unknowns.REMEMBER.value == "remember", "what the page asks galleries for"


async def submitted(desk: Desk, *subjects: str) -> str:
    platform = desk.service.platform()
    gallery = await platform.create("staff", pack=platform.models.pack("standard"))

    async def items() -> AsyncIterator[NewItem]:
        for number, name in enumerate(subjects):
            item = JobItem(number=number, kind=ItemKind.PHOTO, label=f"{name}/1.jpg", subject=name)
            yield NewItem(item=item, payload=b"jpeg")

    return str((await platform.submit(JobKind.ENROL, gallery, items())).id)


async def test_a_job_can_be_left_and_returned_to(desk: Desk) -> None:
    job = await submitted(desk, "Ada", "<i>Bob")
    async with desk.browser(Role.OPERATOR) as browser:
        everything = (await browser.get("/jobs")).text
        assert f'href="/jobs/{job}"' in everything
        page = (await browser.get(f"/jobs/{job}")).text
        assert "data-running" in page
        assert f'data-ask="POST /v1/jobs/{job}/cancel"' in page
        assert (await browser.post(f"/v1/jobs/{job}/cancel")).status_code == 200
        page = (await browser.get(f"/jobs/{job}")).text
        assert "data-running" not in page
        assert "/cancel" not in page
    async with desk.browser(Role.AUDITOR) as auditor:
        assert (await auditor.get(f"/jobs/{job}")).status_code == 200
        assert 'href="/enrol/many"' not in (await auditor.get("/jobs")).text.split("<main")[0]
    async with desk.browser(Role.REVIEWER) as reviewer:
        assert (await reviewer.get("/jobs")).status_code == 403


async def test_the_report_is_a_table_without_formulas(desk: Desk) -> None:
    job = await submitted(desk, "Ada", "=cmd()")
    async with desk.browser(Role.OPERATOR) as browser:
        answer = await browser.get(f"/jobs/{job}/report.csv")
        assert answer.headers["content-type"].startswith("text/csv")
        assert f'filename="job-{job}.csv"' in answer.headers["content-disposition"]
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert rows[0] == ["photo", "person", "result", "code", "reason"]
        assert [row[1] for row in rows[1:]] == ["Ada", "'=cmd()"]
        missing = "/jobs/6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11/report.csv"
        assert (await browser.get(missing)).status_code == 404
