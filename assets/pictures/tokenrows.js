/* One text under several tokenizers: a line of figures for each, and the text once for each, aligned by its characters.
 *
 * The text is laid out in columns, cut where any tokenizer cuts. A column is one element that holds the same characters
 * once for each tokenizer, so that everything stays aligned in every script. Lines break where no tokenizer's token is
 * torn: columns that some token holds together stand in one group.
 */
'use strict';

/**
 * @typedef {Object} TokenRowsPicture playground/views/pictures/tokenizers.py
 * @property {{name: string, said: string, n_text: number, n_added: number, n_unknown: number, exact: boolean, per_word: ?number,
 *             per_token: ?number, tokens: {text: string, token_id: number, tint: number, unknown: boolean}[]}[]} entries
 * @property {string[]} texts
 * @property {Int32Array} over (entries, columns)
 * @property {Int32Array} counts (entries, columns)
 * @property {number} n_left
 */

Playground.kinds.tokenrows = (host, panel) => {
  const { el, setText, brief, shorten } = Playground;
  const figures = el('div', { class: 'pg-tr-figures' });
  const flow = el('div', { class: 'pg-tr-flow', dir: 'auto', role: 'group', 'aria-label': 'The text, cut by each tokenizer' });
  const rest = el('p', { class: 'pg-tr-rest' });
  const readout = el('p', { class: 'pg-readout' });
  const HINT = 'Point at a piece for its token and id.';
  host.replaceChildren(figures, el('div', { class: 'pg-tr-frame' }, flow), rest, readout);

  let picture = null;
  let drawn = null; // the texts that stand

  function figure(entry, most) {
    const bar = el('span', { class: 'pg-tr-bar' }, el('i'));
    bar.firstChild.style.width = `${(100 * entry.n_text) / Math.max(1, most)}%`;
    const lost = entry.n_unknown ? `${entry.n_unknown.toLocaleString('en')} unknown` : entry.exact ? '' : 'way back not exact';
    return [
      el('div', { class: 'pg-tr-name' }, el('b', { text: entry.name }), el('span', { text: entry.said })), bar,
      el('span', { class: 'pg-tr-count', text: entry.n_text.toLocaleString('en') }),
      el('span', { class: 'pg-tr-number', text: entry.per_word === null ? '–' : brief(entry.per_word) }),
      el('span', { class: 'pg-tr-number', text: entry.per_token === null ? '–' : brief(entry.per_token) }),
      el('span', { class: 'pg-tr-more' }, el('span', { class: entry.n_unknown ? 'pg-tr-lost' : null, text: lost }), entry.n_added ? `${lost ? ', ' : ''}+ ${entry.n_added} special` : null),
    ];
  }

  function drawFigures() {
    const most = Math.max(...picture.entries.map((entry) => entry.n_text));
    const heads = ['', '', 'tokens', 'per word', 'bytes each', ''].map((text) => el('span', { class: 'pg-tr-head', text }));
    figures.replaceChildren(...heads, ...picture.entries.flatMap((entry) => figure(entry, most)));
  }

  /** What a tokenizer makes of one column: its token's tint, and whether the token begins or ends there. */
  function cell(entry, e, c, n) {
    const token = picture.over[e * n + c];
    const node = el('span', { class: 'pg-tr-cell', 'data-row': e, text: picture.texts[c] });
    if (token < 0) {
      node.classList.add('pg-tr-none');
      node.dataset.said = `${entry.name}: in no token`;
      return node;
    }
    const count = picture.counts[e * n + c];
    const own = entry.tokens[token];
    const before = c > 0 ? picture.over[e * n + c - 1] + picture.counts[e * n + c - 1] - 1 : -1;
    const behind = c + 1 < n ? picture.over[e * n + c + 1] : -1;
    node.classList.add(`pg-tr-tint-${own.tint}`);
    node.classList.toggle('pg-tr-begins', c === 0 || picture.over[e * n + c - 1] < 0 || before !== token);
    node.classList.toggle('pg-tr-ends', behind !== token + count - 1);
    node.classList.toggle('pg-tr-unknown', own.unknown);
    if (count > 1) node.append(el('sup', { dir: 'ltr', text: `×${count}` }));
    const ids = entry.tokens.slice(token, token + count);
    node.dataset.said = `${entry.name}: ${ids.map((t) => `${shorten(t.text, 24)} (id ${t.token_id})`).slice(0, 6).join(' · ')}${count > 6 ? ' …' : ''}${own.unknown ? ', unknown' : ''}`;
    return node;
  }

  /** Whether some tokenizer's token lies in this column and in the one before it. */
  function goesOn(c, n) {
    return picture.entries.some((_, e) => {
      const [before, here] = [e * n + c - 1, e * n + c];
      return picture.over[here] >= 0 && picture.over[before] >= 0 && picture.over[before] + picture.counts[before] - 1 === picture.over[here];
    });
  }

  function drawText() {
    if (drawn === picture.texts) return;
    drawn = picture.texts;
    const n = picture.texts.length;
    const fragment = document.createDocumentFragment();
    let group = null;
    for (let c = 0; c < n; c++) {
      if (!group || !goesOn(c, n)) fragment.append(group = el('span', { class: 'pg-tr-group' }));
      group.append(el('span', { class: 'pg-tr-column' }, ...picture.entries.map((entry, e) => cell(entry, e, c, n))));
    }
    flow.replaceChildren(fragment);
  }

  const SIZES = [2.6, 2.3, 2, 1.75, 1.5, 1.32]; // of the letters, in units; the first that fits the room is taken
  const LOOSE = 300; // columns from which on only the smallest is tried

  /** As large as the room allows, and the names of the tokenizers at the beginning of each line of text. */
  function arrange() {
    if (!picture) return;
    for (const old of flow.querySelectorAll('.pg-tr-gutter')) old.remove();
    const left = () => panel.room.height - figures.offsetHeight - flow.offsetHeight - 6 * Playground.unit();
    host.style.setProperty('--grow', '0px');
    const fits = (size) => {
      flow.style.setProperty('--size', `${size * Playground.unit()}px`);
      return left() >= 0;
    };
    if (picture.texts.length > LOOSE || !SIZES.some(fits)) fits(SIZES[SIZES.length - 1]);
    const tops = [];
    const find = () => { tops.length = 0; for (const column of flow.querySelectorAll('.pg-tr-column')) if (!tops.includes(column.offsetTop)) tops.push(column.offsetTop); };
    find();
    // What is left of the room goes to the rows, up to as much again as a letter is high.
    const rows = (tops.length + 1) * picture.entries.length;
    host.style.setProperty('--grow', `${Math.max(0, Math.min(left() / rows, 1.8 * Playground.unit()))}px`);
    find();
    for (const top of tops) {
      const gutter = el('span', { class: 'pg-tr-gutter', 'aria-hidden': 'true' }, ...picture.entries.map((entry) => el('span', { title: entry.name, text: shorten(entry.name, 14) })));
      gutter.style.top = `${top}px`;
      flow.append(gutter);
    }
  }

  flow.addEventListener('pointerover', (event) => {
    const node = event.target.closest('.pg-tr-cell');
    setText(readout, node ? node.dataset.said : HINT);
  });
  flow.addEventListener('pointerleave', () => setText(readout, HINT));

  return {
    draw(given) {
      picture = given;
      drawFigures();
      drawText();
      setText(rest, picture.n_left ? `… and ${picture.n_left.toLocaleString('en')} more characters` : '');
      rest.hidden = !picture.n_left;
      setText(readout, HINT);
      arrange();
    },
    resize: arrange,
  };
};
