// The log as it grows: a line for each event, a tile for each source. A revised line replaces itself.
import { badge, made, odds } from './words.js';

const MOST = 200;
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const part = name => document.getElementById(name);
const ticker = part('ticker'), tiles = new Map(), lines = new Map();

function who(event) {
  if (!event.subject_id) return made('span', 'dim', event.kind === 'rejected' ? 'not good enough' : 'nobody known');
  const link = made('a', '', event.subject ?? event.subject_id.slice(0, 8));
  link.href = `/people/${event.subject_id}`;
  return link;
}

function line(event) {
  const one = made('li', '');
  const time = made('time', '', CLOCK.format(new Date(event.captured_at)));
  time.dateTime = event.captured_at;
  const rate = event.outcome === 'match' ? made('span', 'dim small', `by chance ${odds(event.fpir)}`) : null;
  one.append(time, badge(event.verdict ?? event.outcome), made('strong', '', who(event)), made('span', 'dim', place(event)), ...(rate ? [rate] : []));
  return one;
}

const place = event => [event.source, event.zone].filter(Boolean).join(' · ') || event.gallery;

function tile(event) {
  const name = event.source || 'without a name';
  if (!tiles.has(name)) {
    const number = made('span', 'number', '0'), last = made('span', 'name');
    const one = made('li', 'tile', made('a', '', made('span', 'name', name), number, last));
    one.firstChild.href = `/log?${new URLSearchParams({ source: event.source })}`;
    part('cameras').append(one);
    tiles.set(name, { number, last, count: 0 });
  }
  return tiles.get(name);
}

function take(event) {
  if (!['identified', 'verified', 'rejected'].includes(event.kind)) return;
  const before = lines.get(event.id), now = line(event);
  lines.set(event.id, now);
  if (before) before.replaceWith(now);
  else {
    const there = tile(event);
    there.number.textContent = String(++there.count);
    ticker.prepend(now);
  }
  tile(event).last.textContent = `${CLOCK.format(new Date(event.captured_at))}: ${event.subject ?? 'nobody known'}`;
  part('quiet').hidden = true;
  while (ticker.children.length > MOST) ticker.lastChild.remove();
}

for (const one of [...ticker.children].reverse()) {
  const event = JSON.parse(one.dataset.event);
  one.remove();
  take(event);
}

function follow() {
  const source = new EventSource(`/v1/events/stream?after=${ticker.dataset.after}`);
  const state = (text, kind) => { part('state').textContent = text; part('state').className = `badge ${kind}`; };
  source.addEventListener('open', () => state('connected', 'match'));
  source.addEventListener('error', () => state('connecting', ''));
  for (const kind of ['identified', 'verified', 'rejected']) {
    source.addEventListener(kind, message => {
      ticker.dataset.after = message.lastEventId;
      take(JSON.parse(message.data));
    });
  }
  addEventListener('pagehide', () => source.close());
}
follow();
