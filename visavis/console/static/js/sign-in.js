// Choose a password with a one-time link, or sign in; then go where one wanted to go.
import { ask } from './server.js';

const part = name => document.getElementById(name);
const once = location.hash.startsWith('#vl_') ? location.hash.slice(1) : '';
const wanted = new URLSearchParams(location.search).get('next') ?? '/';
const next = /^\/(?![/\\])/.test(wanted) ? wanted : '/';
if (once) history.replaceState(null, '', location.pathname + location.search);
document.cookie = `visavis_zone=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC')}; path=/; max-age=31536000; samesite=lax`;

function show(name) {
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
    try { await act(new FormData(event.target)); location.assign(next); }
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

ask('/v1/auth/ways').then(ways => {
  part('provider').hidden = !ways.provider;
  part('with-provider').href = `/v1/auth/oidc?${new URLSearchParams({ return_to: next })}`;
}).catch(error => { if (!part('problem').textContent) part('problem').textContent = error.message; });
