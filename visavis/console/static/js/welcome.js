// The first gallery: what it is for suggests how strict it is, what people agree to and what is kept.
const part = name => document.getElementById(name);

part('later').addEventListener('click', () => {
  document.cookie = 'visavis_later=1; path=/; max-age=2592000; samesite=lax';
  location.assign('/');
});

const form = part('gallery');
const chosen = name => form.querySelector(`input[name="${name}"]:checked`);
let named = false;

// How often strangers are taken for somebody, in words.
function practice() {
  const strict = chosen('policy.fpir');
  part('fmr').value = strict.dataset.fmr;
  part('policy-name').value = strict.dataset.name;
  const aDay = Number(strict.value) * Math.max(Number(part('strangers').value), 1);
  const days = 1 / aDay;
  let text;
  if (aDay >= 1.5) text = `about ${Math.round(aDay)} of them a day are taken for somebody.`;
  else if (days < 1.5) text = 'about one of them a day is taken for somebody.';
  else if (days < 60) text = `one is taken for somebody about every ${Math.round(days)} days.`;
  else if (days < 700) text = `one is taken for somebody about every ${Math.round(days / 30)} months.`;
  else text = `one is taken for somebody about every ${Math.round(days / 365)} years.`;
  part('practice').textContent = text;
}

function consent() {
  part('consent-field').hidden = !part('asks').checked;
  part('consent').disabled = !part('asks').checked;
}

function suggest() {
  const { name, strictness, consent: purpose, days, references, unknowns, advice } = chosen('purpose').dataset;
  if (!named) part('name').value = name;
  form.querySelector(`input[data-name="${strictness}"][name="policy.fpir"]`).checked = true;
  part('asks').checked = Boolean(purpose);
  part('consent').value = purpose;
  part('event-days').value = days;
  part('reference-days').value = references;
  part('unknowns').value = unknowns;
  part('advice').textContent = advice;
  part('advice').hidden = !advice;
  consent();
  practice();
}

if (form) {
  for (const one of form.querySelectorAll('input[name="purpose"]')) one.addEventListener('change', suggest);
  for (const one of form.querySelectorAll('input[name="policy.fpir"]')) one.addEventListener('change', practice);
  part('strangers').addEventListener('input', practice);
  part('asks').addEventListener('change', consent);
  part('name').addEventListener('input', () => { named = true; });
  suggest();
}
