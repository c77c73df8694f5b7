"""The log as a page: filters, further pages, corrections, what each role is offered."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.test_corrections import a_match, a_member
from tests.console.conftest import Desk
from visavis.domain.access import Role

pytestmark = pytest.mark.anyio


async def test_a_line_offers_what_the_role_may_and_leads_to_its_evidence(desk: Desk) -> None:
    gallery = await desk.staff()
    ada = await a_member(desk.service, gallery, "Ada <b>")
    event = await a_match(desk.service, gallery, ada)
    async with desk.browser(Role.REVIEWER) as reviewer:
        page = (await reviewer.get("/log")).text
        assert f'href="/events/{event}"' in page
        assert "Ada &lt;b&gt;" in page
        assert "data-deny" in page
        assert "/v1/events/export" not in page
        line = (await reviewer.get(f"/log/lines/{event}")).text
        assert line.count("<tr") == 1
        assert f'data-event="{event}"' in line
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get("/log")).text
        assert "data-deny" not in page
        assert "data-assign" not in page
        assert "/v1/events/export?format=csv" in page


async def test_filters_narrow_the_log_and_stay_in_its_links(desk: Desk) -> None:
    gallery = await desk.staff()
    ada, bob = await a_member(desk.service, gallery, "Ada"), await a_member(desk.service, gallery, "Bob")
    hers, his = await a_match(desk.service, gallery, ada), await a_match(desk.service, gallery, bob)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    async with desk.browser(Role.OWNER) as owner:
        page = (await owner.get("/log", params={"subject_id": str(ada.id), "source": "gate"})).text
        assert hers in page
        assert his not in page
        assert "Lines of <strong>Ada</strong> only" in page
        assert f"/v1/events/export?format=csv&amp;source=gate&amp;subject_id={ada.id}" in page.replace(
            "&amp;amp;", "&amp;"
        )
        none = (await owner.get("/log", params={"since": f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}"})).text
        assert "No line fits." in none
        assert "No line fits." in (await owner.get("/log", params={"zone": "x&y"})).text
        odd = await owner.get("/log?subject_id=somebody&kind=odd&since=soon&until=2026-13-01&unknown=perhaps")
        assert odd.status_code == 200
        assert hers in odd.text


async def test_older_lines_are_pages_away(desk: Desk) -> None:
    gallery = await desk.staff()
    ada = await a_member(desk.service, gallery, "Ada")
    made = [await a_match(desk.service, gallery, ada) for _ in range(103)]
    async with desk.browser(Role.OWNER) as owner:
        first = (await owner.get("/log?source=gate")).text
        assert "103 lines, 100 shown" in first
        assert made[-1] in first
        assert made[0] not in first
        (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
        second = (await owner.get(older.replace("&amp;", "&"))).text
        assert made[0] in second
        assert made[-1] not in second
        assert "Older" not in second
        assert 'href="/log?source=gate">Newest' in second


async def test_corrections_are_listed_and_offered_to_be_undone(desk: Desk) -> None:
    gallery = await desk.staff()
    ada, bob = await a_member(desk.service, gallery, "Ada"), await a_member(desk.service, gallery, "Bob")
    event = await a_match(desk.service, gallery, ada)
    async with desk.browser(Role.REVIEWER) as reviewer:
        assert "Nothing was put right" in (await reviewer.get("/log/corrections")).text
        made = await reviewer.post("/v1/corrections/deny", json={"event_id": event, "note": "<i>twin</i>"})
        merged = await desk.service.platform().merge(bob.id, ada.id, confirmed=["Ada", "Bob"])
        page = (await reviewer.get("/log/corrections")).text
        assert "does not show" in page
        assert "&lt;i&gt;twin" in page
        assert "by you" in page or "<td>you</td>" in page
        assert f"/v1/corrections/{made.json()['id']}/undo" in page
        assert f"/v1/corrections/{merged.id}/undo" not in page, "what concerns subjects needs another role"
        only = (await reviewer.get("/log/corrections?kind=merge&standing=yes")).text
        assert "does not show" not in only
        assert "Bob is" in only
    async with desk.browser(Role.OPERATOR) as operator:
        assert f"/v1/corrections/{merged.id}/undo" in (await operator.get("/log/corrections")).text


async def test_who_was_merged_is_still_found_in_the_log(desk: Desk) -> None:
    gallery = await desk.staff()
    ada, bob = await a_member(desk.service, gallery, "Ada"), await a_member(desk.service, gallery, "Bob")
    event = await a_match(desk.service, gallery, bob)
    await desk.service.platform().merge(bob.id, ada.id, confirmed=["Ada", "Bob"])
    async with desk.browser(Role.OWNER) as owner:
        assert event in (await owner.get("/log", params={"subject_id": str(bob.id)})).text
        listed = (await owner.get("/v1/events", params={"subject_id": str(bob.id)})).json()
        assert [one["id"] for one in listed["events"]] == [event]
        summed = (await owner.get("/v1/events/summary", params={"subject_id": str(bob.id)})).json()
        assert summed["counts"]["events"] == 1
