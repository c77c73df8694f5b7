// Decisions at doors as they are made, and the question whether somebody would get in.
import { localTimes } from './frame.js';
import { ask } from './server.js';

const rows = document.getElementById('decisions'), follow = document.getElementById('follow');
const said = (text, kind) => { follow.textContent = text; follow.className = `badge ${kind}`; };

let due = 0;
function renew() {
  clearTimeout(due);
  due = setTimeout(async () => {
    const { door = '' } = rows.dataset;
    const answer = await fetch(`/access/latest?${new URLSearchParams(door ? { door } : {})}`);
    if (!answer.ok) return;
    const table = new DOMParser().parseFromString(`<table><tbody>${await answer.text()}</tbody></table>`, 'text/html');
    const known = new Set([...rows.children].map(one => one.dataset.sequence));
    const fresh = [...table.querySelectorAll('tr')];
    for (const one of fresh) one.classList.toggle('fresh', !known.has(one.dataset.sequence));
    localTimes(table);
    rows.replaceChildren(...fresh);
    rows.closest('.scroll').hidden = !fresh.length;
    const none = document.getElementById('none');
    if (none) none.hidden = fresh.length > 0;
  }, 250);
}

function listen(address, kinds) {
  const source = new EventSource(address);
  source.addEventListener('open', () => said('live', 'good'));
  source.addEventListener('error', () => said('connecting', ''));
  for (const kind of kinds) source.addEventListener(kind, message => { if (message.data) renew(); });
  addEventListener('pagehide', () => source.close());
}
if (rows?.dataset.live === 'door') listen(`/v1/doors/${encodeURIComponent(rows.dataset.door)}/decisions/stream`, ['granted', 'denied', 'held_open', 'forced']);
else if (rows?.dataset.live === 'events') listen('/v1/events/stream', ['access_granted', 'access_denied', 'door_held_open', 'door_forced']);
else if (follow) follow.hidden = true;

const form = document.getElementById('try-form');
form?.addEventListener('submit', async event => {
  event.preventDefault();
  const button = form.querySelector('.main'), answer = document.getElementById('answer'), problem = form.querySelector('.problem');
  const body = new FormData();
  body.append('image', document.getElementById('photo').files[0], 'probe');
  const camera = document.getElementById('camera')?.value;
  button.disabled = true;
  answer.replaceChildren();
  problem.textContent = '';
  try {
    const found = await ask(`/v1/doors/${encodeURIComponent(form.dataset.door)}/decide?${new URLSearchParams(camera ? { camera } : {})}`, { method: 'POST', body });
    const badge = Object.assign(document.createElement('span'), { className: `badge ${found.granted ? 'good' : 'bad'}`, textContent: found.granted ? 'Yes' : 'No' });
    answer.append(badge, ` ${found.decision.subject ?? 'Nobody known'}. ${found.decision.explanation}`);
  } catch (error) { problem.textContent = error.message; } finally { button.disabled = false; }
});
