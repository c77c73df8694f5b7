// The API, in the session of this page.
const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

// Advice that is meant for programs or the command line, as somebody before a page can follow it.
function advice({ hint, code }) {
  if (code === 'wrong_subject') return 'Check the photo.';
  return hint?.includes('If-Match') ? 'Load the page again to see it.' : hint;
}

// What a problem says, and what to do about it.
export const inWords = problem => [problem.message ?? problem.detail ?? problem.title, advice(problem)].filter(Boolean).join(' ');

export class Refused extends Error {
  constructor(problem, status) {
    super(inWords(problem) || 'The server refused.');
    this.code = problem.code ?? '';
    this.status = status;
  }
}

// Browsers word it each in their own way when nobody answers.
async function reached(path, how) {
  try { return await fetch(path, how); }
  catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refused({ code: 'unreachable', title: 'The server does not answer.', hint: 'It may be starting, or the network is away. Try again in a moment.' }, 0);
  }
}

// Asks for JSON and gives JSON; a form or a file is sent as it is. Throws `Refused`, with words for people.
// `heard` is filled with the version that the answer has, for the next If-Match.
export async function ask(path, { method = 'GET', body, csrf = token(), headers = {}, heard = {} } = {}) {
  const json = body !== undefined && !(body instanceof FormData) && !(body instanceof Blob);
  const answer = await reached(path, {
    method,
    headers: { ...headers, ...(csrf && { 'X-CSRF-Token': csrf }), ...(json && { 'Content-Type': 'application/json' }) },
    body: json ? JSON.stringify(body) : body,
  });
  const text = await answer.text();
  let content = {};
  try { content = text ? JSON.parse(text) : {}; } catch { content = { detail: text.slice(0, 200) }; }
  if (!answer.ok) throw new Refused(content, answer.status);
  heard.etag = answer.headers.get('ETag') ?? '';
  return content;
}
