"""Model packs for agents: what a server hands out, and how a device takes it in.

    <models>/arriving/<sha256>    files on their way; what was begun is continued

Nothing is used before all of it is there and has the digests that the server signed; a pack that cannot be made ready
leaves what was there before.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from visavis.adapters.onnx.cache import digest_of, publish
from visavis.adapters.onnx.catalogue import builtin_packs
from visavis.bootstrap.models import Models
from visavis.domain.errors import AlreadyExists, DigestMismatch, ModelDown, ModelNotFound, ValueInvalid
from visavis.domain.pack import Artefact, Pack
from visavis.wire.v1.agent_files import PackContents, PackFile

Fetch = Callable[[PackFile, int], bytes]
"""Bytes of a file from a place on; none at its end."""

_MANIFEST: Final = "manifest.toml"


def contents_of(models: Models, name: str) -> PackContents:
    """What a pack consists of. Raises `ModelNotFound`, `LicenceRefused` where its licence was not accepted here,
    `ModelDown` where it is not installed."""
    pack = models.catalogue.pack(name)
    models.store.require_accepted(pack)
    files = [_artefact_file(models, pack, one) for one in dict.fromkeys(pack.artefacts)]
    if not pack.builtin:
        files += [_described(path) for path in sorted(_home(models, name).iterdir()) if path.is_file()]
    return PackContents(
        pack=pack.name, model=pack.embedder.model.key, builtin=pack.builtin, files=tuple(files)
    )


def path_of(models: Models, name: str, sha256: str) -> Path:
    """Where a file of a pack lies. Raises as `contents_of`, and `ModelNotFound` for a file that is not in it."""
    pack = models.catalogue.pack(name)
    found = next((one for one in contents_of(models, name).files if one.sha256 == sha256), None)
    if found is None:
        raise ModelNotFound(f"The model pack {name} has no such file.")
    if found.kind != "artefact":
        return _home(models, name) / found.name
    return models.store.artefact_path(next(one for one in pack.artefacts if one.sha256 == sha256))


def install(models: Models, contents: PackContents, fetch: Fetch) -> Pack:
    """Takes a pack in whose contents the server has signed; the licences were accepted there, for its agents.

    Raises `DigestMismatch`, `AlreadyExists` for a built-in name, `ValueInvalid`, and as `Models.pull` does.
    """
    _require_sound(contents)
    arrived = {
        one.sha256: _arrived(models.directory / "arriving" / one.sha256, one, fetch) for one in contents.files
    }
    with _kept_aside(_home(models, contents.pack), active=not contents.builtin):
        for one in contents.files:
            if one.kind != "artefact":
                _put(arrived[one.sha256], _home(models, contents.pack) / one.name)
        pack = models.catalogue.pack(contents.pack)
        if pack.embedder.model.key != contents.model:
            raise DigestMismatch("The server has another model under this name than this device.")
        for artefact in dict.fromkeys(pack.artefacts):
            if artefact.sha256 in arrived:
                _put(arrived[artefact.sha256], models.store.artefact_path(artefact))
        models.store.accept(pack)
        models.pull(pack)
    for path in arrived.values():
        path.unlink(missing_ok=True)
    return pack


def _artefact_file(models: Models, pack: Pack, artefact: Artefact) -> PackFile:
    path = models.store.artefact_path(artefact)
    if not path.is_file() or path.stat().st_size != artefact.size_bytes:
        raise ModelDown(
            f"The model pack {pack.name} is not installed on this server.",
            hint=f"Install it there: visavis models pull {pack.name}",
        )
    return PackFile(
        name=artefact.filename,
        kind="artefact",
        sha256=artefact.sha256,
        size_bytes=artefact.size_bytes,
        licence=artefact.licence.name,
    )


def _described(path: Path) -> PackFile:
    return PackFile(
        name=path.name,
        kind="manifest" if path.name == _MANIFEST else "calibration",
        sha256=digest_of(path),
        size_bytes=path.stat().st_size,
    )


def _require_sound(contents: PackContents) -> None:
    known = {pack.name for pack in builtin_packs()}
    if contents.builtin != (contents.pack in known):
        raise AlreadyExists(f"The pack {contents.pack} is another one here than on the server.")
    for name in (contents.pack, *(one.name for one in contents.files)):
        if Path(name).name != name or name.startswith("."):
            raise ValueInvalid("A file of a model pack has a name that is none.")
    if any(one.kind == "manifest" and one.name != _MANIFEST for one in contents.files):
        raise ValueInvalid("A manifest is called manifest.toml.")


def _arrived(path: Path, wanted: PackFile, fetch: Fetch) -> Path:
    """The whole file, checked. Raises `DigestMismatch`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        while file.tell() < wanted.size_bytes:
            part = fetch(wanted, file.tell())
            if not part:
                break
            file.write(part)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wanted.sha256:
        path.unlink()
        raise DigestMismatch(f"The file {wanted.name} did not arrive as the server described it.")
    return path


def _put(arrived: Path, place: Path) -> None:
    """A copy, so that files of equal content may have several places."""
    staged = arrived.with_suffix(".ready")
    shutil.copyfile(arrived, staged)
    publish(staged, place)


@contextmanager
def _kept_aside(home: Path, *, active: bool) -> Iterator[None]:
    """Brings back what was there before if it fails."""
    before = home.with_name(f".{home.name}.before")
    if not active:
        yield
        return
    shutil.rmtree(before, ignore_errors=True)
    if home.exists():
        home.replace(before)
    try:
        yield
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        if before.exists():
            before.replace(home)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _home(models: Models, name: str) -> Path:
    return models.directory / "packs" / name
