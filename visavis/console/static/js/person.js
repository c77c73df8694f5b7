// The page of a person: same as another one, split, receipts, erasure.
import { toast } from './frame.js';
import { choose } from './picker.js';
import { ask } from './server.js';
import { offerLater, offerWaiting, toastLater } from './undo.js';
import { made } from './words.js';

const part = name => document.getElementById(name);
const { id, name, gallery } = part('person').dataset;
offerWaiting();

function save(content, file) {
  const blob = new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' });
  Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: file }).click();
}

part('merge')?.addEventListener('click', async () => {
  const one = await choose(`Who is ${name}, too?`, { gallery, but: [id], text: 'Both are shown side by side before anything happens.' });
  if (one) location.assign(`/people/${id}/merge?other=${one.id}`);
});

// Split: what shows somebody else is marked where it stands.
const form = part('split-form');
const marks = () => [...document.querySelectorAll('input[data-mark]:checked')];
const marked = kind => marks().filter(one => one.dataset.mark === kind).map(one => one.value);

function mark(kind, value, label, place) {
  const box = Object.assign(made('input'), { type: 'checkbox', value });
  box.dataset.mark = kind;
  const around = made('label', 'check', box, made('span', 'small', 'somebody else'));
  around.title = label;
  box.addEventListener('change', count);
  place.append(around);
}

function count() {
  const chosen = marks().length;
  part('split-count').textContent = chosen ? `${chosen} marked.` : 'Nothing is marked.';
  part('split-now').disabled = !chosen;
}

function splitting(on) {
  form.hidden = !on;
  part('split').setAttribute('aria-expanded', String(on));
  for (const one of document.querySelectorAll('input[data-mark]')) one.closest('label').remove();
  if (!on) return;
  for (const one of document.querySelectorAll('[data-reference]')) mark('reference', one.dataset.reference, 'This reference shows somebody else', one.lastElementChild);
  for (const one of document.querySelectorAll(`tr[data-subject="${id}"]`)) mark('event', one.dataset.event, 'This line shows somebody else', one.cells[2]);
  count();
  document.querySelector('input[data-mark]')?.focus();
}

part('split')?.addEventListener('click', () => splitting(form.hidden));
part('split-no')?.addEventListener('click', () => { splitting(false); part('split').focus(); });
form?.addEventListener('submit', async event => {
  event.preventDefault();
  const problem = form.querySelector('.problem'), called = part('split-name').value.trim();
  problem.textContent = '';
  part('split-now').disabled = true;
  try {
    const body = { subject_id: id, reference_ids: marked('reference'), event_ids: marked('event'), name: called || null };
    const done = await ask('/v1/corrections/split', { method: 'POST', body });
    offerLater(`${done.other?.name ?? 'Somebody'} was split off.`, done);
    location.reload();
  } catch (error) {
    problem.textContent = error.message;
    count();
  }
});

// A consent that was revoked: the receipt is a file, and the person may be gone with it.
document.addEventListener('asked', event => {
  const file = event.target.dataset.receipt;
  if (!file) return;
  const { receipt, references, subject_removed: gone } = event.detail;
  if (receipt) save(receipt, file);
  toast(gone ? 'Revoked; nothing of this person is kept any more.' : `Revoked; removed with it: ${references === 1 ? '1 reference' : `${references} references`}.`);
  setTimeout(() => (gone ? location.assign('/people') : location.reload()), 1500);
});

const sure = part('sure');
part('ask')?.addEventListener('click', () => sure.showModal());
part('erase-now')?.addEventListener('click', async event => {
  event.preventDefault();
  const button = event.currentTarget;
  button.disabled = true;
  const reason = part('reason').value.trim();
  try {
    const query = reason ? `?${new URLSearchParams({ reason })}` : '';
    const { receipt } = await ask(`/v1/subjects/${button.dataset.id}${query}`, { method: 'DELETE' });
    save(receipt, `receipt-${receipt.id}.json`);
    sure.close();
    toastLater(`${name} is erased. The signed receipt is among your downloads, and under Compliance.`);
    location.replace('/people');
  } catch (error) {
    button.disabled = false;
    toast(error.message, 'bad');
  }
});
