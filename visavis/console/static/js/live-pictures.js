// The newest picture of each camera and how it is: asked for every few seconds while somebody looks.
import { ask } from './server.js';
import { made } from './words.js';

const PICTURES_MS = 2000, STATES_MS = 10000, SLOW_MS = 30000;

function showPicture(shot, name, note) {
  if (shot.dataset.taken === note.taken_at) return;
  const first = shot.querySelector('img'), picture = first ?? made('img', '');
  picture.alt = `What ${name} saw last${note.blurred ? ', faces made unrecognisable' : ''}`;
  picture.width = note.width_px;
  picture.height = note.height_px;
  picture.src = `/v1/cameras/${encodeURIComponent(name)}/snapshot?at=${encodeURIComponent(note.taken_at)}`;
  if (!first) shot.replaceChildren(picture);
  shot.dataset.taken = note.taken_at;
}

// Only while the page is seen; after a failure less often.
function again(work, pause) {
  const turn = async () => {
    let wait = pause;
    if (!document.hidden) try { await work(); } catch { wait = SLOW_MS; }
    setTimeout(turn, wait);
  };
  setTimeout(turn, pause);
}

export function watchPictures(tiles) {
  again(async () => {
    const { snapshots } = await ask('/v1/snapshots'), known = new Set();
    for (const note of snapshots) {
      const shot = tiles.get(note.camera)?.one.querySelector('[data-shot]');
      known.add(note.camera);
      if (shot) showPicture(shot, note.camera, note);
    }
    for (const [name, { one }] of tiles) {
      const shot = one.querySelector('[data-shot]');
      if (shot?.dataset.taken && !known.has(name)) {
        shot.replaceChildren(made('p', 'blank', 'No picture at the moment.'));
        shot.dataset.taken = '';
      }
    }
  }, PICTURES_MS);
  again(async () => {
    const { agents } = await ask('/v1/agents?limit=100');
    for (const agent of agents) {
      for (const camera of agent.report?.health.cameras ?? []) {
        const tile = tiles.get(camera.id)?.one, state = tile?.querySelector('[data-state]');
        if (!state) continue;
        const [word, kind] = agent.state === 'silent' ? ['agent silent', 'bad'] : camera.connected ? ['sends', 'good'] : camera.ended ? ['at its end', ''] : ['no pictures', 'bad'];
        state.textContent = word;
        state.className = `badge ${kind}`;
        tile.querySelector('[data-rate]').textContent = ` · ${camera.frames_per_s.toFixed(1)} pictures a second`;
      }
    }
  }, STATES_MS);
}
