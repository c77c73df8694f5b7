// More visits, page by page: those that began before the last one that is shown.
import { localTimes, toast } from './frame.js';

const rows = document.getElementById('rows'), more = document.getElementById('more');
more?.addEventListener('click', async () => {
  more.disabled = true;
  const query = new URLSearchParams(rows.dataset.query);
  query.set('before', rows.lastElementChild.dataset.before);
  const answer = await fetch(`/visitors/visits?${query}`);
  more.disabled = false;
  if (!answer.ok) { toast('The server did not answer. Try again.', 'bad'); return; }
  const page = new DOMParser().parseFromString(`<table><tbody>${await answer.text()}</tbody></table>`, 'text/html');
  const found = [...page.querySelectorAll('tr')];
  localTimes(page);
  rows.append(...found);
  more.hidden = !found.length || !('more' in found.at(-1).dataset);
  found[0]?.querySelector('a')?.focus();
});
