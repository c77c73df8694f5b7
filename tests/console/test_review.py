"""Review and evidence as pages: what a role sees, what is hidden before one has an opinion, odd input."""

import uuid
from dataclasses import replace
from html import unescape

import pytest

from tests.api.test_corrections import a_match, a_member
from tests.api.test_reviews import DOUBT, a_gallery, a_user, left_open, say
from tests.console.conftest import Desk
from visavis.console.reasons import in_words
from visavis.console.scale import scale
from visavis.domain.access import Role
from visavis.domain.decision import Outcome
from visavis.domain.event import EventId
from visavis.domain.policy import DENIED_BEFORE, Policy
from visavis.domain.subject import DEFAULT_TENANT
from visavis.wire.galleries import PolicyNote
from visavis.wire.v1.events import EventNote

pytestmark = pytest.mark.anyio


async def test_nothing_waits_teaches_what_would(desk: Desk) -> None:
    async with desk.browser(Role.REVIEWER) as reviewer:
        page = (await reviewer.get("/review")).text
        assert "Nothing waits for you." in page
        assert "Nobody disagrees." in (await reviewer.get("/review/disagreed")).text
        assert "Nothing was decided" in (await reviewer.get("/review/decided")).text
        assert (await reviewer.get("/review/elsewhere")).status_code == 404
        odd = await reviewer.get("/review", params={"kind": "all", "gallery": "", "case": str(uuid.uuid4())})
        assert "nothing to review about this event" in odd.text


async def test_a_case_lies_side_by_side_with_its_candidate(desk: Desk) -> None:
    gallery = await a_gallery(desk.service, "staff", 2)
    ada = await a_member(desk.service, gallery, "<b>Ada</b>")
    first = await left_open(desk.service, gallery, ada)
    second = await left_open(desk.service, gallery, ada, minutes=1)
    async with desk.browser(Role.REVIEWER) as reviewer:
        page = (await reviewer.get("/review")).text
        assert "<b>Ada</b>" not in page
        assert "Is this <b>Ada</b>?" in unescape(page)
        assert f'src="/v1/events/{first}/picture"' in page
        assert "No picture is kept of the references." in page
        assert f'data-next="/review?case={second}"' in page
        assert "How to see faces here" in page
        assert "In this gallery two people decide" in page


async def test_a_doubt_of_liveness_asks_whether_it_was_held_up(desk: Desk) -> None:
    gallery = await a_gallery(desk.service, "staff", 1)
    ada = await a_member(desk.service, gallery, "<b>Ada</b>")
    other = await left_open(desk.service, gallery, ada)
    near = replace(DOUBT, finding=replace(DOUBT.finding, score=0.31, instrument=None))
    event = await left_open(desk.service, gallery, ada, doubt=DOUBT, minutes=1)
    vague = await left_open(desk.service, gallery, ada, doubt=near, minutes=2)
    async with desk.browser(Role.REVIEWER) as reviewer:
        page = (await reviewer.get("/review", params={"kind": "liveness"})).text
        assert "<b>Ada</b>" not in page
        assert "Was this <b>Ada</b>, in person?" in unescape(page)
        assert "This may be a screen held up" in page
        assert "gives it 0.90, from 0 (bona fide) to 1. From 0.50 on it is taken for an attack." in page
        assert "threshold 0.500, pad-1" in page
        assert other not in page
        assert 'data-said="real"' in page
        assert 'data-said="a presentation"' in page
        page = (await reviewer.get(f"/review?case={vague}")).text
        assert "This may be a photograph or a screen held up" in page
        assert "would be taken for an attack, and this is near" in page
        assert "This may be" not in (await reviewer.get(f"/review?case={other}")).text
        assert "This may be a screen held up" in (await reviewer.get(f"/events/{event}")).text
        await say(reviewer, event, "non_match", "a frame around it")
        await say(reviewer, other, "match")
        page = (await reviewer.get("/review/decided", params={"kind": "liveness"})).text
        assert 'badge non_match">a presentation' in page
        assert "the same person" not in page
        assert "the same person" in (await reviewer.get("/review/decided")).text
        page = (await reviewer.get("/review/decided", params={"kind": "verification"})).text
        assert "Nothing of this sort." in page
        page = unescape((await reviewer.get(f"/events/{event}")).text)
        assert "<h1><b>Ada</b>, but not in person</h1>" in page
        assert "a presentation of" in page


