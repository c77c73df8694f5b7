"""The model directory: published files, the graphs made of them, imported packs, accepted licences.

    artefacts/<sha256>/<file name>      the published file, byte for byte
    graphs/<sha256>-<recipe>.onnx       the graph that is run, made of it by a family's rewriting
    graphs/<sha256>-<recipe>.json       digest of that graph, and what made it
    packs/<name>/manifest.toml          a pack the user has imported, with its calibrations beside it
    accepted.json                       licences accepted on this machine
    locks/, tmp/                        of processes at work

Nothing is loaded from outside it. A directory that was filled elsewhere works without a network, and also
when it cannot be written. Several processes may pull at the same time.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from visavis.adapters.onnx.cache import digest_of, locked
from visavis.adapters.onnx.download import Download, Phase, Progress, Report, silent
from visavis.adapters.onnx.graph_cache import GraphCache, Rewriter
from visavis.adapters.onnx.licences import Acceptances, utc_now
from visavis.adapters.onnx.sources.fetchers import default_fetchers
from visavis.adapters.onnx.sources.fetching import Fetcher
from visavis.domain.errors import DigestMismatch, ModelDown
from visavis.domain.pack import Artefact, DetectorSpec, EmbedderSpec, Pack, SourceKind


class Part(StrEnum):
    """Which of the two models of a pack."""

    DETECTOR = "detector"
    EMBEDDER = "embedder"


class Condition(StrEnum):
    """What a check found. A missing graph is made again when it is needed."""

    INTACT = "intact"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The state of one file of an installed pack."""

    name: str
    path: Path
    condition: Condition


