// A photo against galleries: the decision for each face, who comes near, and why not.
import { Camera } from './capture.js';
import { toast } from './frame.js';
import { takePictures } from './intake.js';
import { choose } from './picker.js';
import { ask } from './server.js';
import { badge, made, odds } from './words.js';

const part = name => document.getElementById(name);
const AROUND = 0.6;   // of the face's size, on each side of it
const page = part('search');
const may = { enrol: page && 'enrol' in page.dataset, see: page && 'pictures' in page.dataset };
let turn = 0;

async function search(file) {
  const galleries = [...document.querySelectorAll('input[name=gallery]:checked')].map(one => one.value);
  part('problem').textContent = '';
  if (!galleries.length) { part('problem').textContent = 'Choose a gallery.'; return; }
  const picture = made('img');
  picture.alt = 'The photo that is searched for';
  picture.src = URL.createObjectURL(file);
  part('asked').replaceChildren(picture);
  part('results').replaceChildren(made('p', 'dim', 'Searching…'));
  const now = ++turn;
  const bitmap = await createImageBitmap(file).catch(() => null);
  const found = await Promise.allSettled(galleries.map(name => {
    const form = new FormData();
    form.append('image', file, 'probe');
    return ask(`/v1/galleries/${encodeURIComponent(name)}/identify?${new URLSearchParams({ limit: 5, source: 'console' })}`, { method: 'POST', body: form });
  }));
  if (now !== turn) return;
  part('results').replaceChildren(...found.map((one, number) => shown(galleries[number], one, bitmap)));
}

function shown(gallery, found, bitmap) {
  const section = made('section', '', made('h2', '', gallery));
  if (found.status === 'rejected') section.append(made('p', 'problem', found.reason.message));
  else if (!found.value.faces.length) section.append(made('p', 'empty', 'There is no face in this photo. Take one where it is larger, and looks into the camera.'));
  else section.append(...found.value.faces.map((one, number, all) => face(one, number, all, { gallery, bitmap, event: found.value.event_ids[number] })));
  return section;
}

function face(one, number, all, { gallery, bitmap, event }) {
  const { decision } = one, card = made('div', 'card');
  const title = all.length > 1 ? `Face ${number + 1} of ${all.length}: ` : '';
  const who = one.subject ?? (decision ? 'nobody known for sure' : 'not good enough to be compared');
  card.append(made('h3', '', title, who, ' ', badge(decision?.outcome)));
  const said = made('div');
  for (const reason of one.face?.reasons ?? []) said.append(made('p', 'note watch', reason.advice));
  if (decision?.reasons.includes('denied_before')) said.append(made('p', 'note watch', 'A person said that this look is not somebody who would have matched.'));
  if (one.candidates?.length) said.append(candidates(one.candidates, decision, gallery));
  else if (decision) said.append(made('p', 'dim', 'Nobody here is like it.'));
  const actions = made('div', 'actions');
  if (may.enrol && one.face?.accepted && bitmap) {
    const button = Object.assign(made('button', '', 'Enrol this face…'), { type: 'button' });
    button.addEventListener('click', () => enrol(button, gallery, bitmap, one));
    actions.append(button);
  }
  if (event) actions.append(Object.assign(made('a', '', 'The line in the log'), { href: `/events/${event}` }));
  said.append(actions);
  card.append(made('div', 'sides', probe(one, bitmap), said));
  return card;
}

// The face with what is around it.
function cut(bitmap, box, longest) {
  const side = Math.max(box.right - box.left, box.bottom - box.top) * (1 + 2 * AROUND);
  const left = (box.left + box.right - side) / 2, top = (box.top + box.bottom - side) / 2;
  const size = Math.round(Math.min(side, longest));
  const canvas = Object.assign(document.createElement('canvas'), { width: size, height: size });
  canvas.getContext('2d').drawImage(bitmap, left, top, side, side, 0, 0, size, size);
  return canvas;
}

