"""Figures and notes of the overview, from what the API says; and who asks, as the console tells the API."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from visavis.bootstrap.console import ConsoleConfig
from visavis.console.app import create_app
from visavis.console.attention import notes
from visavis.console.glance import HOURS, Glance
from visavis.console.tiles import Tile, tiles
from visavis.domain.account import KeyKind
from visavis.domain.camera import Direction, ReaderKind
from visavis.wire.cameras import CameraNote
from visavis.wire.edge import DetectorFamily, Split
from visavis.wire.edge_health import AgentHealth, CameraHealth
from visavis.wire.monitors import MonitorEntry, SignalNote
from visavis.wire.v1.accounts import KeyNote
from visavis.wire.v1.agents import AgentEntry, AgentReport, AgentState
from visavis.wire.v1.events import EventCountsNote, EventStep, EventSummaryNote

NOW = datetime(2026, 3, 2, 14, 20, tzinfo=UTC)
BEGINS = datetime(2026, 3, 1, 15, tzinfo=UTC)


def counts(**given: int) -> EventCountsNote:
    return EventCountsNote(**(dict.fromkeys(EventCountsNote.model_fields, 0) | given))


def summary(*steps: tuple[datetime, EventCountsNote], waiting: int = 0) -> EventSummaryNote:
    return EventSummaryNote(
        counts=counts(events=len(steps), waiting=waiting),
        subjects=2,
        steps=tuple(EventStep(start=start, counts=one) for start, one in steps),
        kinds=(),
        galleries=(),
        sources=(),
        sites=(),
    )


def seen(**given: object) -> Glance:
    nothing: dict[str, object] = {name: [] for name in Glance.__dataclass_fields__}
    nothing |= {"begins": BEGINS, "day": None, "days": None, "figures": ""}
    return Glance(**(nothing | given))  # type: ignore[arg-type]


def an_agent(*cameras: CameraHealth, state: AgentState = AgentState.UP, failed: int = 0) -> AgentEntry:
    health = AgentHealth(
        version="0.1.0",
        started_at=NOW,
        at=NOW,
        split=Split.TEMPLATES,
        gallery="staff",
        pack="standard",
        detector=DetectorFamily.YUNET,
        cameras=cameras,
    )
    return AgentEntry(
        id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11",
        name="lobby",
        state=state,
        galleries=None,
        enrolled_at=NOW,
        desired=1,
        applied=1,
        failed=failed,
        failure="",
        reported_at=NOW,
        report=AgentReport(health=health),
    )


def named(rows: list[list[Tile]]) -> dict[str, Tile]:
    return {tile.name: tile for row in rows for tile in row}


def test_a_day_is_compared_with_the_day_before() -> None:
    days = summary(
        (BEGINS - timedelta(hours=3), counts(match=5)),
        (BEGINS, counts(match=2, non_match=1)),
        (BEGINS + timedelta(hours=HOURS - 1), counts(match=7)),
    )
    found = named(tiles(seen(day=summary(), days=days)))
    assert (found["recognised"].value, found["recognised"].note) == ("9", "5 the day before")
    assert found["recognised"].spark.count("L") == HOURS - 1
    assert (found["left open"].value, found["left open"].spark) == ("0", "")
    assert found["open alerts"].mood == "good"


def test_cameras_are_up_when_their_pictures_come() -> None:
    here = CameraHealth(id="door", reader=ReaderKind.RTSP, connected=True)
    gone = CameraHealth(id="yard", reader=ReaderKind.RTSP, problem="No route to the camera.")
    told = seen(agents=[an_agent(here, gone)], cameras=[_registered("door"), _registered("roof")])
    assert named(tiles(told))["cameras up"].value == "1 of 3"
    said = [(one.level, one.text) for one in notes(told, NOW, may_review=True)]
    assert said == [("bad", "No pictures come from the camera yard.")]
    silent = seen(agents=[an_agent(here, state=AgentState.SILENT)])
    assert named(tiles(silent))["cameras up"].value == "0 of 1"
    assert [one.text for one in notes(silent, NOW, may_review=True)] == [
        "Nothing is heard of the agent lobby."
    ]


def test_latency_is_what_the_slowest_process_says() -> None:
    figures = (
        '# TYPE visavis_inference_wait_s gauge\nvisavis_inference_wait_s{pack="light"} 0.0012\n'
        'visavis_inference_picture_s{pack="light"} 0.06\nvisavis_inference_picture_s{pack="standard"} 0.08\n'
        'visavis_inference_face_s{pack="light"} 5e-03\n'
    )
    found = named(tiles(seen(figures=figures)))["from picture to template"]
    assert (found.value, found.note) == ("86 ms", "1 ms of it waiting")
    assert "from picture to template" not in named(tiles(seen()))


def test_what_is_worse_comes_first_and_keys_that_end_are_named() -> None:
    told = seen(
        days=summary(waiting=3),
        agents=[an_agent(state=AgentState.SILENT)],
        keys=[_key("gate", 3), _key("desk", 60), _key("old", -1), _key("gone", 3, revoked=True)],
    )
    said = notes(told, NOW, may_review=False)
    assert [one.text for one in said] == [
        "Nothing is heard of the agent lobby.",
        "3 decisions of the last two days wait for a person.",
        "The API key gate ends on 2026-03-05.",
    ]
    assert said[1].link == "/log?outcome=inconclusive"


def test_a_source_of_any_name_leads_to_its_lines() -> None:
    """Sources are called what applications call them."""
    signal = SignalNote.model_construct(alarm_since=NOW, text="Darker than usual.", advice="Clean it.")
    drifting = [MonitorEntry.model_construct(source="gate & yard #2", signals=(signal,))]
    (note,) = notes(seen(drifting=drifting), NOW, may_review=True)
    assert note.link == "/log?source=gate+%26+yard+%232"


@pytest.mark.anyio
async def test_the_api_is_told_who_asks() -> None:
    heard: list[httpx.Request] = []

    async def body() -> AsyncIterator[bytes]:
        yield b"{}"

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        return httpx.Response(200, content=body())

    app = create_app(ConsoleConfig(api_url="http://api:8420"), transport=httpx.MockTransport(answer))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, client=("192.0.2.7", 1)), base_url="https://console"
        ) as browser,
    ):
        await browser.get("/v1/health", headers={"X-Forwarded-For": "198.51.100.1"})
    assert heard[0].headers["x-forwarded-for"] == "198.51.100.1, 192.0.2.7", (
        "the last is what the console saw"
    )
    assert heard[0].headers["x-forwarded-proto"] == "https"


def _registered(name: str) -> CameraNote:
    return CameraNote(
        id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d12",
        name=name,
        site="",
        zone="",
        direction=Direction.PASSING,
        note="",
        created_at=NOW,
    )


def _key(name: str, days: int, *, revoked: bool = False) -> KeyNote:
    return KeyNote(
        id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d13",
        name=name,
        kind=KeyKind.NATIVE,
        label="vv_…",
        permissions=(),
        galleries=None,
        created_by="owner",
        created_at=NOW,
        expires_at=NOW + timedelta(days=days),
        last_used_at=None,
        revoked_at=NOW if revoked else None,
        rate=None,
    )
