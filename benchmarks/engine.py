"""The engine: photo to templates, against its bare model runs and against face_recognition; start-up; memory.

    python benchmarks/engine.py single PHOTO...      one photo at a time, one thread
    python benchmarks/engine.py batch PHOTO...       photos and faces per second, one worker and all
    python benchmarks/engine.py start PHOTO PHOTO    imports, a cold command, the second `visavis up`
    python benchmarks/engine.py memory PHOTO         resident memory, and the peak for 12 megapixels

The bare model runs are those that the pipeline itself made for the photo (detector passes, the looks that refine
landmarks, the embedder), recorded and repeated with the same number of threads: the limit. face_recognition is what
its `face_encodings` does by default, from the same weights, with dlib. DeepFace and InsightFace cannot be
compared: their packages hold no weights and fetch them from pages that a package registry is not. All contestants of
a table take turns in one run. Prints a table to the standard error, JSON to the output; --plot writes a picture.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import engine_processes
import engine_rates
from engine_plots import bars

from visavis.bootstrap.bench import machine

Row = Mapping[str, float | str]


def described() -> dict[str, str]:
    """The machine, and what the figures depend on besides it."""
    parts = ("onnxruntime", "opencv-python-headless", "numpy")
    return {
        "machine": machine(),
        "load": f"{os.getloadavg()[0]:.1f} before",
        "python": platform.python_version(),
        **{part: version(part) for part in parts},
    }


def show(rows: Sequence[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *[[_cell(row.get(name, "")) for name in names] for row in rows]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for line in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)), file=sys.stderr)


def _cell(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", choices=["single", "batch", "start", "memory"])
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--pack", default="standard")
    parser.add_argument("--rounds", type=int, default=5, help="each gives one ratio; the median is shown")
    parser.add_argument(
        "--repeats", type=int, default=12, help="runs of each contestant; the shortest counts"
    )
    parser.add_argument("--large", action="store_true", help="single: the last photo at 12 megapixels, too")
    parser.add_argument(
        "--clock", choices=["wall", "processor"], default="wall", help="single: what counts on a busy machine"
    )
    parser.add_argument("--plot", type=Path, help="SVG or PNG to write")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    facts = described()
    values: tuple[str, ...]
    match options.table:
        case "single":
            rows = engine_rates.single(
                options.pack,
                options.photos,
                options.rounds,
                options.repeats,
                clock=options.clock,
                large=options.large,
            )
            label, values = "photo", ("over_models", "over_models_decoded")
        case "batch":
            rows = engine_rates.batch(options.pack, options.photos, options.rounds)
            label, values = "contestant", ("faces_per_s",)
        case "start":
            rows = engine_processes.start(options.pack, options.photos, options.rounds)
            label, values = "what", ("s", "processor_s")
        case _:
            rows = engine_processes.memory(options.pack, options.photos[0])
            label, values = "what", ("resident_mb", "peak_mb")
    show(rows)
    print(", ".join(f"{name} {value}" for name, value in facts.items()), file=sys.stderr)
    print(json.dumps({"table": options.table, "pack": options.pack, **facts, "rows": rows}, indent=1))
    if options.plot:
        bars(options.plot, f"{options.table}, {options.pack}", rows, label, values)


if __name__ == "__main__":
    main()
