"""People as pages: who sees what of them, and what leads where."""

from datetime import UTC, datetime

import pytest

from tests.api.test_corrections import a_match, a_member
from tests.console.conftest import Desk
from visavis.domain.access import Role

pytestmark = pytest.mark.anyio


async def test_people_are_found_by_any_part_of_the_name(desk: Desk) -> None:
    gallery = await desk.staff()
    for name in ("Ada Lovelace", "Grace Hopper", "Barbara Liskov"):
        await a_member(desk.service, gallery, name)
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get("/people?name=LOVE")).text
        assert "Ada Lovelace" in page
        assert "Grace" not in page
        assert "Enrol somebody" not in page
        assert "Nobody fits." in (await auditor.get("/people?name=love&kind=anonymous")).text
        assert "Nobody fits." not in (await auditor.get("/people?kind=odd")).text
        assert (await auditor.get("/people?cursor=nonsense")).status_code == 422


async def test_many_people_are_further_pages(desk: Desk) -> None:
    platform = desk.service.platform()
    gallery = await desk.staff()
    for number in range(102):
        await platform.subjects.create(f"guest {number:03}", [gallery])
    async with desk.browser(Role.OWNER) as owner:
        first = (await owner.get("/people?gallery=staff")).text
        assert "guest 099" in first
        assert "guest 100" not in first
        following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        second = (await owner.get(following)).text
        assert "guest 101" in second
        assert "Further" not in second


async def test_a_page_about_somebody_has_what_the_role_may(desk: Desk) -> None:
    gallery = await desk.staff()
    ada = await a_member(desk.service, gallery, "Ada", references=2)
    event = await a_match(desk.service, gallery, ada)
    path = f"/people/{ada.id}"
    async with desk.browser(Role.OPERATOR) as operator:
        page = (await operator.get(path)).text
        assert page.count('class="reference"') == 2
        assert page.count('data-ask="DELETE /v1/galleries/staff/references/') == 2
        assert f"/events/{event}" in page
        assert "Seen on the last 30 days" in page
        for offered in ("Rename…", "Same as…", "Some show somebody else…", "Record a consent…", "Erase…"):
            assert offered in page, offered
        assert "/export" not in page
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get(path)).text
        for denied in ("Rename…", "Same as…", "Record a consent…", "Erase…", "data-ask"):
            assert denied not in page, denied
        assert f"/v1/subjects/{ada.id}/export" in page
        assert (await auditor.get(f"{path}/merge?other={ada.id}")).status_code == 403


async def test_consents_are_told_with_what_is_missing(desk: Desk) -> None:
    gallery = await desk.staff()
    ada = await a_member(desk.service, gallery, "Ada")
    async with desk.browser(Role.OWNER) as owner:
        change = {"consent": "access to the building"}
        assert (await owner.patch("/v1/galleries/staff/policy", json=change)).status_code == 200
        assert (
            "There is no valid consent to “access to the building”"
            in (await owner.get(f"/people/{ada.id}")).text
        )
        given = {"subject_id": str(ada.id), "purpose": "access to the building", "text_version": "2026-11"}
        made = await owner.post("/v1/consents", json={**given, "evidence": "<b>form</b>"})
        assert made.status_code == 201
        page = (await owner.get(f"/people/{ada.id}")).text
        assert "There is no valid consent" not in page
        assert "&lt;b&gt;form" in page
        assert f"POST /v1/consents/{made.json()['id']}/revoke" in page


async def test_two_are_shown_side_by_side_and_whoever_was_merged_leads_on(desk: Desk) -> None:
    gallery = await desk.staff()
    ada, bob = (
        await a_member(desk.service, gallery, 'Ada "A" <b>'),
        await a_member(desk.service, gallery, "Bob"),
    )
    async with desk.browser(Role.OPERATOR) as operator:
        page = (await operator.get(f"/people/{bob.id}/merge?other={ada.id}")).text
        assert f'data-gone="{bob.id}" data-into="{ada.id}"' in page
        assert "<b>" not in page.split('id="merge"')[1].split(">")[0]
        assert f'href="/people/{ada.id}/merge?other={bob.id}"' in page
        same = await operator.get(f"/people/{ada.id}/merge?other={ada.id}")
        assert (same.status_code, same.headers["location"]) == (303, f"/people/{ada.id}")
        await desk.service.platform().merge(bob.id, ada.id, confirmed=[ada.name, "Bob"])
        old = await operator.get(f"/people/{bob.id}")
        assert (old.status_code, old.headers["location"]) == (303, f"/people/{ada.id}?was=merged")
        assert "merged with this person" in (await operator.get(old.headers["location"])).text


async def test_who_may_search_what(desk: Desk) -> None:
    gallery = await desk.staff()
    await a_member(desk.service, gallery, "Ada")
    async with desk.browser(Role.OPERATOR) as operator:
        page = (await operator.get("/search")).text
        assert "data-enrol" in page
        assert "data-pictures" not in page
        assert "/search/recordings" not in page
        assert (await operator.get("/search/recordings")).status_code == 403
    async with desk.browser(Role.OWNER) as owner:
        page = (await owner.get("/search/recordings")).text
        assert "visavis recordings add" in page
        assert 'data-ask="POST /v1/galleries/staff/recordings"' in page
        begun = datetime(2026, 3, 2, 8, tzinfo=UTC).isoformat()
        job = await owner.post(
            "/v1/galleries/staff/recordings", json={"path": "a.mp4", "started_at": begun, "camera": "<i>"}
        )
        assert job.status_code == 202
        page = (await owner.get("/search/recordings")).text
        assert "is being indexed" in page
        assert "data-running" in page
        assert "&lt;i&gt;" in page
