"""Which model packs there are: the built-in ones, and those that the user has imported."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from visavis.adapters.onnx.manifest import read_detectors, read_manifest
from visavis.domain.errors import ModelNotFound
from visavis.domain.pack import DetectorSpec, Pack

HOME = Path(__file__).parent


def builtin_packs() -> tuple[Pack, ...]:
    """The packs of `catalog.toml`, with the calibrations beside it."""
    return read_manifest(HOME / "catalog.toml", calibrations=HOME / "calibration", builtin=True)


def builtin_detector(name: str) -> DetectorSpec:
    """A detector of `catalog.toml`, to be used with the embedder of any pack. Raises `ModelNotFound`."""
    known = read_detectors(HOME / "catalog.toml")
    if name not in known:
        raise ModelNotFound(f"There is no detector {name}. There are {', '.join(known)}.")
    return known[name]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The packs known here; `directory` is that of the `ModelStore`, where imported packs are kept."""

    directory: Path

    def packs(self) -> tuple[Pack, ...]:
        """Built-in packs in the order of the catalogue, then imported ones by name.

        Raises `ValueInvalid` or `FileUnreadable`, naming the file, if an imported manifest is damaged.
        """
        return *builtin_packs(), *(self._imported(name) for name in self._imported_names())

    def pack(self, name: str) -> Pack:
        """The pack of this name; a built-in one is found even if an imported one is damaged.

        Raises `ModelNotFound` with similar names.
        """
        builtin = {pack.name: pack for pack in builtin_packs()}
        if name in builtin:
            return builtin[name]
        names = self._imported_names()
        if name in names:
            return self._imported(name)
        known = [*builtin, *names]
        close = difflib.get_close_matches(name, known, n=3)
        advice = f"Did you mean {' or '.join(close)}?" if close else f"There are {', '.join(known)}."
        raise ModelNotFound(f"There is no model pack {name}. {advice}")

    def _imported_names(self) -> tuple[str, ...]:
        return tuple(sorted(path.parent.name for path in self.directory.glob("packs/*/manifest.toml")))

    def _imported(self, name: str) -> Pack:
        path = self.directory / "packs" / name / "manifest.toml"
        packs = read_manifest(path, calibrations=path.parent, builtin=False)
        return next(pack for pack in packs if pack.name == name)
