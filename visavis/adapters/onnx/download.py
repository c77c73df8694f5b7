"""Fetching artefacts into the model directory, with progress, and never trusting what comes."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from visavis.adapters.onnx.cache import digest_of, publish
from visavis.adapters.onnx.sources.archive import extract
from visavis.adapters.onnx.sources.fetching import Fetcher
from visavis.domain.errors import DigestMismatch, FileUnreadable, SourceUnreachable
from visavis.domain.pack import Artefact, Source, SourceKind

POLL_S: Final = 0.2
#: for archives whose size the manifest does not tell
LARGEST_BYTES: Final = 2 << 30
AGAIN: Final = "Try again; if it happens twice, do not use the source."


class Phase(StrEnum):
    """What is happening to an artefact."""

    DOWNLOAD = "download"
    EXTRACT = "extract"
    VERIFY = "verify"
    REWRITE = "rewrite"
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an artefact is. While it is downloaded, bytes are those of the archive around it.

    They are what lies on the disk, so clients that keep what they fetch elsewhere show nothing until the end;
    `done_bytes` never exceeds `total_bytes`.
    """

    artefact: str
    done_bytes: int
    total_bytes: int
    phase: Phase


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """A report to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Fetches into the model directory `directory`."""

    directory: Path
    fetchers: Mapping[SourceKind, Fetcher]
    report: Report = silent

    def fetch(self, places: Mapping[Artefact, Path], pack: str) -> None:
        """Puts artefacts that share one source archive to their places.

        Raises `SourceUnreachable` with a hint that names the place, or `DigestMismatch`.
        """
        first = next(iter(places))
        with self.workplace() as work:
            try:
                archive = self.archive(first.source, first.name, first.size_bytes, work)
            except SourceUnreachable as error:
                raise SourceUnreachable(error.message, hint=_hint(error.advice, pack, places)) from error
            for index, (artefact, target) in enumerate(places.items()):
                self._install(artefact, archive, work / f"member{index}", target)

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """A directory for one download, in the file system of the store, removed afterwards."""
        parent = self.directory / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=parent))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def archive(self, source: Source, name: str, size_bytes: int, work: Path) -> Path:
        """What a source publishes, around an artefact of this name and size; raises `SourceUnreachable`."""
        limit = source.archive_bytes or (LARGEST_BYTES if source.member else size_bytes)
        with self._watched(name, source.archive_bytes or size_bytes, work):
            return self.fetchers[source.kind](source, work, limit)

    def measure(self, source: Source, name: str) -> tuple[str, int]:
        """SHA-256 and size of what a source publishes now, for authors of manifests, who have to state them."""
        with self.workplace() as work:
            archive, member = self.archive(source, name, LARGEST_BYTES, work), work / "member"
            extract(archive, source.member, member, LARGEST_BYTES)
            return digest_of(member), member.stat().st_size

    def _install(self, artefact: Artefact, archive: Path, member: Path, target: Path) -> None:
        self._say(artefact, Phase.EXTRACT)
        try:
            extract(archive, artefact.source.member, member, artefact.size_bytes)
        except FileUnreadable as error:
            raise DigestMismatch(
                f"What came from {artefact.source} is not what the catalogue names: {error.message}",
                hint=AGAIN,
            ) from error
        self._say(artefact, Phase.VERIFY)
        found = digest_of(member)
        if found != artefact.sha256:
            raise DigestMismatch(
                f"What came from {artefact.source} is not the {artefact.name} that the catalogue names: "
                f"its SHA-256 is {found} instead of {artefact.sha256}.",
                hint=AGAIN,
            )
        publish(member, target)

    def _say(self, artefact: Artefact, phase: Phase) -> None:
        size = artefact.size_bytes
        self.report(Progress(artefact=artefact.name, done_bytes=size, total_bytes=size, phase=phase))

    @contextmanager
    def _watched(self, name: str, total: int, work: Path) -> Iterator[None]:
        """Reports the growth of `work` from a thread, because package clients tell no bytes."""
        done = threading.Event()

        def tell(size: int) -> None:
            shown = Progress(
                artefact=name, done_bytes=min(size, total), total_bytes=total, phase=Phase.DOWNLOAD
            )
            self.report(shown)

        def watch() -> None:
            while not done.wait(POLL_S):
                tell(_size_below(work))

        tell(0)
        watcher = threading.Thread(target=watch, name="visavis-download", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
        tell(total)


def _size_below(directory: Path) -> int:
    """Bytes of the files below a directory in which somebody else works: what vanishes meanwhile counts 0."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):
                total += Path(folder, name).lstat().st_size
    return total


def _hint(advice: str, pack: str, places: Mapping[Artefact, Path]) -> str:
    usual = f"Connect this machine to the network once and run: visavis models pull {pack}"
    own = advice.rstrip(".") if advice != SourceUnreachable.hint else usual
    targets = " and ".join(f"{artefact.filename} to {place}" for artefact, place in places.items())
    return f"{own}. Without a network, copy {targets}"
