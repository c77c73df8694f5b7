"""The API reference as one page: made of the OpenAPI description, without scripts and without other servers."""

import hashlib
import json
import re
from base64 import b64encode
from collections import defaultdict
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response

from visavis.api.examples import sample

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --dim: #5b6675; --line: #d9dee5; --paper: #fff; --soft: #f4f6f9;
  --get: #1d6f5c; --post: #1f4e8c; --patch: #8a5a00; --delete: #a1272f }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #9aa6b5; --line: #2c3542; --paper: #12171e;
  --soft: #1a212b; --get: #58c3a7; --post: #7fb0f0; --patch: #e0ac4c; --delete: #ef8a90 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, sans-serif }
.page { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 78rem; margin: 0 auto }
html { scrollbar-color: var(--line) var(--paper) }
nav { scrollbar-width: thin; position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem;
  border-right: 1px solid var(--line) }
nav h2 { font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--dim);
  margin: 1.2rem 0 .3rem }
nav a { display: block; color: var(--ink); text-decoration: none; padding: .12rem 0; font-size: .88rem }
nav a:hover, nav a:focus { text-decoration: underline }
main { padding: 1.5rem 2rem 6rem; overflow-wrap: anywhere } main a { color: var(--post) }
p code, td code { background: var(--soft); padding: .05rem .25rem; border-radius: 3px }
section:target { outline: 2px solid var(--get); outline-offset: .4rem; border-radius: 6px }
h1 { font-size: 1.7rem; margin: 0 0 .5rem } main > h2 { margin: 3rem 0 0; border-bottom: 1px solid var(--line) }
section { padding: 1.6rem 0; border-bottom: 1px solid var(--line) }
section h3 { margin: 0 0 .2rem; font-size: 1.08rem } code, pre { font: 13px/1.5 ui-monospace, monospace }
.path { display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; background: var(--soft);
  padding: .4rem .7rem; border-radius: 6px; margin: .4rem 0 .7rem; overflow-wrap: anywhere }
.verb { font-weight: 700; font-size: .78rem } .get { color: var(--get) } .post { color: var(--post) }
.patch, .put { color: var(--patch) } .delete { color: var(--delete) }
table { border-collapse: collapse; width: 100%; font-size: .88rem; margin: .4rem 0 }
th { text-align: left; color: var(--dim); font-weight: 600; padding: .25rem .6rem .25rem 0 }
td { vertical-align: top; padding: .25rem .6rem .25rem 0; border-top: 1px solid var(--line) }
pre { background: var(--soft); padding: .7rem; border-radius: 6px; overflow: auto; margin: .4rem 0 }
details summary { cursor: pointer; color: var(--dim); margin-top: .4rem } .dim { color: var(--dim) }
@media (max-width: 800px) { .page { display: block } nav { position: static; height: auto; border: 0 }
  main { padding: 1rem } }
