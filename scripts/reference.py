"""Writes the reference of the command line, of the JSON documents and of the API from the program itself.

python scripts/reference.py            write docs/reference/{cli,json,settings}.md and openapi.json
python scripts/reference.py --check    say whether they are up to date (0) or not (1)
"""

import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from inspect import cleandoc
from json import dumps
from pathlib import Path

import typer.main
from pydantic import BaseModel
from typer.core import TyperCommand, TyperGroup

from visavis.api.app import routed
from visavis.cli.main import build
from visavis.domain.errors import VisavisError
from visavis.settings import Settings
from visavis.wire.catalogue import DOCUMENTS
from visavis.wire.errors import EXIT_BUG, EXIT_INTERRUPTED, problem, status
from visavis.wire.model import Document

HOME = Path(__file__).parent.parent / "docs" / "reference"
GENERATED = "<!-- Written by scripts/reference.py; change the program instead. -->\n"
COMMON = ("as_json", "data_dir", "debug")
Schema = Mapping[str, object]


def cli() -> str:
    """docs/reference/cli.md."""
    root = typer.main.get_command(build())
    parts = [GENERATED, "# The command line\n", *_command(root, "visavis", level=2), _common(root)]
    return "\n".join([*parts, "## Exit codes\n", _exit_codes(), "## Errors\n", _errors()])


def json() -> str:
    """docs/reference/json.md."""
    intro = """# JSON documents

With `--json`, every command writes one of these documents to standard output; talk goes to standard error.
`schema` names a document and the version of its meaning. Within a version fields may be added, but nothing is
removed or changes its meaning, so a program ignores the fields that it does not know. Numbers that were
measured have six significant digits; times are UTC. If a command fails, the document is `visavis.error/1`.
"""
    definitions: dict[str, Schema] = {}
    parts = [GENERATED, intro]
    for document in DOCUMENTS:
        schema = document.model_json_schema(mode="serialization")
        found = schema.pop("$defs", {})
        definitions |= {name: part for name, part in found.items() if not _is_document(name)}
        parts += [f"## {document.name()}\n", f"`{document.title}`. {_first(document)}\n", _fields(schema)]
    parts.append("# Parts of documents\n")
    for name in sorted(definitions):
        parts += [f"## {name}\n", f"{_sentence(definitions[name])}\n", _fields(definitions[name])]
    return "\n".join(parts)


def openapi() -> str:
    """docs/reference/openapi.json."""
    return dumps(routed(version("visavis")).openapi(), indent=1, ensure_ascii=False) + "\n"


def settings() -> str:
    """docs/reference/settings.md."""
    intro = """# Settings

Strongest first: flags of a command; environment variables; the same with `_FILE` appended, naming a file that holds the
value (for secrets); `visavis.toml` in the working directory, then in the user's configuration directory; defaults.
In the file, dots are tables: `models.pack` is `pack` under `[models]`. Thresholds are not settings: they come from a
gallery's policy and its calibration.

| setting | environment variable | default | what it is |
|---|---|---|---|"""
    return "\n".join([GENERATED, intro, *_settings(Settings, ())]) + "\n"


