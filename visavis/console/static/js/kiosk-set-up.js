// Makes this device a kiosk; the key never comes to this page, it is kept in a cookie that scripts cannot read.
import { said } from './forms.js';
import { ask } from './server.js';

const form = document.getElementById('set-up');
const door = document.getElementById('door'), gallery = document.getElementById('gallery');

// A door searches a gallery of its own.
door?.addEventListener('change', () => {
  const own = door.selectedOptions[0].dataset.gallery;
  if (own) gallery.value = own;
  gallery.disabled = Boolean(own);
});

form?.addEventListener('submit', async event => {
  event.preventDefault();
  const problem = form.querySelector('.problem'), button = form.querySelector('button.main');
  problem.textContent = '';
  button.disabled = true;
  try {
    const done = await ask('/kiosk/set-up', { method: 'POST', body: { ...said(form), gallery: gallery.value } });
    location.assign(done.next);
  } catch (error) {
    problem.textContent = error.message;
    button.disabled = false;
  }
});
