"""Galleries, models, compliance and settings: who sees what, what stands there, and odd input."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from tests.api.reports import a_bias_audit, a_report, signed
from tests.console.conftest import Desk
from tests.contract.making import a_subject
from tests.contract.test_model_registry import PROMOTED
from visavis.console.browsers import browser
from visavis.console.curves import by_score, trade_off
from visavis.console.policy_words import sentences
from visavis.console.report_views import view_of
from visavis.console.role_words import GROUPS, PRESETS, ROLE_WORDS
from visavis.domain.access import Permission, Role
from visavis.domain.audit import Action
from visavis.domain.gallery import Purpose, usual_policy
from visavis.domain.policy import EventPictures, Keep, Policy
from visavis.domain.subject import DEFAULT_TENANT
from visavis.wire.galleries import PolicyNote

pytestmark = pytest.mark.anyio
GALLERY = "Tür & <b>Tor"


async def gallery_of(desk: Desk, name: str = GALLERY, policy: Policy | None = None) -> None:
    platform = desk.service.platform()
    await platform.create(name, pack=platform.models.pack("standard"), policy=policy or Policy())


async def test_each_role_sees_its_places_and_no_other(desk: Desk) -> None:
    await gallery_of(desk, "staff")
    seen: dict[Role, set[str]] = {}
    paths: tuple[str, ...] = (
        "/galleries",
        "/galleries/staff",
        "/models",
        "/models/standard",
        "/compliance",
        "/compliance/keys",
    )
    paths += ("/compliance/reports", "/compliance/exports", "/settings/users", "/settings/keys")
    for role in Role:
        async with desk.browser(role) as visitor:
            answers = {path: (await visitor.get(path)).status_code for path in paths}
            assert set(answers.values()) <= {200, 403}, (role, answers)
            seen[role] = {path for path, status in answers.items() if status == 200}
            home = (await visitor.get("/people")).text
            for place in ("/galleries", "/models", "/compliance", "/settings"):
                shown = f'href="{place}"' in home
                assert shown == any(path.startswith(place) for path in seen[role]), (role, place)
            assert (await visitor.get("/settings/account")).status_code == 200
    assert seen[Role.OWNER] == seen[Role.ADMINISTRATOR] == set(paths)
    assert seen[Role.OPERATOR] == seen[Role.REVIEWER] == set()
    assert seen[Role.AUDITOR] == set(paths) - {"/galleries", "/galleries/staff", "/settings/keys"}
    assert seen[Role.INTEGRATOR] == {"/models", "/models/standard", "/settings/keys"}


async def test_settings_begin_with_the_first_tab_that_is_open(desk: Desk) -> None:
    places = (
        (Role.OWNER, "/settings/users"),
        (Role.INTEGRATOR, "/settings/keys"),
        (Role.OPERATOR, "/settings/account"),
    )
    for role, path in places:
        async with desk.browser(role) as visitor:
            answer = await visitor.get("/settings")
            assert (answer.status_code, answer.headers["location"]) == (303, path)


async def test_a_gallery_is_told_in_words_and_its_name_is_text(desk: Desk) -> None:
    policy = Policy(fpir=1e-4, consent="access to the building", event_days=30, copies=True, reviewers=2)
    await gallery_of(desk, policy=policy)
    async with desk.browser(Role.OWNER) as owner:
        listed = (await owner.get("/galleries")).text
        assert "<b>Tor" not in listed
        assert GALLERY in unescape(listed)
        page = (await owner.get("/galleries/T%C3%BCr%20%26%20%3Cb%3ETor")).text
        assert "<b>Tor" not in page
        assert GALLERY in unescape(page)
    await gallery_of(desk, "staff & more", policy)
    async with desk.browser(Role.ADMINISTRATOR) as administrator:
        page = unescape((await administrator.get("/galleries/staff%20%26%20more")).text)
        for said in (
            "1 in 10,000 is taken",
            "“access to the building”",
            "decisions after 30 days",
            "encrypted copy",
        ):
            assert said in page, said
        assert "Two people have to agree" in page
        assert 'data-path="/v1/galleries/staff%20%26%20more/policy"' in page
        assert (await administrator.get("/galleries/none")).status_code == 404


def test_every_policy_has_words() -> None:
    policies = [usual_policy(purpose) for purpose in Purpose]
    policies += [Policy(keep=keep, event_pictures=EventPictures.FACE) for keep in Keep]
    policies += [Policy(event_days=0, probe_days=0, band=1, reference_days=1)]
    for policy in policies:
        for one in sentences(PolicyNote.of(policy)):
            assert one.text.endswith("."), one
            assert "None" not in one.text.replace("None is asked", "")


def test_every_role_and_permission_has_words() -> None:
    assert set(ROLE_WORDS) == set(Role)
    told = [one for _, group in GROUPS for one, _ in group]
    assert len(told) == len(set(told))
    assert {one for _, wanted in PRESETS.values() for one in wanted} <= set(told) <= set(Permission)


async def test_a_model_shows_its_card_its_curve_and_what_the_gate_says(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        page = (await owner.get("/models/standard")).text
        assert '<path class="line series-1"' in page
        assert "The same person not recognised" in page
        assert "evaluation card" in page
        assert (await owner.get("/models/none")).status_code == 404
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get("/models/standard")).text
        assert "What its scores mean" in page
        assert "evaluation card</strong>" not in page, "the gate is for those who may promote"


async def test_going_back_is_offered_where_something_is_promoted(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        assert "/v1/models/promotions/rollback" not in (await owner.get("/models")).text
        log = desk.service.platform().models.promotions
        log.append(PROMOTED, after=log.read())
        assert "/v1/models/promotions/rollback" in (await owner.get("/models")).text
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get("/models")).text
        assert "became the default" in page
        assert "/v1/models/promotions/rollback" not in page


async def test_consents_are_shown_with_names_and_states(desk: Desk) -> None:
    subject = a_subject("Ada <i>L.</i>")
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        await work.subjects.add(subject)
    platform = desk.service.platform()
    kept = await platform.consents.grant(subject.id, purpose="door & gate", text_version="1")
    async with desk.browser(Role.OWNER) as owner:
        page = (await owner.get("/compliance")).text
        assert "Ada <i>" not in page
        assert f"/v1/consents/{kept.id}/revoke" in page
        assert "No consent fits" in (await owner.get("/compliance?state=revoked&purpose=door+%26+gate")).text
        assert (await owner.get("/compliance?state=nonsense")).status_code == 200
    async with desk.browser(Role.AUDITOR) as auditor:
        assert "/revoke" not in (await auditor.get("/compliance")).text


async def test_the_audit_log_is_filtered(desk: Desk) -> None:
    await gallery_of(desk, "staff")
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get("/compliance/audit?about=gallery")).text
        assert "gallery, created" in page
        assert "session, opened" not in page
        assert "No entry fits" in (await auditor.get("/compliance/audit?target=nothing-like-this")).text
        assert (await auditor.get("/compliance/audit?since=31.12.&actor=%00x")).status_code in (200, 422)
        assert (await auditor.get("/compliance/audit?cursor=%25")).status_code == 422
        page = (await auditor.get("/compliance/audit?actor=auditor@example.org&about=nonsense")).text
        assert "session, opened" in page
        assert "you</a>" in page
        assert "gallery, created" not in page
        today = datetime.now(UTC).date()
        assert "gallery, created" in (await auditor.get(f"/compliance/audit?until={today}")).text
        assert "No entry fits" in (await auditor.get("/compliance/audit?until=2001-01-01")).text
        assert "No entry fits" in (await auditor.get(f"/compliance/audit?since={today + timedelta(9)}")).text


async def test_old_entries_of_the_audit_log_are_found_and_all_can_be_reached(desk: Desk) -> None:
    platform = desk.service.platform()
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        await platform.ledger.note(work, Action.CAMERA_ADDED, "camera:<door>")
        for _ in range(3100):
            await platform.ledger.note(work, Action.DECISION_IDENTIFIED, "gallery:1")
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get("/compliance/audit?target=camera")).text
        assert "camera:&lt;door&gt;" in page
        assert "decision" not in page.partition("<tbody>")[2]
        path, seen = "/compliance/audit?about=decision", 0
        while path:
            page = (await auditor.get(path)).text
            seen += page.count('title="gallery:1"')
            following = re.search(r'rel="next" href="([^"]+)"', page)
            path = unescape(following.group(1)) if following else ""
        assert seen == 3100


async def test_reports_are_drawn_and_never_trusted(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        kept = {}
        for title, content in (
            ("Spring", a_report()),
            ("Bias", signed(a_bias_audit())),
            ("Plain", json.dumps(a_bias_audit(found=0))),
        ):
            answer = await owner.post("/v1/reports", json={"title": title, "content": content})
            kept[title] = answer.json()["id"]
        pages = {title: (await owner.get(f"/compliance/reports/{one}")).text for title, one in kept.items()}
        assert '<path class="line series-0"' in pages["Spring"]
        assert "signed with another key" in pages["Bias"]
        assert "<b>north" not in pages["Bias"]
        assert "north is missed twice as often" in pages["Bias"]
        assert "not signed" in pages["Plain"]
        listed = (await owner.get("/compliance/reports?kind=bias")).text
        assert "Spring" not in listed
        assert (await owner.get("/compliance/reports?kind=nonsense")).status_code == 200
        file = await owner.get(f"/v1/reports/{kept['Spring']}/file")
        assert "sandbox" in file.headers["content-security-policy"]


async def test_the_last_owner_cannot_be_lost(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        me = (await owner.get("/v1/me")).json()["id"]
        page = (await owner.get(f"/settings/users/{me}")).text
        assert "last owner" in page
        assert "Shut out" not in page
        answer = await owner.post("/v1/users", json={"login": "second@example.org", "role": "owner"})
        second = answer.json()["user"]["id"]
        assert "Shut out" in (await owner.get(f"/settings/users/{second}")).text
    async with desk.browser(Role.ADMINISTRATOR) as administrator:
        page = (await administrator.get(f"/settings/users/{me}")).text
        assert "New link" not in page, "nobody manages somebody who may do more"
        assert f'data-ask="PATCH /v1/users/{me}"' not in page
    async with desk.browser(Role.AUDITOR) as auditor:
        assert "Invite" not in (await auditor.get("/settings/users")).text


async def test_keys_that_are_made_give_no_more_than_one_has(desk: Desk) -> None:
    async with desk.browser(Role.INTEGRATOR) as integrator:
        page = (await integrator.get("/settings/keys")).text
        assert 'value="identify"' in page
        assert 'value="users:manage"' not in page
        assert 'value="subjects:erase"' not in page


def test_curves_end_where_rates_do() -> None:
    drawn = by_score("t", [0.0, 0.5, 1.0], [[0.5, 1e-3, 0.0], [0.0, 1e-2, 0.1]], names=("a", "b"))
    assert [path.count("L") for path in drawn.lines] == [1, 1]
    assert [tick.text for tick in drawn.beside] == ["1", "0.1", "0.01", "1e-3"]
    over = trade_off("t", [0.5, 1e-3, 0.0], [1e-3, 1e-2, 1e-1], name="DET")
    assert over.lines[0].count("L") == 1
    assert by_score("t", [0.1], [[0.0]], names=("a",)).lines == ("",)


def test_a_report_of_another_version_keeps_its_key_figures() -> None:
    assert view_of({"schema": "visavis.bias-audit/1"}).parts == ()
    assert view_of({"schema": "visavis.unknown/9"}).parts == ()


def test_browsers_have_names() -> None:
    chrome = (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
    )
    assert browser(chrome) == "Chrome on Linux"
    assert browser("curl/8") == "curl/8"
    assert browser("") == "unknown browser"
