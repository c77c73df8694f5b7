"""Pages: whole, closed to the outside, readable without colours, and safe whatever a file is called."""

import base64
import hashlib
import json
import re
from dataclasses import replace

from tests.unit.adapters.report.pages import ATTACK, Element, read, report
from visavis.application.ports.reports import Level, Section, Table
from visavis.bootstrap.reports import reports

SHOWN = ATTACK.replace("\u202e", "\ufffd").replace("\x00", "\ufffd").replace("\udc80", "?")


def test_the_page_can_be_written_and_is_balanced() -> None:
    page = reports().page(report())
    assert page.encode("utf-8").startswith(b"<!doctype html>")
    assert read(page).attributes["lang"] == "en"
    assert read(page).one("h1").said() == "All is well."


def test_levels_are_said_in_words_and_in_shapes() -> None:
    listed = read(reports().page(report())).all("ul")[0].all("li")
    assert [one.one("strong").said() for one in listed] == ["Good", "Watch", "Problem", "Note"]
    outlines = {one.all("path")[0].attributes["d"] for one in listed}
    assert len(outlines) == len(Level)


def test_names_stay_names() -> None:
    page = reports().page(report(ATTACK, json.dumps({"file": ATTACK})))
    root = read(page)
    assert len(root.all("script")) == 1
    assert root.all("img") == []
    assert root.one("h1").said() == SHOWN
    assert all(one.said() == SHOWN for one in root.all("dt") + root.all("dd") + root.all("h3"))
    assert not any(key.startswith("on") for one in _everything(root) for key in one.attributes)
    assert "\u202e" not in page.replace(root.one("script").text, "")


def test_the_data_comes_back_as_it_was() -> None:
    said = {"file": ATTACK, "closed": "</SCRIPT ><!--<script>", "line": "\u2028"}
    for data in (json.dumps(said), json.dumps(said | {"file": "ü"}, ensure_ascii=False)):
        script = read(reports().page(report(data=data))).one("script")
        assert script.attributes == {"type": "application/json", "id": "data"}
        assert json.loads(script.text) == json.loads(data)


def test_nothing_is_fetched_and_the_policy_forbids_it() -> None:
    page = reports().page(report(ATTACK))
    root = read(page)
    links = [
        v for one in _everything(root) for k, v in one.attributes.items() if k in {"href", "src", "action"}
    ]
    assert all(link.startswith("#") or link == "data:," for link in links)
    style = root.one("style").text
    assert not re.search(r"url\(|@import|https?:", style)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(m.attributes["content"] for m in root.all("meta") if "http-equiv" in m.attributes)
    assert policy.startswith("default-src 'none'")
    assert f"'sha256-{digest}'" in policy
    assert not any("style" in one.attributes for one in _everything(root))


def test_identifiers_are_unique_and_drawings_have_names() -> None:
    root = read(reports().page(report()))
    known = [one.attributes["id"] for one in _everything(root) if "id" in one.attributes]
    assert len(known) == len(set(known))
    drawings = [one for one in root.all("svg") if one.attributes.get("role") == "img"]
    assert len(drawings) == 6
    for one in drawings:
        assert one.attributes["aria-labelledby"] in known
        assert one.attributes["aria-describedby"] in known
    assert all(one in drawings or one.attributes.get("aria-hidden") == "true" for one in root.all("svg"))


def test_without_data_and_sections_there_is_still_a_page() -> None:
    bare = replace(report(), sections=(), findings=(), facts=(), data="", footer="")
    root = read(reports().page(bare))
    assert root.all("script") == root.all("nav") == root.all("footer") == []


def test_cells_of_numbers_go_to_the_right() -> None:
    made = Table(
        title="Rates",
        columns=("camera", "FNMR", "interval", "errors", "remark"),
        rows=[
            ("lobby", "0.8 %", "0.60 % – 1.10 %", "88 of 11,003", "1 %"),
            ("garage", "–", "", "1.2e-05", "too few"),
        ],
    )
    root = read(reports().page(replace(report(), sections=[Section(heading="x", tables=[made])])))
    heads = [one.attributes.get("class") for one in root.one("thead").all("th")]
    assert heads == [None, "n", "n", "n", None]
    assert [one.said() for one in root.one("tbody").all("th")] == ["lobby", "garage"]


def _everything(root: Element) -> list[Element]:
    return [root] + [one for child in root.children for one in _everything(child)]
