"""Reports that are handed in, signatures that are verified, keys that are told of."""

import hashlib
import json

import pytest

from tests.api.reports import a_bias_audit, a_report, signed
from tests.api.serving import Served
from visavis.domain.access import Permission
from visavis.domain.report import MOST_REPORT_BYTES

pytestmark = pytest.mark.anyio


async def test_an_evaluation_is_kept_word_for_word_with_its_figures(service: Served) -> None:
    content = a_report() + "\n"
    async with service.client(await service.key()) as client:
        answer = await client.post("/v1/reports", json={"title": "Spring", "content": content})
        assert answer.status_code == 201
        note = answer.json()
        assert (note["kind"], note["pack"], note["signed"]) == ("evaluation", "standard", False)
        assert note["sha256"] == hashlib.sha256(content.encode()).hexdigest()
        figures = {one["name"]: one for one in note["figures"]}
        assert figures["FNMR at FMR 0.001"] | {"low": 0.008, "high": 0.017} == figures["FNMR at FMR 0.001"]
        again = await client.post("/v1/reports", json={"title": "Spring", "content": content})
        assert again.json()["code"] == "already_exists"
        file = await client.get(f"/v1/reports/{note['id']}/file")
        assert file.text == content
        assert file.headers["content-disposition"].startswith("attachment;")
        assert file.headers["content-security-policy"].startswith("sandbox")
        detail = (await client.get(f"/v1/reports/{note['id']}")).json()
        assert detail["content"]["curve"]["fmr"][0] == 0.1
        assert (await client.delete(f"/v1/reports/{note['id']}")).status_code == 204
        assert (await client.get(f"/v1/reports/{note['id']}")).json()["code"] == "report_not_found"
        entries = (await client.get("/v1/audit")).json()["entries"]
        kept = {
            one["action"]: one["details"]["report_sha256"] for one in entries if "report" in one["action"]
        }
        assert kept == {"report.added": note["sha256"], "report.removed": note["sha256"]}


async def test_a_signature_is_verified_on_the_way_in(service: Served) -> None:
    content = signed(a_bias_audit())
    async with service.client(await service.key()) as client:
        note = (await client.post("/v1/reports", json={"title": "Bias", "content": content})).json()
        assert (note["kind"], note["signed"], note["own"]) == ("bias", True, False)
        assert note["signed_by"] == json.loads(content)["fingerprint"]
        forged = json.loads(content)
        forged["document"] = forged["document"].replace('"found":1', '"found":0')
        refused = await client.post("/v1/reports", json={"title": "Bias", "content": json.dumps(forged)})
        assert refused.status_code == 422
        assert "changed after it was signed" in refused.json()["detail"]
        detail = (await client.get(f"/v1/reports/{note['id']}")).json()
        assert detail["content"]["schema"] == "visavis.bias-audit/1"


async def test_what_this_installation_signed_is_known_as_its_own(service: Served) -> None:
    async with service.store.transaction(service.owner().tenant) as work:
        seed = await work.signing.seed()
    content = signed(a_bias_audit(), seed=seed)
    async with service.client(await service.key()) as client:
        assert (await client.post("/v1/reports", json={"title": "Own", "content": content})).json()["own"]
        found = (await client.post("/v1/receipts/verify", json={"content": content})).json()
        assert (found["valid"], found["own"], found["signed"]) == (True, True, "visavis.bias-audit/1")
        other = (await client.post("/v1/receipts/verify", json={"content": signed(a_bias_audit())})).json()
        assert (other["valid"], other["own"]) == (True, False)
        broken = json.loads(content) | {"signature": "00" * 64}
        answer = await client.post("/v1/receipts/verify", json={"content": json.dumps(broken)})
        assert not answer.json()["valid"]
        assert answer.json()["problem"]
        assert (await client.post("/v1/receipts/verify", json={"content": "{}"})).status_code == 422


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[]",
        "[" * 5000,
        "{}",
        '{"schema":"visavis.receipt/1"}',
        '{"schema":"visavis.evaluate/1"}',
        '{"schema":"visavis.signed-bias-audit/1"}',
        '{"schema":"visavis.signed-bias-audit/1","document":"{}","signature":"zz","public_key":"00"}',
        "<!doctype html><script>alert(1)</script>",
    ],
)
async def test_what_is_no_report_is_refused(service: Served, content: str) -> None:
    async with service.client(await service.key()) as client:
        answer = await client.post("/v1/reports", json={"title": "x", "content": content})
        assert answer.status_code == 422, content[:40]
        assert answer.json()["hint"]


async def test_a_report_is_bounded(service: Served) -> None:
    async with service.client(await service.key()) as client:
        large = a_report(model="x" * MOST_REPORT_BYTES)
        answer = await client.post("/v1/reports", json={"title": "x", "content": large})
        assert answer.status_code in (413, 422)


async def test_reports_about_a_gallery_are_for_those_who_may_use_it(service: Served) -> None:
    platform = service.platform()
    for name in ("staff", "guests"):
        await platform.create(name, pack=platform.models.pack("standard"))
    content = json.dumps(a_bias_audit(gallery="staff"))
    async with service.client(await service.key()) as client:
        note = (await client.post("/v1/reports", json={"title": "Staff", "content": content})).json()
        assert [one["id"] for one in (await client.get("/v1/reports?gallery=staff")).json()["reports"]]
        assert not (await client.get("/v1/reports?kind=liveness")).json()["reports"]
    limited = await service.key(frozenset(Permission), galleries=frozenset({"guests"}))
    async with service.client(limited) as client:
        assert not (await client.get("/v1/reports")).json()["reports"]
        assert (await client.get(f"/v1/reports/{note['id']}/file")).status_code == 404
        upload = {"title": "Other", "content": json.dumps(a_bias_audit(gallery="staff", found=0))}
        assert (await client.post("/v1/reports", json=upload)).status_code == 403


async def test_keys_are_told_of_without_any_secret(service: Served) -> None:
    async with service.client(await service.key()) as client:
        answer = (await client.get("/v1/encryption")).json()
        assert answer == {"keys": [], "fingerprint": ""}
