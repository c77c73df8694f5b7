// A new gallery: what its purpose suggests, and on to its page.
const SUGGESTED = { watchlist: '0.0001', access: '0.001', attendance: '0.001' };
const form = document.getElementById('make'), odds = document.getElementById('fpir');
let chosen = false;
odds.addEventListener('change', () => { chosen = odds.value !== ''; });
form.addEventListener('change', event => {
  if (event.target.name !== 'purpose' || chosen) return;
  odds.value = SUGGESTED[event.target.value] ?? '';
});
odds.value = SUGGESTED[form.elements.purpose.value] ?? '';
form.addEventListener('asked', event => location.assign(`/galleries/${encodeURIComponent(event.detail.name)}`));
