// Files of folders: chosen or dropped ones with their paths, as people with their photos.
const PHOTO = /\.(jpe?g|jpe|png|webp|bmp|tiff?|mpo|heic|heif)$/i;
const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db|desktop\.ini)/;

export const isPhoto = path => PHOTO.test(path) && !HIDDEN.test(path);
const byName = new Intl.Collator(undefined, { numeric: true }).compare;

// From <input type=file webkitdirectory>: [{ path, file }].
export const chosenFiles = input => [...input.files].map(file => ({ path: file.webkitRelativePath || file.name, file }));

// From a drop, folders and all that is in them. The entries are asked for at once: later the browser has forgotten them.
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  for (const entry of entries) await walk(entry, '', found);
  return found;
}

async function walk(entry, before, found) {
  const path = before + entry.name;
  if (entry.isFile) { found.push({ path, file: await new Promise((done, failed) => entry.file(done, failed)) }); return; }
  const reader = entry.createReader();
  for (;;) { // a directory is read in parts
    const part = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!part.length) return;
    for (const one of part) await walk(one, `${path}/`, found);
  }
}

// By the folder that a photo lies in: { people: Map name → files, stray, ignored }.
export function people(files) {
  const named = new Map(), depth = path => path.split('/').length;
  const nested = files.some(({ path }) => isPhoto(path) && depth(path) > 2); // then what lies above is in nobody's folder
  let stray = 0, ignored = 0;
  for (const { path, file } of files) {
    if (!isPhoto(path)) { if (!HIDDEN.test(path)) ignored += 1; continue; }
    const parts = path.split('/');
    if (parts.length < (nested ? 3 : 2)) { stray += 1; continue; }
    const name = parts.at(-2).trim().normalize('NFC');
    named.set(name, [...(named.get(name) ?? []), file]);
  }
  for (const photos of named.values()) photos.sort((a, b) => byName(a.name, b.name));
  return { people: new Map([...named].sort(([a], [b]) => byName(a, b))), stray, ignored };
}

// Something that files are dropped on; `got` gets [{ path, file }].
export function dropZone(zone, got) {
  zone.addEventListener('dragover', event => { event.preventDefault(); zone.classList.add('over'); });
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', async event => {
    event.preventDefault();
    zone.classList.remove('over');
    got(await droppedFiles(event.dataTransfer));
  });
}
