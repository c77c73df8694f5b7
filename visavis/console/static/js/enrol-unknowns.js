// A name for somebody who is remembered without one: a new one, or that of somebody known, into whom they are merged.
import { given, record, watchConsent } from './consent.js';
import { sure } from './forms.js';
import { toast } from './frame.js';
import { ask } from './server.js';
import { made } from './words.js';

const consent = document.getElementById('consent');
const known = document.getElementById('known');

// Of all galleries, or of the one that is shown for people who are limited to some.
async function namedLike(prefix) {
  const found = await ask(`/v1/subjects?${new URLSearchParams({ prefix, kind: 'named', limit: 8, ...(known.dataset.gallery && { gallery: known.dataset.gallery }) })}`);
  return found.subjects;
}

async function save(card, name) {
  const id = card.dataset.id;
  if (consent && !given()) throw new Error('This gallery takes only people who agreed: say so above first.');
  const same = (await namedLike(name)).find(one => one.name === name);
  if (same) {
    if (!await sure(`Is this ${name}?`, { danger: 'They are one', text: `What was seen of ${card.dataset.name} becomes ${name}’s. It can be undone.` })) return null;
    if (consent) await record(name, same.id);
    const done = await ask('/v1/corrections/merge', { method: 'POST', body: { subject_id: id, into_id: same.id } });
    return { text: `This is ${name}.`, undo: done.id, id: same.id };
  }
  if (consent) await record(name, id);
  await ask(`/v1/subjects/${id}`, { method: 'PATCH', body: { name } });
  return { text: `This is ${name} from now on.`, id };
}

function told(card, done) {
  const link = Object.assign(made('a', '', 'Look at this person'), { href: `/people/${done.id}` });
  const line = made('p', '', done.text, ' ', link);
  card.replaceChildren(line);
  if (done.undo) {
    const undo = Object.assign(made('button', '', 'Undo'), { type: 'button' });
    undo.addEventListener('click', async () => {
      try { await ask(`/v1/corrections/${done.undo}/undo`, { method: 'POST' }); location.reload(); }
      catch (error) { toast(error.message, 'bad'); }
    });
    card.append(undo);
  }
  line.tabIndex = -1;
  line.focus();
}

for (const card of document.querySelectorAll('.stranger')) {
  const form = card.querySelector('form'), problem = form.querySelector('.problem');
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const name = form.elements.name.value.trim();
    problem.textContent = name ? '' : 'Write a name.';
    if (!name) return;
    try { const done = await save(card, name); if (done) told(card, done); }
    catch (error) { problem.textContent = error.message; }
  });
  form.elements.name.addEventListener('input', async event => {
    const prefix = event.target.value.trim();
    if (prefix.length < 2) return;
    try { known.replaceChildren(...(await namedLike(prefix)).map(one => new Option(one.name))); } catch { /* only a help */ }
  });
}

// Looking at a face is audited, so it is asked for.
for (const button of document.querySelectorAll('button[data-event]')) {
  button.addEventListener('click', () => {
    const image = Object.assign(made('img'), { alt: 'How they were seen last', src: `/v1/events/${button.dataset.event}/picture` });
    image.addEventListener('error', () => button.replaceWith(made('p', 'dim small', 'No picture is kept: the rules of the gallery say so.')));
    image.addEventListener('load', () => button.replaceWith(image));
  });
}
if (consent) watchConsent(() => {});
