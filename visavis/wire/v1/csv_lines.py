"""Lines of CSV (RFC 4180) that spreadsheets read as what they are."""

import csv
import io
from collections.abc import Iterable


def line_of(values: Iterable[object]) -> str:
    """One line; lists are joined by blanks, and what a spreadsheet would take for a formula is marked as text."""
    text = io.StringIO()
    csv.writer(text).writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return " ".join(f"{name}={one}" for name, one in value.items() if one is not None)
    if isinstance(value, list | tuple):
        return " ".join(str(one) for one in value)
    text = str(value)
    risky = isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if risky else text
