"""Fetches public-domain portraits out of a source distribution, for the tour and the tests.

    python scripts/sample_photos.py FOLDER

The official portraits of two United States politicians lie in the tests of the package face_recognition 1.3.0.
Only these files are taken; no code of the package is run. Prints the folder. Does nothing if they are there.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from visavis.adapters.onnx.sources import sdist_guard

PACKAGE = "face_recognition==1.3.0"
PORTRAITS = ("obama.jpg", "obama2.jpg", "obama3.jpg", "obama_partial_face.jpg", "biden.jpg")
_LIMIT = 4 * 2**20


def fetch(folder: Path) -> Path:
    """The folder with the portraits. Raises `OSError` or `subprocess.CalledProcessError` without a registry."""
    if all((folder / name).is_file() for name in PORTRAITS):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        guard = Path(work) / "guard"
        guard.mkdir()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
        command += ["--no-binary", ":all:", "--dest", work, PACKAGE]
        subprocess.run(
            command, check=True, env={**os.environ, **sdist_guard.install(guard)}, stdout=sys.stderr
        )
        (archive,) = Path(work).glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            for member in tar:
                name = Path(member.name).name
                if name not in PORTRAITS or "test_images" not in member.name or not member.isfile():
                    continue
                content = tar.extractfile(member)
                if content is None or member.size > _LIMIT:
                    continue
                partial = folder / f".{name}.{os.getpid()}"
                partial.write_bytes(content.read())
                partial.replace(folder / name)
    return folder


if __name__ == "__main__":
    print(fetch(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("samples")))