@dataclass(frozen=True, slots=True)
class ModelStore:
    """The installed models of one directory.

    `rewriters` maps a family to the function that makes the graph to be run out of the published file.
    """

    directory: Path
    rewriters: Mapping[str, Rewriter]
    fetchers: Mapping[SourceKind, Fetcher] = field(default_factory=default_fetchers)
    clock: Callable[[], datetime] = utc_now

    def pull(self, pack: Pack, progress: Report = silent) -> None:
        """Brings everything a pack needs into the directory; does nothing where it is there and intact.

        `progress` may be called from another thread. Raises `LicenceRefused`, `SourceUnreachable`,
        `DigestMismatch`, `DependencyMissing` or, if the directory cannot be written, `ModelDown`.
        """
        self.require_accepted(pack)
        try:
            # artefacts of one archive are fetched together
            for _, group in groupby(sorted(set(pack.artefacts), key=_archive), key=_archive):
                self._bring(tuple(group), pack, progress)
            for part in Part:
                self._ensure(pack, part, progress)
        except OSError as error:
            raise self._unwritable() from error

    def is_installed(self, pack: Pack) -> bool:
        """Whether the pack can be run without a network. Looks at presence and size, not at digests."""
        return all(
            self._has_size(spec.artefact) or self._graphs.exists(spec.artefact, spec.family)
            for spec in (pack.detector, pack.embedder)
        )

    def graph(self, pack: Pack, part: Part) -> Path:
        """The file to run, its digest checked. Fetches nothing; makes the graph again if that is needed.

        Raises `LicenceRefused`, `ModelDown` if the pack is not installed, `DigestMismatch` if what is there
        is not what the catalogue names.
        """
        self.require_accepted(pack)
        try:
            return self._ensure(pack, part, silent)
        except OSError as error:
            raise self._unwritable() from error

    def verify(self, pack: Pack) -> tuple[Check, ...]:
        """Reads every file of a pack and compares digests; changes nothing."""
        checks = []
        for spec in (pack.detector, pack.embedder):
            artefact, path = spec.artefact, self.artefact_path(spec.artefact)
            checks.append(Check(name=artefact.name, path=path, condition=self._condition(artefact)))
            graph = self._graphs.path(artefact, spec.family)
            condition = Condition.MISSING
            if graph.exists():
                intact = self._graphs.intact(artefact, spec.family)
                condition = Condition.INTACT if intact else Condition.DAMAGED
            checks.append(Check(name=f"{artefact.name} graph", path=graph, condition=condition))
        return tuple(checks)

    def accept(self, pack: Pack) -> None:
        """Notes that the operator accepts the licences of a pack."""
        try:
            self._acceptances.accept(pack)
        except OSError as error:
            raise self._unwritable() from error

    def require_accepted(self, pack: Pack) -> None:
        """Raises `LicenceRefused` unless the licences of a pack are accepted or need no accepting."""
        self._acceptances.require(pack)

    def artefact_path(self, artefact: Artefact) -> Path:
        """Where the published file lies, or belongs if the directory is filled by hand."""
        return self.directory / "artefacts" / artefact.sha256 / artefact.filename

    @property
    def _graphs(self) -> GraphCache:
        return GraphCache(directory=self.directory / "graphs", rewriters=self.rewriters)

    @property
    def _acceptances(self) -> Acceptances:
        return Acceptances(directory=self.directory, clock=self.clock)

    def _bring(self, group: tuple[Artefact, ...], pack: Pack, progress: Report) -> None:
        if not self._wanting(group):
            return
        with ExitStack() as stack:
            for artefact in sorted(group, key=lambda artefact: artefact.sha256):
                stack.enter_context(locked(self._lock(artefact)))
            missing = self._wanting(group)  # another process may have been faster
            if missing:
                places = {artefact: self.artefact_path(artefact) for artefact in missing}
                download = Download(directory=self.directory, fetchers=self.fetchers, report=progress)
                download.fetch(places, pack.name)

    def _wanting(self, group: tuple[Artefact, ...]) -> tuple[Artefact, ...]:
        return tuple(a for a in group if self._condition(a) is not Condition.INTACT)

    def _ensure(self, pack: Pack, part: Part, progress: Report) -> Path:
        spec = _spec(pack, part)
        artefact = spec.artefact
        if not self._graphs.intact(artefact, spec.family):
            with locked(self._lock(artefact)):
                if not self._graphs.intact(artefact, spec.family):
                    self._require_intact(artefact, pack)
                    progress(_at(artefact, Phase.REWRITE))
                    self._graphs.make(artefact, spec.family, self.artefact_path(artefact))
        progress(_at(artefact, Phase.READY))
        return self._graphs.path(artefact, spec.family)

    def _require_intact(self, artefact: Artefact, pack: Pack) -> None:
        condition, path = self._condition(artefact), self.artefact_path(artefact)
        again = f"visavis models pull {pack.name}"
        if condition is Condition.MISSING:
            raise ModelDown(
                f"The model pack {pack.name} is not installed: {artefact.name} is missing.",
                hint=f"Run: {again}. Without a network, copy the file to {path}",
            )
        if condition is Condition.DAMAGED:
            raise DigestMismatch(
                f"The file {path} is not the {artefact.name} that the catalogue names.", hint=f"Run: {again}"
            )

    def _condition(self, artefact: Artefact) -> Condition:
        path = self.artefact_path(artefact)
        if not path.is_file():
            return Condition.MISSING
        intact = self._has_size(artefact) and digest_of(path) == artefact.sha256
        return Condition.INTACT if intact else Condition.DAMAGED

    def _has_size(self, artefact: Artefact) -> bool:
        path = self.artefact_path(artefact)
        return path.is_file() and path.stat().st_size == artefact.size_bytes

    def _lock(self, artefact: Artefact) -> Path:
        return self.directory / "locks" / f"{artefact.sha256}.lock"

    def _unwritable(self) -> ModelDown:
        return ModelDown(
            f"The model directory {self.directory} cannot be used.",
            hint="Make it readable and, to install models, writable for this user, with space left.",
        )


def _spec(pack: Pack, part: Part) -> DetectorSpec | EmbedderSpec:
    return pack.detector if part is Part.DETECTOR else pack.embedder


def _archive(artefact: Artefact) -> tuple[str, str, str]:
    source = artefact.source
    return source.kind, source.name, source.version


def _at(artefact: Artefact, phase: Phase) -> Progress:
    size = artefact.size_bytes
    return Progress(artefact=artefact.name, done_bytes=size, total_bytes=size, phase=phase)
