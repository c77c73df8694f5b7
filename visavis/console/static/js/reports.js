// Hands a report in, as it is.
import { ask } from './server.js';

const form = document.getElementById('upload');
form?.addEventListener('submit', async event => {
  event.preventDefault();
  const problem = form.querySelector('.problem'), button = form.querySelector('button.main');
  problem.textContent = '';
  button.disabled = true;
  try {
    const content = await document.getElementById('file').files[0].text();
    const kept = await ask('/v1/reports', { method: 'POST', body: { title: document.getElementById('title').value.trim(), content } });
    location.assign(`/compliance/reports/${kept.id}`);
  } catch (error) { problem.textContent = error.message; button.disabled = false; }
});
