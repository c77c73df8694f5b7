"""Small pictures of the benchmarks' tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path


def bars(
    path: Path, title: str, rows: Sequence[Mapping[str, float | str]], label: str, values: Sequence[str]
) -> None:
    """One group of horizontal bars for each row, with their figures, the first row at the top."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams["svg.fonttype"] = "none"  # letters as text: a quarter of the size
    mpl.rcParams["svg.hashsalt"] = "visavis"
    import matplotlib.pyplot as plt

    shown = [row for row in rows if any(value in row for value in values)]
    height = 0.8 / len(values)
    figure, axes = plt.subplots(figsize=(6.5, 0.7 + 0.42 * len(shown) * max(len(values) * 0.7, 1)))
    for number, value in enumerate(values):
        places = [place + number * height for place in range(len(shown))]
        drawn = axes.barh(places, [float(row.get(value, 0.0)) for row in shown], height, label=value)
        axes.bar_label(drawn, fmt="%.3g", padding=3, fontsize=8)
    axes.set_yticks([place + 0.4 - height / 2 for place in range(len(shown))])
    axes.set_yticklabels([str(row[label]) for row in shown], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, fontsize=10)
    if len(values) > 1:
        axes.legend(fontsize=8, frameon=False, loc="lower right")
    else:
        axes.set_xlabel(values[0], fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)
