"""A camera, an agent, a server, and everything that happens to them: is every track in the log exactly once?

    python -m ops.drills.edge --folder /var/tmp/drill --photos DIR --seconds 600 --outage 120

A real RTSP server shows people whose passing is known to a tenth of a second. While the agent watches, the stream is
cut twice (once its server dies, once connections break), the server of Visavis is away, and the agent is killed with
kill -9. At the end the log is compared with what was to be seen. Prints what was found; ends with 1 if a promise was
not kept.
"""

import argparse
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ops.drills.agent_process import AgentProcess
from ops.drills.installation import Installation, free_port, kill
from ops.drills.rtsp_server import RtspServer
from ops.drills.scene import Scene, people_of
from visavis.client.resources.events import Wanted
from visavis.client.synchronous import Client
from visavis.wire.v1.events import EventNote

GALLERY = "staff"
_COME = "pictures come"
_GONE_S = 1.0
_NEAR_S = 1.0  #: by which a time may be wrong
_SETTLE_S = 120.0
_CAMERA = """
gallery = "{gallery}"
pack = "{pack}"
split = "{split}"
[server]
url = "{url}"
[[cameras]]
id = "door-1"
reader = "rtsp"
address = "{address}"
site = "drill"
zone = "lobby"
direction = "entry"
rate = {rate}
[tracking]
gone_s = {gone_s}
"""


@dataclass(frozen=True, kw_only=True)
class Times:
    """When what happens, seconds after the first picture."""

    seconds: float = 34.0
    down_s: float = 1.0  #: that the camera is dead
    outage_s: float = (
        0.0  #: that the server is away, besides what stopping and starting it takes; 0: its API dies
    )

    @property
    def dies(self) -> float:
        return 0.15 * self.seconds

    @property
    def breaks(self) -> float:
        return 0.3 * self.seconds

    @property
    def away(self) -> float:
        return 0.4 * self.seconds

    @property
    def killed(self) -> float:
        return 0.8 * self.seconds


@dataclass(kw_only=True)
class Outcome:
    """What was to be seen, what was logged, and what is wrong with it."""

    expected: list[tuple[str, float, float]]
    events: list[EventNote]
    reconnects_s: list[float]
    wrong: list[str] = field(default_factory=list)
    begin_off_s: list[float] = field(default_factory=list)
    end_off_s: list[float] = field(default_factory=list)
    away_s: float = 0.0
    settled_s: float = 0.0
    cpu_share: float = 0.0


@dataclass(kw_only=True)
class Drill:
    """On an installation that runs, which is left running."""

    place: Installation
    folder: Path
    scene: Scene
    times: Times = field(default_factory=Times)
    pack: str = "light"
    split: str = "templates"
    rate: float = 10.0
    _quiet: list[tuple[float, float]] = field(
        default_factory=list
    )  #: when the camera was seen without a break

    def __call__(self, api_key: str = "") -> Outcome:
        """With the key of an earlier `prepare`, or after one."""
        key = api_key or self.prepare()
        pictures = self.scene.render(self.folder / "pictures")
        with RtspServer(pictures, fps=self.scene.fps) as camera:
            agent = AgentProcess(folder=self.folder / "agent", config=self._config(camera.url), api_key=key)
            agent.start()
            try:
                outcome = self._run(agent, camera)
            finally:
                agent.stop()
        with Client(self.place.url, key) as client:
            outcome.events = list(client.events.list(Wanted(gallery=GALLERY)))
        judge(outcome)
        return outcome

    def _run(self, agent: AgentProcess, camera: RtspServer) -> Outcome:
        begin = seen = agent.wait_said(_COME, 0.0)
        reconnects: list[float] = []
        _until(begin + self.times.dies)
        camera.kill()
        self._quiet.append((seen, time.time()))
        time.sleep(self.times.down_s)
        camera.start()
        back = time.time()
        seen = agent.wait_said(_COME, back - 0.2)
        reconnects.append(seen - back)

        _until(begin + self.times.breaks)
        cut = time.time()
        self._quiet.append((seen, cut))
        camera.cut()
        seen = agent.wait_said(_COME, cut)
        reconnects.append(seen - cut)

        _until(begin + self.times.away)
        away_s = self._outage()

        _until(max(begin + self.times.killed, time.time() + 2.0))
        cpu = agent.cpu_s() / (time.time() - begin)
        self._quiet.append((seen, time.time() - _GONE_S - 1.0))
        agent.kill()
        agent.start()
        seen = agent.wait_said(_COME, time.time())

        _until(
            max(begin + self.times.seconds, seen + self.scene.stay_s + 2 * self.scene.every_s + _GONE_S + 2.0)
        )
        self._quiet.append((seen, time.time() - _GONE_S - 1.0))
        settled_s = _settled(agent)
        return Outcome(
            expected=[
                one
                for since, until in self._quiet
                for one in self.scene.between(camera.epoch, since + 0.3, until - 0.3)
            ],
            events=[],
            reconnects_s=reconnects,
            away_s=away_s,
            settled_s=settled_s,
            cpu_share=cpu,
        )

    def _outage(self) -> float:
        """Seconds that it took: everything is stopped and started again, or, for a short one, the API dies."""
        gone = time.time()
        if self.times.outage_s > 0.0:
            self.place.down()
            time.sleep(self.times.outage_s)
        else:
            for pid in self.place.processes().apis:
                kill(pid)
        self.place.up()
        return time.time() - gone

    def prepare(self) -> str:
        """A gallery that knows everybody; an API key."""
        known = self.folder / "known"
        for one in self.scene.people:
            (known / one.name).mkdir(parents=True)
            for photo in one.known:
                shutil.copy(photo, known / one.name)
        self.place.visavis("galleries", "create", GALLERY, "--pack", self.pack)
        self.place.visavis(
            "enrol-folder", str(known), "--gallery", GALLERY, "--largest", "--force", code=None
        )
        return self.place.api_key("agent")

    def _config(self, address: str) -> str:
        return _CAMERA.format(
            gallery=GALLERY,
            pack=self.pack,
            split=self.split,
            url=self.place.url,
            address=address,
            rate=self.rate,
            gone_s=_GONE_S,
        )


