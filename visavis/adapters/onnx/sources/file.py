"""Files that are on this machine already."""

from dataclasses import dataclass
from pathlib import Path

from visavis.domain.errors import SourceUnreachable
from visavis.domain.pack import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """Reads a local file where it lies."""

    def __call__(self, source: Source, work: Path, limit_bytes: int) -> Path:  # noqa: ARG002 - as every source
        path = Path(source.name)
        if not path.is_file():
            raise SourceUnreachable(f"There is no file {path}.", hint="Put the file there and try again.")
        if path.stat().st_size > limit_bytes:
            raise SourceUnreachable(f"The file {path} is larger than the manifest says.")
        return path
