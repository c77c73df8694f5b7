"""The page where one-time links and identity providers lead to: sign in, choose a password, see who you are.

One page without anything from elsewhere; style and script are allowed by their digests.
"""

import hashlib
from base64 import b64encode
from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from visavis.api.service import service_of

SIGN_IN: Final = "/sign-in"

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b2430; --dim: #5b6675; --line: #cfd6df; --paper: #f4f6f9; --card: #fff;
  --main: #1f4e8c; --on-main: #fff; --bad: #a1272f }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #9aa6b5; --line: #344050; --paper: #12171e;
  --card: #1a212b; --main: #7fb0f0; --on-main: #10151c; --bad: #ef8a90 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
main { width: min(24rem, calc(100vw - 2rem)); background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; padding: 2rem }
h1 { font-size: 1.35rem; margin: 0 0 .3rem } p { margin: 0 0 1rem; color: var(--dim) }
label { display: block; font-weight: 600; margin: .9rem 0 .25rem }
input { width: 100%; padding: .55rem .7rem; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: 6px }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--main); outline-offset: 1px }
button, .button { display: block; width: 100%; margin-top: 1.2rem; padding: .6rem; font: inherit; font-weight: 600;
  text-align: center; text-decoration: none; color: var(--on-main); background: var(--main); border: 0;
  border-radius: 6px; cursor: pointer }
.plain { color: var(--main); background: none; border: 1px solid var(--line) }
[hidden] { display: none } #problem { color: var(--bad); margin: 1rem 0 0; font-weight: 600 }
"""

_SCRIPT: Final = """
const part = name => document.getElementById(name);
const token = location.hash.startsWith('#vl_') ? location.hash.slice(1) : '';
let csrf = '';
history.replaceState(null, '', location.pathname);

async function ask(path, body, method = 'POST') {
  const headers = { 'X-CSRF-Token': csrf };
  if (body) headers['Content-Type'] = 'application/json';
  const answer = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : undefined });
  const text = await answer.text();
  const content = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error([content.detail, content.hint].filter(Boolean).join(' '));
  return content;
}
function show(name) {
  for (const one of ['choose', 'sign', 'inside']) part(one).hidden = one !== name;
  part('problem').textContent = '';
  const first = part(name).querySelector('input');
  if (first) first.focus();
}
function welcome(signed) {
  csrf = signed.csrf;
  part('who').textContent = signed.user.login;
  part('role').textContent = signed.user.role;
  show('inside');
}
function on(name, act) {
  part(name).addEventListener('submit', async event => {
    event.preventDefault();
    const button = event.target.querySelector('button');
    button.disabled = true;
    try { await act(new FormData(event.target)); }
    catch (error) { part('problem').textContent = error.message; }
    finally { button.disabled = false; }
  });
}
on('choose', async form => {
  if (form.get('password') !== form.get('again')) throw new Error('The two passwords differ.');
  welcome(await ask('/v1/auth/one-time', { token, password: form.get('password') }));
});
on('sign', async form => welcome(
  await ask('/v1/auth/sign-in', { login: form.get('login'), password: form.get('password') })));
on('inside', async () => { await ask('/v1/auth/sign-out'); csrf = ''; show('sign'); });
show(token ? 'choose' : 'sign');
"""

_PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in · Visavis</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head><body><main>
<h1>Visavis</h1>
<form id="choose" hidden><p>Choose the password that you will sign in with.</p>
<label for="new">Password</label>
<input id="new" name="password" type="password" autocomplete="new-password" required>
<label for="again">Once more</label>
<input id="again" name="again" type="password" autocomplete="new-password" required>
<button>Set password and sign in</button></form>
<form id="sign" hidden><p>Sign in to this installation.</p>
<label for="login">Login</label>
<input id="login" name="login" autocomplete="username" autocapitalize="none" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>{provider}</form>
<form id="inside" hidden><p>You are signed in as <strong id="who"></strong> (<span id="role"></span>).</p>
<a class="button" href="/v1/docs">API reference</a><button class="plain">Sign out</button></form>
<p id="problem" role="alert"></p>
<noscript><p>This page needs JavaScript. Or sign in with: POST /v1/auth/sign-in</p></noscript>
</main><script>{script}</script></body></html>"""
_PROVIDER: Final = (
    '<a class="button plain" href="/v1/auth/oidc?return_to=/v1/docs">Sign in with your organisation</a>'
)


def add_front(app: FastAPI) -> None:
    """Adds the page, and leads to it from the bare address."""
    app.add_api_route(SIGN_IN, sign_in, include_in_schema=False)
    app.add_api_route("/", front, include_in_schema=False)


async def front() -> Response:
    return RedirectResponse(SIGN_IN, status_code=303)


async def sign_in(request: Request) -> Response:
    provider = _PROVIDER if service_of(request).entrance.oidc is not None else ""
    page = _PAGE.format(style=_STYLE, script=_SCRIPT, provider=provider)
    policy = (
        f"default-src 'none'; style-src '{_digest(_STYLE)}'; script-src '{_digest(_SCRIPT)}'; connect-src 'self'; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
