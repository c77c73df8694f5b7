"""What agents say of themselves, in the Prometheus text format."""

from collections.abc import Callable, Sequence
from typing import Final

from visavis.bootstrap.labels import labels
from visavis.bootstrap.platform import Platform
from visavis.wire.edge_health import CameraHealth
from visavis.wire.v1.agents import AgentEntry, AgentReport, AgentState

_MOST: Final = 1000  #: agents whose figures are told
_OF_AGENT: Final[Sequence[tuple[str, str, Callable[[AgentReport], float | None]]]] = (
    ("spool_waiting", "gauge", lambda said: said.health.spool.waiting),
    ("spool_dropped_total", "counter", lambda said: said.health.spool.dropped),
    ("cpu_share", "gauge", lambda said: said.health.cpu_share),
    ("memory_mb", "gauge", lambda said: said.health.memory_mb),
    ("temperature_celsius", "gauge", lambda said: said.temperature_c),
    ("clock_ahead_seconds", "gauge", lambda said: said.clock_ahead_s),
)
_OF_CAMERA: Final[Sequence[tuple[str, str, Callable[[CameraHealth], float]]]] = (
    ("frames_total", "counter", lambda camera: camera.frames),
    ("analysed_total", "counter", lambda camera: camera.analysed),
    ("dropped_total", "counter", lambda camera: camera.dropped),
    ("interruptions_total", "counter", lambda camera: camera.interruptions),
    ("frames_per_second", "gauge", lambda camera: camera.frames_per_s),
)


async def agent_metrics(platform: Platform) -> list[str]:
    """Of the agents that the caller may see. Raises what the store raises."""
    found = await platform.fleet.page(limit=_MOST)
    return lines([platform.agent_entry(one) for one in found])


def lines(agents: Sequence[AgentEntry]) -> list[str]:
    """Gauges and counters by agent and camera; a camera of a silent agent is down."""
    if not agents:
        return []
    told = ["# TYPE visavis_agent_up gauge"]
    told += [f"visavis_agent_up{_labels(one)} {int(one.state is AgentState.UP)}" for one in agents]
    told.append("# TYPE visavis_agent_configured gauge")
    told += [f"visavis_agent_configured{_labels(one)} {int(one.applied == one.desired)}" for one in agents]
    known = [(one, one.report) for one in agents if one.report is not None]
    for name, kind, value in _OF_AGENT:
        numbers = [(one, value(said)) for one, said in known]
        told.append(f"# TYPE visavis_agent_{name} {kind}")
        told += [
            f"visavis_agent_{name}{_labels(one)} {number:g}" for one, number in numbers if number is not None
        ]
    cameras = [(one, camera) for one, said in known for camera in said.health.cameras]
    told.append("# TYPE visavis_camera_up gauge")
    told += [f"visavis_camera_up{_labels(one, seen)} {int(_is_up(one, seen))}" for one, seen in cameras]
    for name, kind, figure in _OF_CAMERA:
        told.append(f"# TYPE visavis_camera_{name} {kind}")
        told += [f"visavis_camera_{name}{_labels(one, seen)} {figure(seen):g}" for one, seen in cameras]
    return told


def _is_up(agent: AgentEntry, camera: CameraHealth) -> bool:
    return agent.state is AgentState.UP and camera.connected


def _labels(agent: AgentEntry, camera: CameraHealth | None = None) -> str:
    return labels(agent=agent.name, camera=camera.id) if camera else labels(agent=agent.name)
