// A schedule: hours of every week, and days that differ.
import { ask } from './server.js';
import './weekly.js';

const form = document.getElementById('schedule'), specials = document.getElementById('specials');

function days() {
  const kept = [...form.querySelectorAll('[data-kept]')].map(one => JSON.parse(one.dataset.kept));
  const rows = [...specials.children].map(row => {
    const of = name => row.querySelector(`[data-${name}]`).value;
    const spans = of('begins') && of('ends') ? [{ begins: of('begins'), ends: of('ends') }] : [];
    return { day: of('day-of'), note: of('note').trim(), spans };
  });
  return [...kept, ...rows.filter(one => one.day)];
}

document.getElementById('more-days').addEventListener('click', () => {
  specials.append(document.getElementById('special-template').content.cloneNode(true));
  specials.lastElementChild.querySelector('input').focus();
});
specials.addEventListener('click', event => { if (event.target.closest('[data-less-day]')) event.target.closest('[data-special]').remove(); });
form.addEventListener('submit', async event => {
  event.preventDefault();
  const name = form.dataset.name || document.getElementById('schedule-name').value.trim();
  const problem = form.querySelector('.problem'), button = form.querySelector('button.main');
  problem.textContent = '';
  button.disabled = true;
  try {
    const week = JSON.parse(form.querySelector('[name=week]').value);
    await ask(`/v1/schedules/${encodeURIComponent(name)}`, { method: 'PUT', body: { ...week, special: days() } });
    location.assign('/access/schedules');
  } catch (error) { problem.textContent = error.message; button.disabled = false; }
});
