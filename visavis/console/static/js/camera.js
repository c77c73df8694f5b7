// One camera: its area, how it is watched, where it hangs, and its end.
import { said, sure } from './forms.js';
import { toast } from './frame.js';
import { Region } from './region.js';
import { ask } from './server.js';
import { changeWorkload, during } from './workload.js';

const part = name => document.getElementById(name);
const watch = part('watch'), place = part('place-form'), remove = part('remove-now');

if (watch) {
  const { agent, camera, region } = watch.dataset, areas = new Region(part('region'), JSON.parse(region));
  watch.addEventListener('submit', event => {
    event.preventDefault();
    if (!watch.reportValidity()) return;
    during(watch, async () => {
      const { motion, ...how } = said(watch), pack = watch.elements.gallery.selectedOptions[0].dataset.pack;
      const changed = await changeWorkload(agent, workload => {
        const one = workload.cameras.find(other => other.id === camera);
        if (!one) throw new Error('The agent does not have this camera any more.');
        if (pack && pack !== workload.pack) throw new Error(`The agent works with the models ${workload.pack}, and that gallery with ${pack}.`);
        Object.assign(one, { gallery: null }, how, { motion: { ...one.motion, ...motion }, region: areas.value });
      }, watch.dataset.version);
      watch.dataset.version = changed.desired;
      toast('Sent to the agent, which applies it within seconds.');
    });
  });
}

place?.addEventListener('submit', event => {
  event.preventDefault();
  const { camera, etag } = place.dataset, body = said(place);
  during(place, async () => {
    const headers = {};
    if (etag) await ask(`/v1/cameras/${encodeURIComponent(camera)}`, { method: 'PATCH', body, headers: { 'If-Match': etag }, heard: headers });
    else await ask('/v1/cameras', { method: 'POST', body: { name: camera, ...body }, heard: headers });
    place.dataset.etag = headers.etag;
    toast('Saved. Events note this place from now on.');
  });
});

remove?.addEventListener('click', async () => {
  const { camera, agent, exists } = remove.dataset;
  if (!await sure(`Remove ${camera}?`, { danger: 'Remove', text: 'Its lines in the log stay.' })) return;
  try {
    if (agent) await changeWorkload(agent, workload => { workload.cameras = workload.cameras.filter(one => one.id !== camera); });
    if (exists) await ask(`/v1/cameras/${encodeURIComponent(camera)}`, { method: 'DELETE' });
    location.assign('/cameras');
  } catch (error) { toast(error.message, 'bad'); }
});
