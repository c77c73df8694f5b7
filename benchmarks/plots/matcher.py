"""Draws matcher.svg from the figures in ../RESULTS.md, section "Matcher": python benchmarks/plots/matcher.py"""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

MS = {  # one probe, 1,000,000 x 512, one thread, one run on a quiet machine
    "numpy float32": 137.6,
    "faiss float32": 107.7,
    "usearch int8": 107.2,
    "usearch bits": 87.0,
    "visavis exact (int8)": 42.0,
    "reading the int8 codes": 28.3,
    "faiss bits, 1,000 best": 5.35,
    "visavis cascade": 5.49,
    "reading the bits": 3.53,
}


def main() -> None:
    figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
    names = list(MS)[::-1]
    times = [MS[name] / MS["reading the bits"] for name in names]
    colours = [
        "#c2571a" if "visavis" in name else "#999999" if "reading" in name else "#3b6ea5" for name in names
    ]
    bars = axes.barh(names, times, color=colours)
    axes.bar_label(bars, [f" {time:.1f}" for time in times])
    axes.set_xscale("log")
    axes.set_xlim(0.8, 120)
    axes.set_xlabel("time of a search, as multiples of reading 64 bytes a row (less is better)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
