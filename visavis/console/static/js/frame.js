// What every page has: menu, theme, sign out, times in the reader's zone, messages.
import { ask } from './server.js';
import { switchTheme } from './theme.js';

export function toast(text, kind = '') {
  const note = document.createElement('div');
  note.className = `toast ${kind}`;
  note.textContent = text;
  document.getElementById('toasts').append(note);
  setTimeout(() => note.remove(), 8000);
}

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
export function localTimes(within = document) {
  for (const one of within.querySelectorAll('time[datetime]')) {
    const at = new Date(one.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    one.textContent = ('date' in one.dataset ? DAY : MOMENT).format(at);
    one.title = one.dateTime;
  }
}

localTimes();
const tab = document.querySelector('.tabs [aria-current]');
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
document.getElementById('theme').addEventListener('click', switchTheme);
const menu = document.getElementById('menu');
const places = document.getElementById('places');
menu.addEventListener('click', () => menu.setAttribute('aria-expanded', String(places.classList.toggle('open'))));
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && places.classList.contains('open')) { menu.click(); menu.focus(); }
});
document.getElementById('sign-out').addEventListener('click', async () => {
  try { await ask('/v1/auth/sign-out', { method: 'POST' }); } finally { location.assign('/sign-in'); }
});
