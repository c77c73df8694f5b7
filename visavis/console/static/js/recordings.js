// Where somebody is in recorded video: pictures or a name in, a line of time and stills out.
import { localTimes, toast } from './frame.js';
import { takePictures } from './intake.js';
import { choose } from './picker.js';
import { Refused, ask } from './server.js';
import { badge, made, odds } from './words.js';

const part = name => document.getElementById(name);
const form = part('wanted'), SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 900, LEFT = 110, LANE = 30;
let photos = [], subject = '';

function settle() {
  const ready = photos.length > 0 || subject !== '';
  part('go').disabled = part('report').disabled = !ready;
}

function showPhotos(files) {
  photos = [...photos, ...files].slice(0, 8);
  subject = '';
  part('asked').replaceChildren(...photos.map(one => Object.assign(made('img'), { src: URL.createObjectURL(one), alt: 'A photo that is searched for' })), clear());
  settle();
}

function showSubject(name) {
  subject = name;
  photos = [];
  part('asked').replaceChildren(made('strong', '', name), clear());
  settle();
}

function clear() {
  const button = Object.assign(made('button', 'quiet', 'Somebody else'), { type: 'button' });
  button.addEventListener('click', () => { photos = []; subject = ''; part('asked').replaceChildren(); settle(); });
  return button;
}

function request() {
  const { gallery, camera, since, until, case: why } = form.elements, query = new URLSearchParams({ limit: 60, largest: true });
  const moment = field => new Date(field.value).toISOString();
  if (subject) query.set('subject', subject);
  if (camera.value.trim()) query.set('camera', camera.value.trim());
  if (since.value) query.set('since', moment(since));
  if (until.value) query.set('until', moment(until));
  if (why.value.trim()) query.set('case', why.value.trim());
  const body = new FormData();
  for (const one of photos) body.append('image', one, 'probe');
  return { path: `/v1/galleries/${encodeURIComponent(gallery.value)}/recordings`, query, ...(subject ? {} : { body }) };
}

async function busy(work) {
  part('problem').textContent = '';
  part('go').disabled = part('report').disabled = true;
  try { await work(); } catch (error) { part('problem').textContent = error.message; } finally { settle(); }
}

const look = () => busy(async () => {
  const { path, query, body } = request();
  part('results').replaceChildren(made('p', 'dim', 'Searching…'));
  try { show(await ask(`${path}/search?${query}`, { method: 'POST', body })); }
  catch (error) { part('results').replaceChildren(); throw error; }
});

const report = () => busy(async () => {
  const { path, query, body } = request();
  const csrf = document.querySelector('meta[name="csrf-token"]').content;
  const answer = await fetch(`${path}/report?${query}`, { method: 'POST', body, headers: { 'X-CSRF-Token': csrf } });
  if (!answer.ok) throw new Refused(await answer.json(), answer.status);
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'search.zip';
  Object.assign(document.createElement('a'), { href: URL.createObjectURL(await answer.blob()), download: name }).click();
  toast('The signed report is downloaded.');
});

function show(found) {
  const hits = found.hits.filter(one => one.outcome !== 'non_match');
  const near = found.hits.filter(one => one.outcome === 'non_match').slice(0, 4);
  const searched = `${found.searched.toLocaleString()} faces in ${found.recordings === 1 ? '1 recording' : `${found.recordings} recordings`} were compared; ${found.threshold.toFixed(3)} is needed.`;
  const sure = hits.filter(one => one.outcome === 'match').length;
  if (!found.recordings && !found.skipped.length) {
    part('results').replaceChildren(made('p', 'empty', 'No recording of this gallery and camera lies in that time.'));
    return;
  }
  const title = sure ? `Found ${sure === 1 ? 'once' : `${sure} times`}` : hits.length ? 'Perhaps found; look for yourself' : 'Not found';
  const parts = [made('h2', '', title), made('p', 'dim', searched)];
  if (found.skipped.length) parts.push(made('p', 'note watch', `${found.skipped.length} recordings were indexed with another model and were not searched: add them again.`));
  if (hits.length) parts.push(line(hits), cards(hits));
  if (!hits.length && near.length) parts.push(made('h3', '', 'The nearest, which are somebody else as far as can be told'), cards(near));
  part('results').replaceChildren(...parts);
  localTimes(part('results'));
}

