"""Which pack is promoted: `registry.json` in the model directory, a list to which only lines are added."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from visavis.adapters.onnx.cache import locked, write_atomically
from visavis.adapters.onnx.toml_fields import Table, json_table
from visavis.domain.errors import ModelDown, PreconditionFailed, SettingsInvalid, ValueInvalid
from visavis.domain.promotion import Change, ComparedBy, PromotionEntry, PromotionHistory

SCHEMA: Final = 1
_FIELDS: Final = (
    *("at", "change", "pack", "model", "weights"),
    *("card", "gate", "compared_by", "compared_with"),
)


@dataclass(frozen=True, slots=True)
class FilePromotionLog:
    """The history in one model directory. Readers see it as it was before a change or after, never in between."""

    directory: Path

    def read(self) -> PromotionHistory:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return PromotionHistory()
        except OSError as error:
            raise self._damaged("it cannot be read") from error
        try:
            return _history(json_table(content))
        except (ValueError, ValueInvalid) as error:
            raise self._damaged(str(error)) from error

    def append(self, entry: PromotionEntry, *, after: PromotionHistory) -> None:
        try:
            with locked(self.directory / "locks" / "registry.lock"):
                if self.read() != after:
                    raise PreconditionFailed(
                        "Another pack was promoted in the meantime.",
                        hint="Look at it with: visavis models history",
                    )
                rows = [_values(one) for one in (*after.entries, entry)]
                text = json.dumps({"schema": SCHEMA, "entries": rows}, indent=1, ensure_ascii=False)
                write_atomically(self._path, f"{text}\n".encode())
        except OSError as error:
            raise ModelDown(
                f"The model directory {self.directory} cannot be written.",
                hint="Make it writable for this user, with space left.",
            ) from error

    @property
    def _path(self) -> Path:
        return self.directory / "registry.json"

    def _damaged(self, why: str) -> SettingsInvalid:
        return SettingsInvalid(
            f"The register of promoted packs {self._path} is damaged: {why}",
            hint="Put it back from a backup, or delete it: then the built-in default holds, and nothing is promoted.",
        )


def _history(table: Table) -> PromotionHistory:
    table.only("schema", "entries")
    if table.integer("schema") != SCHEMA:
        raise ValueInvalid(f"schema must be {SCHEMA}.")
    rows = table.values.get("entries")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueInvalid("entries must be a list of tables.")
    entries = (_entry(Table(values=row, where=f"entries[{place}]")) for place, row in enumerate(rows))
    return PromotionHistory(entries=tuple(entries))


def _values(entry: PromotionEntry) -> dict[str, object]:
    values: dict[str, object] = {
        "at": entry.at.isoformat(),
        "change": entry.change.value,
        "pack": entry.pack,
        "model": entry.model,
        "weights": list(entry.weights),
        "card": entry.card,
        "gate": entry.gate,
        "compared_by": entry.compared_by.value,
        "compared_with": entry.compared_with,
    }
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _entry(table: Table) -> PromotionEntry:
    table.only(*_FIELDS)
    return PromotionEntry(
        at=datetime.fromisoformat(table.text("at")),
        change=table.one_of("change", Change),
        pack=table.text("pack") if "pack" in table else None,
        model=table.text("model", ""),
        weights=table.texts("weights"),
        card=table.text("card", ""),
        gate=table.text("gate", ""),
        compared_by=table.one_of("compared_by", ComparedBy),
        compared_with=table.text("compared_with", ""),
    )
