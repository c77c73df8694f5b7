"""Jobs, webhooks and governance through HTTP."""

import json
import uuid

import pytest

from tests.api.serving import Served

pytestmark = pytest.mark.anyio
PICTURE = {"image": ("a.jpg", b"\xff\xd8 not looked at yet")}


async def test_what_is_posted_becomes_a_job(service: Served) -> None:
    async with service.client(await service.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        made = await client.post(
            "/v1/galleries/staff/jobs/classify", files=PICTURE, params={"source": "gate"}
        )
        assert (made.status_code, made.json()["total"], made.json()["source"]) == (202, 1, "gate")
        where = made.headers["location"]
        assert (await client.get(where)).json()["state"] == "queued"
        items = (await client.get(f"{where}/items")).json()["items"]
        assert [one["state"] for one in items] == ["queued"]
        assert [one["id"] for one in (await client.get("/v1/jobs")).json()["jobs"]] == [made.json()["id"]]
        cancelled = (await client.post(f"{where}/cancel")).json()
        assert (cancelled["cancelled"], cancelled["waiting"]) == (1, 0)
        assert (await client.get(f"/v1/jobs/{uuid.uuid4()}")).json()["code"] == "job_not_found"


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", b"not json", b'{"subject": "a"}', b"\x00" * 100]
)
async def test_an_import_that_cannot_be_read(service: Served, content: bytes) -> None:
    async with service.client(await service.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        answer = await client.post(
            "/v1/galleries/staff/jobs/enrol",
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )
        assert answer.status_code == 422
        assert (await client.get("/v1/jobs")).json()["jobs"] == []


async def test_an_import_of_lines(service: Served) -> None:
    lines = "\n".join(json.dumps({"subject": f"s{n}", "image": "/9j/4AAQ"}) for n in range(3))
    async with service.client(await service.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        answer = await client.post(
            "/v1/galleries/staff/jobs/enrol", files={"file": ("a.ndjson", lines.encode())}
        )
        assert (answer.status_code, answer.json()["total"]) == (202, 3)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://user@1.1.1.1/",
        "ftp://1.1.1.1/",
        "https://",
        "https:///x",
        "https://" + "a" * 64 + ".example.org/",
        "https://1.1.1.1:99999/",
    ],
)
async def test_webhooks_lead_nowhere_inside(service: Served, url: str) -> None:
    async with service.client(await service.key()) as client:
        answer = await client.post("/v1/webhooks", json={"url": url})
        if "a" * 64 in url:
            assert answer.status_code < 500, "what has no address yet may have one later"
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, "value_invalid")


async def test_a_webhook_is_made_changed_and_removed(service: Served) -> None:
    async with service.client(await service.key()) as client:
        made = await client.post("/v1/webhooks", json={"url": "https://1.1.1.1/hook"})
        assert made.status_code == 201
        secret, path = made.json()["secret"], f"/v1/webhooks/{made.json()['webhook']['id']}"
        assert secret not in (await client.get("/v1/webhooks")).text
        assert (await client.patch(path, json={"active": False})).json()["active"] is False
        assert (await client.post(f"{path}/secret")).json()["secret"] != secret
        assert (await client.get(f"{path}/deliveries")).json()["deliveries"] == []
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).json()["code"] == "webhook_not_found"


async def test_erasing_gives_a_receipt_and_everything_is_audited(service: Served) -> None:
    async with service.client(await service.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        made = (await client.post("/v1/subjects", json={"name": "Ada", "gallery": "staff"})).json()
        exported = (await client.get(f"/v1/subjects/{made['id']}/export")).json()
        assert (exported["subject"], exported["galleries"]) == ("Ada", ["staff"])
        gone = (await client.delete(f"/v1/subjects/{made['id']}")).json()
        receipt = (await client.get(f"/v1/receipts/{gone['receipt']['id']}")).json()
        assert receipt == gone["receipt"]
        assert (await client.get("/v1/receipts")).json()["receipts"] == [receipt]
        assert (await client.delete(f"/v1/subjects/{made['id']}")).json()["code"] == "subject_not_found"
        audit = await client.get("/v1/audit", params={"after": 0})
        actions = [one["action"] for one in audit.json()["entries"]]
        assert "subject.erased" in actions
        assert "Ada" not in audit.text
        assert (await client.get("/v1/audit/verify")).json()["intact"]
        lines = (await client.get("/v1/audit/export")).text.splitlines()
        assert len(lines) >= len(actions) + 1
        assert (await client.post("/v1/retention/run", params={"dry_run": True})).json()["dry_run"]
