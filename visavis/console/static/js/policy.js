// The rules of a gallery: what a change means before it is saved; only what changed is sent, and to what was read.
import { toast } from './frame.js';
import { sure } from './forms.js';
import { ask, Refused } from './server.js';
import { odds } from './words.js';

const form = document.getElementById('policy'), list = document.getElementById('consequences'), save = document.getElementById('save');

const days = (count, none) => (Number(count) ? `${Number(count).toLocaleString('en')} day${Number(count) === 1 ? '' : 's'}` : none);
const kept = (what, none) => (now, was) => {
  const shorter = Number(now) && (!Number(was) || Number(now) < Number(was));
  return `${what}: ${days(now, none)} instead of ${days(was, none)}.` + (shorter ? ' What is older goes within the hour, for good.' : '');
};
const stricter = what => (now, was) => `${what}: ${odds(Number(now))} instead of ${odds(Number(was))}. ` +
  (Number(now) < Number(was) ? 'Fewer mistakes, and more people who are not recognised.' : 'More people are recognised, and more are mistaken for others.');
const SAID = {
  fpir: stricter('Strangers taken for somebody'),
  fmr: stricter('Claims of somebody else that are believed'),
  band: now => (Number(now) <= 1 ? 'Nothing is left open: whoever is not recognised is unknown.' : `Decisions are left open up to ${Number(now)} times the odds, and wait for a person.`),
  reviewers: now => (now === '2' ? 'Two people have to agree about what was left open.' : 'One person decides what was left open.'),
  consent: now => (now ? `From now on nobody is enrolled without consent to “${now}”. Who is enrolled already stays until such a consent ends.` : 'No consent is asked for any more. Make sure that there is another ground.'),
  unknowns: now => (now === 'remember' ? 'Strangers are remembered without a name: their faces are kept as numbers.' : 'Strangers are not remembered any more. Those who were stay until their time is over.'),
  visitor_names: now => (now === 'true' ? 'Reports about visitors show names.' : 'Reports about visitors show no names.'),
  copies: now => (now === 'true' ? 'Devices may hold an encrypted copy, which leaves the server.' : 'Devices get no copy any more, and those that have one delete it at their next contact.'),
  keep: (now, was) => ({ nothing: 'Of new enrolments no picture is kept.', sample: 'Of new enrolments the cut-out face is kept, encrypted.', photo: 'Of new enrolments the whole photo is kept, encrypted.' })[now] + (was === 'nothing' ? '' : ' What is kept already stays with its enrolment.'),
  event_pictures: now => (now === 'face' ? 'Decisions have a picture, encrypted, for people who review them.' : 'New decisions have no picture.'),
  event_picture_days: kept('Pictures of decisions', 'not kept'),
  reference_days: kept('Enrolments', 'kept until removed'),
  event_days: kept('Decisions in the log', 'not logged'),
  probe_days: kept('Numbers of seen faces', 'not kept'),
  enrol_quality: now => `Pictures below quality ${now} are refused at enrolment.`,
  max_references: now => `At most ${Number(now).toLocaleString('en')} pictures of a person.`,
  capacity: now => `At most ${Number(now).toLocaleString('en')} pictures in all.`,
};
const value = field => (field.type === 'checkbox' ? String(field.checked) : field.value.trim());
const same = (one, other) => one === other || (one !== '' && other !== '' && Number(one) === Number(other));
const changed = () => [...form.elements].filter(field => field.name && !same(value(field), field.dataset.was));

function show() {
  const fields = changed();
  list.replaceChildren(...fields.map(field => Object.assign(document.createElement('li'), { textContent: SAID[field.name](value(field), field.dataset.was) })));
  if (!fields.length) list.append(Object.assign(document.createElement('li'), { textContent: 'Nothing yet.', className: 'dim' }));
  save.disabled = !fields.length;
}
form.addEventListener('input', show);
form.addEventListener('submit', async event => {
  event.preventDefault();
  const body = {};
  for (const field of changed()) body[field.name] = field.type === 'checkbox' ? field.checked : field.type === 'number' || field.dataset.as === 'number' ? Number(field.value) : field.value.trim();
  const problem = form.querySelector('.problem');
  problem.textContent = '';
  save.disabled = true;
  try {
    await ask(form.dataset.path, { method: 'PATCH', body, headers: { 'If-Match': form.dataset.etag } });
    location.reload();
  } catch (error) {
    save.disabled = false;
    problem.textContent = error instanceof Refused && error.status === 412 ? 'Somebody else changed these rules in the meantime. Load the page again to see them.' : error.message;
  }
});

const move = document.getElementById('move');
move?.addEventListener('submit', async event => {
  event.preventDefault();
  const to = move.elements.pack.value;
  if (!await sure(`Move to ${to}?`, { danger: 'Move', text: 'Every enrolled picture is looked at anew, which takes a while. Searches go on meanwhile. A calibration of its own is lost.' })) return;
  const query = new URLSearchParams({ pack: to, drop_missing: move.elements.drop_missing.checked });
  try { await ask(`${move.dataset.path}?${query}`, { method: 'POST' }); location.reload(); }
  catch (error) { move.querySelector('.problem').textContent = error.message; toast(error.message, 'bad'); }
});

const typed = document.getElementById('typed');
typed.addEventListener('input', () => { document.getElementById('remove-now').disabled = typed.value !== document.getElementById('remove-form').dataset.name; });
