// Agents: a token that is shown once, and what one ought to do.
import { said } from './forms.js';
import { toast } from './frame.js';
import { changeWorkload, during } from './workload.js';

const part = name => document.getElementById(name);
const invite = part('invite-form'), workload = part('workload');
const LOCAL = /^https?:\/\/(127\.|localhost|\[::1\])/;

invite?.addEventListener('asked', event => {
  const issued = event.detail, shown = part('invited'), configured = shown.dataset.url;
  const url = LOCAL.test(configured) && !LOCAL.test(location.origin) ? location.origin : configured;
  const until = part('until');
  until.dateTime = issued.expires_at;
  until.textContent = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(issued.expires_at));
  part('command').textContent = [
    "pip install 'visavis[edge]'",
    `printf '[server]\\nurl = "${url}"\\n' > camera.toml`,
    `visavis edge --config camera.toml --enrol ${issued.token}`,
    'visavis edge --config camera.toml',
  ].join('\n');
  invite.hidden = true;
  shown.hidden = false;
  shown.querySelector('h2').focus();
});
part('copy')?.addEventListener('click', async () => {
  try { await navigator.clipboard.writeText(part('command').textContent); toast('Copied.'); } catch { toast('The browser does not allow it: mark the text and copy it.', 'bad'); }
});
part('invited-done')?.addEventListener('click', () => location.reload());

workload?.addEventListener('submit', event => {
  event.preventDefault();
  during(workload, async () => {
    const { gallery, split, detector } = said(workload), pack = workload.elements.gallery.selectedOptions[0]?.dataset.pack;
    await changeWorkload(workload.dataset.agent, now => Object.assign(now, { gallery, pack, split, detector }), workload.dataset.version);
    location.reload();
  });
});
