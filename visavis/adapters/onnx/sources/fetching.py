"""What every source of model files has in common."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from visavis.domain.errors import SourceUnreachable
from visavis.domain.pack import Source


class Fetcher(Protocol):
    """Gets what a source publishes: the archive around a member, or the file itself."""

    def __call__(self, source: Source, work: Path, limit_bytes: int) -> Path:
        """The path of the fetched archive or file.

        Everything written goes below `work`, an existing empty directory that the caller deletes. At most
        `limit_bytes` are accepted. Raises `SourceUnreachable`.
        """
        ...


def run_client(
    command: Sequence[str | Path], source: Source, work: Path, extra: Mapping[str, str] | None = None
) -> None:
    """Runs a package client as this machine configures it: its environment is kept, `extra` is added.

    What the client says goes into the cause of the error, not to the user: it names hosts and paths.
    Temporary files go below `work`, so that they vanish with it. Raises `SourceUnreachable`.
    """
    scratch = work / "tmp"
    scratch.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(scratch), **(extra or {})}
    done = subprocess.run(  # noqa: S603 - a fixed program, arguments as a list, no shell
        [str(part) for part in command],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        tail = (done.stderr or done.stdout).strip()[-2000:]
        cause = subprocess.SubprocessError(f"exit status {done.returncode}: {tail}")
        raise SourceUnreachable(f"It was not possible to fetch {source}.") from cause


def single_file(directory: Path, source: Source, limit_bytes: int) -> Path:
    """The one file that a client has put into a directory; raises `SourceUnreachable`."""
    files = [path for path in directory.iterdir() if path.is_file() and not path.is_symlink()]
    if len(files) != 1:
        raise SourceUnreachable(f"{len(files)} files came from {source} where one was expected.")
    if files[0].stat().st_size > limit_bytes:
        raise SourceUnreachable(f"What came from {source} is larger than the catalogue says.")
    return files[0]
