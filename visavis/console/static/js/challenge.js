// What is asked of a person before a picture counts, so that a photo held before the camera is not enough.
//
// A challenge is { async run({ camera, tell }) → { passed, evidence } }: `camera` is a Camera of capture.js, `tell(text)`
// shows the person what to do, `evidence` is a Blob or null and goes with the picture. Register one under a name and
// name it in data-challenge of the page. None is built in: a script in a browser proves nothing to a server by itself,
// so a challenge needs a server that judges its evidence.
const known = new Map();

export function register(name, challenge) { known.set(name, challenge); }

// The challenge of this name; null where none is asked for.
export function challengeOf(name) {
  if (!name || name === 'none') return null;
  const found = known.get(name);
  if (!found) throw new Error(`There is no challenge ${name}.`);
  return found;
}
