// Erase, after a question; the receipt is offered as a file.
import { toast } from './frame.js';
import { ask } from './server.js';

const sure = document.getElementById('sure');
document.getElementById('ask')?.addEventListener('click', () => sure.showModal());
document.getElementById('erase-now')?.addEventListener('click', async event => {
  event.preventDefault();
  const button = event.currentTarget;
  button.disabled = true;
  const reason = document.getElementById('reason').value.trim();
  try {
    const query = reason ? `?${new URLSearchParams({ reason })}` : '';
    const erased = await ask(`/v1/subjects/${button.dataset.id}${query}`, { method: 'DELETE' });
    sure.close();
    const file = new Blob([JSON.stringify(erased, null, 2)], { type: 'application/json' });
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: 'erasure-receipt.json' });
    link.click();
    location.assign('/people');
  } catch (error) {
    button.disabled = false;
    toast(error.message, 'bad');
  }
});
