// Choose people by name: a list of chips and a field that finds names as they are typed. Fires "input" when it changes.
import { ask } from './server.js';
import { made } from './words.js';

export function picker(box) {
  const people = box.querySelector('ul'), field = box.querySelector('input[list]'), found = box.querySelector('datalist');
  const known = new Map();
  const changed = () => box.dispatchEvent(new Event('input', { bubbles: true }));

  function add(name, id) {
    field.value = '';
    if ([...people.children].some(other => other.dataset.id === id)) return;
    const remove = made('button', 'quiet', '✕');
    remove.type = 'button';
    remove.setAttribute('aria-label', `Remove ${name}`);
    const one = made('li', '', name, ' ', remove);
    one.dataset.id = id;
    people.append(one);
    changed();
  }

  field.addEventListener('input', async event => {
    event.stopPropagation();
    const text = field.value.trim();
    if (known.has(text)) { add(text, known.get(text)); return; }
    if (!text) return;
    const { subjects } = await ask(`/v1/subjects?${new URLSearchParams({ prefix: text, limit: 10 })}`);
    for (const one of subjects) known.set(one.name, one.id);
    found.replaceChildren(...subjects.map(one => Object.assign(document.createElement('option'), { value: one.name })));
  });
  field.addEventListener('keydown', event => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const first = found.querySelector('option')?.value;
    if (first && field.value.trim()) add(first, known.get(first));
  });
  people.addEventListener('click', event => {
    if (!event.target.closest('button')) return;
    event.target.closest('li').remove();
    field.focus();
    changed();
  });
  return () => [...people.children].map(one => one.dataset.id);
}
