/* A model fed the ids of another's tokenizer: above what was written, between the ids, below what the model reads. */
'use strict';

/**
 * @typedef {Object} MisreadPicture playground/views/pictures/tokenizers.py
 * @property {string} writer
 * @property {string} reader
 * @property {{written: string, token_id: number, read: ?string, tint: number}[]} tokens
 * @property {number} n_left
 * @property {{label: string, bits: number, role: string}[]} bars
 * @property {number} full bits at the end of the tracks
 * @property {string} why
 */

Playground.kinds.misread = (host, panel) => {
  const { el, setText, brief, shorten } = Playground;
  const flow = el('div', { class: 'pg-mr-flow' });
  const rest = el('p', { class: 'pg-mr-rest' });
  const why = el('p', { class: 'pg-mr-why' });
  const bars = el('div', { class: 'pg-mr-bars' });
  const below = el('div', { class: 'pg-mr-below' }, why, bars);
  host.replaceChildren(flow, rest, below);

  let picture = null;

  function column(token) {
    const gone = token.read === null;
    return el('span', { class: `pg-mr-column pg-mr-tint-${token.tint}`, title: `id ${token.token_id}: ${token.written} → ${gone ? 'no such token' : token.read}` },
      el('span', { class: 'pg-mr-piece', dir: 'auto', text: shorten(token.written, 24) || ' ' }),
      el('span', { class: 'pg-mr-id', text: String(token.token_id) }),
      el('span', { class: gone ? 'pg-mr-piece pg-mr-gone' : token.read === token.written ? 'pg-mr-piece pg-mr-same' : 'pg-mr-piece pg-mr-read', dir: 'auto', text: gone ? 'no such id' : shorten(token.read, 24) || ' ' }));
  }

  const SIZES = [2.6, 2.3, 2, 1.8, 1.6, 1.4]; // of the letters, in units; the first that fits the room is taken

  /** As large as the room allows, and what the three lines are at the beginning of each line of text. */
  function arrange() {
    if (!picture) return;
    for (const old of flow.querySelectorAll('.pg-mr-gutter')) old.remove();
    const left = () => panel.room.height - flow.offsetHeight - below.offsetHeight - 4 * Playground.unit();
    host.style.setProperty('--grow', '0px');
    const fits = (size) => {
      flow.style.setProperty('--size', `${size * Playground.unit()}px`);
      return left() >= 0;
    };
    if (!SIZES.some(fits)) fits(SIZES[SIZES.length - 1]);
    const tops = [];
    const find = () => { tops.length = 0; for (const node of flow.children) if (!tops.includes(node.offsetTop)) tops.push(node.offsetTop); };
    find();
    // What is left of the room goes to the three rows of each line and to the bars.
    const rows = 3 * tops.length + picture.bars.length;
    host.style.setProperty('--grow', `${Math.max(0, Math.min(left() / rows, 6 * Playground.unit()))}px`);
    find();
    for (const top of tops) {
      const gutter = el('span', { class: 'pg-mr-gutter' }, el('span', { text: `${picture.writer} writes` }), el('span', { text: 'ids' }), el('span', { text: `${picture.reader} reads` }));
      gutter.style.top = `${top}px`;
      flow.append(gutter);
    }
  }

  function drawBars() {
    bars.replaceChildren(...picture.bars.flatMap((bar) => {
      const fill = el('i');
      fill.style.width = `${(100 * bar.bits) / picture.full}%`;
      fill.style.background = `var(--pg-${bar.role})`;
      return [el('span', { class: 'pg-mr-label', text: bar.label }), el('span', { class: 'pg-mr-track' }, fill), el('span', { class: 'pg-mr-bits', title: `${bar.bits} bits`, text: `${brief(bar.bits)} bits` })];
    }));
  }

  return {
    draw(given) {
      picture = given;
      flow.replaceChildren(...picture.tokens.map(column));
      setText(rest, picture.n_left ? `… and ${picture.n_left.toLocaleString('en')} more tokens` : '');
      rest.hidden = !picture.n_left;
      setText(why, picture.why);
      drawBars();
      arrange();
    },
    resize: arrange,
  };
};
