// Hours of a week in a form: rows of days with a span; a hidden field says them as the API takes them.
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';

function written(box) {
  const found = { zone: box.querySelector('[data-zone]').value.trim() || ZONE };
  let any = false;
  for (const row of box.querySelectorAll('[data-row]')) {
    const begins = row.querySelector('[data-from]').value, ends = row.querySelector('[data-until]').value;
    if (!begins || !ends) continue;
    for (const day of row.querySelectorAll('[data-day]:checked')) {
      (found[day.value] ??= []).push(box.dataset.form === 'spans' ? { begins, ends } : `${begins}-${ends}`);
      any = true;
    }
  }
  if (!any && !('required' in box.dataset)) return null;
  if (!box.dataset.wrap) return found;
  const extras = [...box.querySelectorAll('[data-extra]')].map(one => [one.dataset.extra, one.value]);
  return { [box.dataset.wrap]: found, ...Object.fromEntries(extras) };
}

export function tell(box) {
  const rows = box.querySelectorAll('[data-row]').length, value = written(box);
  box.querySelector('input[type=hidden]').value = value ? JSON.stringify(value) : '';
  box.querySelector('[data-none]').hidden = rows > 0;
  const zone = box.querySelector('.zone'), extras = box.querySelector('[data-extras]');
  if (!('required' in box.dataset)) zone.hidden = !rows;
  if (extras) extras.hidden = !rows;
}

for (const box of document.querySelectorAll('[data-hours]')) {
  const zone = box.querySelector('[data-zone]');
  zone.value ||= ZONE;
  box.addEventListener('click', event => {
    if (event.target.closest('[data-more]')) {
      box.querySelector('[data-rows]').append(box.querySelector('template').content.cloneNode(true));
      box.querySelector('[data-row]:last-child input').focus();
    } else if (event.target.closest('[data-less]')) event.target.closest('[data-row]').remove();
    else return;
    tell(box);
    box.dispatchEvent(new Event('input', { bubbles: true }));
  });
  box.addEventListener('input', () => tell(box), true);
  tell(box);
}
