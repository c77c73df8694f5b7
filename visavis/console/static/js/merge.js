// Two people become one, after a look at both.
import { ask } from './server.js';
import { offerLater } from './undo.js';

const form = document.getElementById('merge');
form.addEventListener('submit', async event => {
  event.preventDefault();
  const { gone, into, names } = form.dataset, [before, after] = JSON.parse(names);
  const button = form.querySelector('button'), problem = form.querySelector('.problem');
  button.disabled = true;
  problem.textContent = '';
  try {
    const made = await ask('/v1/corrections/merge', { method: 'POST', body: { subject_id: gone, into_id: into, confirm: [before, after], note: form.note?.value.trim() ?? '' } });
    const parked = made.parked ? ` ${made.parked} of the references were more than the gallery allows and were put aside.` : '';
    offerLater(`${before} and ${after} are one person now.${parked}`, made);
    location.assign(`/people/${into}`);
  } catch (error) {
    problem.textContent = error.message;
    button.disabled = false;
  }
});
