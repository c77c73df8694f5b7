// Consent in the flow of enrolment: asked where the gallery asks for it, recorded before anything is enrolled.
import { ask } from './server.js';

const part = id => document.getElementById(id);
const chosen = () => part('gallery').selectedOptions[0];

export const gallery = () => part('gallery').value;
export const needed = () => !part('consent').hidden;
export const given = () => !needed() || part('agreed').checked;

// `changed` is told whenever the gallery or the answer changes.
export function watchConsent(changed) {
  const show = () => {
    part('consent').hidden = !chosen().dataset.consent;
    part('purpose').textContent = chosen().dataset.consent;
    changed();
  };
  part('gallery').addEventListener('change', show);
  part('agreed').addEventListener('change', changed);
  show();
}

async function named(name, more) {
  const found = await ask(`/v1/subjects?${new URLSearchParams({ prefix: name, ...more })}`);
  return found.subjects.find(one => one.name === name);
}

// Who is called so: of this gallery, or made, or somebody of another gallery who joins this one by being enrolled.
async function subject(name) {
  const known = await named(name, { gallery: gallery() });
  if (known) return known;
  try { return await ask('/v1/subjects', { method: 'POST', body: { name, gallery: gallery() } }); }
  catch (error) {
    if (error.code !== 'already_exists') throw error;
    return await named(name, {}) ?? Promise.reject(error);
  }
}

// Records that somebody agreed; the subject is made if it is not known. `id` if it is known already.
export async function record(name, id = '') {
  if (!needed()) return;
  await ask('/v1/consents', { method: 'POST', body: {
    subject_id: id || (await subject(name)).id, purpose: chosen().dataset.consent,
    text_version: part('text-version').value.trim() || 'unversioned', evidence: part('evidence').value.trim(),
  } });
}
