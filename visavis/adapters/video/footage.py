"""Recorded files: their digests, and single frames of them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from visavis.adapters.video.files import VideoFiles
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import FileUnreadable

_PART = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFootage:
    """Implements `Footage`."""

    files: VideoFiles

    def digest(self, path: Path) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as file:
                while part := file.read(_PART):
                    digest.update(part)
                    size += len(part)
        except OSError as error:
            raise FileUnreadable(f"{path.name} cannot be read: {error.strerror or error}.") from error
        return digest.hexdigest(), size

    def still(self, path: Path, at_s: float) -> ImageBGR | None:
        return self.files.frame_at(path, at_s)
