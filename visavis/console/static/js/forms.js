// Forms that ask the API, and questions before dangerous acts; a page needs no script of its own for these.
//
// <form data-ask="POST /v1/channels" data-then="reload|/address|none" data-done="Saved."> sends its fields as JSON:
// a name with dots makes nested objects; data-as="number|list|lines|json|bool|moment" says what a field is; an empty
// field is left out unless it has data-empty="null|text|list". A box without data-as is true or false.
// data-match="ETag" makes the server refuse if somebody else changed it since it was shown.
// data-sure="Question?" asks first; a button outside a form may have data-ask and data-sure, too.
// After an answer the element fires "asked" with the answer as detail, before data-then is followed.
import { toast } from './frame.js';
import { ask } from './server.js';

const READ = {
  number: text => Number(text),
  list: text => text.split(',').map(one => one.trim()).filter(Boolean),
  lines: text => text.split('\n').map(one => one.trim()).filter(Boolean),
  json: text => JSON.parse(text),
  bool: text => text === 'true',
  moment: text => new Date(text).toISOString(),
};
const EMPTY = { null: () => null, text: () => '', list: () => [] };

function put(into, name, value) {
  const way = name.split('.'), last = way.pop();
  let at = into;
  for (const step of way) at = at[step] ??= {};
  at[last] = value;
}

// What a form says, as the API takes it. Several fields of one name, or a list of choices, are a list.
export function said(form) {
  const body = {}, lists = new Map();
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.type === 'submit' || field.closest('[hidden]')) continue;
    const many = 'many' in field.dataset || field.multiple;
    if (many && !lists.has(field.name)) lists.set(field.name, []);
    if (field.type === 'checkbox' && !many) { put(body, field.name, field.checked); continue; }
    if ((field.type === 'checkbox' || field.type === 'radio') && !field.checked) continue;
    if (field.multiple) { lists.get(field.name).push(...[...field.selectedOptions].map(one => one.value)); continue; }
    const text = field.type === 'password' ? field.value : field.value.trim();
    if (many) { if (text) lists.get(field.name).push(text); continue; }
    if (!text) { if (field.dataset.empty) put(body, field.name, EMPTY[field.dataset.empty]()); continue; }
    put(body, field.name, (READ[field.dataset.as ?? (field.type === 'number' ? 'number' : '')] ?? (same => same))(text));
  }
  for (const [name, values] of lists) put(body, name, values);
  return body;
}

// A question with two answers; resolves to whether it was agreed to. `danger` is the word on the button.
export function sure(question, { danger = 'Yes', text = '' } = {}) {
  const dialog = document.createElement('dialog'), title = document.createElement('h2'), menu = document.createElement('menu');
  title.textContent = question;
  title.id = 'sure-question';
  dialog.setAttribute('aria-labelledby', title.id);
  const no = Object.assign(document.createElement('button'), { textContent: 'Cancel', className: 'quiet', value: 'no' });
  const yes = Object.assign(document.createElement('button'), { textContent: danger, className: 'danger', value: 'yes' });
  menu.append(no, yes);
  const form = Object.assign(document.createElement('form'), { method: 'dialog' });
  form.append(title, ...(text ? [Object.assign(document.createElement('p'), { textContent: text })] : []), menu);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
  return new Promise(resolve => dialog.addEventListener('close', () => { resolve(dialog.returnValue === 'yes'); dialog.remove(); }));
}

async function send(one, body) {
  const { ask: asked, sure: question, danger, then = 'reload', done, match } = one.dataset;
  if (question && !await sure(question, { danger, text: one.dataset.text })) return;
  const [method, path] = asked.split(' ');
  const problem = one.querySelector?.('.problem');
  if (problem) problem.textContent = '';
  const buttons = one.tagName === 'FORM' ? [...one.querySelectorAll('button')] : [one];
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await ask(path, { method, ...(body !== undefined && { body }), ...(match && { headers: { 'If-Match': match } }) });
    const open = one.dispatchEvent(new CustomEvent('asked', { detail: answer, bubbles: true, cancelable: true }));
    if (done) toast(done);
    if (!open || then === 'none') return;
    if (then === 'reload') location.reload(); else location.assign(then);
  } catch (error) {
    if (problem) { problem.textContent = error.message; problem.scrollIntoView({ block: 'nearest' }); } else toast(error.message, 'bad');
  } finally { for (const button of buttons) button.disabled = false; }
}

document.addEventListener('submit', event => {
  const form = event.target;
  if (!form.dataset.ask) return;
  event.preventDefault();
  let body;
  try { body = said(form); } catch (error) { const problem = form.querySelector('.problem'); if (problem) problem.textContent = error.message; return; }
  send(form, body);
});
document.addEventListener('click', event => {
  const button = event.target.closest('button[data-ask]');
  if (button) send(button, button.dataset.body ? JSON.parse(button.dataset.body) : undefined);
  const opener = event.target.closest('button[data-opens]');
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  const closer = event.target.closest('dialog button[data-closes]');
  if (closer) closer.closest('dialog').close();
});
