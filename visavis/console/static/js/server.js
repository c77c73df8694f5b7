// The API, in the session of this page.
const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

export class Refused extends Error {
  constructor(problem, status) {
    super([problem.detail ?? problem.title, problem.hint].filter(Boolean).join(' ') || 'The server refused.');
    this.code = problem.code ?? '';
    this.status = status;
  }
}

// Asks for JSON and gives JSON; a form or a file is sent as it is. Throws `Refused`, with words for people.
export async function ask(path, { method = 'GET', body, csrf = token(), headers = {} } = {}) {
  const json = body !== undefined && !(body instanceof FormData) && !(body instanceof Blob);
  const answer = await fetch(path, {
    method,
    headers: { ...headers, ...(csrf && { 'X-CSRF-Token': csrf }), ...(json && { 'Content-Type': 'application/json' }) },
    body: json ? JSON.stringify(body) : body,
  });
  const text = await answer.text();
  let content = {};
  try { content = text ? JSON.parse(text) : {}; } catch { content = { detail: text.slice(0, 200) }; }
  if (!answer.ok) throw new Refused(content, answer.status);
  return content;
}
