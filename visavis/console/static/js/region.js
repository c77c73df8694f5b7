// Areas of a picture, drawn with the mouse, a finger or the keyboard: polygons whose corners are shares of width and height.
import { made } from './words.js';

const SVG = 'http://www.w3.org/2000/svg', MOST = 8, LEAST = 0.02;
const bounded = share => Math.min(Math.max(share, 0), 1);
const exact = share => Math.round(share * 1e4) / 1e4;

export class Region {
  constructor(root, polygons = []) {
    this.root = root;
    this.stage = root.querySelector('.stage');
    this.svg = this.stage.querySelector('svg');
    this.handles = this.stage.querySelector('.handles');
    this.areas = polygons.map(area => area.map(corner => [...corner]));
    this.faces = [];
    root.querySelector('[data-region="add"]').addEventListener('click', () => this.add());
    root.querySelector('[data-region="clear"]').addEventListener('click', () => { this.areas = []; this.draw(); });
    this.stage.addEventListener('pointerdown', event => this.begin(event));
    this.draw();
  }

  // As a camera's configuration has them.
  get value() { return this.areas.map(area => area.map(([x, y]) => [exact(x), exact(y)])); }

  add(area = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.9], [0.2, 0.9]]) {
    if (this.areas.length >= MOST) return;
    this.areas.push(area);
    this.draw();
    this.focus(this.areas.length - 1, 0);
  }

  // Faces of a test picture: boxes as shares, and whether they are good enough.
  show(faces) { this.faces = faces; this.draw(); }

  draw() {
    const boxes = this.faces.map(face => {
      const one = document.createElementNS(SVG, 'rect');
      one.setAttribute('class', face.good ? 'face' : 'face poor');
      for (const name of ['x', 'y', 'width', 'height']) one.setAttribute(name, face[name]);
      return one;
    });
    const areas = this.areas.map(area => {
      const one = document.createElementNS(SVG, 'polygon');
      one.setAttribute('points', area.map(corner => corner.join(',')).join(' '));
      return one;
    });
    this.svg.replaceChildren(...areas, ...boxes);
    this.handles.replaceChildren(...this.areas.flatMap((area, place) => area.map((_, corner) => this.handle(place, corner))));
    const told = this.areas.length ? `${this.areas.length} ${this.areas.length === 1 ? 'area' : 'areas'}` : 'The whole picture is searched.';
    this.root.querySelector('[data-region="told"]').textContent = told;
    this.root.querySelector('[data-region="clear"]').hidden = !this.areas.length;
    this.root.dispatchEvent(new CustomEvent('drawn'));
  }

  handle(place, corner) {
    const [x, y] = this.areas[place][corner], one = made('button', '');
    one.type = 'button';
    one.style.left = `${100 * x}%`;
    one.style.top = `${100 * y}%`;
    one.dataset.corner = `${place}.${corner}`;
    one.setAttribute('aria-label', `Area ${place + 1}, corner ${corner + 1}: ${Math.round(100 * x)} % from the left, ${Math.round(100 * y)} % from the top`);
    one.addEventListener('keydown', event => this.key(event, place, corner));
    one.addEventListener('pointerdown', event => this.drag(event, place, corner));
    return one;
  }

  focus(place, corner) { this.handles.querySelector(`[data-corner="${place}.${corner}"]`)?.focus(); }

  key(event, place, corner) {
    const area = this.areas[place], far = event.shiftKey ? 0.05 : 0.01;
    const ways = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    if (ways[event.key]) {
      const [x, y] = area[corner], [right, down] = ways[event.key];
      area[corner] = [bounded(x + right), bounded(y + down)];
    } else if (event.key === 'Enter') {
      const [x, y] = area[corner], [nextX, nextY] = area[(corner + 1) % area.length];
      area.splice(corner + 1, 0, [(x + nextX) / 2, (y + nextY) / 2]);
      corner += 1;
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      area.splice(corner, 1);
      if (area.length < 3) this.areas.splice(place, 1);
      corner = 0;
    } else return;
    event.preventDefault();
    this.draw();
    this.focus(place, corner);
  }

  at(event) {
    const frame = this.stage.getBoundingClientRect();
    return [bounded((event.clientX - frame.left) / frame.width), bounded((event.clientY - frame.top) / frame.height)];
  }

  drag(event, place, corner) {
    event.stopPropagation();
    event.preventDefault();
    this.follow(event, moved => { this.areas[place][corner] = this.at(moved); this.draw(); }, () => this.focus(place, corner));
  }

  // A new rectangle, from corner to corner.
  begin(event) {
    if (event.button || this.areas.length >= MOST) return;
    event.preventDefault();
    const [fromX, fromY] = this.at(event), place = this.areas.length;
    const small = ([x, y]) => Math.abs(x - fromX) < LEAST || Math.abs(y - fromY) < LEAST;
    this.follow(event, moved => {
      const [x, y] = this.at(moved);
      this.areas[place] = [[fromX, fromY], [x, fromY], [x, y], [fromX, y]];
      this.draw();
    }, last => { if (small(this.at(last))) this.areas.length = place; this.draw(); });
  }

  follow(event, move, end) {
    const done = last => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', done);
      removeEventListener('pointercancel', done);
      end(last);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', done);
    addEventListener('pointercancel', done);
  }
}
