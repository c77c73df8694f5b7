// What `visavis gather` found, reviewed in the browser: named, merged, sorted out; then enrolled.
import { enrolMany, placeOf, wrongName } from './bulk.js';
import { gallery, given, watchConsent } from './consent.js';
import { chosenFiles, dropZone, people } from './folders.js';
import { made } from './words.js';

const part = id => document.getElementById(id);
const UNKNOWN = /^unknown-\d+$/i;
const DOCUMENT = 'gathered.json';
let groups = [], sending = false;

// What the program said of each folder and picture, if the document lies there.
async function notes(files) {
  const found = files.find(one => one.path.endsWith(DOCUMENT));
  if (!found) return new Map();
  try {
    const document = JSON.parse(await found.file.text());
    return new Map((document.people ?? []).map(one => [one.folder, one]));
  } catch { return new Map(); }
}

async function open(files) {
  const pictures = files.filter(one => !/(^|\/)chips\//.test(one.path));
  const found = people(pictures).people, said = await notes(files);
  part('none').textContent = found.size ? '' : 'There are no folders with pictures in it. Choose the folder that visavis gather wrote, or the folder people in it.';
  if (!found.size) return;
  groups = [...found].map(([folder, photos]) => group(folder, photos, said.get(folder)));
  part('open').hidden = true;
  part('review').hidden = false;
  part('groups').replaceChildren(...groups.map(one => one.card));
  refreshed();
  groups[0].name.focus();
}

function group(folder, photos, note) {
  const name = Object.assign(made('input'), { maxLength: 200, autocomplete: 'off', placeholder: folder, value: UNKNOWN.test(folder) ? '' : folder });
  const into = made('select'), facts = made('p', 'dim small', facted(note)), faces = made('div', 'faces');
  const card = made('section', 'card group', made('div', 'top', made('label', '', 'Name', name), made('label', '', 'The same person as', into), facts), faces);
  const one = { folder, name, into, card, faces, shots: [] };
  const quality = new Map((note?.shots ?? []).map(shot => [shot.file.split('/').at(-1), shot]));
  for (const photo of photos) one.shots.push(shot(one, photo, quality.get(photo.name)));
  faces.append(...one.shots.map(shown => shown.button));
  card.setAttribute('aria-label', folder);
  if (note?.subject && UNKNOWN.test(folder)) name.placeholder = `${note.subject}?`;
  name.addEventListener('input', refreshed);
  into.addEventListener('change', () => merge(one, groups.find(other => other.folder === into.value)));
  return one;
}

function facted(note) {
  if (!note) return '';
  const times = note.tracks.length === 1 ? 'once' : `${note.tracks.length} times`;
  const who = note.subject ? ` · ${note.outcome === 'match' ? 'is' : 'may be'} ${note.subject}` : '';
  return `seen ${times}, ${Math.round(note.seen_s)} s${who}`;
}

function shot(owner, file, note) {
  const image = Object.assign(made('img'), { alt: '', loading: 'lazy', src: URL.createObjectURL(file) });
  image.addEventListener('load', () => URL.revokeObjectURL(image.src));
  const words = note ? `${note.at_s.toFixed(1)} s · ${Math.round(note.quality ?? 0)}` : file.name;
  const button = Object.assign(made('button', '', image, made('span', '', words)), { type: 'button', title: 'Take out or put back' });
  const one = { file, button, kept: true };
  button.setAttribute('aria-pressed', 'true');
  button.setAttribute('aria-label', `Picture ${file.name}`);
  button.addEventListener('click', () => { one.kept = !one.kept; button.setAttribute('aria-pressed', String(one.kept)); refreshed(); });
  return one;
}

function merge(from, to) {
  if (!to) return;
  if (!to.name.value) to.name.value = from.name.value;
  to.shots.push(...from.shots);
  to.faces.append(...from.shots.map(one => one.button));
  groups.splice(groups.indexOf(from), 1);
  from.card.remove();
  to.card.scrollIntoView({ block: 'nearest' });
  to.name.focus();
  refreshed();
}

// Name → files of those that are to be enrolled. Two groups of one name are one person.
function accepted() {
  const all = new Map();
  for (const one of groups) {
    const name = one.name.value.trim().normalize('NFC'), files = one.shots.filter(kept => kept.kept).map(kept => kept.file);
    if (name && files.length) all.set(name, [...(all.get(name) ?? []), ...files]);
  }
  return all;
}

function refreshed() {
  for (const one of groups) {
    one.card.classList.toggle('named', Boolean(one.name.value.trim()));
    one.into.replaceChildren(new Option('nobody else', ''), ...groups.filter(other => other !== one).map(other => new Option(other.name.value.trim() || other.folder, other.folder)));
  }
  const all = accepted(), wrong = [...all.keys()].find(wrongName);
  part('found').textContent = `${groups.length} ${groups.length === 1 ? 'person' : 'people'}. Press a picture to take it out. Whoever has no name is left out.`;
  part('count').textContent = all.size ? `${all.size} with a name: ${[...all.keys()].join(', ')}.` : 'Nobody has a name yet.';
  part('problem').textContent = wrong ? `“${wrong}” ${wrongName(wrong)}.` : '';
  part('send').textContent = all.size ? `Enrol ${all.size} ${all.size === 1 ? 'person' : 'people'}` : 'Enrol';
  part('send').disabled = sending || !all.size || Boolean(wrong) || !given();
}

async function send() {
  sending = true;
  part('send').disabled = true;
  part('sending').hidden = false;
  try {
    const jobs = await enrolMany(gallery(), accepted(), {
      largest: true,
      progress: (share, words) => { part('progress').value = share; part('progress-words').textContent = words; },
    });
    sending = false;
    groups = [];
    location.assign(placeOf(jobs));
  } catch (error) {
    sending = false;
    part('sending').hidden = true;
    refreshed();
    part('problem').textContent = error.message;
  }
}

if (part('open')) {
  watchConsent(() => { if (groups.length) refreshed(); });
  part('who').addEventListener('submit', event => event.preventDefault());
  part('folder').addEventListener('change', () => open(chosenFiles(part('folder'))));
  dropZone(part('capture'), open);
  part('send').addEventListener('click', send);
  addEventListener('beforeunload', event => { if (groups.length || sending) event.preventDefault(); });
}
