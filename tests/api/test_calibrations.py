"""A gallery's own calibration over REST: read, given, taken back; decisions follow it at once."""

import json

import pytest

from tests.api.serving import Served
from visavis.domain.access import Permission
from visavis.domain.calibration_json import calibration_to_json
from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.gallery import Gallery
from visavis.domain.template import ModelIdentity

pytestmark = pytest.mark.anyio
PATH = "/v1/galleries/staff/calibration"


def own(model: ModelIdentity, *, lowest: float = 1e-4) -> Calibration:
    return Calibration(
        model=model,
        measure=Measure.COSINE,
        data="our door",
        subjects=400,
        mated=400,
        non_mated=300_000,
        points=(
            CalibrationPoint(score=1 / 3, fmr=0.5, fnmr=0.0, fmr_interval=(0.4, 0.6)),
            CalibrationPoint(score=0.9, fmr=lowest, fnmr=0.1, fmr_interval=(lowest / 2, lowest * 2)),
        ),
    )


def body(calibration: Calibration) -> dict[str, object]:
    content: dict[str, object] = json.loads(calibration_to_json(calibration))
    return content


async def gallery_of(service: Served) -> Gallery:
    platform = service.platform()
    return await platform.create("staff", pack=platform.models.pack("standard"))


async def test_given_read_and_taken_back(service: Served) -> None:
    gallery = await gallery_of(service)
    wanted = body(own(gallery.model))
    async with service.client(await service.key()) as client:
        assert (await client.get(PATH)).json()["code"] == "calibration_not_found"
        answer = await client.put(PATH, json=wanted)
        assert answer.status_code == 200
        assert answer.json()["calibration"]["data"] == "our door"
        read = (await client.get(PATH)).json()
        assert [point["score"] for point in read["points"]] == [1 / 3, 0.9]
        assert (await client.put(PATH, json=read)).status_code == 200, "what is read can be written"
        entry = (await client.get("/v1/galleries/staff")).json()
        assert entry["calibration"]["lowest_fmr"] == 1e-4
        actions = [one["action"] for one in (await client.get("/v1/audit")).json()["entries"]]
        assert actions.count("gallery.calibrated") == 2
        assert (await client.delete(PATH)).json()["calibration"] is None
        assert (await client.delete(PATH)).status_code == 404
        assert (await client.put("/v1/galleries/none/calibration", json=wanted)).status_code == 404


async def test_the_next_decision_rests_on_it(service: Served) -> None:
    gallery = await gallery_of(service)
    async with service.client(await service.key()) as client:
        shipped = service.platform().models.pack("standard").calibration(Measure.COSINE)
        assert service.platform().work(gallery).verify.calibration == shipped
        await client.put(PATH, json=body(own(gallery.model)))
    current = await service.service.installation.gallery(service.platform().galleries, "staff")
    work = service.platform().work(current)
    kept = own(gallery.model)
    assert (work.verify.calibration, work.identify.calibration, work.enrol.calibration) == (kept,) * 3


async def test_what_cannot_count_is_refused(service: Served) -> None:
    gallery = await gallery_of(service)
    other = ModelIdentity(family="arcface", digest="0" * 64, contract="112px", dimension=512)
    good = body(own(gallery.model))
    async with service.client(await service.key()) as client:
        answer = await client.put(PATH, json=body(own(other)))
        assert (answer.status_code, answer.json()["code"]) == (409, "model_mismatch")
        answer = await client.put(PATH, json=body(own(gallery.model, lowest=2e-3)))
        assert (answer.status_code, answer.json()["code"]) == (422, "value_invalid")
        for change in (
            {"points": [{"score": 0.1, "fmr": 0.5, "fnmr": 0.0}]},
            {"points": list(reversed(good["points"]))},  # type: ignore[call-overload]
            {"points": [{"score": n / 1e3, "fmr": 0.5 / (n + 1), "fnmr": 0} for n in range(501)]},
            {"data": ""},
            {"data": "a\u0000b"},
            {"schema": 1},
            {"model": "nothing"},
            {"subjects": -1},
            {"odd": 1},
        ):
            assert (await client.put(PATH, json=good | change)).status_code == 422, change
        assert (await client.get(PATH)).status_code == 404


async def test_only_for_those_who_may_use_the_gallery(service: Served) -> None:
    gallery = await gallery_of(service)
    everything = frozenset(Permission)
    async with service.client(await service.key(everything, galleries=frozenset({"other"}))) as client:
        assert (await client.get(PATH)).status_code == 403
        assert (await client.put(PATH, json=body(own(gallery.model)))).status_code == 403
        assert (await client.delete(PATH)).status_code == 403
