/* Attention as whole matrices: q, k, v → scores → … → weights → output, with one row marked through all of them. */
'use strict';

/**
 * @typedef {Object} MatricesPicture playground/views/pictures/matrices.py
 * @property {string[]} queries
 * @property {string[]} keys
 * @property {number[]} query_at positions in the text
 * @property {number[]} key_at
 * @property {string[]} picks what a click on a query, and on a key, is called
 * @property {Float32Array} q (query, width)
 * @property {Float32Array} k
 * @property {Float32Array} v
 * @property {Object[]} stages name, how, values
 * @property {Float32Array} weights (query, key)
 * @property {Float32Array} out
 * @property {number} row
 * @property {number} column
 * @property {number} digits
 * @property {string[][]} lines
 * @property {string} check
 * @property {boolean} exact
 * @property {string} code
 * @property {?Object} softmaxed
 */

Playground.kinds.matrices = (host, panel) => {
  const { el, sig, setText, percent } = Playground;

  const flow = el('div', { class: 'pg-mx-flow', tabindex: '0', role: 'group', 'aria-label': 'Matrices. Arrow keys: row and column.' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const words = el('div', { class: 'pg-mx-words' });
  const code = el('div', { class: 'pg-mx-code' });
  const list = el('div', { class: 'pg-mx-list' });
  host.replaceChildren(flow, readout, el('div', { class: 'pg-mx-below' }, words, code), list);

  let picture = null;
  let drawn = [];
  const written = (value) => (!Number.isFinite(value) ? '−∞' : picture.digits ? (value + 0).toFixed(picture.digits).replace('-', '−') : sig(value));
  const say = (text) => setText(readout, text || 'Point at a cell for its number; choose one to mark its row and its column everywhere.');

  function choose(row, column) {
    const next = { row: row === null ? picture.row : row, column: column === null ? picture.column : column };
    if (next.row < 0 || next.row >= picture.queries.length || next.column < 0 || next.column >= picture.keys.length) return;
    for (const cells of drawn) cells.mark(next.row, next.column);
    panel.pick({ [picture.picks[0]]: picture.query_at[next.row], [picture.picks[1]]: picture.key_at[next.column] });
  }

  flow.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    choose(picture.row + step[0], picture.column + step[1]);
    event.preventDefault();
  });

  /** Everything that is drawn, from left to right: each with what it is called, what was done, and which lines are marked. */
  function matrices() {
    const { queries, keys } = picture;
    const rows = { query: queries, key: keys };
    const vector = (name, role, how, values, side) => ({ name, role, how, values, rows: rows[side], side, columns: null, scale: 'signed' });
    const scores = (stage) => ({ name: stage.name, role: 'score', how: stage.how, values: stage.values, rows: queries, side: 'query', columns: keys, scale: 'signed' });
    const first = [vector('Q', 'query', 'queries', picture.q, 'query'), vector('K', 'key', 'keys', picture.k, 'key')];
    if (picture.v.shape[1]) first.push(vector('V', 'value', 'values', picture.v, 'key'));
    const second = [...picture.stages.map(scores), { name: 'weights', role: 'attention', how: 'softmax of each row', values: picture.weights, rows: queries, side: 'query', columns: keys, scale: 'amount' }];
    if (picture.out.shape[1]) second.push(vector('output', 'attention', 'weights · V', picture.out, 'query'));
    return [first, second];
  }

  /** As large as fits: all matrices in one row where there is room, else the scores below the vectors. */
  function draw() {
    const unit = Playground.unit();
    const { width, height } = panel.room;
    const [first, second] = matrices();
    const below = (picture.softmaxed ? 12 : 0) + 12;
    const label = Math.min(8, Math.max(2, ...[...picture.queries, ...picture.keys].map((text) => Array.from(text).length * 0.66 + 0.8))) * unit;
    const lay = Playground.matrixCells.layout([first, second], { width, height: height - below * unit, unit, label });
    drawn = [];
    flow.replaceChildren(...[first, second].map((line, l) => el('div', { class: 'pg-mx-line' }, ...line.map((matrix, i) => {
      const cells = Playground.matrixCells.draw(matrix, lay[l][i], unit, label, written, choose, (row, column, value) => {
        if (row === null) { say(''); return; }
        const from = matrix.rows[row];
        const exact = Number.isFinite(value) ? String(Number(value.toPrecision(7))) : '−∞';
        const to = matrix.columns ? ` → ${matrix.columns[column]}` : ` [${column}]`;
        say(`${matrix.name}: ${from}${to}: ${exact}${matrix.scale === 'amount' ? ` (${percent(value)})` : ''}`);
      });
      cells.mark(picture.row, picture.column);
      drawn.push(cells);
      const arrow = l === 1 && i > 0 ? el('span', { class: 'pg-mx-arrow', 'aria-hidden': 'true', text: '→' }) : null;
      return el('div', { class: 'pg-mx-item' }, arrow, cells.node);
    }))));
    words.replaceChildren(el('h5', { class: 'pg-part', text: `${picture.queries[picture.row]} looks at ${picture.keys[picture.column]}, with all numbers` }),
      ...picture.lines.map(([name, text]) => el('p', {}, el('b', { text: name }), el('code', { text }))),
      picture.check ? el('p', { class: picture.exact ? 'pg-mx-check pg-exact' : 'pg-mx-check', text: picture.check }) : null);
    code.replaceChildren();
    if (picture.code) code.append(el('h5', { class: 'pg-part', text: 'The same in PyTorch' }), el('pre', { class: 'pg-frame-scroll', tabindex: '0' }, el('code', { text: picture.code })));
    drawList();
    say('');
  }

  /** Softmax of a list that was typed: numbers, their exp, their shares. */
  function drawList() {
    list.replaceChildren();
    const found = picture.softmaxed;
    list.hidden = !found;
    if (!found) return;
    const row = (name, values, end, share) => el('tr', {}, el('th', { scope: 'row', text: name }), ...Array.from(values, (value) => {
      const cell = el('td', { title: String(Number(value.toPrecision(7))), text: written(value) });
      if (share) Playground.tint(cell, value);
      return cell;
    }), el('td', { class: 'pg-mx-end', text: end }));
    list.append(el('h5', { class: 'pg-part', text: 'Softmax of a list' }), el('div', { class: 'pg-frame-scroll' }, el('table', {}, el('tbody', {},
      row('x', found.numbers, ''), row('exp(x)', found.exps, `sum ${written(found.total)}`),
      row('exp(x) / sum', found.shares, `sum ${written(found.shares.reduce((a, b) => a + b, 0))}`, true)))));
  }

  return {
    draw(given) { picture = given; draw(); },
    resize: draw,
    image: () => Playground.matrixCells.image(drawn),
  };
};
