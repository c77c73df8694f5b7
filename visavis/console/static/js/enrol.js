// Enrol: who, consent, pictures from the camera or from files, and what became of each.
import { Camera, Guide, POSES } from './capture.js';
import { ask } from './server.js';

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

function begin() {
  const shots = [];
  const camera = new Camera(part('video'));
  let guide = null;

  const chosen = () => part('gallery').selectedOptions[0];
  const showConsent = () => {
    part('consent').hidden = !chosen().dataset.consent;
    part('purpose').textContent = chosen().dataset.consent;
    ready();
  };
  const ready = () => {
    const agreed = part('consent').hidden || part('agreed').checked;
    part('send').disabled = !(shots.length && part('name').value.trim() && agreed);
  };
  part('gallery').addEventListener('change', showConsent);
  part('name').addEventListener('input', ready);
  part('agreed').addEventListener('change', ready);
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

  function add(blob, name) {
    const line = document.createElement('li'), picture = document.createElement('img'), remove = document.createElement('button');
    const shot = { blob, name, line };
    picture.src = URL.createObjectURL(blob);
    picture.alt = name;
    picture.addEventListener('load', () => URL.revokeObjectURL(picture.src));
    remove.type = 'button';
    remove.className = 'quiet';
    remove.textContent = 'Remove';
    remove.addEventListener('click', () => { shots.splice(shots.indexOf(shot), 1); line.remove(); ready(); });
    line.append(picture, remove);
    part('shots').append(line);
    shots.push(shot);
    ready();
  }

  part('start').addEventListener('click', async () => {
    if (camera.on) { guide?.stop(); camera.stop(); part('capture').classList.remove('on'); part('start').textContent = 'Start the camera'; return; }
    part('problem').textContent = '';
    try { await camera.start(); } catch (error) { part('problem').textContent = error.message; return; }
    part('capture').classList.add('on');
    part('start').textContent = 'Stop the camera';
    guide = new Guide(camera, {
      tell: (text, good) => { part('guide').textContent = text; part('guide').classList.toggle('good', good); },
      got: (blob, pose) => add(blob, pose.id),
      left: steps,
    });
    if (await guide.run()) { camera.stop(); part('capture').classList.remove('on'); part('start').textContent = 'Take more'; part('send').focus(); }
  });

  part('files').addEventListener('change', event => { for (const file of event.target.files) add(file, file.name); event.target.value = ''; });
  const drop = part('capture');
  drop.addEventListener('dragover', event => { event.preventDefault(); drop.classList.add('over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', event => {
    event.preventDefault();
    drop.classList.remove('over');
    for (const file of event.dataTransfer.files) if (file.type.startsWith('image/')) add(file, file.name);
  });

  part('send').addEventListener('click', async () => {
    const gallery = part('gallery').value, name = part('name').value.trim();
    part('send').disabled = true;
    part('problem').textContent = '';
    try {
      if (!part('consent').hidden) await agree(gallery, name);
      const form = new FormData();
      for (const shot of shots) form.append('image', shot.blob, shot.name);
      const path = `/v1/galleries/${encodeURIComponent(gallery)}/enrol?${new URLSearchParams({ subject: name, largest: 'true' })}`;
      tell(await ask(path, { method: 'POST', body: form }));
      guide?.stop();
      camera.stop();
    } catch (error) { part('problem').textContent = error.message; ready(); }
  });

  async function agree(gallery, name) {
    const found = await ask(`/v1/subjects?${new URLSearchParams({ prefix: name, gallery })}`);
    const known = found.subjects.find(one => one.name === name) ?? await ask('/v1/subjects', { method: 'POST', body: { name, gallery } });
    await ask('/v1/consents', { method: 'POST', body: {
      subject_id: known.id, purpose: chosen().dataset.consent,
      text_version: part('text-version').value.trim() || 'unversioned', evidence: part('evidence').value.trim(),
    } });
  }

  function tell(done) {
    const many = done.enrolled === 1 ? '1 picture' : `${done.enrolled} pictures`;
    part('done-title').textContent = `${done.subject} is enrolled in ${done.gallery}, with ${many}.`;
    part('results').replaceChildren(...done.photos.map(photo => {
      const line = document.createElement('li');
      const quality = photo.quality === null ? '' : `, quality ${Math.round(photo.quality)}`;
      line.textContent = photo.error ? `${photo.photo}: ${photo.error.message ?? photo.error.detail ?? photo.outcome} ${photo.error.hint ?? ''}` : `${photo.photo}: ${photo.outcome.replace('_', ' ')}${quality}`;
      return line;
    }), ...done.resembles.map(one => Object.assign(document.createElement('li'), { textContent: `Looks like ${one.name ?? one.subject}: the same person?` })));
    part('to-person').href = `/people/${done.subject_id}`;
    part('done').hidden = false;
    part('done').scrollIntoView({ block: 'nearest' });
    part('to-person').focus();
  }

  steps(POSES);
  showConsent();
}
