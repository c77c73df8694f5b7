"""Manifests of the user: complete messages, digests stated, never in the way of a built-in pack."""

import hashlib
from pathlib import Path

import pytest
from model_packs import EMBEDDER, REWRITERS, published

from visavis.adapters.onnx.calibrations import write_calibration
from visavis.adapters.onnx.catalogue import Catalogue
from visavis.adapters.onnx.importing import import_manifest
from visavis.adapters.onnx.sources.file import FileSource
from visavis.adapters.onnx.store import ModelStore, Part
from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.errors import (
    AlreadyExists,
    DigestMismatch,
    FileUnreadable,
    LicenceRefused,
    SourceUnreachable,
    ValueInvalid,
)
from visavis.domain.pack import SourceKind

SHA256 = hashlib.sha256(EMBEDDER).hexdigest()
MANIFEST = f"""
schema = 1

[licences.mine]
name = "Mine"
commercial = true
words = "My own."

[artefacts.model]
sha256 = "{SHA256}"
size_bytes = {len(EMBEDDER)}
licence = "mine"
provenance = "Trained by me."
source = {{ kind = "file", name = "weights/model.onnx" }}

[detectors.d]
family = "yunet"
artefact = "model"

[embedders.e]
family = "arcface"
artefact = "model"
dimension = 4
side = 112
colour = "bgr"
mean = [1.5, 2, 3]
scale = 128
quality = {{ centre = 20.0, width = 2 }}

[packs.mine]
title = "Mine"
description = "A pack."
detector = "d"
embedder = "e"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "user" / "weights").mkdir(parents=True)
    (tmp_path / "user" / "weights" / "model.onnx").write_bytes(EMBEDDER)
    return tmp_path / "user"


@pytest.fixture
def models(tmp_path: Path) -> ModelStore:
    fetchers = {SourceKind.FILE: FileSource(), SourceKind.HTTPS: published(mind=EMBEDDER)}
    return ModelStore(tmp_path / "models", REWRITERS, fetchers)


def manifest(source: Path, *changes: tuple[str, str]) -> Path:
    text = MANIFEST
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = source / "manifest.toml"
    path.write_text(text)
    return path


def test_an_imported_pack_outlives_its_source(source: Path, models: ModelStore) -> None:
    pack = import_manifest(manifest(source), models)
    assert pack.embedder.mean == (1.5, 2.0, 3.0)
    assert pack.embedder.contract == "112px-bgr-1.5_2_3-128"
    assert pack.embedder.quality is not None
    for path in sorted(source.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    catalogue = Catalogue(models.directory)
    found = catalogue.pack("mine")
    assert not found.builtin
    assert found.embedder.model == pack.embedder.model
    assert [one.name for one in catalogue.packs()][-1] == "mine"
    assert models.graph(found, Part.EMBEDDER).read_bytes() == EMBEDDER.upper()


def test_calibrations_come_along(source: Path, models: ModelStore) -> None:
    identity = import_manifest(manifest(source), models).embedder.model
    points = tuple(CalibrationPoint(score=s, fmr=f, fnmr=0.0) for s, f in [(0.0, 0.1), (0.5, 0.01)])
    calibration = Calibration(
        model=identity, measure=Measure.COSINE, data="mine", subjects=2, mated=2, non_mated=2, points=points
    )
    write_calibration(source / "c.json", calibration)
    change = ('embedder = "e"', 'embedder = "e"\ncalibrations = ["c.json"]')
    import_manifest(manifest(source, change), models)
    assert Catalogue(models.directory).pack("mine").calibration(Measure.COSINE) == calibration
    import_manifest(manifest(source), models)
    assert Catalogue(models.directory).pack("mine").calibrations == ()


@pytest.mark.parametrize("missing", [f'sha256 = "{SHA256}"\n', f"size_bytes = {len(EMBEDDER)}\n"])
def test_a_missing_digest_is_told(missing: str, source: Path, models: ModelStore) -> None:
    with pytest.raises(ValueInvalid, match=r"artefacts\.model must state the digest") as caught:
        import_manifest(manifest(source, (missing, "")), models)
    assert f'sha256 = "{SHA256}" and size_bytes = {len(EMBEDDER)}' in caught.value.advice


def test_another_digest_is_refused(source: Path, models: ModelStore) -> None:
    with pytest.raises(DigestMismatch, match=SHA256):
        import_manifest(manifest(source, (SHA256, "0" * 64)), models)
    assert not (models.directory / "packs").exists()


def test_a_built_in_pack_is_not_shadowed(source: Path, models: ModelStore) -> None:
    with pytest.raises(AlreadyExists, match="standard comes with Visavis"):
        import_manifest(manifest(source, ("[packs.mine]", "[packs.standard]")), models)


def test_a_restricted_licence_is_accepted_with_the_import(source: Path, models: ModelStore) -> None:
    path = manifest(source, ("commercial = true", "commercial = false"))
    with pytest.raises(LicenceRefused) as caught:
        import_manifest(path, models)
    assert f"visavis models import {path} --accept-licence" in caught.value.advice
    import_manifest(path, models, accept=True)
    assert models.graph(Catalogue(models.directory).pack("mine"), Part.EMBEDDER).exists()


def test_a_file_that_is_not_there(source: Path, models: ModelStore) -> None:
    with pytest.raises(SourceUnreachable, match=r"There is no file .*elsewhere\.onnx"):
        import_manifest(manifest(source, ("weights/model", "elsewhere")), models)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema = 1", "schema = 2", "schema must be 1"),
        ("schema = 1", 'schema = "1"', "schema must be a whole number"),
        (
            'family = "arcface"',
            'family = "facenet"',
            "embedders.e.family must be one of arcface, dlib, not facenet",
        ),
        ('artefact = "model"\ndim', 'artefact = "gone"\ndim', "embedders.e.artefact names gone"),
        ("dimension = 4\n", "", "embedders.e.dimension is missing"),
        ("scale = 128", "scale = 0", "embedders.e needs a side, a scale"),
        ("[1.5, 2, 3]", "[1, 2]", "embedders.e.mean must be one number or three"),
        ("[1.5, 2, 3]", '["a", 2, 3]', "embedders.e.mean must be a list of numbers"),
        ("width = 2", "width = 0", "embedders.e.quality.width must be above 0"),
        ("commercial = true", 'commercial = "yes"', "licences.mine.commercial must be true or false"),
        ('words = "My own."', 'words = " "', "licences.mine.words must be a text"),
        ('provenance = "Trained by me."', "", "artefacts.model.provenance is missing"),
        ('title = "Mine"', 'titel = "Mine"', "packs.mine.titel is no known field"),
        (SHA256, "abc", "needs a SHA-256"),
        ('kind = "file"', 'kind = "ftp"', "source.kind must be one of pypi, npm, https, file"),
        ('kind = "file"', 'kind = "https"', "source.name must be an address that starts with https://"),
        ('kind = "file"', 'kind = "pypi"', "source.version is missing"),
        ("[packs.mine]", "[packs.Mine]", "A pack name has lower-case letters"),
        ('embedder = "e"', 'embedder = "e"\ncalibrations = ["../c.json"]', "plain file names"),
        ("[packs.mine]", "[packs]\n[packing.mine]", "packing is no known field"),
        ("{ centre = 20.0, width = 2 }", "20.0", "embedders.e.quality must be a table"),
    ],
)
def test_a_wrong_field_is_named(old: str, new: str, message: str, source: Path, models: ModelStore) -> None:
    path = manifest(source, (old, new))
    with pytest.raises(ValueInvalid, match=message) as caught:
        import_manifest(path, models)
    assert str(path) in caught.value.message


def test_options_cannot_be_smuggled_into_a_package_client(source: Path, models: ModelStore) -> None:
    change = (
        'kind = "file", name = "weights/model.onnx"',
        'kind = "npm", name = "--x", version = "1", member = "m"',
    )
    with pytest.raises(ValueInvalid, match="no name of a package"):
        import_manifest(manifest(source, change), models)


@pytest.mark.parametrize("content", [b"= broken", b"\xff\xfe"])
def test_other_files_are_unreadable(content: bytes, source: Path, models: ModelStore) -> None:
    path = source / "manifest.toml"
    with pytest.raises(FileUnreadable):
        import_manifest(path, models)
    path.write_bytes(content)
    with pytest.raises(FileUnreadable):
        import_manifest(path, models)


def test_one_manifest_one_pack(source: Path, models: ModelStore) -> None:
    second = '[packs.second]\ntitle = "t"\ndescription = "d"\ndetector = "d"\nembedder = "e"\n\n[packs.mine]'
    with pytest.raises(ValueInvalid, match="describes one pack"):
        import_manifest(manifest(source, ("[packs.mine]", second)), models)
