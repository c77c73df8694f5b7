// A short tone for new alerts: only where somebody asked for it in this browser. It is computed, nothing is loaded.
const KEY = 'alert-sound', QUIET_MS = 2000, NOTES = { critical: [880, 660, 880], other: [660, 880] };
const button = document.getElementById('sound');
let context = null, last = 0;

const wanted = () => localStorage.getItem(KEY) === 'on';

function tell() {
  const waits = wanted() && context?.state !== 'running';
  button.dataset.on = String(wanted());
  button.querySelector('span').textContent = !wanted() ? 'Sound is off' : waits ? 'Sound is on after a click' : 'Sound is on';
  button.title = waits ? 'Browsers are silent until somebody clicks or types on the page.' : 'A short tone for each new alert, in this browser only.';
}

// Browsers let pages sound after a click or a key only; until then this does nothing.
function wake() {
  if (!wanted()) return;
  if (!context) { context = new AudioContext(); context.addEventListener('statechange', tell); }
  if (context.state !== 'running') context.resume().catch(() => {});
}

function note(hertz, at) {
  const voice = context.createOscillator(), loudness = context.createGain();
  voice.frequency.value = hertz;
  loudness.gain.setValueAtTime(0.0001, at);
  loudness.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
  voice.connect(loudness).connect(context.destination);
  voice.start(at);
  voice.stop(at + 0.18);
}

export function sound(severity) {
  if (!button || !wanted() || context?.state !== 'running' || Date.now() - last < QUIET_MS) return;
  last = Date.now();
  (NOTES[severity] ?? NOTES.other).forEach((hertz, turn) => note(hertz, context.currentTime + 0.18 * turn));
}

if (button && 'AudioContext' in window) {
  button.addEventListener('click', () => {
    localStorage.setItem(KEY, wanted() ? 'off' : 'on');
    wake();
    tell();
    if (context?.state === 'running') sound();
    else context?.addEventListener('statechange', () => sound(), { once: true });
  });
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, wake);
  addEventListener('storage', event => { if (event.key === KEY) { wake(); tell(); } });
  wake();
  tell();
  button.hidden = false;
}
