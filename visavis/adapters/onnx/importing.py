"""Taking a model pack of the user, described by a manifest, into the model directory."""

from pathlib import Path

from visavis.adapters.onnx.cache import write_atomically
from visavis.adapters.onnx.catalogue import builtin_packs
from visavis.adapters.onnx.download import Download, Report, silent
from visavis.adapters.onnx.manifest import calibration_files, load_toml, read_manifest, read_source
from visavis.adapters.onnx.store import ModelStore
from visavis.adapters.onnx.toml_fields import Table
from visavis.domain.errors import AlreadyExists, LicenceRefused, ValueInvalid
from visavis.domain.pack import Pack


def import_manifest(
    path: Path, store: ModelStore, *, accept: bool = False, progress: Report = silent
) -> Pack:
    """Checks a manifest of one pack, installs what it names and keeps both; returns the pack.

    An imported pack of the same name is replaced. `accept` accepts its licences. Raises `FileUnreadable`,
    `ValueInvalid` naming the field, `AlreadyExists` for the name of a built-in pack, and whatever
    `ModelStore.pull` raises.
    """
    root = load_toml(path)
    _require_digests(
        root, path, Download(directory=store.directory, fetchers=store.fetchers, report=progress)
    )
    packs = read_manifest(path, calibrations=path.parent, builtin=False)
    if len(packs) != 1:
        raise ValueInvalid(f"A manifest of yours describes one pack; {path} has {len(packs)}.")
    pack = packs[0]
    if pack.name in {builtin.name for builtin in builtin_packs()}:
        raise AlreadyExists(f"A pack {pack.name} comes with Visavis.", hint="Give yours another name.")
    if accept:
        store.accept(pack)
    try:
        store.pull(pack, progress)
    except LicenceRefused as error:
        command = f"visavis models import {path} --accept-licence"
        raise LicenceRefused(error.message, hint=f"If you accept that, run: {command}") from error
    _keep(path, root, store.directory / "packs" / pack.name)
    return pack


def _require_digests(root: Table, path: Path, download: Download) -> None:
    """Raises `ValueInvalid` with the lines to write where a manifest does not state digest and size."""
    for name, table in root.tables("artefacts"):
        if "sha256" in table and "size_bytes" in table:
            continue
        source = read_source(table.table("source"), path.parent)
        sha256, size_bytes = download.measure(source, name)
        raise ValueInvalid(
            f"In the manifest {path}: {table.where} must state the digest and the size of its file.",
            hint=f'If the file is what you expect, write: sha256 = "{sha256}" and size_bytes = {size_bytes}',
        )


def _keep(path: Path, root: Table, place: Path) -> None:
    """Copies calibrations first and the manifest last: a pack is there when its manifest is."""
    for _, table in root.tables("packs"):
        for name in calibration_files(table):
            write_atomically(place / name, (path.parent / name).read_bytes())
    write_atomically(place / "manifest.toml", path.read_bytes())
