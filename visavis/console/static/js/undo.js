// What was just put right, and a way back while one looks at it.
import { toast } from './frame.js';
import { ask } from './server.js';
import { made } from './words.js';

const STAYS_MS = 20_000;

// `back` runs after it was undone.
export function offerUndo(text, correction, back = () => location.reload()) {
  const button = Object.assign(made('button', 'small', 'Undo'), { type: 'button' });
  const note = made('div', 'toast offer', made('span', '', text), button);
  document.getElementById('toasts').append(note);
  const timer = setTimeout(() => note.remove(), STAYS_MS);
  note.addEventListener('focusin', () => clearTimeout(timer));
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await ask(`/v1/corrections/${correction.id}/undo`, { method: 'POST' });
      note.remove();
      toast('Undone.');
      await back();
    } catch (error) {
      button.disabled = false;
      toast(error.message, 'bad');
    }
  });
}

// For after a page was left: the next one offers it.
export function offerLater(text, correction) { sessionStorage.setItem('undo', JSON.stringify({ text, id: correction.id })); }

// The same for what cannot be undone.
export function toastLater(text) { sessionStorage.setItem('undo', JSON.stringify({ text })); }

export function offerWaiting() {
  const waiting = sessionStorage.getItem('undo');
  sessionStorage.removeItem('undo');
  if (!waiting) return;
  const { text, id } = JSON.parse(waiting);
  if (id) offerUndo(text, { id }); else toast(text);
}
