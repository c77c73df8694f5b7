// Many people from a folder with a folder for each.
import { enrolMany, placeOf, wrongName } from './bulk.js';
import { gallery, given, watchConsent } from './consent.js';
import { chosenFiles, dropZone, people } from './folders.js';
import { made } from './words.js';

const part = id => document.getElementById(id);
let found = new Map(), sending = false;

const photos = () => [...found.values()].reduce((sum, files) => sum + files.length, 0);
const counted = (count, one, many) => `${count.toLocaleString()} ${count === 1 ? one : many}`;
const ready = () => {
  part('send').textContent = found.size ? `Enrol ${counted(found.size, 'person', 'people')}` : 'Enrol';
  part('send').disabled = sending || !found.size || !given();
};

function take(files) {
  const sorted = people(files);
  found = sorted.people;
  const wrong = [...found.keys()].filter(wrongName);
  for (const name of wrong) found.delete(name);
  const said = found.size ? [`${counted(found.size, 'person', 'people')}, ${counted(photos(), 'photo', 'photos')}.`] : ['No folders with photos in them.'];
  if (sorted.stray) said.push(`${counted(sorted.stray, 'photo lies', 'photos lie')} in no folder and ${sorted.stray === 1 ? 'is' : 'are'} left out.`);
  if (sorted.ignored) said.push(`${counted(sorted.ignored, 'other file is', 'other files are')} left out.`);
  for (const name of wrong) said.push(`“${name}” is left out: it ${wrongName(name)}.`);
  part('found').textContent = said.join(' ');
  part('people').replaceChildren(...[...found].map(line));
  part('preview').hidden = !found.size;
  ready();
}

function line([name, files]) {
  const remove = made('button', 'quiet', 'Leave out');
  remove.type = 'button';
  const row = made('tr', '', made('td', '', name), made('td', 'right', String(files.length)), made('td', 'actions-cell', remove));
  remove.addEventListener('click', () => { found.delete(name); row.remove(); ready(); });
  return row;
}

async function send() {
  sending = true;
  ready();
  part('problem').textContent = '';
  part('sending').hidden = false;
  try {
    const jobs = await enrolMany(gallery(), found, {
      largest: part('largest').checked,
      progress: (share, words) => { part('progress').value = share; part('progress-words').textContent = words; },
    });
    sending = false;
    location.assign(placeOf(jobs));
  } catch (error) {
    sending = false;
    part('sending').hidden = true;
    part('problem').textContent = error.message;
    ready();
  }
}

if (part('who')) {
  watchConsent(ready);
  part('who').addEventListener('submit', event => event.preventDefault());
  part('folder').addEventListener('change', () => take(chosenFiles(part('folder'))));
  dropZone(part('capture'), take);
  part('send').addEventListener('click', send);
  addEventListener('beforeunload', event => { if (sending) event.preventDefault(); });
}
