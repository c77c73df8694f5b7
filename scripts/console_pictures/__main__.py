"""Makes a picture of every page of the console: light, dark and on a phone, from an installation of its own.

    python -m scripts.console_pictures FOLDER [--photos PHOTOS] [--only /people] [--quick]

The installation is filled with people from PHOTOS, a folder with one folder per person (default: the development
photographs beside the repository, otherwise portraits in the public domain). Ends with 1 if a page has a serious
accessibility finding (axe), an error of a script, a request elsewhere, or is wider than the window. The pictures show
faces: FOLDER is never inside the repository.
"""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import cv2

from ops.drills.installation import Installation, free_port
from scripts.console_pictures.filling import Filling, people_of
from scripts.console_pictures.taking import Look, Photographer
from scripts.console_pictures.watching import watching
from tests.acceptance.browser import chromium, film

_ROOT = Path(__file__).parents[2]
_BESIDE = _ROOT.parent / "shared" / "data" / "bbt"
_FILM = _ROOT.parent / "shared" / "data" / "clips" / "one-by-one-person-detection.mp4"
LOOKS = (
    Look(name="light", size=(1280, 720)),
    Look(name="dark", size=(1280, 720), dark=True),
    Look(name="phone", size=(390, 844)),
)


def main() -> int:
    given = _given()
    target: Path = given.folder.resolve()
    if target.is_relative_to(_ROOT):
        sys.exit("The pictures show faces: choose a folder outside the repository.")
    target.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped in any case
    people = people_of(given.photos or _photos(target))
    folder = Path(tempfile.mkdtemp(prefix="visavis-pictures-"))
    folder.chmod(0o755)  # the database runs as another account when this is run by root
    more = {
        "VISAVIS_CONSOLE__ENABLED": "true",
        "VISAVIS_CONSOLE__PORT": str(free_port()),
        "VISAVIS_WEBHOOKS__ALLOW_HOSTS": "127.0.0.1",
        "VISAVIS_WEBHOOKS__ALLOW_HTTP": "true",
    }
    place = Installation(folder=folder / "data", port=free_port(), more=more)
    try:
        up = json.loads(place.visavis("up", "--json"))
        problems = _taken(given, target, (place.url, up["console_url"], up["sign_in"]["token"]), people)
    finally:
        place.down()
        shutil.rmtree(folder, ignore_errors=True)
    for one in problems:
        print(one, file=sys.stderr)
    print(f"{len(list(target.glob('*.png')))} pictures in {target}, {len(problems)} problems")
    return 1 if problems else 0


def _taken(
    given: argparse.Namespace, target: Path, where: tuple[str, str, str], people: dict[str, list[Path]]
) -> list[str]:
    api_url, url, token = where
    looks = LOOKS[:1] if given.quick else LOOKS
    with tempfile.TemporaryDirectory() as own, chromium(_webcam(people, Path(own))) as browser:
        first = Photographer(browser, url, target, only=given.only)
        problems = first.before_anybody(looks, token)
        with Filling.signed_in(url) as filling:
            print("filling", file=sys.stderr)
            filling.fill(people)
            with watching(filling.http, api_url, given.film, Path(own)):
                problems += first.everything(looks)
        return problems + first.at_work(looks, next(iter(people.values()))[-1])


def _webcam(people: dict[str, list[Path]], folder: Path) -> Path:
    """Somebody who is enrolled sits before it."""
    picture = cv2.imread(str(next(iter(people.values()))[0]))
    return film(picture, folder / "webcam.mjpeg")


def _photos(target: Path) -> Path:
    """One folder per person."""
    if _BESIDE.is_dir():
        return _BESIDE
    from scripts.sample_photos import PORTRAITS, fetch

    fetched, made = fetch(target / ".samples"), target / ".people"
    for name in PORTRAITS:
        person = made / ("Joe Biden" if name.startswith("biden") else "Barack Obama")
        person.mkdir(parents=True, exist_ok=True)
        shutil.copy(fetched / name, person / name)
    return made


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.console_pictures", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=Path, default=None)
    parser.add_argument(
        "--film", type=Path, default=_FILM, help="what the cameras see; without it none is watched"
    )
    parser.add_argument("--only", default="/", help="pages whose path begins so")
    parser.add_argument("--quick", action="store_true", help="light only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
