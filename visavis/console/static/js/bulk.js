// Many people in one go: consent, ZIP files made here, jobs made of them.
import { record } from './consent.js';
import { ask } from './server.js';
import { zipped } from './zip.js';

const MOST_BYTES = 40 * 2 ** 20, MOST_PHOTOS = 2000; // in one job; the server takes 64 MiB at once
const AT_ONCE = 4;

// Lists of { name, file } that fit into one job each. One person's photos may be in two.
export function chunks(people) {
  const all = [[]];
  let size = 0;
  for (const [person, files] of people) {
    const taken = new Set();
    for (const [number, file] of files.entries()) {
      const bytes = file.size + 500, own = plain(file.name), name = taken.has(own) ? `${number + 1}-${own}` : own;
      taken.add(name);
      if (all.at(-1).length && (size + bytes > MOST_BYTES || all.at(-1).length >= MOST_PHOTOS)) { all.push([]); size = 0; }
      all.at(-1).push({ name: `${person}/${name}`, file });
      size += bytes;
    }
  }
  return all;
}

const plain = name => name.replace(/[/\\\0]/g, '_').replace(/^\.+/, '').slice(-80);

// Whether a person may be called so: the name becomes that of a folder.
export function wrongName(name) {
  if (!name.trim()) return 'has no name';
  if (name.startsWith('.') || /[/\\\0-\x1f\x7f]/.test(name)) return 'has a name that begins with a dot or has a slash in it';
  return name.length > 200 ? 'has a name of more than 200 letters' : '';
}

// Resolves to the jobs. `progress(share, words)` from 0 to 1.
export async function enrolMany(gallery, people, { largest = false, progress }) {
  const names = [...people.keys()];
  let told = 0;
  const waiting = names.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const name of waiting) { await record(name); told += 1; progress(0.1 * told / names.length, 'Recording consent'); }
  }));
  const parts = chunks(people), jobs = [];
  for (const [number, part] of parts.entries()) {
    progress(0.1 + 0.9 * number / parts.length, parts.length > 1 ? `Sending part ${number + 1} of ${parts.length}` : 'Sending the photos');
    const form = new FormData();
    form.append('file', await zipped(part), 'import.zip');
    jobs.push(await ask(`/v1/galleries/${encodeURIComponent(gallery)}/jobs/enrol?${new URLSearchParams({ largest })}`, { method: 'POST', body: form }));
  }
  progress(1, 'All is sent');
  return jobs;
}

// Where to look at what becomes of them.
export const placeOf = jobs => jobs.length === 1 ? `/jobs/${jobs[0].id}` : '/jobs';
