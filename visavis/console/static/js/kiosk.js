// The kiosk: looks for a face, asks who it is, says so for a moment, and is ready for the next.
import { Camera } from './capture.js';
import { challengeOf } from './challenge.js';

const SIDE = 800;
const LOOK_MS = 450, CALM_MS = 1500;   // between two looks: while something moves, and while nothing does
const SHOWN_MS = 2800;                 // a result stands for so long; then the next person may come
const AGAIN_MS = 20_000;               // somebody who stays is greeted again after this
const TRIES = 2;                       // looks that must agree that somebody is not known
const SAME = 0.3;                      // overlap of two boxes of the same person, from look to look
const LOST_MS = 1800;

const part = id => document.getElementById(id);
const pause = ms => new Promise(go => setTimeout(go, ms));
const screen = part('kiosk');
const camera = new Camera(part('video'));
const challenge = challengeOf(screen.dataset.challenge);
let person = null;      // { box, seen, asked, tries }
let shownUntil = 0;
let waking = null;

function show(state, headline, more = '', forMs = 0) {
  if (screen.dataset.state !== state) screen.dataset.state = state;
  if (part('headline').textContent !== headline) part('headline').textContent = headline;
  if (part('more').textContent !== more) part('more').textContent = more;
  shownUntil = forMs ? performance.now() + forMs : shownUntil;
}
const idle = () => show('idle', 'Look here to check in', '');

async function ask(shot, onlyLook) {
  const query = new URLSearchParams({ width: shot.width, height: shot.height, only_look: onlyLook });
  const answer = await fetch(`/kiosk/identify?${query}`, { method: 'POST', body: shot.blob, headers: { 'Content-Type': 'image/jpeg' } });
  if (!answer.ok) throw Object.assign(new Error('refused'), { status: answer.status });
  return answer.json();
}

function overlap(a, b) {
  const across = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const down = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (across <= 0 || down <= 0) return 0;
  return across * down / (a[2] * a[3] + b[2] * b[3] - across * down);
}

function follow(box, now) {
  const same = person && now - person.seen < LOST_MS && overlap(person.box, box) > SAME;
  person = same ? { ...person, box, seen: now } : { box, seen: now, asked: 0, tries: 0, done: false };
}

// Whether the one who stands there is still to be asked about, or again.
const due = now => !person || !person.done || now - person.asked > AGAIN_MS;

function tell(sight, now) {
  if (sight.state === 'nobody') { if (person && now - person.seen > LOST_MS) person = null; idle(); return; }
  follow(sight.box, now);
  if (sight.state === 'adjust') { if (!person.done) show('adjust', sight.say || 'Please look here', ''); return; }
  if (sight.state === 'there') { if (person.done) idle(); return; }
  person.asked = now;
  person.tries += 1;
  person.done = sight.state === 'known' || sight.state === 'refused' || person.tries >= TRIES;
  if (!person.done) { show('adjust', 'Please look straight here', ''); return; }
  person.tries = 0;
  const { greeting } = screen.dataset;
  const hello = sight.name ? `${greeting}, ${sight.name}` : greeting;
  if (sight.state === 'known') show('known', hello, sight.opens ? 'The door is open.' : 'You are checked in.', SHOWN_MS);
  else if (sight.state === 'refused') show('refused', sight.name ? `Hello, ${sight.name}` : 'Sorry', sight.say, SHOWN_MS + 1500);
  else if (sight.state === 'unsure') show('unknown', 'Not sure who you are', 'Please take off what covers your face and try again, or ask at the desk.', SHOWN_MS + 1500);
  else show('unknown', 'You are not known here', 'Please ask at the desk.', SHOWN_MS + 1500);
}

// What went wrong, in words for whoever stands there; and for how long to wait.
function trouble(error) {
  if (error.status === 401 || error.status === 403) { show('off', 'This kiosk is switched off', 'An administrator can set it up again: /kiosk/set-up'); return 10_000; }
  if (error.status === 429) { show('adjust', 'One moment, please', ''); return 2000; }
  if (error.status === 413 || error.status === 422) { idle(); return 1000; }
  show('away', 'Out of order for a moment', 'The server does not answer. This screen goes on by itself as soon as it does.');
  return 2500;
}

const small = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
const context = small.getContext('2d', { willReadFrequently: true });
let before = null;
function moved() {
  context.drawImage(camera.video, 0, 0, 32, 24);
  const now = context.getImageData(0, 0, 32, 24).data;
  let sum = 0;
  if (before) for (let at = 1; at < now.length; at += 4) sum += Math.abs(now[at] - before[at]);
  const much = !before || sum / 768 > 2.5;
  before = now;
  return much;
}

async function turn() {
  const now = performance.now();
  if (now < shownUntil) { await pause(Math.min(LOOK_MS, shownUntil - now)); }
  const busy = performance.now() < shownUntil;
  const active = moved() || person;
  const wanted = !busy && due(performance.now());
  let sight = await ask(await camera.picture(SIDE, 0.88), !wanted || challenge !== null);
  if (wanted && challenge && sight.state === 'there') {
    const { passed } = await challenge.run({ camera, tell: text => show('adjust', text) });
    if (passed) sight = await ask(await camera.picture(SIDE, 0.88), false);
  }
  if (busy) { if (sight.box) follow(sight.box, performance.now()); return; }
  tell(sight, performance.now());
  await pause(active || sight.box ? LOOK_MS : CALM_MS);
}

async function awake() {
  try { waking = await navigator.wakeLock?.request('screen'); } catch { waking = null; }
}

async function start() {
  part('again').hidden = true;
  show('start', 'One moment', 'The camera is being started.');
  try { await camera.start(); }
  catch (error) { show('off', 'There is no picture', error.message); part('again').hidden = false; return false; }
  camera.stream.getVideoTracks()[0].addEventListener('ended', () => camera.stop());
  await awake();
  idle();
  return true;
}

// For ever: a camera that was unplugged is tried again, and so is a server that went away.
async function run() {
  for (;;) {
    if (!camera.on && !await start()) { await pause(5000); continue; }
    try { await turn(); }
    catch (error) { person = null; await pause(trouble(error)); }
  }
}

part('again').addEventListener('click', () => location.reload());
part('full').addEventListener('click', () => document.documentElement.requestFullscreen?.());
document.addEventListener('fullscreenchange', () => { part('full').hidden = Boolean(document.fullscreenElement); });
document.addEventListener('visibilitychange', () => { if (!document.hidden && (!waking || waking.released)) awake(); });
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const tick = () => { part('clock').textContent = time.format(new Date()); };
tick();
setInterval(tick, 5000);
run();
