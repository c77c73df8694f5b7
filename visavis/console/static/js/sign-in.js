// Choose a password with a one-time link, or sign in; then go where one wanted to go.
import { ask } from './server.js';

const part = name => document.getElementById(name);
// The link is taken out of the address at once, and outlives a reload of this page until it is used.
const given = location.hash.startsWith('#vl_') ? location.hash.slice(1) : '';
const once = given || (history.state?.once ?? '');
const wanted = new URLSearchParams(location.search).get('next') ?? '/';
const next = /^\/(?![/\\])/.test(wanted) ? wanted : '/';
if (given) history.replaceState({ once: given }, '', location.pathname + location.search);
window.addEventListener('hashchange', () => location.reload()); // the link was pasted into this very page
document.cookie = `visavis_zone=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC')}; path=/; max-age=31536000; samesite=lax`;

function show(name) {
  if (name !== 'choose') history.replaceState(null, '');
  for (const one of ['choose', 'used', 'sign']) part(one).hidden = one !== name;
  part('problem').textContent = '';
  part(name).querySelector('input:not([readonly]), button').focus();
}

function on(name, act, refused = error => { part('problem').textContent = error.message; }) {
  part(name).addEventListener('submit', async event => {
    event.preventDefault();
    const button = event.target.querySelector('button.main');
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    part('problem').textContent = '';
    try { await act(new FormData(event.target)); history.replaceState(null, ''); location.replace(next); }
    catch (error) { refused(error); }
    finally { button.disabled = false; button.removeAttribute('aria-busy'); }
  });
}
on('choose', async form => {
  if (form.get('password') !== form.get('again')) throw new Error('The two passwords differ.');
  await ask('/v1/auth/one-time', { method: 'POST', body: { token: once, password: form.get('password') } });
}, error => { if (error.status === 401) show('used'); else part('problem').textContent = error.message; });
on('sign', form => ask('/v1/auth/sign-in', {
  method: 'POST', body: { login: form.get('login').trim(), password: form.get('password') },
}), error => {
  part('problem').textContent = error.status === 401 ? 'Login or password is wrong. Passwords distinguish capital and small letters.' : error.message;
  part('password').select();
});
part('show').addEventListener('change', event => {
  for (const name of ['new', 'again']) part(name).type = event.target.checked ? 'text' : 'password';
});
part('instead').addEventListener('click', () => show('sign'));
show(once ? 'choose' : 'sign');
if (once) {
  // A link that cannot be used is told before anybody thinks of a password.
  ask('/v1/auth/one-time/whose', { method: 'POST', body: { token: once } }).then(user => {
    part('whose').querySelector('strong').textContent = user.login;
    part('whose').hidden = false;
    part('whose-login').value = user.login;
    part('way').hidden = user.role !== 'owner' || user.signs_in_with !== 'nothing yet';
  }).catch(error => { if (error.status === 401) show('used'); });
}

ask('/v1/auth/ways').then(ways => {
  part('provider').hidden = !ways.provider;
  part('with-provider').href = `/v1/auth/oidc?${new URLSearchParams({ return_to: next })}`;
}).catch(error => { if (!part('problem').textContent) part('problem').textContent = error.message; });
