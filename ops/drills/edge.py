"""A camera, an agent, a server, and everything that happens to them: is every track in the log exactly once?

    python -m ops.drills.edge --folder /var/tmp/drill --photos DIR --seconds 600 --outage 120

A real RTSP server shows people whose passing is known to a tenth of a second. While the agent watches, the stream is
cut twice (once its server dies, once connections break), the server of Visavis is away, and the agent is killed with
kill -9. At the end the log is compared with what was to be seen. Prints what was found; ends with 1 if a promise was
not kept.
"""

import argparse
import json
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from ops.drills.agent_process import AgentProcess
from ops.drills.edge_outcome import Outcome, judge, judge_offline, report, told_in
from ops.drills.installation import Installation, free_port, kill
from ops.drills.rtsp_server import RtspServer
from ops.drills.scene import Scene, people_of
from visavis.client.resources.events import Wanted
from visavis.client.synchronous import Client

GALLERY = "staff"
_COME = "pictures come"
_GONE_S = 1.0
_SETTLE_S = 120.0
_CAMERA = """
gallery = "{gallery}"
pack = "{pack}"
split = "{split}"
[server]
url = "{url}"
transport = "{transport}"
grpc_url = "http://127.0.0.1:{grpc_port}"
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
[copy]
every_s = 2.0
{hook}"""
_HOOK = """
[[hooks]]
command = {command}
timeout_s = 20.0
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
class Drill:
    """On an installation that runs, which is left running."""

    place: Installation
    folder: Path
    scene: Scene
    times: Times = field(default_factory=Times)
    pack: str = "light"
    split: str = "templates"
    transport: str = "json"
    grpc_port: int = 8421
    rate: float = 10.0
    _quiet: list[tuple[float, float]] = field(
        default_factory=list
    )  #: when the camera was seen without a break

    def __call__(self, api_key: str = "") -> Outcome:
        """With the key of an earlier `prepare`, or after one."""
        key = api_key or self.prepare()
        pictures = self.scene.render(self.folder / "pictures")
        with RtspServer(pictures, fps=self.scene.fps) as camera:
            agent = AgentProcess(
                folder=self.folder / "agent",
                config=self._config(camera.url),
                api_key="" if self.split == "match" else key,
            )
            if self.split == "match":
                self._enrol(agent)
            agent.start()
            try:
                outcome = self._run(agent, camera)
            finally:
                agent.stop()
        with Client(self.place.url, key) as client:
            outcome.events = list(client.events.list(Wanted(gallery=GALLERY)))
        judge(outcome)
        if self.split == "match":
            outcome.told = told_in(self._told)
            judge_offline(outcome)
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
        gone = time.time()
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
            away=(gone, gone + away_s),
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
        if self.split == "match":
            self.place.visavis("galleries", "policy", GALLERY, "--copies")
        self.place.visavis(
            "enrol-folder", str(known), "--gallery", GALLERY, "--largest", "--force", code=None
        )
        return self.place.api_key("agent")

    def _enrol(self, agent: AgentProcess) -> None:
        """A device that matches by itself is one that the server knows. It waits until it has its copy."""
        invited = self.place.visavis("agents", "invite", "drill", "--gallery", GALLERY, "--json")
        agent.enrol(json.loads(invited)["invitation"]["token"])

    @property
    def _told(self) -> Path:
        return self.folder / "told"

    def _config(self, address: str) -> str:
        program = f"import sys; open({str(self._told)!r}, 'ab').write(sys.stdin.buffer.read() + b'\\n')"
        hook = _HOOK.format(command=json.dumps([sys.executable, "-c", program]))
        return _CAMERA.format(
            gallery=GALLERY,
            pack=self.pack,
            split=self.split,
            url=self.place.url,
            transport=self.transport,
            grpc_port=self.grpc_port,
            hook=hook if self.split == "match" else "",
            address=address,
            rate=self.rate,
            gone_s=_GONE_S,
        )


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
    parser.add_argument("--transport", default="json", choices=["json", "form", "grpc"])
    given = parser.parse_args()
    grpc_port = free_port() if given.transport == "grpc" else 0
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(mode=0o755, parents=True)
    place = Installation(
        folder=given.folder / "data",
        port=free_port(),
        more={
            "VISAVIS_MODELS__PACK": given.pack,
            "VISAVIS_SERVER__GRPC_PORT": str(grpc_port),
            "VISAVIS_AGENTS__POLL_S": "1",
        },
    )
    drill = Drill(
        place=place,
        folder=given.folder / "drill",
        scene=Scene(people=people_of(given.photos, given.people)),
        times=Times(seconds=given.seconds, down_s=given.down, outage_s=given.outage),
        pack=given.pack,
        split=given.split,
        transport=given.transport,
        grpc_port=grpc_port or 8421,
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
