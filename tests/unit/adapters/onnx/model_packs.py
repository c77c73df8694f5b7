"""Small packs whose files come from fakes, for the tests of catalogue and store."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from visavis.domain.errors import SourceUnreachable
from visavis.domain.pack import (
    Artefact,
    ColourOrder,
    DetectionPlan,
    DetectorFamily,
    DetectorSpec,
    EmbedderFamily,
    EmbedderSpec,
    Licence,
    Pack,
    Source,
    SourceKind,
)

FREE = Licence(name="MIT", commercial=True, words="Free.")
RESEARCH = Licence(name="Research only", commercial=False, words="No commerce at all.")
DETECTOR, EMBEDDER = b"a detector" * 10, b"an embedder" * 1000


@dataclass
class FakeFetcher:
    """Publishes contents by the name of the source, and counts."""

    published: Mapping[str, bytes]
    calls: list[str] = field(default_factory=list)

    def __call__(self, source: Source, work: Path, limit_bytes: int) -> Path:
        self.calls.append(source.name)
        if source.name not in self.published:
            raise SourceUnreachable("No network.")
        path = work / "fetched"
        path.write_bytes(self.published[source.name])
        return path


def artefact(name: str, content: bytes, licence: Licence = FREE) -> Artefact:
    return Artefact(
        name=name,
        source=Source(kind=SourceKind.HTTPS, name=f"https://models.example/{name}.onnx"),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        licence=licence,
        provenance="made by a test",
    )


def pack(
    licence: Licence = FREE,
    detector: Artefact | None = None,
    embedder: Artefact | None = None,
    name: str = "tiny",
) -> Pack:
    return Pack(
        name=name,
        title="Tiny",
        description="For tests.",
        detector=DetectorSpec(
            family=DetectorFamily.YUNET,
            artefact=detector or artefact("eyes", DETECTOR),
            plan=DetectionPlan(),
        ),
        embedder=EmbedderSpec(
            family=EmbedderFamily.ARCFACE,
            artefact=embedder or artefact("mind", EMBEDDER, licence),
            contract="112px-rgb-0-1",
            dimension=4,
            side=112,
            colour=ColourOrder.RGB,
            mean=(0.0, 0.0, 0.0),
            scale=1.0,
            quality=None,
        ),
        calibrations=(),
    )


def published(**contents: bytes) -> FakeFetcher:
    return FakeFetcher({f"https://models.example/{name}.onnx": body for name, body in contents.items()})


def shout(path: Path) -> bytes:
    """A rewriting that is easy to recognise."""
    return path.read_bytes().upper()


REWRITERS = {"yunet": shout, "arcface": shout}
