"""Elements of HTML and SVG, in which text cannot become markup by accident."""

from html import escape

_RANGES = ((0, 8), (11, 12), (14, 31), (127, 159), (0x202A, 0x202E), (0x2066, 0x2069))
_HIDDEN = {number: "\ufffd" for first, last in _RANGES for number in range(first, last + 1)}
"""Control characters, and those that turn the direction of what follows: names could disguise themselves."""

_VOID = frozenset({"meta", "link", "br"})


class Markup(str):
    """A string that is markup already. Everything else is text and gets escaped."""

    __slots__ = ()


def text(value: str) -> Markup:
    """Any string as text: escaped, without characters that cannot be written or would hide something; a percent sign
    stays with its number."""
    if isinstance(value, Markup):
        return value
    whole = value.encode("utf-8", "replace").decode("utf-8")  # names of files may hold lone surrogates
    return Markup(escape(whole.translate(_HIDDEN).replace(" %", "\u00a0%")))


def joined(*children: str) -> Markup:
    return Markup("".join(text(child) for child in children))


def element(tag: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """`<name …>children</name>`; attributes of `None` are left out, `class_` and `stroke_width` spelt as HTML does."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    opened = f"<{tag}{written}>"
    return Markup(opened if tag in _VOID else f"{opened}{joined(*children)}</{tag}>")


def coordinate(value: float) -> str:
    """Two decimals are 1/50 of a pixel; more would only make the page heavier."""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _value(value: str | float) -> str:
    return str(value) if isinstance(value, str) else coordinate(value)  # markup, too, is text in an attribute
