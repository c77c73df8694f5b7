// Everyday words and odds, as the pages write them.
export const OUTCOMES = { match: 'recognised', non_match: 'unknown', inconclusive: 'left open' };

export function odds(rate) {
  if (!(rate > 0)) return '–';
  if (rate >= 0.1) return `${Math.round(100 * rate)} %`;
  const one = 1 / rate;
  if (one >= 1e6) return `1 in ${Math.round(one / 1e6).toLocaleString('en')} million`;
  const step = 10 ** Math.max(Math.floor(Math.log10(one)) - 1, 0);
  return `1 in ${(Math.round(one / step) * step).toLocaleString('en')}`;
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
