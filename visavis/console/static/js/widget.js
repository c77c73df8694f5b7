// The capture widget in a frame of another site: guides the person, does the one thing that its token allows, and tells
// the page around it, of the one origin that the token names. Messages: { visavis: 'capture', state, … } with the states
// ready, started, done (with `result`, or `pictures` as Blobs), failed (with `message`), cancelled.
import { Camera, Guide, POSES } from './capture.js';
import { challengeOf } from './challenge.js';

const part = id => document.getElementById(id);
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
const camera = new Camera(part('video'));
let origin = '', guide = null;

const WORDS = {
  picture: ['Take your picture', 'It goes to this site only.'],
  verify: ['Show that it is you', 'Your picture is compared and not kept unless the rules of the service say so.'],
  enrol: ['Let us know your face', 'A few pictures from different sides. They are not kept unless the rules of the service say so; a template is.'],
};

function tell(state, more = {}) {
  if (origin && window.parent !== window) window.parent.postMessage({ visavis: 'capture', state, ...more }, origin);
}

async function ask(path, body, headers = {}) {
  const answer = await fetch(path, { method: 'POST', body, headers: { ...headers, 'X-Visavis-Widget': token } });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error([content.detail, content.hint].filter(Boolean).join(' ') || 'The server does not answer.'), { code: content.code });
  return content;
}

const looking = async blob => (await ask('/widget/look', blob, { 'Content-Type': 'image/jpeg' })).faces;

function say(title, why = '') {
  part('title').textContent = title;
  part('why').textContent = why;
}

async function captured(session) {
  const shots = [];
  guide = new Guide(camera, {
    tell: (text, good) => { part('guide').textContent = text; part('guide').classList.toggle('good', good); },
    got: blob => shots.push(blob),
    left: () => {},
    poses: session.operation === 'enrol' ? POSES : POSES.slice(0, 1),
    looking,
  });
  if (!await guide.run()) return null;
  const challenge = challengeOf(session.challenge);
  if (challenge && !(await challenge.run({ camera, tell: text => { part('guide').textContent = text; } })).passed) throw new Error('That did not work. Please try again.');
  return shots;
}

async function finish(session, shots) {
  if (session.operation === 'picture') { tell('done', { pictures: shots }); return say('Thank you', 'Your picture was taken.'); }
  const form = new FormData();
  for (const [number, shot] of shots.entries()) form.append(session.part, shot, `shot-${number + 1}.jpg`);
  const result = await ask('/widget/result', form);
  tell('done', { result });
  if (session.operation === 'enrol') return say('Thank you', 'Your face is known from now on.');
  return result.outcome === 'match' ? say('Thank you', 'It is you.') : say('Not recognised', 'This does not look like the person that was expected.');
}

async function run(session) {
  part('problem').textContent = '';
  part('start').hidden = true;
  part('cancel').hidden = false;
  part('capture').hidden = false;
  part('capture').classList.add('on');
  tell('started');
  try {
    await camera.start();
    const shots = await captured(session);
    if (!shots) return;
    part('guide').textContent = 'One moment';
    await finish(session, shots);
    part('cancel').hidden = true;
  } catch (error) {
    part('problem').textContent = error.message;
    part('start').hidden = error.code === 'not_authenticated';
    part('start').textContent = 'Try again';
    tell('failed', { message: error.message, code: error.code ?? '' });
  } finally {
    camera.stop();
    part('capture').hidden = true;
    part('capture').classList.remove('on');
  }
}

try {
  const session = await ask('/widget/session');
  origin = session.origin;
  say(...WORDS[session.operation]);
  part('start').hidden = false;
  part('start').addEventListener('click', () => run(session));
  part('cancel').addEventListener('click', () => { guide?.stop(); part('cancel').hidden = true; part('start').hidden = false; tell('cancelled'); });
  tell('ready');
} catch (error) { say('This cannot start', error.message); }
