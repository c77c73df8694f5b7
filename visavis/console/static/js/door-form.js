// A door with its rules; each rule is a row, said as JSON in a hidden field.
import { picker } from './people-picker.js';

const form = document.getElementById('door'), list = document.getElementById('rule-list');
const chosen = new WeakMap();
let number = 0;

// Midnight of a day here, or of the day after it, as the API takes moments; what was not touched stays as it was.
function moment(field, more = 0) {
  if (!field.value) return null;
  if (field.dataset.moment && field.value === field.defaultValue) return field.dataset.moment;
  const at = new Date(`${field.value}T00:00`);
  at.setDate(at.getDate() + more);
  return at.toISOString();
}

function told(rule) {
  const field = name => rule.querySelector(`[data-${name}]`);
  const some = field('who').value === 'some';
  rule.querySelector('[data-people]').hidden = !some;
  return {
    name: field('name').value.trim(),
    schedule: field('schedule').value || null,
    subject_ids: some ? chosen.get(rule)() : null,
    valid_from: moment(field('since')),
    valid_until: moment(field('last'), 1),
  };
}

function tell() {
  const rules = [...list.children].map(told);
  document.getElementById('rules').value = JSON.stringify(rules);
  document.getElementById('no-rules').hidden = rules.length > 0;
}

function take(rule) {
  const field = rule.querySelector('input[list]'), found = rule.querySelector('datalist'), label = rule.querySelector('label[for]');
  field.id = label.htmlFor = `person-${++number}`;
  found.id = `found-${number}`;
  field.setAttribute('list', found.id);
  chosen.set(rule, picker(rule.querySelector('[data-people]')));
}

for (const rule of list?.children ?? []) take(rule);
document.getElementById('more-rules')?.addEventListener('click', () => {
  list.append(document.getElementById('rule-template').content.cloneNode(true));
  take(list.lastElementChild);
  list.lastElementChild.querySelector('input').focus();
  tell();
});
list?.addEventListener('click', event => {
  if (!event.target.closest('[data-less]')) return;
  event.target.closest('[data-rule]').remove();
  tell();
});
form?.addEventListener('input', tell);
form?.addEventListener('change', tell);
const name = document.getElementById('door-name');
name?.addEventListener('input', () => {
  form.dataset.ask = `PUT /v1/doors/${encodeURIComponent(name.value.trim())}`;
  form.dataset.then = `/access/doors/${encodeURIComponent(name.value.trim())}`;
});
if (form) tell();
