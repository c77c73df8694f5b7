"""What agents say of themselves, as Prometheus reads it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.contract.store_agents import an_agent
from visavis.bootstrap.agent_metrics import lines
from visavis.domain.agent import Agent
from visavis.domain.camera import ReaderKind
from visavis.wire.edge import DetectorFamily, Split
from visavis.wire.edge_health import AgentHealth, CameraHealth, SpoolHealth
from visavis.wire.v1.agents import AgentEntry, AgentReport, AgentState

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def a_report() -> AgentReport:
    cameras = (
        CameraHealth(id="door", reader=ReaderKind.RTSP, connected=True, frames=70, frames_per_s=4.5),
        CameraHealth(id="yard", reader=ReaderKind.RTSP, connected=False, interruptions=3),
    )
    health = AgentHealth(
        version="1",
        started_at=NOW,
        at=NOW,
        split=Split.MATCH,
        gallery="staff",
        pack="light",
        detector=DetectorFamily.YUNET,
        cameras=cameras,
        spool=SpoolHealth(waiting=7),
    )
    return AgentReport(applied=2, health=health, clock_ahead_s=-1.5)


def heard(name: str, ago: timedelta) -> AgentEntry:
    agent: Agent = replace(
        an_agent(name),
        desired=2,
        applied=2,
        health=a_report().model_dump_json(by_alias=True),
        reported_at=NOW - ago,
    )
    return AgentEntry.of(agent, NOW, interval_s=10.0)


def test_an_agent_is_silent_after_three_intervals() -> None:
    assert heard("a", timedelta(seconds=30)).state is AgentState.UP
    assert heard("a", timedelta(seconds=31)).state is AgentState.SILENT
    assert AgentEntry.of(an_agent(), NOW, 10.0).report is None


def test_a_camera_is_up_if_pictures_come_and_its_agent_is_heard_of() -> None:
    told = lines([heard("north", timedelta(0)), heard('so"uth', timedelta(minutes=1))])
    assert 'visavis_agent_up{agent="north"} 1' in told
    assert 'visavis_agent_up{agent="so\\"uth"} 0' in told
    assert 'visavis_agent_spool_waiting{agent="north"} 7' in told
    assert 'visavis_agent_clock_ahead_seconds{agent="north"} -1.5' in told
    assert 'visavis_camera_up{agent="north",camera="door"} 1' in told
    assert 'visavis_camera_up{agent="north",camera="yard"} 0' in told
    assert 'visavis_camera_up{agent="so\\"uth",camera="door"} 0' in told
    assert 'visavis_camera_frames_total{agent="north",camera="door"} 70' in told
    assert not any(line.startswith("visavis_agent_temperature_celsius{") for line in told)
    assert lines([]) == []