"""
_CODE = re.compile(r"`([^`]+)`")
_VERBS = ("get", "post", "put", "patch", "delete")


def add_reference(app: FastAPI) -> None:
    """Adds the page at /v1/docs."""

    async def reference() -> Response:
        digest = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
        return HTMLResponse(page(app.openapi()), headers={"Content-Security-Policy": policy})

    app.add_api_route("/v1/docs", reference, include_in_schema=False)


def page(schema: dict[str, Any]) -> str:
    """The whole page. Everything out of the description is escaped."""
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = defaultdict(list)
    for path, operations in schema["paths"].items():
        for verb in _VERBS:
            if verb in operations:
                operation = operations[verb]
                by_tag[(operation.get("tags") or ["other"])[0]].append((verb, path, operation))
    known = [tag["name"] for tag in schema.get("tags", [])]
    told = {tag["name"]: tag["description"] for tag in schema.get("tags", [])}
    tags = [*(tag for tag in known if tag in by_tag), *sorted(set(by_tag) - set(known))]
    menu = "".join(
        f"<h2>{escape(tag.capitalize())}</h2>"
        + "".join(
            f'<a href="#{escape(one["operationId"])}">{escape(one["summary"])}</a>'
            for _, _, one in by_tag[tag]
        )
        for tag in tags
    )
    body = "".join(
        f"<h2>{escape(tag.capitalize())}</h2><p class=dim>{_prose(told.get(tag, ''))}</p>"
        + "".join(_operation(*one, schema) for one in by_tag[tag])
        for tag in tags
    )
    intro = "".join(f"<p>{_prose(part)}</p>" for part in schema["info"]["description"].split("\n\n"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Visavis API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><div class=page><nav>{menu}</nav><main>"
        f"<h1>Visavis API <span class=dim>{escape(schema['info']['version'])}</span></h1>{intro}"
        '<p>As OpenAPI 3.1: <a href="/v1/openapi.json">/v1/openapi.json</a></p>'
        f"{body}</main></div></body></html>"
    )


def _operation(verb: str, path: str, operation: dict[str, Any], schema: dict[str, Any]) -> str:
    parts = [
        f'<section id="{escape(operation["operationId"])}"><h3>{escape(operation["summary"])}</h3>'
        f'<div class=path><span class="verb {verb}">{verb.upper()}</span><code>{escape(path)}</code></div>'
        + "".join(f"<p>{_prose(part)}</p>" for part in operation.get("description", "").split("\n\n"))
    ]
    parameters = operation.get("parameters", [])
    if parameters:
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}"
            f"{' (required)' if one.get('required') else ''}</td><td>{_type(one.get('schema', {}))}</td>"
            f"<td>{_prose(one.get('description') or '')}</td></tr>"
            for one in parameters
        )
        parts.append(
            f"<table><tr><th>Parameter</th><th>In</th><th>Type</th><th>What it is</th></tr>{rows}</table>"
        )
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]
        parts.append(
            f"<p class=dim>Body: {', '.join(f'<code>{escape(kind)}</code>' for kind in content)}</p>"
        )
        parts += [
            _example(one, schema, "Example of the body in JSON")
            for kind, one in content.items()
            if kind == "application/json"
        ]
    parts.append(_answers(operation["responses"], schema))
    return "".join([*parts, "</section>"])


def _answers(responses: dict[str, Any], schema: dict[str, Any]) -> str:
    known = {status: _answer(one, schema) for status, one in sorted(responses.items())}
    rows = "".join(
        f"<tr><td><code>{escape(status)}</code></td><td>{_prose(one.get('description', ''))}</td></tr>"
        for status, one in known.items()
    )
    good: dict[str, Any] = next((one for status, one in known.items() if status.startswith("2")), {})
    shape = _example(good.get("content", {}).get("application/json", {}), schema, "Example of the answer")
    return f"<table><tr><th>Status</th><th>What happened</th></tr>{rows}</table>{shape}"


def _answer(one: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in one:
        return one
    found: dict[str, Any] = schema["components"]["responses"][one["$ref"].rpartition("/")[2]]
    return found


def _example(content: dict[str, Any], schema: dict[str, Any], title: str) -> str:
    if not content:
        return ""
    shown = content.get("example") or sample(content.get("schema", {}), schema["components"]["schemas"])
    text = json.dumps(shown, indent=2, ensure_ascii=False)
    return f"<details><summary>{title}</summary><pre>{escape(text)}</pre></details>"


def _prose(text: str) -> str:
    """Escaped, with what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _type(shape: dict[str, Any]) -> str:
    options = shape.get("anyOf", [shape])
    names = [
        str(one.get("format") or one.get("type") or "value") for one in options if one.get("type") != "null"
    ]
    text = " or ".join(dict.fromkeys(names))
    if "enum" in shape:
        text += ": " + ", ".join(map(str, shape["enum"]))
    return escape(text)
