"""Which licences the operator of this machine has accepted, in `accepted.json` of the model directory."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from visavis.adapters.onnx.cache import locked, write_atomically
from visavis.domain.errors import FileUnreadable, LicenceRefused
from visavis.domain.pack import Licence, Pack


def utc_now() -> datetime:
    return datetime.now(UTC)


def restricted(pack: Pack) -> tuple[Licence, ...]:
    """The licences of a pack that must be accepted, each once."""
    needed = (a.licence for a in pack.artefacts if a.licence.needs_acceptance)
    return tuple(dict.fromkeys(needed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptances:
    """The licences accepted so far. One that is renamed must be accepted again."""

    directory: Path
    clock: Callable[[], datetime] = utc_now

    def accept(self, pack: Pack) -> None:
        """Notes that the licences of a pack are accepted, and when. Accepting twice changes nothing."""
        with locked(self.directory / "locks" / "accepted.lock"):
            known = self._read()
            accepted = {(entry["pack"], entry["licence"]) for entry in known}
            time = self.clock().isoformat(timespec="seconds")
            new = [
                {"pack": pack.name, "licence": licence.name, "time": time}
                for licence in restricted(pack)
                if (pack.name, licence.name) not in accepted
            ]
            if new:
                text = json.dumps({"accepted": [*known, *new]}, indent=1)
                write_atomically(self._path, f"{text}\n".encode())

    def require(self, pack: Pack) -> None:
        """Raises `LicenceRefused`, with the words of the licence, unless it is accepted or needs no accepting."""
        needed = restricted(pack)
        if not needed:
            return
        accepted = {(entry["pack"], entry["licence"]) for entry in self._read()}
        for licence in needed:
            if (pack.name, licence.name) not in accepted:
                raise LicenceRefused(
                    f"The model pack {pack.name} is under the licence {licence.name}: {licence.words}",
                    hint=f"If you accept that, run: visavis models pull {pack.name} --accept-licence",
                )

    @property
    def _path(self) -> Path:
        return self.directory / "accepted.json"

    def _read(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))["accepted"]
            return [{key: str(row[key]) for key in ("pack", "licence", "time")} for row in rows]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FileUnreadable(
                f"The file {self._path} is damaged.", hint="Delete it and accept the licences again."
            ) from error
