// Guided capture: looks at the webcam, says what to change, keeps only good pictures. What needs no model (light, movement)
// is seen here at once; the server is asked at most once a second.
import { ask } from './server.js';

const SIDE = 640;        // what is sent to be looked at
const SHOT = 1280;       // what is kept
const LOOK_MS = 1000;    // between two looks of the server
const GLANCE_MS = 120;   // between two of our own, which cost nothing
const DARK = 42;         // mean of the grey values in the middle, 0 to 255
const STILL = 5;         // mean difference of grey values between two glances
const CALM_MS = 350;     // for so long it must be still

// What is wanted of a picture, in order; `fits` gets yaw in degrees, positive towards the person's left.
export const POSES = [
  { id: 'front', say: 'Look straight into the camera.', fits: pose => Math.abs(pose.yaw_deg) < 10 && Math.abs(pose.pitch_deg) < 18 },
  { id: 'left', say: 'Turn your head a little to your left.', fits: pose => pose.yaw_deg > 12 && pose.yaw_deg < 45 },
  { id: 'right', say: 'Turn your head a little to your right.', fits: pose => pose.yaw_deg < -12 && pose.yaw_deg > -45 },
];

export class Camera {
  constructor(video) { this.video = video; this.stream = null; }

  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error('This browser gives no camera to pages without TLS. Open the console over https, or on the machine itself.');
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'user', width: { ideal: SHOT } } });
    } catch (error) {
      const words = { NotAllowedError: 'The camera is not allowed for this page. Allow it beside the address, then start again.', NotFoundError: 'There is no camera. Connect one, then start again.', NotReadableError: 'Another program uses the camera.' };
      throw new Error(words[error.name] ?? 'The camera cannot be used.');
    }
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  get on() { return this.stream !== null; }

  async picture(longest, quality = 0.9) {
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, longest / Math.max(width, height, 1));
    const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext('2d').drawImage(this.video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise(give => canvas.toBlob(give, 'image/jpeg', quality));
    return { blob, width: canvas.width, height: canvas.height };
  }
}

// What to tell the person; empty when the picture is good. `faces` as /v1/detect gives them.
export function advice(faces, frame) {
  if (!faces.length) return 'Come into the picture.';
  if (crowded(faces)) return 'One person at a time, please.';
  const face = faces[0], parts = face.quality.components;
  const share = width(face) / frame.width;
  if (share < 0.14) return 'Come closer.';
  if (share > 0.6) return 'Too close: move back a little.';
  if ((parts.crop_of_the_face_image ?? 100) < 90) return 'Move into the middle of the picture.';
  if ((parts.under_exposure_prevention ?? 100) < 40) return 'Too dark: turn to the light.';
  if ((parts.over_exposure_prevention ?? 100) < 60) return 'Too bright: turn away from the light.';
  if ((parts.sharpness ?? 100) < 12) return 'Hold still, and look whether the lens is clean.';
  if (Math.abs(face.quality.pose.roll_deg) > 25) return 'Hold your head upright.';
  return face.accepted ? '' : face.reasons[0].advice;
}

const width = face => face.box.right - face.box.left;

// Whether somebody else stands about as near.
export const crowded = faces => faces.length > 1 && width(faces[1]) > 0.5 * width(faces[0]);

export async function look(blob) {
  const form = new FormData();
  form.append('image', blob, 'look.jpg');
  return (await ask('/v1/detect', { method: 'POST', body: form })).faces;
}

// A picture file as small as a look needs it; as it is where the browser cannot read it.
export async function shrunk(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, 2 * SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return { blob: await new Promise(give => canvas.toBlob(give, 'image/jpeg', 0.9)), width: canvas.width, height: canvas.height };
  } catch { return { blob: file, width: SIDE, height: SIDE }; }
}

// What can be seen without a server: whether there is light, and whether anything moves.
export class Glance {
  constructor() {
    this.canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
    this.context = this.canvas.getContext('2d', { willReadFrequently: true });
    this.before = null;
    this.calmSince = performance.now();
  }

  // { light, calmMs }: the mean grey value of the middle, and for how long nothing has moved.
  at(video) {
    this.context.drawImage(video, 0, 0, 32, 24);
    const { data } = this.context.getImageData(8, 3, 16, 18);
    let sum = 0, moved = 0;
    for (let at = 1; at < data.length; at += 4) { sum += data[at]; if (this.before) moved += Math.abs(data[at] - this.before[at]); }
    const count = data.length / 4, now = performance.now();
    if (!this.before || moved / count > STILL) this.calmSince = now;
    this.before = data;
    return { light: sum / count, calmMs: now - this.calmSince };
  }
}

// Runs until every pose is there or `stop` is called. `tell(text, good)`, `got(shot, pose)`, `left(poses)`;
// `looking(blob)` resolves to faces as /v1/detect gives them.
export class Guide {
  constructor(camera, { tell, got, left, poses = POSES, looking = look }) {
    Object.assign(this, { camera, tell, got, left, looking, poses: [...poses], running: false, glance: new Glance(), looked: 0 });
  }

  async run() {
    this.running = true;
    this.left(this.poses);
    while (this.running && this.poses.length && this.camera.on) {
      const seen = this.glance.at(this.camera.video);
      if (seen.light < DARK) this.tell('Too dark: turn to the light.', false);
      else if (performance.now() - this.looked >= LOOK_MS) await this.tried(seen);
      await pause(GLANCE_MS);
    }
    const done = this.running && !this.poses.length;
    this.running = false;
    return done;
  }

  stop() { this.running = false; }

  async tried(seen) {
    this.looked = performance.now();
    try { await this.step(seen); }
    catch (error) { this.tell(error.message, false); await pause(1500); }
  }

  async step({ calmMs }) {
    const frame = await this.camera.picture(SIDE);
    const shot = await this.camera.picture(SHOT, 0.95);
    const faces = await this.looking(frame.blob);
    const wrong = advice(faces, frame), pose = this.poses[0];
    if (wrong) { this.tell(wrong, false); return; }
    if (!pose.fits(faces[0].quality.pose)) { this.tell(pose.say, false); return; }
    if (calmMs < CALM_MS) { this.tell('Good. Hold still.', true); return; }
    this.poses.shift();
    this.got(shot.blob, pose);
    this.left(this.poses);
    this.tell(this.poses.length ? `Got it. ${this.poses[0].say}` : 'That is all. Thank you.', true);
  }
}

const pause = ms => new Promise(go => setTimeout(go, ms));