function probe(one, bitmap) {
  const quality = one.face?.quality.unified;
  const figure = made('figure');
  if (bitmap && one.face) {
    const canvas = cut(bitmap, one.face.box, 352);
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', 'The face of the photo');
    figure.append(canvas);
  }
  figure.append(made('figcaption', '', quality === null || quality === undefined ? 'The photo' : `The photo: quality ${Math.round(quality)} of 100`));
  return figure;
}

function candidates(found, decision, gallery) {
  const list = made('ul', 'candidates');
  list.append(...found.map(one => {
    const reached = one.score >= decision.threshold.value;
    const link = Object.assign(made('a', '', one.subject), { href: `/people/${one.subject_id}` });
    const place = made('span', 'no-picture', one.subject.slice(0, 1));
    place.setAttribute('aria-hidden', 'true');
    const line = made('li', `candidate ${reached ? 'reached' : ''}`, place, made('p', '', link), made('p', '', `Score ${one.score.toFixed(3)}`, reached ? ' ✓' : ''), made('p', 'dim small', `by chance: ${odds(one.fmr)}`));
    if (may.see) reference(gallery, one, place);
    return line;
  }));
  const said = `${decision.threshold.value.toFixed(3)} is needed for a decision under the policy “${decision.policy}”.`;
  return made('div', '', list, made('p', 'dim small', said));
}

// The picture of the nearest reference, where one is kept.
async function reference(gallery, one, place) {
  const path = `/v1/galleries/${encodeURIComponent(gallery)}/references`;
  try {
    const kept = one.reference_id
      ? await ask(`${path}/${one.reference_id}`)
      : (await ask(`${path}?${new URLSearchParams({ subject: one.subject, limit: 1 })}`)).references[0];
    if (!kept?.kept.length) return;
    const kind = kept.kept.includes('sample') ? 'sample' : kept.kept[0];
    place.replaceWith(Object.assign(made('img'), { src: `${path}/${kept.id}/image?kind=${kind}`, alt: `A reference of ${one.subject}` }));
  } catch { /* the letter stays */ }
}

async function enrol(button, gallery, bitmap, one) {
  const consent = document.querySelector(`input[name=gallery][value="${CSS.escape(gallery)}"]`)?.dataset.consent;
  const somebody = await choose('Who is this?', { create: true, text: consent ? `Only people who agreed to “${consent}” can be enrolled in ${gallery}.` : `This picture becomes a reference in ${gallery}.` });
  if (!somebody) return;
  button.disabled = true;
  try {
    const blob = await new Promise(give => cut(bitmap, one.face.box, 1280).toBlob(give, 'image/jpeg', 0.95));
    const form = new FormData();
    form.append('image', blob, 'face.jpg');
    const done = await ask(`/v1/galleries/${encodeURIComponent(gallery)}/enrol?${new URLSearchParams({ subject: somebody.name, largest: 'true' })}`, { method: 'POST', body: form });
    button.replaceWith(Object.assign(made('a', 'button', `${done.subject} is enrolled`), { href: `/people/${done.subject_id}` }));
    if (done.resembles.length) toast(`Looks like ${done.resembles.map(near => near.subject).join(', ')}: the same person?`);
  } catch (error) {
    button.disabled = false;
    toast(error.message, 'bad');
  }
}

if (page) {
  takePictures(part('drop'), part('file'), files => search(files[0]));
  const camera = new Camera(part('video'));
  const off = () => { camera.stop(); part('drop').classList.remove('on'); part('shoot').hidden = true; part('camera').textContent = 'use the camera'; };
  part('camera').addEventListener('click', async () => {
    if (camera.on) { off(); return; }
    part('problem').textContent = '';
    try { await camera.start(); } catch (error) { part('problem').textContent = error.message; return; }
    part('drop').classList.add('on');
    part('shoot').hidden = false;
    part('camera').textContent = 'stop the camera';
    part('shoot').focus();
  });
  part('shoot').addEventListener('click', async () => {
    const { blob } = await camera.picture(1280, 0.95);
    off();
    await search(blob);
  });
}
