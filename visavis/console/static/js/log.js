// Filters of the log: times in the reader's zone, ranges, a person chosen by name.
import { choose } from './picker.js';

const form = document.getElementById('filters');
const moments = [...form.querySelectorAll('[data-moment]')];
const local = at => new Date(at.valueOf() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

for (const one of moments) {
  const kept = form.elements[one.dataset.moment];
  if (kept.value) one.value = local(new Date(kept.value));
}

function settle() {
  for (const one of moments) form.elements[one.dataset.moment].value = one.value ? new Date(one.value).toISOString().replace(/\.\d+/, '') : '';
  for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
}
form.addEventListener('submit', settle);
addEventListener('pageshow', () => { for (const field of form.elements) field.disabled = false; });

for (const button of form.querySelectorAll('[data-days]')) {
  button.addEventListener('click', () => {
    const start = new Date();
    start.setHours(0, 0, 0, 0);
    start.setDate(start.getDate() - Number(button.dataset.days));
    form.querySelector('[data-moment=since]').value = local(start);
    form.querySelector('[data-moment=until]').value = '';
    form.requestSubmit();
  });
}

document.getElementById('choose-person')?.addEventListener('click', async event => {
  const one = await choose('Whose lines?', { gallery: event.currentTarget.dataset.gallery ?? '' });
  if (!one) return;
  form.elements.subject_id.value = one.id;
  form.requestSubmit();
});
