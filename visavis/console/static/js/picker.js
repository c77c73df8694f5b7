// Chooses a person by typing a part of the name. Resolves to a subject, to { name } for somebody new, or to null.
import { ask } from './server.js';
import { made } from './words.js';

const KINDS = { named: '', anonymous: 'without a name', face: 'a single face' };
const MOST = 8;
let opened = 0;

export function choose(question, { gallery = '', but = [], text = '', create = false } = {}) {
  const number = ++opened;
  const title = Object.assign(made('h2', '', question), { id: `picker-title-${number}` });
  const input = Object.assign(made('input'), { type: 'search', id: `picker-${number}`, autocomplete: 'off', maxLength: 200 });
  const label = Object.assign(made('label', '', 'Name'), { htmlFor: input.id });
  const found = made('ul', 'picker-found'), said = made('p', 'dim small');
  const cancel = Object.assign(made('button', 'quiet', 'Cancel'), { type: 'button' });
  const dialog = made('dialog', 'picker', title, ...(text ? [made('p', 'dim', text)] : []), label, input, found, said, made('menu', '', cancel));
  said.setAttribute('role', 'status');
  dialog.setAttribute('aria-labelledby', title.id);
  document.body.append(dialog);

  return new Promise(resolve => {
    let asked = 0, timer = null, chosen = null;
    const take = one => { chosen = one; dialog.close(); };
    const line = one => {
      const about = [KINDS[one.kind], Object.keys(one.galleries).join(', ')].filter(Boolean).join(' · ');
      const button = Object.assign(made('button', '', made('span', '', one.name), made('span', 'dim small', about)), { type: 'button' });
      button.addEventListener('click', () => take(one));
      return made('li', '', button);
    };
    const newcomer = name => {
      const button = Object.assign(made('button', '', `Somebody new: “${name}”`), { type: 'button' });
      button.addEventListener('click', () => take({ name }));
      return made('li', '', button);
    };
    const search = async () => {
      const turn = ++asked, name = input.value.trim();
      try {
        const query = new URLSearchParams({ limit: MOST + but.length, ...(name && { containing: name }), ...(gallery && { gallery }) });
        const answer = await ask(`/v1/subjects?${query}`);
        if (turn !== asked) return;
        const left = answer.subjects.filter(one => !but.includes(one.id)).slice(0, MOST);
        const fresh = create && name && !left.some(one => one.name === name);
        found.replaceChildren(...left.map(line), ...(fresh ? [newcomer(name)] : []));
        said.textContent = left.length ? (answer.next_cursor ? 'There are more: type more of the name.' : '') : 'Nobody of this name.';
      } catch (error) { said.textContent = error.message; }
    };
    input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(search, 150); });
    input.addEventListener('keydown', event => {
      if (event.key === 'Enter') { event.preventDefault(); found.querySelector('button')?.click(); }
      if (event.key === 'ArrowDown') { event.preventDefault(); found.querySelector('button')?.focus(); }
    });
    found.addEventListener('keydown', event => {
      const here = event.target.closest('li');
      const next = { ArrowDown: here?.nextSibling, ArrowUp: here?.previousSibling ?? null }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      (next?.querySelector('button') ?? input).focus();
    });
    cancel.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => { clearTimeout(timer); dialog.remove(); resolve(chosen); });
    dialog.showModal();
    input.focus();
    search();
  });
}
