// A camera is added: its address is tried, what it sees is shown, and its agent is told.
import { said } from './forms.js';
import { Region } from './region.js';
import { ask } from './server.js';
import { made } from './words.js';
import { changeWorkload, during } from './workload.js';

const part = name => document.getElementById(name);
const test = part('test'), details = part('details'), seen = part('seen');
const region = test && new Region(part('region'));

function reader(address) {
  if (/^rtsps?:\/\//i.test(address)) return 'rtsp';
  if (/^https?:\/\//i.test(address)) return 'mjpeg';
  if (/^(\d{1,3}|\/dev\/.+)$/.test(address)) return 'usb';
  return '';
}

function fact(name, value) { return made('div', '', made('dt', '', name), made('dd', '', value)); }

function show(tried) {
  const picture = part('picture'), { width_px: width, height_px: height } = tried;
  picture.src = `data:image/jpeg;base64,${tried.picture.content}`;
  region.show(tried.faces.map(face => ({
    x: face.box.left / width,
    y: face.box.top / height,
    width: (face.box.right - face.box.left) / width,
    height: (face.box.bottom - face.box.top) / height,
    good: face.quality !== null,
  })));
  part('facts').replaceChildren(
    fact('Picture', `${width}×${height}`),
    fact('Pictures a second', tried.rate.toFixed(1)),
    fact('First picture', `after ${tried.first_frame_s.toFixed(1)} s`),
    fact('Delay', `${Math.max(tried.delay_s, 0).toFixed(1)} s`),
  );
  const faces = tried.faces.map(face => {
    const good = face.quality !== null;
    const word = made('span', `badge ${good ? 'good' : 'watch'}`, good ? `quality ${Math.round(face.quality)}` : 'not good enough');
    return made('li', '', `${Math.round(face.width_px)} pixels wide `, word, good ? '' : ` ${face.reasons.join(', ').replaceAll('_', ' ')}`);
  });
  part('faces').replaceChildren(...(faces.length ? faces : [made('li', 'dim', 'none')]));
  const advice = tried.advice.map(text => made('li', 'note watch', text));
  part('advice').replaceChildren(...(advice.length ? advice : [made('li', 'note', 'This is good for recognition.')]));
  seen.hidden = false;
}

function goOn() {
  details.hidden = false;
  details.elements.name.focus();
  details.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
}

test?.addEventListener('submit', event => {
  event.preventDefault();
  const address = test.elements.address.value.trim();
  if (!address) { test.elements.address.focus(); return; }
  part('testing').hidden = false;
  seen.hidden = true;
  during(test, async () => {
    show(await ask('/v1/camera-trials', { method: 'POST', body: { address } }));
    goOn();
  }).finally(() => { part('testing').hidden = true; });
});
part('skip')?.addEventListener('click', () => {
  const problem = test.querySelector('.problem'), known = reader(test.elements.address.value.trim());
  problem.textContent = known ? '' : 'Write the address first: rtsp://…, http://…, or the number of a USB camera.';
  if (known) goOn();
});

details?.addEventListener('submit', event => {
  event.preventDefault();
  if (!details.reportValidity()) return;
  const { name, agent, site, zone, direction, gallery, ...how } = said(details);
  const address = test.elements.address.value.trim(), status = part('saving');
  const camera = { id: name, reader: reader(address), address, site, zone, direction, gallery, region: region.value, ...how };
  const pack = details.elements.gallery.selectedOptions[0].dataset.pack;
  during(details, async () => {
    if (!camera.reader) throw new Error('The address is none that an agent can read.');
    status.textContent = 'The place is noted …';
    const place = { site, zone, direction };
    try { await ask('/v1/cameras', { method: 'POST', body: { name, ...place } }); } catch (error) {
      if (error.code !== 'already_exists') throw error;
      await ask(`/v1/cameras/${encodeURIComponent(name)}`, { method: 'PATCH', body: place });
    }
    status.textContent = 'The agent is told …';
    await changeWorkload(agent, (workload, fresh) => {
      if (workload.cameras.some(one => one.id === name)) throw new Error(`The agent has a camera ${name} already.`);
      if (fresh || !workload.cameras.length) Object.assign(workload, { gallery, pack });
      else if (workload.pack !== pack) throw new Error(`The agent works with the models ${workload.pack}, and the gallery ${gallery} with ${pack}. Take another agent or gallery.`);
      workload.cameras.push(camera);
    });
    location.assign(`/cameras/at/${encodeURIComponent(name)}`);
  }).finally(() => { status.textContent = ''; });
});