def judge(outcome: Outcome) -> None:
    """Writes down what is wrong: tracks that are missing, there twice, wrong about who or when."""
    wrong = outcome.wrong
    twice = [track for track, times in Counter(one.track for one in outcome.events).items() if times > 1]
    wrong += [f"a track has {len(twice)} lines"] if twice else []
    wrong += [f"the event {one.id} has no end" for one in outcome.events if one.seen_until is None]
    wrong += [f"the camera was back after {one:.1f} s" for one in outcome.reconnects_s if one > 5.0]
    for person, begin, end in outcome.expected:
        about = [one for one in outcome.events if one.subject == person and _during(one, begin, end)]
        if len(about) != 1:
            wrong.append(f"an appearance at {datetime.fromtimestamp(begin):%T} has {len(about)} lines")  # noqa: DTZ006
            continue
        begin_off, end_off = _off(about[0], begin, end)
        outcome.begin_off_s.append(begin_off)
        outcome.end_off_s.append(end_off)
        if max(abs(begin_off), abs(end_off)) > _NEAR_S:
            wrong.append(f"an appearance is {begin_off:+.1f} s and {end_off:+.1f} s off")


def _during(event: EventNote, begin: float, end: float) -> bool:
    until = event.seen_until or event.captured_at
    return event.captured_at.timestamp() < end and until.timestamp() > begin


def _off(event: EventNote, begin: float, end: float) -> tuple[float, float]:
    until = event.seen_until or event.captured_at
    return event.captured_at.timestamp() - begin, until.timestamp() - end


def _until(moment: float) -> None:
    time.sleep(max(moment - time.time(), 0.0))


def _settled(agent: AgentProcess) -> float:
    """Seconds until nothing waits on disk any more. Raises `TimeoutError`."""
    began = time.monotonic()
    time.sleep(2.5)  # the status is written every two seconds
    while agent.waiting() != 0:
        if time.monotonic() - began > _SETTLE_S:
            raise TimeoutError(f"{agent.waiting()} tracks still wait")
        time.sleep(0.2)
    return time.monotonic() - began


def report(outcome: Outcome) -> str:
    """What happened, as a table."""
    lines = Counter(one.outcome.value if one.outcome else "none" for one in outcome.events)
    facts: Sequence[tuple[str, object]] = (
        ("appearances that must be in the log", len(outcome.expected)),
        ("lines in the log", f"{len(outcome.events)} ({', '.join(f'{n} {k}' for k, n in lines.items())})"),
        ("camera back after, s", " ".join(f"{one:.1f}" for one in outcome.reconnects_s)),
        ("server away, s", f"{outcome.away_s:.0f}"),
        ("begin off by, s: mean, worst", _spread(outcome.begin_off_s)),
        ("end off by, s: mean, worst", _spread(outcome.end_off_s)),
        ("cores used by the agent", f"{outcome.cpu_share:.2f}"),
        ("promises broken", len(outcome.wrong)),
    )
    return "\n".join([*(f"{name:<38}{value}" for name, value in facts), *outcome.wrong[:50]])


def _spread(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):+.2f} {max(values, key=abs):+.2f}" if values else "-"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, required=True, help="is emptied; its parents are open to others"
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder with a folder for each human")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=34.0)
    parser.add_argument("--down", type=float, default=1.0, help="seconds that the camera is dead")
    parser.add_argument(
        "--outage", type=float, default=0.0, help="seconds that the server is away; 0: it dies"
    )
    parser.add_argument("--pack", default="light")
    parser.add_argument("--split", default="templates", choices=["crops", "templates", "match"])
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(mode=0o755, parents=True)
    place = Installation(
        folder=given.folder / "data", port=free_port(), more={"VISAVIS_MODELS__PACK": given.pack}
    )
    drill = Drill(
        place=place,
        folder=given.folder / "drill",
        scene=Scene(people=people_of(given.photos, given.people)),
        times=Times(seconds=given.seconds, down_s=given.down, outage_s=given.outage),
        pack=given.pack,
        split=given.split,
    )
    try:
        place.up()
        outcome = drill()
    finally:
        place.down()
    print(report(outcome))
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
