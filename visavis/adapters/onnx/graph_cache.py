"""The graphs that are run: made once out of published files, and known by their digest."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from visavis.adapters.onnx.cache import digest_of, write_atomically
from visavis.domain.errors import ModelDown
from visavis.domain.pack import Artefact

#: counted up whenever a rewriting changes, so that installed graphs are made again
RECIPE: Final = 1

#: makes an ONNX graph, serialised, out of the published file
Rewriter = Callable[[Path], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCache:
    """The graphs of one directory, each with a JSON file beside it: sha256, recipe, onnx version."""

    directory: Path
    rewriters: Mapping[str, Rewriter]

    def path(self, artefact: Artefact, family: str) -> Path:
        return self.directory / f"{artefact.sha256}-{family}-{RECIPE}.onnx"

    def exists(self, artefact: Artefact, family: str) -> bool:
        path = self.path(artefact, family)
        return path.is_file() and path.with_suffix(".json").is_file()

    def intact(self, artefact: Artefact, family: str) -> bool:
        """Whether the graph is there and has the digest that was noted when it was made."""
        path = self.path(artefact, family)
        try:
            noted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            return isinstance(noted, dict) and bool(noted.get("sha256") == digest_of(path))
        except (FileNotFoundError, ValueError):
            return False

    def make(self, artefact: Artefact, family: str, published: Path) -> None:
        """Rewrites a published file, whose digest the caller has checked; raises `ModelDown`."""
        if family not in self.rewriters:
            raise ModelDown(f"Nothing here can run a model of the family {family}.")
        path = self.path(artefact, family)
        write_atomically(path, self.rewriters[family](published))
        note = {"sha256": digest_of(path), "recipe": RECIPE, "family": family, "onnx": version("onnx")}
        write_atomically(path.with_suffix(".json"), f"{json.dumps(note)}\n".encode())