async def test_what_the_first_said_is_hidden_until_one_has_an_opinion(desk: Desk) -> None:
    gallery = await a_gallery(desk.service, "staff", 2)
    event = await left_open(desk.service, gallery, await a_member(desk.service, gallery, "Ada"))
    async with a_user(desk.service, "first@example.org") as first:
        await say(first, event, "match", "the same scar")
    async with desk.browser(Role.REVIEWER) as reviewer:
        for path in (f"/review?case={event}", f"/events/{event}"):
            page = (await reviewer.get(path)).text
            assert "the same scar" not in page
            assert "once you have said what you think" in page
        await say(reviewer, event, "non_match", "another nose")
        page = (await reviewer.get("/review/disagreed")).text
        assert "the same scar" in page
        assert "another nose" in page
        assert "Decide</a>" not in page
        page = (await reviewer.get(f"/review?case={event}")).text
        assert "data-verdict" not in page
    async with desk.browser(Role.ADMINISTRATOR) as chief:
        assert f"/review?case={event}" in (await chief.get("/review/disagreed")).text
        assert "data-verdict" in (await chief.get("/review")).text


async def test_evidence_shows_each_role_what_it_may(desk: Desk) -> None:
    gallery = await a_gallery(desk.service, "staff", 1)
    ada = await a_member(desk.service, gallery, "Ada")
    sure = await a_match(desk.service, gallery, ada)
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        known = await work.events.get(EventId(uuid.UUID(sure)))
        changed = replace(known, reasons=(DENIED_BEFORE,), fmr=2e-6, fpir=4e-4, score=0.61, threshold=0.5)
        await work.events.revise(changed)
    open_one = await left_open(desk.service, gallery, ada)
    async with desk.browser(Role.REVIEWER) as reviewer:
        page = (await reviewer.get(f"/events/{sure}")).text
        assert "POST /v1/corrections/deny" in page
        assert "Somebody would have matched" in page
        assert "1 in 2,500" in page
        assert f'href="/people/{ada.id}"' in page
        assert "keeps no pictures" not in page
        page = (await reviewer.get(f"/events/{open_one}")).text
        assert "Perhaps Ada" in page
        assert f'href="/review?case={open_one}"' in page
        assert f'src="/v1/events/{open_one}/picture"' in page
        kept = await reviewer.get(f"/events/{open_one}/download")
        assert kept.json()["id"] == open_one
        assert (await reviewer.get(f"/events/{uuid.uuid4()}")).status_code == 404
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get(f"/events/{open_one}")).text
        assert "<img" not in page
        assert "Your role does not look at pictures." in page
        assert "corrections/deny" not in (await auditor.get(f"/events/{sure}")).text
        assert (await auditor.get("/review")).status_code == 403


def test_the_scale_says_where_it_lies_and_who_decides() -> None:
    policy = PolicyNote.of(Policy(fpir=1e-3, fmr=1e-6, band=10))
    event = _event(fpir=2e-3, fmr=1e-7)
    found = scale(event, policy)
    assert found is not None
    assert found.left < found.band < found.here < found.sure < found.right
    assert found.sentence.startswith("About 1 in 500 strangers would resemble somebody in this gallery")
    assert "from 1 in 100 on it is left to people" in found.sentence
    claim = scale(_event(fpir=None, fmr=1e-30), policy)
    assert claim is not None
    assert claim.here == claim.right
    assert "this person as much" in claim.sentence
    alone = scale(event, PolicyNote.of(Policy(band=1)))
    assert alone is not None
    assert alone.sentence.endswith("nothing is left to people.")
    assert scale(event, None) is None
    assert scale(_event(fpir=None, fmr=None), policy) is None


def test_reasons_are_sentences() -> None:
    assert in_words(["too_dark"]) == ["Add light to the face: it is too dark."]
    assert in_words(["a_new_one"]) == ["A new one."]
    assert in_words(["pad:0.912345:screen:pad: v2"]) == [
        "The detector of attacks pad: v2 gave 0.91 of 1, as of a screen."
    ]
    assert in_words(["pad:0.100000:-:pad"]) == ["The detector of attacks pad gave 0.10 of 1."]


def _event(*, fpir: float | None, fmr: float | None) -> EventNote:
    given = {name: None for name, field in EventNote.model_fields.items() if field.is_required()} | {
        "id": str(uuid.uuid4()),
        "kind": "identified",
        "captured_at": "2026-01-01T00:00:00Z",
        "recorded_at": "2026-01-01T00:00:00Z",
        "outcome": Outcome.INCONCLUSIVE,
        "fpir": fpir,
        "fmr": fmr,
        "reasons": (),
        "sequence": 1,
        "position": 0,
        "searched": 5,
    }
    words = {"gallery", "source", "reference", "measure", "model", "policy", "software"}
    return EventNote.model_validate(given | dict.fromkeys(words, ""))
