"""Makes the evaluation cards that the built-in packs ship.

    python scripts/evaluate_packs.py ../shared/data/lfw-dev/images --data "LFW View 2, folds 1-3"

Takes a folder with one folder of photos per subject, and does what `visavis models evaluate` does, but writes to
`visavis/adapters/onnx/card/<pack>/` in place of what is there. Subjects known to appear under two names are left out.
"""

import argparse
import asyncio
from pathlib import Path

from scripts.calibrate_packs import DOUBLES
from visavis.adapters.onnx.cards import SHIPPED, write_card
from visavis.application.evaluation_result import Evaluation
from visavis.bootstrap.evaluation import Evaluations, labelled_photos
from visavis.bootstrap.models import Models
from visavis.bootstrap.registry import card_of_now
from visavis.domain.decision import Measure
from visavis.settings import load_settings

PACKS = ("standard", "light", "classic")


def ship(result: Evaluation, models: Models, pack: str, rows: list[tuple[str, str]], data: str) -> Path:
    """Writes the card in place of those of this pack, and gives its path."""
    card = card_of_now(result, models.catalogue.pack(pack), rows, data=data)
    for old in (SHIPPED / pack).glob("*.json"):
        old.unlink()
    return SHIPPED / pack / f"{write_card(SHIPPED, card).digest}.json"


async def evaluated(models: Models, pack: str, rows: list[tuple[str, str]]) -> Evaluation:
    return await Evaluations(models, models.catalogue.pack(pack)).folder(Measure.COSINE)(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", required=True, help="what the cards call the data")
    options = parser.parse_args()
    rows = [row for row in labelled_photos(options.folder) if row[0] not in DOUBLES]
    models = Models(load_settings())
    for pack in PACKS:
        result = asyncio.run(evaluated(models, pack, rows))
        print(ship(result, models, pack, rows, options.data))


if __name__ == "__main__":
    main()
