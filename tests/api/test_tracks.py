"""Tracks over HTTP: one line each, revised towards certainty, exactly once whatever is resent."""

import asyncio
import base64
import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.serving import Served
from visavis.domain.access import Permission
from visavis.domain.sample import Sample
from visavis.engine.assess import PROBE_GATE
from visavis.vision.jpeg import jpeg
from visavis.vision.png import png

pytestmark = [pytest.mark.anyio, pytest.mark.models]
PATH = "/v1/galleries/staff/tracks"


@pytest.fixture
async def shots(recognising: Served, portraits: Path) -> dict[str, str]:
    """Templates of portraits, as a device sends them."""
    found = {}
    async with recognising.client(await recognising.key()) as client:
        for name in ("obama", "obama2", "biden"):
            picture = (portraits / f"{name}.jpg").read_bytes()
            answer = await client.post("/v1/templates", files={"image": ("a.jpg", picture)})
            found[name] = answer.json()["templates"][0]["template"]
    return found


def report(*templates: str, track: uuid.UUID | None = None, **fields: Any) -> dict[str, Any]:
    at = "2026-03-02T08:15:31.250Z"
    return {
        "track": str(track or uuid.uuid4()),
        "camera": "door-1",
        "first_at": "2026-03-02T08:15:30Z",
        "last_at": "2026-03-02T08:15:34Z",
        "frames": 21,
        "shots": [{"at": at, "template": one} for one in templates],
        **fields,
    }


async def prepared(client: httpx.AsyncClient, portraits: Path, **policy: Any) -> str:
    """A gallery with one subject, and a camera; the subject's identifier."""
    await client.post("/v1/galleries", json={"name": "staff", "policy": policy})
    await client.post(
        "/v1/cameras", json={"name": "door-1", "site": "HQ", "zone": "In", "direction": "entry"}
    )
    files = {"image": ("a.jpg", (portraits / "obama.jpg").read_bytes())}
    answer = await client.post("/v1/galleries/staff/enrol", params={"subject": "barack"}, files=files)
    subject: str = answer.json()["subject_id"]
    return subject


