"""Verify, identify and enrol real faces through HTTP."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.serving import Served

pytestmark = [pytest.mark.anyio, pytest.mark.models]
Files = list[tuple[str, tuple[str, bytes]]]


@pytest.fixture
def faces(portraits: Path) -> dict[str, bytes]:
    return {name: (portraits / f"{name}.jpg").read_bytes() for name in ("obama", "obama2", "biden")}


async def template(client: httpx.AsyncClient, picture: bytes) -> str:
    answer = await client.post("/v1/templates", files={"image": ("a.jpg", picture)})
    (one,) = answer.json()["templates"]
    text: str = one["template"]
    return text


async def enrolled(client: httpx.AsyncClient, picture: bytes, name: str, **query: Any) -> httpx.Response:
    params = {"subject": name, **query}
    return await client.post("/v1/galleries/staff/enrol", params=params, files={"image": ("a.jpg", picture)})


async def test_two_pictures_templates_and_mixtures(recognising: Served, faces: dict[str, bytes]) -> None:
    async with recognising.client(await recognising.key()) as client:
        for other, outcome in (("obama2", "match"), ("biden", "non_match")):
            files = {"reference": ("a.jpg", faces["obama"]), "probe": ("b.jpg", faces[other])}
            answer = await client.post("/v1/verify", files=files)
            assert answer.json()["decision"]["outcome"] == outcome
            mixed = {
                "reference_templates": [await template(client, faces["obama"])],
                "probe_templates": [await template(client, faces[other])],
            }
            answer = await client.post("/v1/verify", json=mixed)
            assert answer.json()["decision"]["outcome"] == outcome


async def test_templates_are_sent_back_as_they_came(recognising: Served, faces: dict[str, bytes]) -> None:
    async with recognising.client(await recognising.key()) as client:
        one, other = await template(client, faces["obama"]), await template(client, faces["obama2"])
        parts: Files = [
            ("reference_template", ("r", one.encode())),
            ("probe_template", ("p", other.encode())),
        ]
        answer = await client.post("/v1/verify", files=parts)
        assert answer.json()["decision"]["outcome"] == "match"
        for broken in (b"x", one[:-8].encode(), b"{}", b"[" * 1000):
            bad: Files = [("reference_template", ("r", broken)), ("probe_template", ("p", other.encode()))]
            answer = await client.post("/v1/verify", files=bad)
            assert (answer.status_code, answer.json()["code"]) == (422, "value_invalid")
    async with recognising.client(await recognising.key(frozenset({"verify"}))) as limited:  # type: ignore[arg-type]
        assert (await limited.post("/v1/verify", files=parts)).status_code == 403


async def test_enrol_verify_identify_erase(recognising: Served, faces: dict[str, bytes]) -> None:
    async with recognising.client(await recognising.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff", "policy": {"keep": "sample"}})
        made = await enrolled(client, faces["obama"], "Obama")
        assert (made.status_code, made.json()["enrolled"]) == (201, 1)
        again = await enrolled(client, faces["obama"], "Obama")
        assert (again.status_code, again.json()["photos"][0]["outcome"]) == (200, "already_enrolled")
        wrong = await enrolled(client, faces["obama2"], "Biden")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_subject")
        claim = await client.post(
            "/v1/galleries/staff/verify",
            params={"subject": "Obama"},
            files={"probe": ("p.jpg", faces["obama2"])},
        )
        assert claim.json()["decision"]["outcome"] == "match"
        probe = {"image": ("p.jpg", faces["obama2"])}
        found = (await client.post("/v1/galleries/staff/identify", files=probe)).json()
        assert [one["subject"] for one in found["faces"]] == ["Obama"]
        event = (await client.get(f"/v1/events/{found['event_ids'][0]}")).json()
        assert (event["outcome"], event["subject"]) == ("match", "Obama")
        stranger = {"image": ("p.jpg", faces["biden"])}
        other = (await client.post("/v1/galleries/staff/identify", files=stranger)).json()
        assert [one["subject"] for one in other["faces"]] == [None]

        reference = made.json()["photos"][0]["reference_id"]
        image = await client.get(
            f"/v1/galleries/staff/references/{reference}/image", params={"kind": "sample"}
        )
        assert image.content.startswith(b"\x89PNG")
        assert "attachment" in image.headers["content-disposition"]
        photo = await client.get(
            f"/v1/galleries/staff/references/{reference}/image", params={"kind": "photo"}
        )
        assert photo.status_code == 404

        gone = await client.delete(f"/v1/subjects/{made.json()['subject_id']}")
        assert gone.json()["references"] == 1
        after = (await client.post("/v1/galleries/staff/identify", files=probe)).json()
        assert [one["subject"] for one in after["faces"]] == [None]


async def test_references_move_and_go(recognising: Served, faces: dict[str, bytes]) -> None:
    async with recognising.client(await recognising.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        made = (await enrolled(client, faces["obama"], "Barack")).json()
        await enrolled(client, faces["biden"], "Joe")
        reference = made["photos"][0]["reference_id"]
        move = {"reference_ids": [reference], "subject": "Joe"}
        moved = await client.post("/v1/galleries/staff/references/move", json=move)
        assert [one["subject"] for one in moved.json()["references"]] == ["Joe"]
        path = f"/v1/galleries/staff/references/{reference}"
        assert (await client.get(path)).json()["subject"] == "Joe"
        assert (await client.delete(path)).status_code == 204
        assert (await client.delete(path)).json()["code"] == "reference_not_found"


async def test_a_gallery_that_asks_for_consent(recognising: Served, faces: dict[str, bytes]) -> None:
    async with recognising.client(await recognising.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff", "policy": {"consent": "door"}})
        refused = await enrolled(client, faces["obama"], "Obama")
        assert (refused.status_code, refused.json()["code"]) == (422, "consent_missing")
        subject = (await client.post("/v1/subjects", json={"name": "Obama", "gallery": "staff"})).json()["id"]
        grant = {"subject_id": subject, "purpose": "door", "text_version": "1"}
        consent = (await client.post("/v1/consents", json=grant)).json()
        assert (await enrolled(client, faces["obama"], "Obama")).status_code == 201
        revoked = (await client.post(f"/v1/consents/{consent['id']}/revoke")).json()
        assert revoked["references"] == 1
        listed = (await client.get("/v1/galleries/staff/references")).json()["references"]
        assert listed == []
        assert not any(one["valid"] for one in revoked["consents"])
        assert revoked["receipt"] is not None


async def test_nobody_is_found_where_nobody_is(recognising: Served, faces: dict[str, bytes]) -> None:
    probe = {"image": ("p.jpg", faces["obama"])}
    async with recognising.client(await recognising.key()) as client:
        assert (await client.post("/v1/galleries/none/identify", files=probe)).json()[
            "code"
        ] == "gallery_not_found"
        await client.post("/v1/galleries", json={"name": "staff"})
        found = (await client.post("/v1/galleries/staff/identify", files=probe)).json()
        assert [one["subject"] for one in found["faces"]] == [None]
        claim = await client.post(
            "/v1/galleries/staff/verify", params={"subject": "x"}, files={"probe": ("p.jpg", faces["obama"])}
        )
        assert claim.json()["code"] == "subject_not_found"
        crop = await client.post("/v1/galleries/staff/identify", files={"crop": ("c.jpg", faces["obama"])})
        assert crop.status_code == 422, "a crop has the size that the model takes"
