// Puts lines of the log right where they stand: not this person, or this one instead. Each can be undone.
import { localTimes, toast } from './frame.js';
import { choose } from './picker.js';
import { ask } from './server.js';
import { offerUndo } from './undo.js';

// The line as it is now takes the place of the line as it was.
async function renew(id) {
  const row = document.querySelector(`tr[data-event="${id}"]`);
  if (!row) return;
  const answer = await fetch(`/log/lines/${id}`);
  if (!answer.ok) { location.reload(); return; }
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('tr');
  row.replaceWith(fresh);
  localTimes(fresh);
  fresh.querySelector('button')?.focus();
}

async function put(path, body, said, row) {
  const id = row.dataset.event;
  for (const button of row.querySelectorAll('button')) button.disabled = true;
  try {
    const made = await ask(`/v1/corrections/${path}`, { method: 'POST', body: { event_id: id, ...body } });
    await renew(id);
    offerUndo(said, made, () => renew(id));
  } catch (error) {
    for (const button of row.querySelectorAll('button')) button.disabled = false;
    toast(error.message, 'bad');
  }
}

document.addEventListener('click', async event => {
  const button = event.target.closest('[data-deny], [data-assign]');
  const row = button?.closest('tr[data-event]');
  if (!row) return;
  const { subject, name, gallery } = row.dataset;
  if ('deny' in button.dataset) { await put('deny', {}, `This does not show ${name}; later decisions know it.`, row); return; }
  const one = await choose('Who is this?', {
    gallery, but: subject ? [subject] : [], text: subject ? `The line says ${name}. Whom does it show?` : 'The line names nobody. Whom does it show?',
  });
  if (one) await put('assign', { subject_id: one.id }, `This shows ${one.name}.`, row);
});