def _settings(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        place = (*path, name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _settings(inner, place)
            continue
        bounds = [
            f"{word} {getattr(rule, attribute):,}"
            for rule in field.metadata
            for attribute, word in (("ge", "at least"), ("le", "at most"))
            if hasattr(rule, attribute)
        ]
        given = field.default_factory is None and field.default is not None
        default = f"`{field.default}`" if given else "see right" if field.default_factory else "–"
        text = " ".join([field.description or "", f"({', '.join(bounds)})" if bounds else ""]).strip()
        variable = f"VISAVIS_{'__'.join(place).upper()}"
        yield f"| `{'.'.join(place)}` | `{variable}` | {default} | {text} |"


def _command(command: TyperCommand | TyperGroup, path: str, *, level: int) -> Iterator[str]:
    text, _, examples = cleandoc(command.help or "").replace("\x08\n", "\x08").partition("\x08")
    yield f"{'#' * level} {path}\n"
    yield f"{text.strip()}\n"
    arguments = " ".join(p.metavar or p.name or "" for p in command.params if p.param_type_name == "argument")
    children = getattr(command, "commands", {})
    yield f"```\n{path} [OPTIONS] {'COMMAND' if children else arguments}".rstrip() + "\n```\n"
    rows = [_row(param) for param in command.params if param.name not in COMMON and not _is_shell(param.name)]
    if rows:
        yield "| | |\n|---|---|\n" + "\n".join(rows) + "\n"
    if examples:
        lines = cleandoc(examples.partition("\n")[2])
        yield f"```\n{lines}\n```\n"
    for name, child in children.items():
        yield from _command(child, f"{path} {name}", level=level + (path != "visavis"))


def _row(param: object) -> str:
    names = ", ".join(f"`{name}`" for name in getattr(param, "opts", ()))
    metavar = getattr(param, "metavar", None)
    if getattr(param, "param_type_name", "") == "argument":
        return f"| `{metavar or getattr(param, 'name', '')}` | {getattr(param, 'help', '') or ''} |"
    choices = getattr(getattr(param, "type", None), "choices", None)
    value = (
        "" if getattr(param, "is_flag", False) else metavar or ("|".join(map(str, choices or ())) or "VALUE")
    )
    default = getattr(param, "default", None)
    told = "" if default in (None, False, "") else f" Default: `{getattr(default, 'value', default)}`."
    shown = f"{names} {value}".strip().replace("|", "\\|")
    return f"| {shown} | {getattr(param, 'help', '') or ''}{told} |"


def _common(root: TyperCommand | TyperGroup) -> str:
    rows = "\n".join(_row(param) for param in root.params if param.name in COMMON)
    return f"## Options of every command\n\n| | |\n|---|---|\n{rows}\n"


def _is_shell(name: str | None) -> bool:
    return name in {"install_completion", "show_completion"}


def _exit_codes() -> str:
    codes = {0: "a match, or success", 1: "a negative or inconclusive decision, or a no to a question"}
    for kind in VisavisError.__subclasses__():
        codes[status(kind).exit] = cleandoc(kind.__doc__ or "").rstrip(".").lower() + f" (`{kind.__name__}`)"
    codes |= {EXIT_BUG: "a fault of Visavis itself", EXIT_INTERRUPTED: "ended by Ctrl-C"}
    rows = "\n".join(f"| {code} | {codes[code]} |" for code in sorted(codes))
    return f"| code | what happened |\n|---|---|\n{rows}\n"


def _errors() -> str:
    rows = []
    for kind in VisavisError.__subclasses__():
        for leaf in kind.__subclasses__():
            document, told = problem(leaf()), status(leaf)
            again = "yes" if document.retryable else ""
            text = f"{document.message} {document.hint}".strip()
            rows.append(f"| `{document.code}` | {text} | {told.exit} | {told.http} | {told.grpc} | {again} |")
    head = "| code | message and hint | exit | HTTP | gRPC | try again |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _is_document(name: str) -> bool:
    return any(document.__name__ == name for document in DOCUMENTS)


def _first(document: type[Document]) -> str:
    return " ".join(cleandoc(document.__doc__ or "").split())


def _sentence(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _fields(schema: Schema) -> str:
    properties = schema.get("properties")
    rows = []
    for name, field in properties.items() if isinstance(properties, dict) else ():
        rows.append(f"| `{name}` | {_type(field)} | {_sentence(field)} |")
    return "| field | type | |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _type(field: Schema) -> str:
    """The type in words, with links to parts."""
    if isinstance(reference := field.get("$ref"), str):
        name = reference.rpartition("/")[2]
        target = next((d.name() for d in DOCUMENTS if d.__name__ == name), name)
        return f"[{target}](#{target.lower().replace('.', '').replace('/', '')})"
    if isinstance(several := field.get("anyOf"), list):
        return " or ".join(_type(one) for one in several)
    if "const" in field:
        return f"`{field['const']}`"
    if isinstance(values := field.get("enum"), list):
        return ", ".join(f"`{value}`" for value in values)
    if field.get("type") == "array" and isinstance(items := field.get("items"), dict):
        return f"list of {_type(items)}"
    if field.get("type") == "object" and isinstance(inner := field.get("additionalProperties"), dict):
        return f"names to {_type(inner)}"
    if field.get("format") == "date-time":
        return "time"
    return str(field.get("type", "any"))


def main() -> int:
    wanted = {
        HOME / "cli.md": cli(),
        HOME / "json.md": json(),
        HOME / "settings.md": settings(),
        HOME / "openapi.json": openapi(),
    }
    if "--check" in sys.argv[1:]:
        stale = [
            path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text
        ]
        for path in stale:
            print(f"{path} is not up to date; run: python scripts/reference.py", file=sys.stderr)
        return 1 if stale else 0
    HOME.mkdir(parents=True, exist_ok=True)
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
