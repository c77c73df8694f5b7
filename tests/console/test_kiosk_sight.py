"""What a kiosk makes of what the API says: no more than may stand on its screen."""

import json
from collections.abc import Callable

import httpx
import pytest

from visavis.client.asynchronous import AsyncClient
from visavis.console.kiosks import Kiosk, Sight, look, recognise

pytestmark = pytest.mark.anyio

SIZE = (800, 600)
KIOSK = Kiosk(name="reception", gallery="staff", key_id="1", secret="vv_x")  # noqa: S106
Answer = Callable[[httpx.Request], httpx.Response]


def face(width: float = 200, reasons: tuple[str, ...] = ()) -> dict[str, object]:
    return {
        "box": {"left": 300, "top": 100, "right": 300 + width, "bottom": 350},
        "landmarks": [],
        "score": 0.9,
        "quality": {
            "unified": None,
            "components": {},
            "pose": {"yaw_deg": 0, "pitch_deg": 0, "roll_deg": 0},
        },
        "accepted": not reasons,
        "reasons": [{"code": "too_dark", "advice": one} for one in reasons],
    }


def identified(outcome: str, subject: str | None) -> dict[str, object]:
    threshold = {"value": 0.4, "fmr": 1e-4, "extrapolated": False}
    decision = {
        "outcome": outcome,
        "score": 0.7,
        "measure": "cosine",
        "distance": 0.3,
        "fmr": 1e-6,
        "fmr_extrapolated": False,
        "fpir": 1e-4,
        "threshold": threshold,
        "model": "m",
        "calibration": "c",
        "supported_fmr": 1e-6,
        "policy": "p",
    }
    one = {"subject": subject, "face": face(), "decision": decision}
    return {"gallery": "staff", "pack": "standard", "faces": [one], "event_ids": []}


class Api:
    """Sees these faces; answers a search like this."""

    def __init__(self, faces: list[dict[str, object]], found: dict[str, object] | None = None) -> None:
        self.faces, self.found = faces, found
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        if request.url.path == "/v1/detect":
            return httpx.Response(200, json={"pack": "standard", "faces": self.faces})
        assert self.found is not None
        status = self.found.get("status", 200)
        assert isinstance(status, int)
        kind = "application/problem+json" if status >= 400 else "application/json"
        return httpx.Response(status, content=json.dumps(self.found), headers={"Content-Type": kind})

    async def recognise(self, kiosk: Kiosk = KIOSK) -> Sight:
        async with AsyncClient(
            "http://api", "vv_x", transport=httpx.MockTransport(self), retries=0
        ) as client:
            return await recognise(client, kiosk, b"jpeg", SIZE)


async def test_a_known_one_is_greeted_by_name_or_without() -> None:
    api = Api([face()], identified("match", "Ada"))
    assert await api.recognise() == Sight(
        state="known", name="Ada", box=(300 / 800, 100 / 600, 200 / 800, 250 / 600)
    )
    assert api.asked[-1].path == "/v1/galleries/staff/identify"
    assert api.asked[-1].params["source"] == "reception"
    silent = await api.recognise(KIOSK.model_copy(update={"names": False}))
    assert (silent.state, silent.name) == ("known", "")


@pytest.mark.parametrize(
    ("outcome", "subject", "state"),
    [
        ("non_match", None, "unknown"),
        ("inconclusive", None, "unsure"),
        ("match", "anonymous-1a2b3c4d", "unknown"),
    ],
)
async def test_whoever_is_not_known_is_not_named(outcome: str, subject: str | None, state: str) -> None:
    sight = await Api([face()], identified(outcome, subject)).recognise()
    assert (sight.state, sight.name) == (state, "")


@pytest.mark.parametrize(
    ("faces", "state", "say"),
    [
        ([], "nobody", ""),
        ([face(60)], "adjust", "Please come closer"),
        ([face(700)], "adjust", "A little further back, please"),
        ([face(), face(150)], "adjust", "One at a time, please"),
        ([face(reasons=("Turn to the light.",))], "adjust", "Turn to the light."),
        ([face(), face(80)], "there", ""),
    ],
)
async def test_nobody_is_searched_for_before_the_picture_is_good(
    faces: list[dict[str, object]], state: str, say: str
) -> None:
    api = Api(faces, identified("match", "Ada"))
    async with AsyncClient("http://api", "vv_x", transport=httpx.MockTransport(api), retries=0) as client:
        sight = await look(client, b"jpeg", SIZE)
    assert (sight.state, sight.say) == (state, say)
    if state != "there":
        await api.recognise()
        assert {one.path for one in api.asked} == {"/v1/detect"}


async def test_a_picture_that_is_refused_is_no_unknown() -> None:
    refused: dict[str, object] = {
        "type": "about:blank",
        "status": 422,
        "code": "quality_too_low",
        "title": "no",
        "detail": "no",
        "hint": "Hold still.",
    }
    sight = await Api([face()], refused).recognise()
    assert (sight.state, sight.say) == ("adjust", "Hold still.")


def decided(granted: bool, *reasons: str) -> dict[str, object]:
    decision = {
        "id": "1",
        "sequence": 1,
        "door": "front",
        "gallery": "staff",
        "area": "",
        "outcome": "granted" if granted else "denied",
        "reasons": reasons,
        "explanation": "internal words",
        "at": "2026-11-22T10:00:00Z",
        "decided_at": "2026-11-22T10:00:00Z",
        "source": "reception",
        "direction": "entry",
        "event_id": None,
        "track": None,
        "subject_id": None,
        "subject": "Ada",
        "rule": "",
        "schedule": "",
        "turns_at": None,
        "attack_score": None,
        "attack_instrument": None,
        "attack_threshold": None,
        "revision": 0,
    }
    return {"granted": granted, "decision": decision, "score": None, "fmr": None, "fpir": None}


@pytest.mark.parametrize(
    ("answer", "state", "opens"),
    [
        (decided(True), "known", True),
        (decided(False, "outside_schedule"), "refused", False),
        (decided(False, "liveness_unavailable"), "refused", False),
        (decided(False, "unknown"), "unknown", False),
        (decided(False, "inconclusive"), "unsure", False),
    ],
)
async def test_at_a_door_the_door_decides(answer: dict[str, object], state: str, opens: bool) -> None:
    api = Api([face()], answer)
    sight = await api.recognise(KIOSK.model_copy(update={"door": "front", "camera": "reception"}))
    assert (sight.state, sight.opens) == (state, opens)
    assert api.asked[-1].path == "/v1/doors/front/decide"
    assert "internal" not in sight.say
