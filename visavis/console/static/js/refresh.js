// Keeps #fresh of a page current for as long as something is at work there (data-running).
import { localTimes } from './frame.js';

const PAUSE_MS = 1500;

async function refresh() {
  const now = document.getElementById('fresh');
  if (!now || !('running' in now.dataset)) return;
  if (!document.hidden && !document.querySelector('dialog[open]')) {
    try {
      const answer = await fetch(location.href, { redirect: 'error' });
      if (answer.ok) {
        const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('fresh');
        const focused = document.activeElement?.dataset?.ask;
        now.replaceWith(document.adoptNode(next));
        localTimes(next);
        if (focused) document.querySelector(`[data-ask="${focused}"]`)?.focus();
      }
    } catch { /* the next time */ }
  }
  setTimeout(refresh, PAUSE_MS);
}
setTimeout(refresh, PAUSE_MS);
