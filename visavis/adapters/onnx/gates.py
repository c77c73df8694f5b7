"""Gates in TOML files: the one that comes with Visavis, and those of the user, which override parts of it."""

import hashlib
import tomllib
from pathlib import Path
from typing import Final

from visavis.adapters.onnx.toml_fields import Table
from visavis.domain.card import RateKind
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.gate import Against, Bound, Gate, RateLimit, Searches

SHIPPED: Final = Path(__file__).parent / "gate.toml"
SCHEMA: Final = 1
_KNOWN: Final = {
    "data": ("least_subjects", "least_mated", "least_non_mated"),
    "limits": ("bound", "failure_to_acquire", "searches", "fnmr", "fnir"),
    "promoted": ("must_be",),
}


def read_gate(path: Path | None = None) -> Gate:
    """The gate of a file, whose missing fields are those of the shipped gate; without a file, that gate.

    Raises `FileUnreadable`, or `ValueInvalid` naming the field.
    """
    content = _content(path or SHIPPED)
    try:
        own = _tables(content)
        return _gate(own, _tables(_content(SHIPPED)), hashlib.sha256(content).hexdigest())
    except ValueInvalid as error:
        raise ValueInvalid(f"In the gate {path or SHIPPED}: {error.message}") from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"The gate {path} cannot be read.") from error


def _tables(content: bytes) -> dict[str, Table]:
    try:
        whole = Table(values=tomllib.loads(content.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueInvalid(f"It is no TOML: {error}") from error
    whole.only("schema", *_KNOWN)
    if whole.integer("schema") != SCHEMA:
        raise ValueInvalid(f"schema must be {SCHEMA}.")
    tables = {name: whole.table(name) for name in _KNOWN if name in whole}
    for name, table in tables.items():
        table.only(*_KNOWN[name])
    return tables


def _gate(own: dict[str, Table], shipped: dict[str, Table], digest: str) -> Gate:
    def at(name: str, key: str) -> Table:
        return own[name] if name in own and key in own[name] else shipped[name]

    fnmr, fnir = at("limits", "fnmr"), at("limits", "fnir")
    return Gate(
        digest=digest,
        least_subjects=at("data", "least_subjects").integer("least_subjects"),
        least_mated=at("data", "least_mated").integer("least_mated"),
        least_non_mated=at("data", "least_non_mated").integer("least_non_mated"),
        most_fta=at("limits", "failure_to_acquire").number("failure_to_acquire"),
        bound=at("limits", "bound").one_of("bound", Bound),
        limits=(
            *(_limit(row, RateKind.FNMR) for row in _rows(fnmr, "fnmr")),
            *(_limit(row, RateKind.FNIR) for row in _rows(fnir, "fnir")),
        ),
        searches=at("limits", "searches").one_of("searches", Searches),
        against=at("promoted", "must_be").one_of("must_be", Against),
    )


def _rows(table: Table, key: str) -> list[Table]:
    rows = table.values.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueInvalid(f"{table.name_of(key)} must be a list of tables.")
    return [Table(values=row, where=f"{table.name_of(key)}[{place}]") for place, row in enumerate(rows)]


def _limit(table: Table, kind: RateKind) -> RateLimit:
    target = "at_fmr" if kind is RateKind.FNMR else "at_fpir"
    table.only(target, "most", *(("references",) if kind is RateKind.FNIR else ()))
    try:
        return RateLimit(
            kind=kind,
            target=table.number(target),
            most=table.number("most"),
            references=table.integer("references") if kind is RateKind.FNIR else None,
        )
    except ValueInvalid as error:
        raise ValueInvalid(f"{table.where}: {error.message}") from error
