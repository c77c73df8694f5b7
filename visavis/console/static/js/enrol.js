// Enrol: who, consent, pictures from the camera or from files, and what became of each.
import { advice, Camera, crowded, Guide, look, POSES, shrunk } from './capture.js';
import { given, record, watchConsent } from './consent.js';
import { sure } from './forms.js';
import { chosenFiles, dropZone, isPhoto } from './folders.js';
import { ask, inWords } from './server.js';
import { made } from './words.js';

const part = name => document.getElementById(name);
part('make-gallery')?.addEventListener('submit', async event => {
  event.preventDefault();
  const form = new FormData(event.target), problem = event.target.querySelector('.problem');
  const consent = form.get('consent').trim();
  try {
    await ask('/v1/galleries', { method: 'POST', body: { name: form.get('name').trim(), purpose: form.get('purpose'), ...(consent && { policy: { consent } }) } });
    location.reload();
  } catch (error) { problem.textContent = error.message; }
});

if (part('who')) begin();

// Why nobody can be enrolled from a file with these faces; empty if the nearest can. Whom of two is meant, nobody knows.
function unusable(faces) {
  if (!faces.length) return 'no face is in it.';
  if (crowded(faces)) return 'several people are in it. Crop it to one.';
  return faces[0].accepted ? '' : faces[0].reasons[0].advice;
}

function begin() {
  const shots = [];
  const camera = new Camera(part('video'));
  let guide = null;

  const kept = () => shots.filter(shot => shot.good !== false);
  const ready = () => {
    const waiting = shots.some(shot => shot.good === null);
    const missing = [!part('name').value.trim() && 'the name', !given() && 'the consent', !kept().length && 'a picture'].filter(Boolean);
    part('send').disabled = waiting || missing.length > 0;
    part('missing').textContent = missing.length ? `Still missing: ${missing.join(', ')}.` : '';
  };
  part('name').addEventListener('input', ready);
  part('who').addEventListener('submit', event => event.preventDefault());

  function steps(left) {
    part('steps').replaceChildren(...POSES.map(pose => {
      const line = document.createElement('li');
      const open = left.includes(pose);
      line.className = open ? '' : 'done';
      line.textContent = open ? pose.say : `${pose.say} ✓`;
      return line;
    }));
  }

  // `good`: null until somebody looked, false for one that is left out.
  function add(blob, name, good) {
    const picture = made('img'), verdict = made('span', 'verdict'), remove = made('button', 'quiet', 'Remove');
    const line = made('li', '', picture, verdict, remove), shot = { blob, name, line, verdict, good };
    picture.src = URL.createObjectURL(blob);
    picture.alt = name;
    picture.addEventListener('load', () => URL.revokeObjectURL(picture.src));
    picture.addEventListener('error', () => picture.classList.add('unseen'));
    remove.type = 'button';
    remove.addEventListener('click', () => { shots.splice(shots.indexOf(shot), 1); line.remove(); ready(); });
    part('shots').append(line);
    shots.push(shot);
    judged(shot, good, good === null ? 'looking…' : '');
    return shot;
  }

  function judged(shot, good, words) {
    shot.good = good;
    shot.verdict.textContent = words || (good ? 'good ✓' : '');
    shot.line.className = good === false ? 'bad' : good ? 'good' : '';
    ready();
  }

  // Files, one after the other: the server says whether a face is in them that is good enough.
  async function addFiles(files) {
    const added = files.filter(one => isPhoto(one.path)).map(one => add(one.file, one.file.name, null));
    if (!added.length && files.length) part('problem').textContent = 'These files are no photos.';
    for (const shot of added) {
      if (!shots.includes(shot)) continue;
      try {
        const small = await shrunk(shot.blob);
        const faces = await look(small.blob);
        const wrong = unusable(faces);
        judged(shot, !wrong, wrong ? `left out: ${wrong}` : faces.length > 1 ? 'good, the nearest of several' : advice(faces, small) ? 'good enough' : '');
      } catch (error) { judged(shot, false, error.message); }
    }
  }

  part('start').addEventListener('click', async () => {
    if (camera.on) { guide?.stop(); camera.stop(); part('capture').classList.remove('on'); part('start').textContent = 'Start the camera'; return; }
    part('problem').textContent = '';
    try { await camera.start(); } catch (error) { part('problem').textContent = error.message; return; }
    part('capture').classList.add('on');
    part('start').textContent = 'Stop the camera';
    guide = new Guide(camera, {
      tell: (text, good) => { part('guide').textContent = text; part('guide').classList.toggle('good', good); },
      got: (blob, pose) => add(blob, pose.id, true),
      left: steps,
    });
    if (await guide.run()) { camera.stop(); part('capture').classList.remove('on'); part('start').textContent = 'Take more'; part('send').focus(); }
  });

  for (const id of ['files', 'folder']) {
    part(id).addEventListener('change', event => { addFiles(chosenFiles(event.target)); event.target.value = ''; });
  }
  dropZone(part('capture'), addFiles);

  part('send').addEventListener('click', async () => {
    const gallery = part('gallery').value, name = part('name').value.trim();
    part('send').disabled = true;
    part('problem').textContent = '';
    try {
      await record(name);
      const done = await sent(gallery, name, false) ?? await sent(gallery, name, true);
      guide?.stop();
      camera.stop();
      tell(done);
    } catch (error) { part('problem').textContent = error.message; ready(); }
  });

  // Null if the photos look like somebody else and are to be taken all the same.
  async function sent(gallery, name, force) {
    const form = new FormData();
    for (const shot of kept()) form.append('image', shot.blob, shot.name);
    const query = new URLSearchParams({ subject: name, largest: true, force });
    try { return await ask(`/v1/galleries/${encodeURIComponent(gallery)}/enrol?${query}`, { method: 'POST', body: form }); }
    catch (error) {
      const alike = error.code === 'wrong_subject' && !force;
      const text = 'One human under two names is recognised as either. If it is the same person, cancel and write the name that is known.';
      if (alike && await sure(error.message.split(' Check ')[0], { danger: `Enrol as ${name}`, text })) return null;
      throw error;
    }
  }

  function tell(done) {
    const many = done.enrolled === 1 ? '1 picture' : `${done.enrolled} pictures`;
    part('done-title').textContent = `${done.subject} is enrolled in ${done.gallery}, with ${many}.`;
    part('results').replaceChildren(...done.photos.map(photo => {
      const line = document.createElement('li');
      const quality = photo.quality === null ? '' : `, quality ${Math.round(photo.quality)}`;
      line.textContent = photo.error ? `${photo.photo}: left out. ${inWords(photo.error)}` : `${photo.photo}: ${photo.outcome.replace('_', ' ')}${quality}`;
      return line;
    }), ...done.resembles.map(one => Object.assign(document.createElement('li'), { textContent: `Looks like ${one.name ?? one.subject}: the same person?` })));
    part('to-person').href = `/people/${done.subject_id}`;
    part('done').hidden = false;
    part('done').scrollIntoView({ block: 'nearest' });
    (part('try') ?? part('to-person')).focus();
  }

  steps(POSES);
  watchConsent(ready);
}
