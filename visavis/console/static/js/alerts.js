// Alerts as they come, and what somebody does about them. Cards are drawn by the console, here they are only exchanged.
import { sound } from './alert-sound.js';
import { localTimes, toast } from './frame.js';
import { ask } from './server.js';

const list = document.getElementById('alerts'), dialog = document.getElementById('acknowledge');
const none = document.getElementById('none'), follow = document.getElementById('follow');

async function show(id, isNew = false) {
  const answer = await fetch(`/alerts/${id}/card`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const card = page.querySelector('li.alert'), before = document.getElementById(`alert-${id}`);
  if (!card || (before && Number(before.dataset.sequence) > Number(card.dataset.sequence))) return;
  localTimes(card);
  if (before) before.replaceWith(card);
  else if (isNew) { card.classList.add('fresh'); list.prepend(card); } else return;
  if (none) none.hidden = true;
}

async function change(id, state, note) {
  try {
    await ask(`/v1/alerts/${id}`, { method: 'PATCH', body: { state, ...(note && { note }) } });
    await show(id);
    document.querySelector(`#alert-${CSS.escape(id)} button`)?.focus();
    toast({ acknowledged: 'You look after it.', resolved: 'It is over.', open: 'It is open again.' }[state]);
  } catch (error) { toast(error.message, 'bad'); }
}

document.addEventListener('click', event => {
  const button = event.target.closest('button[data-change]');
  if (!button) return;
  const { id, change: state } = button.dataset;
  if (state !== 'acknowledged') { change(id, state); return; }
  const note = document.getElementById('note');
  note.value = '';
  dialog.returnValue = '';
  dialog.addEventListener('close', () => { if (dialog.returnValue === 'yes') change(id, state, note.value.trim()); }, { once: true });
  dialog.showModal();
  note.focus();
});
// Enter in the note means yes, though the first button of the dialog is the other one.
document.getElementById('note')?.addEventListener('keydown', event => {
  if (event.key === 'Enter') { event.preventDefault(); dialog.close('yes'); }
});

function said(text, kind) { if (follow) { follow.textContent = text; follow.className = `badge ${kind}`; } }

// How many nobody looks after yet, of all rules: the title says so where the page lies behind others.
const title = document.title, open = new Map();
const MOST = 1000;

function count() {
  const waiting = [...open.values()].filter(alert => alert.state === 'open').length;
  document.title = waiting ? `(${waiting < MOST ? waiting : `${MOST}+`}) ${title}` : title;
}

// What the stream says while this is asked is newer than the answer.
async function recount() {
  const before = new Map(open), found = await ask(`/v1/alerts?state=open&limit=${MOST}`).catch(() => null);
  if (!found) return;
  for (const [id, alert] of before) if (open.get(id) === alert) open.delete(id);
  for (const alert of found.alerts) if (!open.has(alert.id)) open.set(alert.id, alert);
  count();
}

const { one, severity, rule, state: wanted } = list.dataset;
const fits = alert => (!severity || alert.severity === severity) && (!rule || alert.rule_id === rule);
const source = new EventSource('/v1/alerts/stream');
source.addEventListener('open', event => { if (!event.data) { said('live', 'good'); recount(); } });
source.addEventListener('error', () => said('connecting', ''));
for (const state of ['open', 'acknowledged', 'resolved']) {
  source.addEventListener(state, message => {
    if (!message.data) return; // the connection's own "open"
    const alert = JSON.parse(message.data), isNew = state === 'open' && !alert.by && !open.has(alert.id);
    open.set(alert.id, alert);
    count();
    if (!fits(alert)) return;
    if (isNew) sound(alert.severity);
    if (!one || one === alert.id) show(alert.id, !wanted || wanted === state);
  });
}
addEventListener('pagehide', () => source.close());
