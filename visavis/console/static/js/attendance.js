// A correction of a day, or of one sighting; times are those of the plan's time zone.
const dialog = document.getElementById('correct'), form = document.getElementById('correction');
const part = name => document.getElementById(name);
let day = '', offset = '';

function fit() {
  const kind = part('kind').value;
  part('when').hidden = !['in', 'out'].includes(kind);
  part('time').required = !part('when').hidden;
  for (const one of [part('kind'), document.querySelector('.of-day')]) one.classList.toggle('sr', kind === 'ignore');
  tell();
}

function tell() {
  const kind = part('kind').value;
  part('at').value = '';
  if (kind === 'ignore') return;
  part('event').value = '';
  const date = new Date(`${day}T12:00:00Z`);
  if (part('next').checked && kind !== 'excuse') date.setUTCDate(date.getUTCDate() + 1);
  const time = kind === 'excuse' ? '12:00' : part('time').value;
  if (time) part('at').value = `${date.toISOString().slice(0, 10)}T${time}:00${offset}`;
}

document.addEventListener('click', event => {
  const button = event.target.closest('[data-correct], [data-ignore]');
  if (!button) return;
  form.reset();
  ({ correct: day = '', offset = '' } = button.dataset);
  part('correct-title').textContent = button.dataset.title;
  part('event').value = button.dataset.ignore ?? '';
  part('kind').value = button.dataset.ignore ? 'ignore' : 'in';
  fit();
  dialog.showModal();
});
form?.addEventListener('input', fit);
form?.addEventListener('change', fit);