async def log(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/events", params=query)
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


async def test_a_track_is_one_line_with_the_place_of_its_camera(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    async with recognising.client(await recognising.key()) as client:
        subject = await prepared(client, portraits)
        told = (await client.post(PATH, json=report(shots["obama2"]))).json()
        assert (told["outcome"], told["subject_id"], told["subject"]) == ("match", subject, "barack")
        assert told["revised"]
        (line,) = await log(client)
        assert line["id"] == told["event_id"]
        assert (line["site"], line["zone"], line["direction"]) == ("HQ", "In", "entry")
        assert (line["track"], line["frames"], line["revision"]) == (told["track"], 21, 0)
        assert line["seen_until"] == "2026-03-02T08:15:34Z"
        assert line["reference"] == f"track:{told['track']}"


async def test_what_is_resent_or_late_changes_nothing_and_what_is_new_revises(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    track = uuid.uuid4()
    unsure = report(shots["biden"], track=track, ended=False, frames=3)
    sure = report(shots["obama2"], track=track, last_at="2026-03-02T08:15:39Z", frames=50)
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits)
        first = (await client.post(PATH, json=unsure)).json()
        assert (first["outcome"], first["revised"]) == ("non_match", True)
        second = (await client.post(PATH, json=sure)).json()
        assert (second["outcome"], second["revised"]) == ("match", True)
        assert second["event_id"] == first["event_id"]
        for again in (unsure, sure, unsure):
            told = (await client.post(PATH, json=again)).json()
            assert (told["outcome"], told["revised"]) == ("match", False)
        (line,) = await log(client)
        assert (line["revision"], line["frames"], line["seen_until"]) == (1, 50, "2026-03-02T08:15:39Z")
        actions = [one["action"] for one in (await client.get("/v1/audit")).json()["entries"]]
        assert actions.count("decision.identified") == 2


async def test_reports_at_once_make_one_line(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    track = uuid.uuid4()
    reports = [
        report(shots["obama2"], track=track, frames=frames, last_at=f"2026-03-02T08:16:{frames:02}Z")
        for frames in range(1, 9)
    ]
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits)
        await asyncio.gather(*(client.post(PATH, json=one) for one in reports))
        (line,) = await log(client, track=str(track))
        assert (line["frames"], line["seen_until"]) == (8, "2026-03-02T08:16:08Z")


async def test_an_unknown_is_remembered_and_found_by_the_next_camera(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits, unknowns="remember")
        looking = report(shots["biden"], ended=False)
        told = (await client.post(PATH, json=looking)).json()
        assert (told["outcome"], told["subject_id"]) == ("non_match", None), "one look is not enough yet"
        new = (await client.post(PATH, json={**looking, "ended": True})).json()
        assert (new["outcome"], new["remembered"], new["revised"]) == ("non_match", True, True)
        assert new["event_id"] == told["event_id"]
        assert new["subject"].startswith("anonymous-")
        again = (await client.post(PATH, json={**looking, "ended": True})).json()
        assert (again["remembered"], again["revised"]) == (True, False)
        elsewhere = (await client.post(PATH, json=report(shots["biden"], camera="door-2"))).json()
        assert (elsewhere["outcome"], elsewhere["subject_id"]) == ("match", new["subject_id"])
        assert len(await log(client, unknown=True)) == 2
        both = [report(shots["obama2"], camera="door-2"), report(shots["biden"], camera="door-3")]
        answer = (await client.post(f"{PATH}/batch", json={"reports": both})).json()
        assert [one["recorded"]["outcome"] for one in answer["tracks"]] == ["match", "match"]


async def test_who_was_remembered_and_turns_out_to_be_known_leaves_nothing(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    track = uuid.uuid4()
    async with recognising.client(await recognising.key()) as client:
        subject = await prepared(client, portraits, unknowns="remember")
        new = (await client.post(PATH, json=report(shots["biden"], track=track))).json()
        assert new["remembered"]
        known = (await client.post(PATH, json=report(shots["obama2"], track=track))).json()
        assert (known["outcome"], known["subject_id"], known["remembered"]) == ("match", subject, False)
        names = [one["name"] for one in (await client.get("/v1/subjects")).json()["subjects"]]
        assert names == ["barack"]


async def test_what_a_device_decided_stands_unless_the_subject_is_gone(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    async with recognising.client(await recognising.key()) as client:
        subject = await prepared(client, portraits)
        decided = {"outcome": "match", "subject_id": subject, "score": 0.61, "fpir": 1e-5, "searched": 9}
        told = (await client.post(PATH, json=report(shots["obama2"], decided=decided))).json()
        assert (told["outcome"], told["fpir"], told["reasons"]) == ("match", 1e-5, [])
        other = (await client.post(PATH, json=report(shots["biden"], decided=decided))).json()
        assert (other["outcome"], other["reasons"]) == ("match", ["store_disagrees"])
        missed = {"outcome": "non_match", "searched": 3}
        told = (await client.post(PATH, json=report(shots["obama2"], decided=missed))).json()
        assert (told["outcome"], told["subject_id"], told["reasons"]) == ("match", subject, ["device_missed"])
        await client.delete(f"/v1/subjects/{subject}")
        gone = (await client.post(PATH, json=report(shots["obama2"], decided=decided))).json()
        assert (gone["outcome"], gone["reasons"]) == ("non_match", ["device_subject_gone"])
        half = report(shots["obama2"], decided={"outcome": "match"})
        assert (await client.post(PATH, json=half)).status_code == 422


async def test_crops_are_as_good_as_templates(recognising: Served, portraits: Path) -> None:
    picture = (portraits / "obama2.jpg").read_bytes()
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits)
        work = await recognising.platform().opened("staff")
        (sample,) = await work.inference.samples(picture, gate=PROBE_GATE)
        assert isinstance(sample, Sample)
        crop = base64.b64encode(png(sample.chip)).decode()
        at = "2026-03-02T08:15:31Z"
        told = (await client.post(PATH, json=report(shots=[{"at": at, "crop": crop}]))).json()
        assert told["outcome"] == "match"
        wide = base64.b64encode(png(sample.chip[:, :60])).decode()
        refused = await client.post(PATH, json=report(shots=[{"at": at, "crop": wide}]))
        assert (refused.status_code, refused.json()["code"]) == (422, "value_invalid")
        assert "square" in refused.json()["detail"]
        dark = base64.b64encode(png(sample.chip * 0)).decode()
        while_seen = report(shots=[{"at": at, "crop": dark}], ended=False)
        told = (await client.post(PATH, json=while_seen)).json()
        assert (told["outcome"], told["event_id"]) == (None, None)
        told = (await client.post(PATH, json={**while_seen, "ended": True})).json()
        assert told["outcome"] is None
        assert "too_dark" in told["reasons"]
        (line,) = await log(client, kind="rejected")
        good = {**while_seen, "shots": [{"at": at, "crop": crop}]}
        told = (await client.post(PATH, json=good)).json()
        assert (told["outcome"], told["event_id"]) == ("match", line["id"])
        assert await log(client, kind="rejected") == []


async def test_a_bad_report_keeps_no_other_from_being_recorded(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits)
        reports = [
            report("no template"),
            report(shots["obama2"]),
            report(shots=[{"at": "2026-03-02T08:15:31Z", "crop": "AAAA"}]),
        ]
        answer = (await client.post(f"{PATH}/batch", json={"reports": reports})).json()
        codes = [one["problem"] and one["problem"]["code"] for one in answer["tracks"]]
        assert codes == ["value_invalid", None, "image_unreadable"]
        assert len(await log(client)) == 1


async def test_a_gallery_without_a_log_answers_all_the_same(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits, event_days=0)
        told = (await client.post(PATH, json=report(shots["obama2"]))).json()
        assert (told["outcome"], told["event_id"]) == ("match", None)
        assert await log(client) == []


async def test_later_is_a_job_and_reporting_needs_its_permission(
    recognising: Served, shots: dict[str, str], portraits: Path
) -> None:
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits)
        answer = await client.post(PATH, params={"later": True}, json=report(shots["obama2"]))
        assert answer.status_code == 202
        assert answer.json()["kind"] == "classify"
        assert answer.headers["location"].endswith(answer.json()["id"])
    key = await recognising.key(frozenset({Permission.IDENTIFY}))
    async with recognising.client(key) as client:
        assert (await client.post(PATH, json=report(shots["obama2"]))).status_code == 403


async def test_reports_with_crops_may_be_larger_than_other_json(recognising: Served, portraits: Path) -> None:
    at, crop = "2026-03-02T08:15:31Z", "A" * 390_000
    sent = report(shots=[{"at": at, "crop": crop}] * 4)
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits)
        refused = await client.post(PATH, json=sent)
        assert (refused.status_code, refused.json()["code"]) == (422, "image_unreadable")
        other = await client.post("/v1/cameras", json={"name": "a", "note": "A" * 1_600_000})
        assert (other.status_code, other.json()["code"]) == (413, "request_too_large")


def form(given: dict[str, Any], **pictures: bytes) -> dict[str, Any]:
    files = {name.replace("_", "-"): ("crop.png", content) for name, content in pictures.items()}
    return {"files": {"report": ("report.json", json.dumps(given)), **files}}


async def test_a_form_with_pictures_is_the_same_report_as_json_with_base64(
    recognising: Served, portraits: Path
) -> None:
    crop = await aligned(recognising, (portraits / "obama2.jpg").read_bytes())
    at = "2026-03-02T08:15:31.250Z"
    track = uuid.uuid4()
    parted = report(track=track, shots=[{"at": at, "crop": "cid:crop-0"}])
    whole = report(track=track, shots=[{"at": at, "crop": base64.b64encode(crop).decode()}])
    async with recognising.client(await recognising.key()) as client:
        subject = await prepared(client, portraits)
        told = (await client.post(PATH, **form(parted, crop_0=crop))).json()
        assert (told["outcome"], told["subject_id"], told["revised"]) == ("match", subject, True)
        again = (await client.post(PATH, json=whole)).json()
        assert (again["revised"], again["event_id"], again["score"]) == (
            False,
            told["event_id"],
            told["score"],
        )
        assert len(await log(client)) == 1
        for replayed in (None, "true"):
            sent = form(parted, crop_0=crop) | {"headers": {"Idempotency-Key": "k-1"}}
            answer = await client.post(PATH, **sent)
            assert (answer.status_code, answer.headers.get("idempotent-replayed")) == (200, replayed)
        later = await client.post(PATH, params={"later": True}, **form(parted, crop_0=crop))
        assert later.status_code == 202


async def test_a_form_that_cannot_be_used_is_refused_with_words(recognising: Served, portraits: Path) -> None:
    given = report(shots=[{"at": "2026-03-02T08:15:31.250Z", "crop": "cid:crop-0"}])
    async with recognising.client(await recognising.key()) as client:
        await prepared(client, portraits)
        for sent, words in (
            (form(given), "no part 'crop-0'"),
            (form(given, crop_0=b"x", crop_1=b"y"), "No shot names the part 'crop-1'"),
            (form(given, crop_0=b"x" * 300_001), "at most 300,000 bytes"),
            ({"files": {"crop-0": ("a", b"x")}}, "no part 'report'"),
            ({"files": {"report": ("a", b"{")}}, "cannot be used: body"),
            (form({**given, "camera": "no/name"}, crop_0=b"x"), "cannot be used: body.camera"),
            (form(given, **{f"crop_{number}": b"x" for number in range(17)}), "cannot be read"),
            ({"content": b"--x\r\n", "headers": {"content-type": "multipart/form-data"}}, "cannot be read"),
        ):
            answer = await client.post(PATH, **sent)
            assert answer.status_code == 422, words
            assert words in answer.json()["detail"]
        unreadable = await client.post(PATH, **form(given, crop_0=b"no picture"))
        assert (unreadable.status_code, unreadable.json()["code"]) == (422, "image_unreadable")
        large = await client.post(PATH, **form(given, crop_0=bytes(9 * 2**20)))
        assert large.status_code == 413
        other = await client.post(PATH, content=b"a", headers={"content-type": "text/plain"})
        assert other.status_code == 415
        assert await log(client) == []


async def aligned(served: Served, picture: bytes) -> bytes:
    """The face of a picture as an agent sends it."""
    platform = served.platform()
    inference = await platform.loaded(platform.models.pack("standard"))
    (sample, *_) = await inference.samples(picture, gate=PROBE_GATE)
    assert isinstance(sample, Sample)
    return jpeg(sample.chip)
