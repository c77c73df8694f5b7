// A photo against galleries: the decision for each face, and who comes near.
import { ask } from './server.js';
import { badge, made, odds } from './words.js';

const part = name => document.getElementById(name);
const drop = part('drop');

async function search(file) {
  const galleries = [...document.querySelectorAll('input[name=gallery]:checked')].map(one => one.value);
  part('problem').textContent = '';
  if (!galleries.length) { part('problem').textContent = 'Choose a gallery.'; return; }
  const picture = made('img');
  picture.alt = 'The photo that is searched for';
  picture.src = URL.createObjectURL(file);
  part('asked').replaceChildren(picture);
  part('results').replaceChildren(made('p', 'dim', 'Searching…'));
  const found = await Promise.allSettled(galleries.map(name => {
    const form = new FormData();
    form.append('image', file, 'probe');
    return ask(`/v1/galleries/${encodeURIComponent(name)}/identify?${new URLSearchParams({ limit: 5, source: 'console' })}`, { method: 'POST', body: form });
  }));
  part('results').replaceChildren(...found.map((one, number) => shown(galleries[number], one)));
}

function shown(gallery, found) {
  const section = made('section', '', made('h2', '', gallery));
  if (found.status === 'rejected') section.append(made('p', 'problem', found.reason.message));
  else if (!found.value.faces.length) section.append(made('p', 'empty', 'There is no face in this photo.'));
  else section.append(...found.value.faces.map(face));
  return section;
}

function face(one, number, all) {
  const card = made('div', 'card');
  const decision = one.decision;
  const title = all.length > 1 ? `Face ${number + 1} of ${all.length}: ` : '';
  const who = one.subject ?? (decision ? 'nobody known for sure' : 'not good enough to be compared');
  card.append(made('h3', '', title, who, ' ', badge(decision?.outcome)));
  for (const reason of one.face?.reasons ?? []) card.append(made('p', 'dim', reason.advice));
  if (one.candidates?.length) card.append(table(one.candidates, decision));
  return card;
}

function table(candidates, decision) {
  const head = made('tr', '', ...['Person', 'Score', 'As much alike by chance'].map((text, at) => made('th', at ? 'right' : '', text)));
  const rows = candidates.map(one => {
    const link = made('a', '', one.subject);
    link.href = `/people/${one.subject_id}`;
    const reached = one.score >= decision.threshold.value;
    return made('tr', '', made('td', '', link, reached ? ' ✓' : ''), made('td', 'right', one.score.toFixed(3)), made('td', 'right', odds(one.fmr)));
  });
  const said = `${decision.threshold.value.toFixed(3)} is needed for a decision under the policy “${decision.policy}”.`;
  return made('div', '', made('div', 'scroll', made('table', '', made('thead', '', head), made('tbody', '', ...rows))), made('p', 'dim small', said));
}

part('file')?.addEventListener('change', event => { if (event.target.files[0]) search(event.target.files[0]); });
drop?.addEventListener('dragover', event => { event.preventDefault(); drop.classList.add('over'); });
drop?.addEventListener('dragleave', () => drop.classList.remove('over'));
drop?.addEventListener('drop', event => {
  event.preventDefault();
  drop.classList.remove('over');
  if (event.dataTransfer.files[0]) search(event.dataTransfer.files[0]);
});
