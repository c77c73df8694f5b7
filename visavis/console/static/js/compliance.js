// What retention removes, whether the audit log is intact, whether a file was signed here.
import { ask } from './server.js';
import { made } from './words.js';

const count = (number, one, many = `${one}s`) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
const fact = (name, text) => made('div', '', made('dt', '', name), made('dd', '', text));

function told(run) {
  const rows = run.galleries.map(one => made('li', '', `${one.gallery ?? 'galleries that are gone'}: ${count(one.references, 'enrolment')}, ${count(one.events, 'line')} of the log`));
  if (run.consents) rows.push(made('li', '', `${count(run.consents, 'person', 'people')} whose consent has ended`));
  const title = run.dry_run ? (rows.length ? 'This would go:' : 'Nothing would go.') : (rows.length ? 'Removed:' : 'There was nothing to remove.');
  return made('div', 'note', made('strong', '', title), made('ul', '', ...rows));
}
for (const button of document.querySelectorAll('#look, #run')) {
  button.addEventListener('asked', event => document.getElementById('report').replaceChildren(told(event.detail)));
}

document.getElementById('verify')?.addEventListener('asked', event => {
  const found = event.detail, chain = document.getElementById('chain');
  const said = found.intact
    ? made('p', 'note', made('span', 'badge good', 'intact'), ` All ${count(found.entries, 'entry', 'entries')} are as they were written, in their order.`)
    : made('p', 'note bad', made('span', 'badge bad', 'broken'), ` At entry ${found.broken}: ${found.problem}. Compare the database with a backup, and find out who changed it.`);
  const facts = made('dl', 'pairs', fact('Entries', found.entries.toLocaleString('en')), fact('Last number', String(found.sequence)), fact('Head of the chain', ''));
  facts.lastElementChild.lastElementChild.append(made('span', 'digest', found.digest));
  chain.replaceChildren(said, facts);
  chain.id = 'chain';
  chain.dataset.intact = String(found.intact);
});

const signed = document.getElementById('signed');
signed?.addEventListener('change', async () => {
  const file = signed.files[0], place = document.getElementById('verified');
  if (!file) return;
  try {
    const found = await ask('/v1/receipts/verify', { method: 'POST', body: { content: await file.text() } });
    const kind = found.signed.split('/')[0].replace('visavis.', '').replaceAll('-', ' ') || 'document';
    const said = !found.valid
      ? made('p', 'note bad', made('span', 'badge bad', 'not valid'), ` ${file.name}: ${found.problem}.`)
      : found.own
        ? made('p', 'note', made('span', 'badge good', 'valid'), ` ${file.name}: this ${kind} was signed by this installation, and nobody changed it since.`)
        : made('p', 'note watch', made('span', 'badge watch', 'valid, signed elsewhere'), ` ${file.name}: nobody changed it, but the key is not that of this installation. Compare the fingerprint with what you were told.`);
    const facts = made('dl', 'pairs', fact('Digest', ''), fact('Fingerprint of the key', ''));
    [found.sha256, found.fingerprint].forEach((text, at) => facts.children[at].lastElementChild.append(made('span', 'digest', text)));
    place.replaceChildren(said, facts);
  } catch (error) { place.replaceChildren(made('p', 'problem', error.message)); }
  signed.value = '';
});
