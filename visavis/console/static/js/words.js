// Everyday words and odds, as the pages write them.
export const OUTCOMES = { match: 'recognised', non_match: 'unknown', inconclusive: 'left open' };

// The same words as `rate` in render.py.
export function odds(rate) {
  if (!(rate > 0)) return '–';
  if (rate >= 0.1) return `${Math.floor(100 * rate + 0.5)} %`;
  if (rate < 1e-9) return 'fewer than 1 in a billion';
  const one = twoDigits(1 / rate);
  if (one < 1e6) return `1 in ${one.toLocaleString('en')}`;
  if (one >= 1e9) return '1 in a billion';
  return one === 1e6 ? '1 in a million' : `1 in ${one / 1e6} million`;
}

function twoDigits(number) {
  let step = 1;
  while (number / step >= 100) step *= 10;
  return Math.floor(number / step + 0.5) * step;
}

// An element with a class and text or children; text is text, never markup.
export function made(tag, kind = '', ...content) {
  const one = document.createElement(tag);
  if (kind) one.className = kind;
  one.append(...content.filter(part => part !== null && part !== undefined));
  return one;
}

export function badge(outcome) {
  return made('span', `badge ${outcome ?? ''}`, OUTCOMES[outcome] ?? 'not decided');
}
