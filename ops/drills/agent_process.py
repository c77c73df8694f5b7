"""An agent of our own on this machine: started as its user does, killed as misfortune does, and what it logged."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ops.drills.installation import PROGRAM


@dataclass(kw_only=True)
class AgentProcess:
    """`visavis edge` with one configuration and one state directory; may be started again and again."""

    folder: Path
    config: str  #: TOML
    api_key: str
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def log_file(self) -> Path:
        return self.folder / "agent.log"

    def enrol(self, token: str) -> None:
        """As whoever sets up the device does, once. Raises `CalledProcessError`."""
        subprocess.run(
            [PROGRAM, "edge", "--config", str(self._configured()), "--enrol", token],
            check=True,
            capture_output=True,
            env=self._environment,
        )

    def start(self) -> None:
        path = self._configured()
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "edge", "--config", str(path)],
                stdout=log,
                stderr=log,
                env=self._environment,
            )

    def _configured(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "camera.toml"
        path.write_text(f'state = "state"\n{self.config}')
        return path

    @property
    def _environment(self) -> dict[str, str]:
        """Without an API key, the one that it was given at its enrolment counts."""
        key = {"VISAVIS_API_KEY": self.api_key} if self.api_key else {}
        inherited = {name: value for name, value in os.environ.items() if name != "VISAVIS_API_KEY"}
        return inherited | key | dict(self.environment)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As systemd does; the exit code."""
        return self._end(signal.SIGTERM)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def cpu_s(self) -> float:
        """Processor time that the running process has used."""
        if self._process is None:
            raise RuntimeError("the agent does not run")
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def said(self, message: str) -> list[float]:
        """When it logged this, seconds since 1970."""
        found: list[float] = []
        for line in self.log_file.read_text(errors="replace").splitlines() if self.log_file.exists() else ():
            with suppress(ValueError, KeyError, TypeError):
                entry = json.loads(line)
                if entry["message"] == message:
                    found.append(datetime.fromisoformat(entry["time"]).timestamp())
        return found

    def wait_said(self, message: str, since: float, within_s: float = 60.0) -> float:
        """When it first logged this after `since`. Raises `TimeoutError`."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            later = [at for at in self.said(message) if at >= since]
            if later:
                return later[0]
            time.sleep(0.05)
        raise TimeoutError(f"the agent did not say {message!r}: {self.log_file.read_text()[-2000:]}")

    def waiting(self) -> int | None:
        """How many tracks wait on disk, as it said last."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            return int(json.loads((self.folder / "state" / "status.json").read_text())["spool"]["waiting"])
        return None

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        code = self._process.wait(60)
        self._process = None
        return code
