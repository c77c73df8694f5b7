// One case after the other: takes it up, says what one thinks, goes on, and offers a way back for a minute.
import { toast } from './frame.js';
import { ask } from './server.js';
import { made } from './words.js';

const MINUTE_MS = 60_000;
const card = document.getElementById('case');
const form = document.getElementById('decide');
const path = id => `/v1/reviews/${id}`;
const go = address => location.assign(address);

async function takeUp() {
  try { await ask(`${path(card.dataset.event)}/claim`, { method: 'POST' }); } catch (error) {
    if (error.status !== 409) throw error;
    toast(error.message);
  }
}

async function leave(address) {
  if (card.dataset.claim) await ask(`${path(card.dataset.event)}/claim`, { method: 'DELETE' }).catch(() => {});
  go(address);
}

async function say(verdict) {
  const { event, next } = card.dataset, problem = form.querySelector('.problem');
  const { said } = form.querySelector(`[data-verdict=${verdict}]`).dataset;
  problem.textContent = '';
  for (const button of form.querySelectorAll('button')) button.disabled = true;
  try {
    await ask(`${path(event)}/opinion`, { method: 'POST', body: { verdict, reason: document.getElementById('reason').value.trim() } });
    sessionStorage.setItem('said', JSON.stringify({ event, said, at: Date.now() }));
    go(next);
  } catch (error) {
    problem.textContent = error.message;
    for (const button of form.querySelectorAll('button')) button.disabled = false;
  }
}

function offerBack() {
  const said = JSON.parse(sessionStorage.getItem('said') ?? 'null');
  const left = said ? MINUTE_MS - (Date.now() - said.at) : 0;
  if (left <= 0) { sessionStorage.removeItem('said'); return; }
  const button = Object.assign(made('button', 'small', 'Take it back'), { type: 'button', id: 'take-back' });
  const note = made('div', 'toast offer', made('span', '', `You said: ${said.said}. `), button);
  document.getElementById('toasts').append(note);
  setTimeout(() => note.remove(), left);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await ask(`${path(said.event)}/opinion`, { method: 'DELETE' });
      sessionStorage.removeItem('said');
      go(`/review?case=${said.event}`);
    } catch (error) { toast(error.message, 'bad'); note.remove(); }
  });
}

offerBack();
if (card?.dataset.claim) takeUp();
form?.addEventListener('submit', event => event.preventDefault());
form?.addEventListener('click', event => {
  const button = event.target.closest('[data-verdict]');
  if (button) say(button.dataset.verdict);
});
document.getElementById('skip')?.addEventListener('click', event => {
  event.preventDefault();
  leave(event.currentTarget.href);
});
document.addEventListener('keydown', event => {
  if (!card || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea, dialog, [role=region]')) return;
  const chosen = form?.querySelectorAll('[data-verdict]')[['1', '2', '3'].indexOf(event.key)];
  if (chosen && !chosen.disabled) { event.preventDefault(); say(chosen.dataset.verdict); }
  if (event.key === 'ArrowRight') leave(card.dataset.next);
  if (event.key === 'ArrowLeft' && card.dataset.before) leave(card.dataset.before);
});
