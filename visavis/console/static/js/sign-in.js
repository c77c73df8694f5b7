// Choose a password with a one-time link, or sign in; then go where one wanted to go.
import { ask } from './server.js';

const part = name => document.getElementById(name);
const once = location.hash.startsWith('#vl_') ? location.hash.slice(1) : '';
const wanted = new URLSearchParams(location.search).get('next') ?? '/';
const next = /^\/(?![/\\])/.test(wanted) ? wanted : '/';
if (once) history.replaceState(null, '', location.pathname + location.search);

function on(name, act) {
  part(name).addEventListener('submit', async event => {
    event.preventDefault();
    const button = event.target.querySelector('button');
    button.disabled = true;
    part('problem').textContent = '';
    try { await act(new FormData(event.target)); location.assign(next); }
    catch (error) { part('problem').textContent = error.message; }
    finally { button.disabled = false; }
  });
}
on('choose', async form => {
  if (form.get('password') !== form.get('again')) throw new Error('The two passwords differ.');
  await ask('/v1/auth/one-time', { method: 'POST', body: { token: once, password: form.get('password') } });
});
on('sign', form => ask('/v1/auth/sign-in', {
  method: 'POST', body: { login: form.get('login'), password: form.get('password') },
}));
const first = part(once ? 'choose' : 'sign');
first.hidden = false;
first.querySelector('input').focus();
