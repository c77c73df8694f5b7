"""Numbers as people read them."""

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NARROW = "\u202f"
_EM = 0.58  #: mean width of a character of a sans-serif font; wide enough for digits


def width_of(written: str, size: float) -> float:
    """About how wide a text is; layouts leave room for the error."""
    return len(written) * _EM * size


def shortened(written: str, room: float, size: float) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    most = max(int(room / (_EM * size)), 2)
    return written if len(written) <= most else written[: most - 1].rstrip() + "…"


def value_text(value: float, *, percent: bool) -> str:
    """Three significant digits: 3.21 %, 30.0 %, 0.0125 %, 0.456; whole numbers as they are: 1,234, 5."""
    if not math.isfinite(value):
        return "–"
    shown = value * 100 if percent else value
    if shown == 0 or 1e-4 <= abs(shown) < 1e7:
        whole = shown == 0 or (shown == round(shown) and (not percent or abs(shown) >= 100))
        written = f"{shown:,.{0 if whole else min(max(2 - math.floor(math.log10(abs(shown))), 0), 6)}f}"
    else:
        written = f"{shown:.2e}"
    return _signed(written) + (f"{_NARROW}%" if percent else "")


def tick_text(value: float, step: float, *, percent: bool) -> str:
    """As many decimals as the step between ticks asks for."""
    shown, step = (value * 100, step * 100) if percent else (value, step)
    places = max(-math.floor(math.log10(step) + 1e-9), 0) if step > 0 else 0
    return _signed(f"{shown:,.{places}f}") + (f"{_NARROW}%" if percent else "")


def decade_text(value: float, *, percent: bool) -> str:
    """1 %, 0.01 %; 10⁻⁴, 1, 10, 100."""
    if percent:
        places = max(-math.floor(math.log10(value * 100) + 1e-9), 0)
        return f"{value * 100:,.{places}f}{_NARROW}%"
    if 0.05 < value < 1e5:
        return f"{value:,.10g}"
    power = math.floor(math.log10(value) + 1e-9)
    lead = round(value / 10.0**power)
    written = f"10{str(power).translate(_SUPERSCRIPTS)}"
    return written if lead == 1 else f"{lead}·{written}"


def _signed(written: str) -> str:
    return written.replace("-", "\u2212")
