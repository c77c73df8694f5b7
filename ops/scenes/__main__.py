"""python -m ops.scenes: renders videos of several people in front of several cameras, with the truth about them."""

import argparse
from pathlib import Path

from ops.scenes.facing import Facing
from ops.scenes.render import Wanted, render
from visavis.bootstrap.models import Models
from visavis.settings import load_settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ops.scenes", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, required=True, help="a folder with a folder of photos for each human"
    )
    parser.add_argument("--out", type=Path, required=True, help="where the videos and truth.json go")
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=10, help="frames in each second")
    given = vars(parser.parse_args())
    out = given.pop("out")
    truth = render(Wanted(**given), out, Facing.of(Models(load_settings())))
    for take in truth.takes:
        print(f"{out / take.file}: {len(take.appearances)} appearances in {take.zone}")


if __name__ == "__main__":
    main()
