// The log as it grows: a line for each event, a tile for each source. A revised line replaces itself.
import { watchPictures } from './live-pictures.js';
import { badge, made, odds } from './words.js';

const MOST = 200, MOST_TILES = 60, MOST_HELD = 500, PRESENT = 4, GONE_S = 30;
const KINDS = ['identified', 'verified', 'rejected'];
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const part = name => document.getElementById(name);
const ticker = part('ticker'), wanted = { camera: part('camera'), gallery: part('gallery') };
const tiles = new Map(), lines = new Map(), events = new Map(), held = new Map();
let paused = false, counting = false, stream = null;

const decided = event => event.verdict ?? event.outcome;
const place = event => [event.source, event.zone].filter(Boolean).join(' · ') || event.gallery;
const fits = ({ source, gallery }) => (!wanted.camera.value || source === wanted.camera.value) && (!wanted.gallery.value || !gallery || gallery === wanted.gallery.value);

function who(event) {
  if (event.subject_id) {
    const link = made('a', '', event.subject ?? event.subject_id.slice(0, 8));
    link.href = `/people/${event.subject_id}`;
    return link;
  }
  const id = (event.track ?? event.id).slice(0, 4);
  return made('span', 'dim', event.kind === 'rejected' ? 'not good enough' : `appearance ${id}`);
}

function moment(text) {
  const time = made('time', '', CLOCK.format(new Date(text)));
  time.dateTime = text;
  return time;
}

function line(event) {
  const one = made('li', ''), evidence = made('a', 'evidence small', 'Evidence');
  evidence.href = `/events/${event.id}`;
  const rate = decided(event) === 'match' ? made('span', 'dim small', `by chance ${odds(event.fpir)}`) : null;
  one.append(...[moment(event.captured_at), badge(decided(event)), made('strong', '', who(event)), made('span', 'dim', place(event)), rate, evidence].filter(Boolean));
  one.hidden = !fits(event);
  return one;
}

// The tile of a source; one that is no camera here gets a plain one. Not more than a page can show.
function tile(event) {
  const known = tiles.get(event.source);
  if (known || !event.source || tiles.size >= MOST_TILES) return known;
  const link = made('a', '', event.source), one = made('li', 'card camera live'), count = made('span', '', '0'), present = made('ul', 'present');
  link.href = `/log?${new URLSearchParams({ source: event.source })}`;
  one.dataset.source = event.source;
  one.append(made('div', 'about', made('h2', '', link, ' ', made('span', 'badge', 'other source')), made('p', 'small dim', count, ' seen since you look'), present));
  part('cameras').append(one);
  return register(one, count, present);
}

function register(one, count, present) {
  const made_ = { one, count, present, seen: 0, tracks: new Map() };
  tiles.set(one.dataset.source, made_);
  const option = made('option', '', one.dataset.source);
  option.value = one.dataset.source;
  wanted.camera.append(option);
  return made_;
}

// Who was seen last at a camera: the latest few, each as it is known now, and nobody for ever.
function arrive(there, event) {
  const key = event.track ?? event.id, one = made('li', '', badge(decided(event)), made('strong', '', who(event)), moment(event.seen_until ?? event.captured_at));
  there.tracks.delete(key);
  there.tracks.set(key, { one, until: Date.now() + 1000 * GONE_S });
  while (there.tracks.size > PRESENT) there.tracks.delete(there.tracks.keys().next().value);
  there.present.replaceChildren(...[...there.tracks.values()].map(track => track.one).reverse());
}

function leave() {
  for (const there of tiles.values()) {
    for (const [key, track] of there.tracks) if (track.until < Date.now()) { track.one.remove(); there.tracks.delete(key); }
  }
}

function take(event) {
  if (!KINDS.includes(event.kind)) return;
  const before = lines.get(event.id), now = line(event), there = tile(event);
  lines.set(event.id, now);
  events.set(event.id, event);
  if (before?.isConnected) before.replaceWith(now);
  else {
    ticker.prepend(now);
    if (there && counting) there.count.textContent = String(++there.seen);
  }
  if (there && Date.now() - new Date(event.seen_until ?? event.captured_at) < 1000 * GONE_S) arrive(there, event);
  part('quiet').hidden = true;
  while (lines.size > MOST) {
    const oldest = lines.keys().next().value;
    lines.get(oldest).remove();
    lines.delete(oldest);
    events.delete(oldest);
  }
}

// While paused, what comes waits; of very much, the latest.
function receive(event) {
  if (!paused) { take(event); return; }
  held.delete(event.id);
  held.set(event.id, event);
  if (held.size > MOST_HELD) held.delete(held.keys().next().value);
  part('held').textContent = `${held.size} waiting`;
}

function pause() {
  paused = !paused;
  part('pause').setAttribute('aria-pressed', String(paused));
  part('pause').textContent = paused ? 'Go on' : 'Pause';
  if (paused) return;
  for (const event of held.values()) take(event);
  held.clear();
  part('held').textContent = '';
}

function filter() {
  for (const [id, one] of lines) one.hidden = !fits(events.get(id));
  for (const [source, { one }] of tiles) one.hidden = !fits({ source, gallery: one.dataset.gallery });
}

// The stream comes back by itself; one that was refused is asked for again, later and later, from where it ended.
function follow(waited = 1) {
  const source = new EventSource(`/v1/events/stream?after=${ticker.dataset.after}`);
  stream = source;
  const state = (text, kind) => { part('state').textContent = text; part('state').className = `badge ${kind}`; };
  source.addEventListener('open', () => { waited = 1; state('connected', 'match'); });
  source.addEventListener('error', async () => {
    state('connecting', 'watch');
    if (source.readyState !== EventSource.CLOSED) return;
    const session = await fetch('/v1/me', { redirect: 'error' }).catch(() => null);
    if (session?.status === 401) {
      const again = made('a', '', 'signed out: sign in again');
      again.href = '/sign-in?next=/live';
      part('state').replaceChildren(again);
      return;
    }
    setTimeout(follow, 1000 * waited, Math.min(2 * waited, 30));
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, message => {
      ticker.dataset.after = message.lastEventId;
      receive(JSON.parse(message.data));
    });
  }
}

for (const one of document.querySelectorAll('#cameras > [data-source]')) {
  register(one, one.querySelector('[data-count]'), one.querySelector('[data-present]'));
}
for (const one of [...ticker.children].reverse()) {
  const event = JSON.parse(one.dataset.event);
  one.remove();
  take(event);
}
counting = true;
part('pause').addEventListener('click', pause);
for (const one of Object.values(wanted)) one.addEventListener('change', filter);
addEventListener('pagehide', () => stream.close());
addEventListener('pageshow', event => { if (event.persisted) follow(); });
setInterval(leave, 2000);
follow();
if ('look' in part('cameras').dataset) watchPictures(tiles);
