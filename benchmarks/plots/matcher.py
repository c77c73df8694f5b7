"""Draws matcher.svg from the figures in ../RESULTS.md, section "Matcher": python benchmarks/plots/matcher.py"""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

MS = {  # one probe, 1,000,000 x 512, one thread, one run on a busy machine
    "numpy float32": 563.8,
    "faiss float32": 433.6,
    "usearch int8": 391.0,
    "usearch bits": 312.6,
    "visavis exact (int8)": 150.1,
    "reading the int8 codes": 86.4,
    "faiss bits, 1,000 best": 19.2,
    "visavis cascade": 18.3,
    "reading the bits": 10.8,
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
