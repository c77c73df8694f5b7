"""The documentation holds: its examples run, its commands exist, its links lead somewhere."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from visavis.bootstrap.models import Models
from visavis.cli.main import build

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT.glob("README.md"))])
WRITTEN = [page for page in PAGES if page.parent.name != "reference"]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PROMISED = re.compile(r"# → (.*)$", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^[A-Z_0-9]+=")
_END_OF_COMMAND = frozenset({"|", ">", "<", "&&", ";", "||", "2>"})


def blocks(page: Path, language: str) -> Iterator[tuple[int, str]]:
    """(line, content) of every fenced block in this language."""
    text = page.read_text("utf-8")
    for found in _FENCE.finditer(text):
        if found[1] == language:
            yield text.count("\n", 0, found.start()) + 2, found[2]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.models
def test_the_python_examples_print_what_they_promise(
    models: Models, portraits: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = ROOT / "docs" / "howto" / "python.md"
    monkeypatch.setenv("VISAVIS_MODELS__DIRECTORY", str(models.directory.absolute()))
    monkeypatch.chdir(portraits)
    variables: dict[str, object] = {"__name__": "docs"}
    ran = 0
    for line, example in blocks(page, "python"):
        # blank lines in front, so that a traceback names the line of the page
        exec(compile("\n" * (line - 1) + example, str(page), "exec"), variables)  # noqa: S102
        promised = [text.strip() for text in _PROMISED.findall(example)]
        assert capsys.readouterr().out.splitlines() == promised, f"{name(page)}:{line}"
        ran += bool(promised)
    assert ran >= 10


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_every_command_is_one_that_the_program_takes(page: Path) -> None:
    for line, script in blocks(page, "sh"):
        for command in commands(script):
            try:
                require_known(command)
            except Exception as error:  # noqa: BLE001  # whatever the parser says, it belongs to this line
                pytest.fail(f"{name(page)}:{line}: {shlex.join(command)}: {error}")


def test_a_command_that_does_not_exist_is_noticed() -> None:
    for wrong in ("visavis enroll ada a.jpg", "visavis verify a.jpg b.jpg --fnr 1e-4", "visavis keys turn"):
        (command,) = commands(wrong)
        with pytest.raises(Exception, match="No such"):
            require_known(command)


def commands(script: str) -> Iterator[list[str]]:
    """The calls of visavis in a script, without what redirects or follows them."""
    for row in script.replace("\\\n", " ").splitlines():
        if "visavis" not in row or row.lstrip().startswith("#"):
            continue
        words = shlex.split(row, comments=True)
        while words and _ASSIGNMENT.match(words[0]):
            words.pop(0)
        if words and Path(words[0]).name == "visavis":
            end = next((n for n, word in enumerate(words) if word in _END_OF_COMMAND), len(words))
            yield words[1:end]


def require_known(words: list[str]) -> None:
    """Parses a command without running it; raises what the parser raises."""
    command = typer.main.get_command(build())
    path, rest = "visavis", list(words)
    while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
        context = command.make_context(path, [], resilient_parsing=True)
        path = rest[0]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None, f"No such command: {path}"
        command, path = found, name or path
    command.make_context(path, rest)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text("utf-8"))
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{name(page)} links to {target}"
        if anchor:
            assert anchor in anchors(place), f"{name(page)} links to {target}"


@pytest.mark.parametrize("folder", ["start", "howto", "why", "decisions", "reference"])
def test_every_page_is_in_the_index(folder: str) -> None:
    linked = set(_LINK.findall((ROOT / "docs" / "README.md").read_text("utf-8")))
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs" / folder).glob("*.md")}
    assert pages
    assert pages <= linked


def anchors(page: Path) -> set[str]:
    """How headings are addressed: lower case, without punctuation, dashes for spaces."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
