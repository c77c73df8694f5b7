"""What tests of pages need: a parser that insists on balance, and reports to show."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from visavis.application.ports.reports import Axis, Finding, Level, Plot, Report, Scale, Section, Series

VOID = {"meta", "link", "br"}
ATTACK = (
    "</script></title></svg>\"'><script>alert(1)</script><img src=x onerror=alert(1)>&\u202egpj\x00\udc80"
)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, tag: str) -> "list[Element]":
        found = [self] if self.tag == tag else []
        return found + [one for child in self.children for one in child.all(tag)]

    def one(self, tag: str) -> "Element":
        (found,) = self.all(tag)
        return found

    def said(self) -> str:
        return self.text + "".join(child.said() for child in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {key: value or "" for key, value in attrs})
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def read(page: str) -> Element:
    """The page's elements; fails where one is not closed in its turn."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    (document,) = reader.open
    return document.one("html")


def svg(figure: str) -> ET.Element:
    """The drawing of a figure, which must be well-formed XML."""
    start = figure.index('<svg viewBox="0 0 420')
    return ET.fromstring(figure[start : figure.index("</svg>", start) + 6])  # noqa: S314  # our own


def plot(*series: Series, x: Axis | None = None, y: Axis | None = None, title: str = "Errors") -> Plot:
    return Plot(
        title=title,
        caption="The rate falls.",
        x=x or Axis(label="threshold"),
        y=y or Axis(label="FNMR", percent=True),
        series=series or (Series(label="standard", x=[0, 1, 2], y=[0.5, 0.25, 0.125]),),
    )


def report(said: str = "All is well.", data: str = '{"fnmr": 0.5}') -> Report:
    """A report in which every text is `said`."""
    return Report(
        title=said,
        subtitle=said,
        findings=[Finding(level=level, text=said) for level in Level],
        facts=[(said, said)],
        sections=[
            Section(
                heading=said,
                text=[said],
                plots=[
                    plot(
                        Series(label=said, x=[0, 1], y=[0.1, 0.2], names=[said, said]),
                        Series(label=said, x=[0, 1], y=[0.1, 0.2]),
                        x=Axis(label=said),
                        y=Axis(label=said, scale=Scale.LOG),
                        title=said,
                    ),
                    plot(Series(label=said, x=[0, 1], y=[0.1, 0.2]), x=Axis(label=said), title=said),
                ],
            )
        ]
        * 3,
        data=data,
        footer=said,
    )
