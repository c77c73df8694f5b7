// Secrets that are shown once, limits to galleries, and what a key is for.
import { toast } from './frame.js';

const once = document.getElementById('once');
function show(title, text, secret) {
  for (const open of document.querySelectorAll('dialog[open]')) open.close();
  document.getElementById('once-title').textContent = title;
  document.getElementById('once-text').textContent = text;
  document.getElementById('once-secret').textContent = secret;
  once.showModal();
  once.addEventListener('close', () => location.reload(), { once: true });
}
document.getElementById('once-copy')?.addEventListener('click', async () => {
  const place = document.getElementById('once-secret');
  try { await navigator.clipboard.writeText(place.textContent); toast('Copied.'); }
  catch { getSelection().selectAllChildren(place); toast('Press Ctrl+C to copy.'); }
});

const link = made => `${location.origin}/sign-in#${made.token}`;
const SHOWN = {
  'invite-form': answer => show(`${answer.user.login} is invited`, 'Send this link, over a way that only they read. It works once, for a day; with it they choose a password.', link(answer.sign_in)),
  'new-link': answer => show(`A new link for ${answer.login}`, 'It works once, for a day. Links made before are void.', link(answer)),
  'key-form': answer => show(`The key ${answer.key.name}`, 'Put it where the application reads it.', answer.secret),
  'webhook-form': answer => show('The secret of the webhook', 'The receiver verifies signatures with it.', answer.secret),
  'new-secret': answer => show('The new secret of the webhook', 'The receiver verifies signatures with it.', answer.secret),
};
for (const [id, act] of Object.entries(SHOWN)) document.getElementById(id)?.addEventListener('asked', event => act(event.detail));

const all = document.getElementById('all-galleries'), some = document.getElementById('some-galleries');
function limit(limited) {
  all.checked = !limited;
  some.checked = limited;
  document.getElementById('which-galleries').hidden = !limited;
  const everywhere = document.getElementById('everywhere');
  if (everywhere) everywhere.disabled = limited;
}
all?.addEventListener('change', () => limit(false));
some?.addEventListener('change', () => limit(true));

const presets = [...document.querySelectorAll('.preset')], grants = [...document.querySelectorAll('input[name="permissions"]')];
function choose(preset) {
  for (const one of presets) one.checked = one === preset;
  const wanted = new Set((preset.dataset.wanted ?? '').split(' '));
  if (preset.dataset.wanted) for (const one of grants) one.checked = wanted.has(one.value);
  if (preset.value === 'own') document.getElementById('grants').open = true;
}
for (const preset of presets) preset.addEventListener('change', () => choose(preset));
for (const one of grants) one.addEventListener('change', () => choose(document.getElementById('preset-own')));
if (presets.length) choose(presets.find(one => one.checked) ?? presets[0]);
