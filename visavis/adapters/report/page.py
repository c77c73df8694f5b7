"""Reports as HTML pages that need nothing but themselves."""

import base64
import hashlib
from dataclasses import dataclass
from importlib.resources import files

from visavis.adapters.report.chart import figure
from visavis.adapters.report.markup import Markup, element, joined
from visavis.adapters.report.tables import table
from visavis.application.ports.reports import Finding, Level, Picture, Report, Section

_WORDS = {Level.GOOD: "Good", Level.WATCH: "Watch", Level.BAD: "Problem", Level.NOTE: "Note"}
_SHAPES = {
    Level.GOOD: ("M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20z", "M7.5 12.5l3 3l6-6.5"),
    Level.WATCH: ("M12 2.2L23 21.5H1z", "M12 9v6M12 17.6v1.2"),
    Level.BAD: ("M7.8 2h8.4L22 7.8v8.4L16.2 22H7.8L2 16.2V7.8z", "M8.5 8.5l7 7M15.5 8.5l-7 7"),
    Level.NOTE: ("M3 3h18v18H3z", "M12 10.5v6M12 7v1.2"),
}
"""Circle, triangle, octagon and square: levels are told apart without colours and without reading."""


@dataclass(frozen=True, slots=True)
class HtmlReports:
    """No script, no request: styles are inside, and the policy of the page allows nothing else."""

    def page(self, report: Report) -> str:
        """HTML 5, to be written as UTF-8."""
        style = files(__package__).joinpath("page.css").read_text("utf-8")
        body = element(
            "body",
            element("main", _first(report), *_contents(report), *_sections(report)),
            *_footer(report),
            _data(report),
        )
        return f"<!doctype html>\n{element('html', _head(report, style), body, lang='en')}\n"


def _head(report: Report, style: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", report.title),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(style)),
    )


def _first(report: Report) -> Markup:
    """What a manager reads."""
    findings = element("ul", *(_finding(one) for one in report.findings), class_="findings")
    facts = (element("div", element("dt", name), element("dd", value)) for name, value in report.facts)
    return element(
        "header",
        element("h1", report.title),
        element("p", report.subtitle, class_="subtitle"),
        *([element("h2", "Findings", class_="quiet"), findings] if report.findings else []),
        *([element("h2", "Facts", class_="quiet"), element("dl", *facts)] if report.facts else []),
    )


def _finding(finding: Finding) -> Markup:
    outline, sign = _SHAPES[finding.level]
    shape = element(
        "svg", element("path", d=outline, class_="shape"), element("path", d=sign, class_="sign"),
        viewBox="0 0 24 24", aria_hidden="true",
    )  # fmt: skip
    word = element("strong", _WORDS[finding.level])
    return element(
        "li",
        shape,
        element("div", word, Markup(" "), element("span", finding.text)),
        class_=finding.level.value,
    )


def _contents(report: Report) -> list[Markup]:
    """Links to the sections where there are several."""
    if len(report.sections) < 3:
        return []
    links = (
        element("li", element("a", section.heading, href=f"#section-{number}"))
        for number, section in enumerate(report.sections, 1)
    )
    return [element("nav", element("ol", *links), aria_label="Sections")]


def _sections(report: Report) -> list[Markup]:
    return [_section(section, number) for number, section in enumerate(report.sections, 1)]


def _section(section: Section, number: int) -> Markup:
    plots = (figure(plot, f"plot-{number}-{place}") for place, plot in enumerate(section.plots, 1))
    return element(
        "section",
        element("h2", section.heading),
        *(element("p", paragraph) for paragraph in section.text),
        *([element("div", *map(_picture, section.pictures), class_="pictures")] if section.pictures else []),
        *([element("div", *plots, class_="plots")] if section.plots else []),
        *(table(one) for one in section.tables),
        id=f"section-{number}",
    )


def _picture(picture: Picture) -> Markup:
    content = base64.b64encode(picture.content).decode()
    return element(
        "figure",
        element("img", src=f"data:image/jpeg;base64,{content}", alt=picture.caption),
        element("figcaption", picture.caption),
    )


def _footer(report: Report) -> list[Markup]:
    said = [report.footer] if report.footer else []
    if report.data:
        said.append(
            "The same figures for machines: the JSON document in this page's element with the id “data”."
        )
    return [element("footer", *(element("p", one) for one in said))] if said else []


def _data(report: Report) -> Markup:
    """JSON in which nothing can end its element: the characters that could are written as JSON escapes."""
    if not report.data:
        return Markup("")
    safe = report.data.encode("utf-8", "replace").decode("utf-8")
    for character in "<>&\u2028\u2029":
        safe = safe.replace(character, f"\\u{ord(character):04x}")
    return joined(element("script", Markup(safe), type_="application/json", id="data"))
