// A new channel of one of three kinds; its secret once; a test with its outcome.
import { ask } from './server.js';

const kind = document.getElementById('kind'), form = document.getElementById('channel-form');

function fit() {
  for (const part of form.querySelectorAll('[data-kind]')) {
    part.hidden = part.dataset.kind !== kind.value;
    for (const field of part.querySelectorAll('#address, #url, [name="target.host"]')) field.required = !part.hidden;
  }
}
kind?.addEventListener('change', fit);
if (kind) fit();

form?.addEventListener('asked', event => {
  const { secret } = event.detail;
  if (!secret) { location.reload(); return; }
  form.closest('dialog').close();
  document.getElementById('secret-text').textContent = secret;
  document.getElementById('secret').showModal();
});
document.getElementById('secret-done')?.addEventListener('click', () => location.reload());

document.addEventListener('click', async event => {
  const button = event.target.closest('button[data-test]');
  if (!button) return;
  const outcome = button.closest('li').querySelector('.outcome');
  button.disabled = true;
  outcome.className = 'outcome dim';
  outcome.textContent = 'Sending…';
  try {
    const answer = await ask(`/v1/channels/${button.dataset.test}/test`, { method: 'POST' });
    outcome.className = `outcome badge ${answer.accepted ? 'good' : 'bad'}`;
    outcome.textContent = answer.accepted ? 'The test was accepted.' : `It was not accepted: ${answer.error}${answer.status ? ` (${answer.status})` : ''}`;
  } catch (error) {
    outcome.className = 'outcome badge bad';
    outcome.textContent = error.message;
  } finally { button.disabled = false; }
});
