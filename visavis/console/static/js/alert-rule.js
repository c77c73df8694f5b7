// A rule in plain words: only what concerns the chosen kind is shown, and the console reads the rule back.
import { said } from './forms.js';
import { picker } from './people-picker.js';
import './weekly.js';

const form = document.getElementById('rule'), trigger = document.getElementById('trigger');
const people = form.querySelector('[data-people]'), chosen = picker(people);

function fit() {
  for (const part of form.querySelectorAll('[data-for]')) part.hidden = !part.dataset.for.split(' ').includes(trigger.value);
}

function named() {
  const ids = chosen();
  document.getElementById('subjects').value = ids.length ? JSON.stringify(ids) : '';
}

// Returns are counted from two on; the time in which they are counted means nothing without.
function counted() {
  const { 'condition.times': times, 'condition.within_s': within } = form.elements;
  within.disabled = Number(times.value) < 2;
}

let waiting = 0, asked = 0;
function readBack() {
  named();
  counted();
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const mine = ++asked;
    const body = { ...said(form), name: form.elements.name.value.trim() || 'a rule' };
    const answer = await fetch('/alerts/sentence', { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
    if (mine === asked) document.getElementById('sentence').textContent = answer.ok ? await answer.text() : 'Something is missing or does not fit yet.';
  }, 200);
}

trigger.addEventListener('change', fit);
form.addEventListener('input', readBack);
form.addEventListener('change', readBack);
fit();
readBack();