function cards(hits) {
  const list = made('ul', 'hits');
  list.append(...hits.map(one => {
    const still = Object.assign(made('img'), { src: `/v1/recordings/${one.recording_id}/tracks/${one.track}/still`, alt: `A face in ${one.recording}`, loading: 'lazy' });
    still.addEventListener('error', () => still.replaceWith(made('span', 'no-picture', 'No picture: the file is not where it was.')));
    const time = Object.assign(made('time'), { dateTime: one.first_at });
    const into = `${Math.floor(one.first_s / 60)}:${String(Math.floor(one.first_s % 60)).padStart(2, '0')}`;
    return made('li', 'hit', still, made('p', '', badge(one.outcome)), made('p', '', time), made('p', 'dim small', `${one.source || 'an unnamed camera'} · ${one.recording} at ${into}, ${Math.max(1, Math.round(one.last_s - one.first_s))} s`), made('p', 'dim small', `Score ${one.score.toFixed(3)}, by chance ${odds(one.fpir)}`));
  }));
  return list;
}

const drawn = (name, attributes, ...content) => {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  one.append(...content);
  return one;
};

// A lane for each camera; where it was seen, from left to right.
function line(hits) {
  const lanes = [...new Set(hits.map(one => one.source || one.recording))];
  const starts = hits.map(one => new Date(one.first_at).valueOf()), ends = hits.map(one => new Date(one.last_at).valueOf());
  const first = Math.min(...starts), span = Math.max(Math.max(...ends) - first, 1000);
  const at = moment => LEFT + (moment - first) / span * (WIDTH - LEFT - 20);
  const height = lanes.length * LANE + 26;
  const svg = drawn('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': `Seen ${hits.length} times, by ${lanes.join(', ')}` });
  lanes.forEach((name, number) => {
    const top = number * LANE;
    svg.append(drawn('text', { x: 0, y: top + 19 }, name.slice(0, 16)), drawn('rect', { class: 'lane', x: LEFT, y: top + 14, width: WIDTH - LEFT - 20, height: 2 }));
  });
  hits.forEach((one, number) => {
    const top = lanes.indexOf(one.source || one.recording) * LANE, left = at(starts[number]);
    const title = drawn('title', {}, `${new Date(starts[number]).toLocaleString()}, ${one.source || one.recording}, score ${one.score.toFixed(3)}`);
    svg.append(drawn('rect', { class: `spot ${one.outcome}`, x: left, y: top + 7, width: Math.max(at(ends[number]) - left, 7), height: 16, rx: 3 }, title));
  });
  const words = moment => new Date(moment).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' });
  svg.append(drawn('text', { x: LEFT, y: height - 6 }, words(first)), drawn('text', { x: WIDTH - 20, y: height - 6, 'text-anchor': 'end' }, words(first + span)));
  return made('figure', 'chart', svg);
}

if (form) {
  takePictures(part('drop'), part('files'), showPhotos);
  part('who')?.addEventListener('click', async () => {
    const one = await choose('Who is searched for?', { gallery: form.elements.gallery.value, text: 'All references of this person are used together.' });
    if (one) showSubject(one.name);
  });
  form.addEventListener('submit', event => { event.preventDefault(); look(); });
  part('report').addEventListener('click', report);
  if (part('asked').dataset.subject) showSubject(part('asked').dataset.subject);
  settle();
}

part('add-gallery')?.addEventListener('change', event => {
  part('add-form').dataset.ask = `POST /v1/galleries/${encodeURIComponent(event.target.value)}/recordings`;
});
