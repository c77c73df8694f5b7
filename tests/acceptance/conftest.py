"""The real command line in a place of its own, and photographs in the public domain."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import httpx
import platformdirs
import pytest
from PIL import Image, ImageEnhance, ImageOps

from tests.acceptance.browser import Console, Driven, chromium, film

PROGRAM = Path(sys.executable).with_name("visavis")


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.out)
        return found

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Machine:
    """A user's machine: a home, a data directory, models that are fetched once and kept."""

    home: Path
    environment: dict[str, str]

    def visavis(self, *arguments: object, code: int | None = 0) -> Ended:
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.home,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        ended = Ended(code=done.returncode, out=done.stdout, err=done.stderr)
        assert code is None or ended.code == code, f"{arguments}: {ended}"
        return ended

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.home,
        )


def free_port() -> int:
    """Nobody listens on it at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Nothing is shared with other tests but the model files."""
    # Not pytest's own folder: as root, the database runs as another user, who must be able to pass.
    folder = Path(tempfile.mkdtemp(prefix="visavis-cli-"))
    folder.chmod(0o711)
    home = folder / "home"
    home.mkdir()
    models = os.environ.get("VISAVIS_MODELS__DIRECTORY") or str(
        platformdirs.user_cache_path("visavis") / "models"
    )
    environment = os.environ | {
        "HOME": str(home),
        "VISAVIS_DATA_DIR": str(folder / "data"),
        "VISAVIS_MODELS__DIRECTORY": models,
        "VISAVIS_SERVER__PORT": str(free_port()),
        "VISAVIS_SERVER__GRPC_PORT": str(free_port()),
        "VISAVIS_CONSOLE__ENABLED": "false",
        "VISAVIS_CONSOLE__PORT": str(free_port()),
        "COLUMNS": "120",
    }
    here = Machine(home=home, environment=environment)
    try:
        yield here
    finally:
        here.visavis("down", code=None)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two people, each in two photographs: as published, and cut, darker and mirrored as another camera would."""
    data = pytest.importorskip("skimage", reason="carries a photograph").data
    matplotlib = pytest.importorskip("matplotlib", reason="carries a photograph")
    folder = tmp_path_factory.mktemp("photos")
    hopper = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    made = {}
    for name, picture in (("collins", Image.fromarray(data.astronaut())), ("hopper", Image.open(hopper))):
        made[name] = folder / f"{name}.png"
        picture.save(made[name])
        made[f"{name}_again"] = folder / f"{name}_again.jpg"
        variant(picture, 0).save(made[f"{name}_again"], quality=85)
    made["nobody"] = folder / "nobody.png"
    Image.new("RGB", (320, 240), (90, 120, 90)).save(made["nobody"])
    made["broken"] = folder / "broken.jpg"
    made["broken"].write_bytes(made["hopper_again"].read_bytes()[:2000])
    return made


def variant(picture: Image.Image, number: int) -> Image.Image:
    """The same photograph, cut and lit a little differently for each number."""
    cut = picture.crop((8 + number, 4 + number, picture.width - 12, picture.height - 20))
    darker = ImageEnhance.Brightness(ImageOps.mirror(cut)).enhance(0.8 + number / 200)
    return darker.resize((darker.width * 4 // 5, darker.height * 4 // 5))


@pytest.fixture(scope="session")
def bbt() -> Path:
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "bbt"
    if not folder.is_dir():
        pytest.skip("the development photographs are not there")
    return folder


@pytest.fixture
def console(machine: Machine) -> Console:
    """A fresh installation and its console, before anybody signed in."""
    machine.environment["VISAVIS_CONSOLE__ENABLED"] = "true"
    up = machine.visavis("up", "--json").document
    sign_in, url = up["sign_in"], up["console_url"]
    assert isinstance(sign_in, dict)
    assert isinstance(url, str)
    await_page(f"{url}/sign-in")
    return Console(machine, url, sign_in["token"])


def await_page(url: str, within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(scope="session")
def webcam(photos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who sits still in front of it."""
    read = cv2.imread(str(photos["hopper"]))
    assert read is not None
    return film(read, tmp_path_factory.mktemp("webcam") / "webcam.mjpeg")


@pytest.fixture
def driven(console: Console, webcam: Path) -> Iterator[Driven]:
    """A browser with a webcam, before the console; fails where a page complained or asked elsewhere."""
    pytest.importorskip("playwright.sync_api", reason="drives the browser")
    with chromium(webcam) as made:
        yield made
        assert not made.complaints(console.url)
