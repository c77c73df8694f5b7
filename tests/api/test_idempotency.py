"""A write that is sent twice is done once."""

import asyncio

import pytest

from tests.api.serving import Served

pytestmark = pytest.mark.anyio
ONE = {"Idempotency-Key": "one"}


async def test_the_same_request_gets_the_same_answer(service: Served) -> None:
    async with service.client(await service.key()) as client:
        first = await client.post("/v1/galleries", json={"name": "staff"}, headers=ONE)
        again = await client.post("/v1/galleries", json={"name": "staff"}, headers=ONE)
        assert (first.status_code, again.status_code, again.text) == (201, 201, first.text)
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert (await client.post("/v1/galleries", json={"name": "staff"})).status_code == 409


async def test_another_request_with_its_key_is_refused(service: Served) -> None:
    async with service.client(await service.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"}, headers=ONE)
        for path, body in (("/v1/galleries", {"name": "guests"}), ("/v1/galleries?x=1", {"name": "staff"})):
            answer = await client.post(path, json=body, headers=ONE)
            assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    async with service.client(await service.key()) as other:
        answer = await other.post("/v1/galleries", json={"name": "guests"}, headers=ONE)
        assert answer.status_code == 201, "keys of one caller say nothing to another"


async def test_what_was_refused_may_be_repeated(service: Served) -> None:
    async with service.client(await service.key()) as client:
        wanted = {"name": "ada", "gallery": "staff"}
        assert (await client.post("/v1/subjects", json=wanted, headers=ONE)).status_code == 404
        await client.post("/v1/galleries", json={"name": "staff"})
        assert (await client.post("/v1/subjects", json=wanted, headers=ONE)).status_code == 201


async def test_at_the_same_time_it_is_done_once(service: Served) -> None:
    async with service.client(await service.key()) as client:
        answers = await asyncio.gather(
            *(client.post("/v1/galleries", json={"name": "staff"}, headers=ONE) for _ in range(8))
        )
        outcomes = {(one.status_code, one.json().get("code", "")) for one in answers}
        assert (201, "") in outcomes
        assert outcomes <= {(201, ""), (409, "request_in_progress")}
        bodies = {one.text for one in answers if one.status_code == 201}
        assert len(bodies) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f"])
async def test_keys_that_are_none(service: Served, key: str) -> None:
    async with service.client(await service.key()) as client:
        answer = await client.post("/v1/galleries", json={"name": "staff"}, headers={"Idempotency-Key": key})
        assert answer.status_code == 422


async def test_multipart_is_the_same_with_another_boundary(service: Served) -> None:
    async with service.client(await service.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        sent = [
            await client.post(
                "/v1/galleries/staff/jobs/classify",
                files={"image": ("a.jpg", b"\xff\xd8 picture")},
                headers=ONE,
            )
            for _ in range(2)
        ]
        assert [one.status_code for one in sent] == [202, 202]
        assert sent[0].json()["id"] == sent[1].json()["id"]
