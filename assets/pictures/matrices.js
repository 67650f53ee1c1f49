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
 * @property {string[][][]} lines of the chosen cell, or of all cells row by row
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
  host.replaceChildren(flow, readout, el('div', { class: 'pg-mx-below' }, el('div', { class: 'pg-mx-left' }, words, list), code));

  let picture = null;
  let at = { row: 0, column: 0 };
  let drawn = [];
  /** A number with the wanted digits, or with as many as have room; where not even two have, nothing. */
  function written(value, characters = Infinity) {
    if (!Number.isFinite(value)) return '−∞';
    const tries = picture.digits ? [picture.digits, 2, 1].map((n) => (value + 0).toFixed(n).replace('-', '−')) : [3, 2].map((n) => sig(value, n));
    return tries.find((text) => text.length <= characters) || '';
  }
  const say = (text) => setText(readout, text || 'Point at a cell for its number; choose one to mark its row and its column everywhere.');

  function choose(row, column) {
    const next = { row: row === null ? at.row : row, column: column === null ? at.column : column };
    if (next.row < 0 || next.row >= picture.queries.length || next.column < 0 || next.column >= picture.keys.length) return;
    at = next;
    for (const cells of drawn) cells.mark(next.row, next.column);
    if (!picture.picks[0]) tell();
    else panel.pick({ [picture.picks[0]]: picture.query_at[next.row], [picture.picks[1]]: picture.key_at[next.column] });
  }

  flow.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    choose(at.row + step[0], at.column + step[1]);
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

  /** All matrices in one line where their numbers have room, else the scores below the vectors. */
  function draw() {
    const unit = Playground.unit();
    const { width, height } = panel.room;
    const [first, second] = matrices();
    const below = picture.softmaxed || picture.code ? 21 : 13;
    const label = Math.min(8, Math.max(2, ...[...picture.queries, ...picture.keys].map((text) => Array.from(text).length * 0.66 + 0.8))) * unit;
    const lines = Playground.matrixCells.fitsOneLine([...first, ...second], width, unit, label) ? [[...first, ...second]] : [first, second];
    const lay = Playground.matrixCells.layout(lines, { width, height: height - below * unit, unit, label });
    drawn = [];
    flow.replaceChildren(...lines.map((line, l) => el('div', { class: 'pg-mx-line' }, ...line.map((matrix, i) => {
      const cells = Playground.matrixCells.draw(matrix, lay[l][i], unit, label, written, choose, (row, column, value) => {
        if (row === null) { say(''); return; }
        const from = matrix.rows[row];
        const exact = Number.isFinite(value) ? String(Number(value.toPrecision(7))) : '−∞';
        const to = matrix.columns ? ` → ${matrix.columns[column]}` : ` [${column}]`;
        say(`${matrix.name}: ${from}${to}: ${exact}${matrix.scale === 'amount' ? ` (${percent(value)})` : ''}`);
      });
      cells.mark(at.row, at.column);
      drawn.push(cells);
      const arrow = line.length > 3 && i > (lines.length > 1 ? 0 : first.length - 1) ? el('span', { class: 'pg-mx-arrow', 'aria-hidden': 'true', text: '→' }) : null;
      return el('div', { class: 'pg-mx-item' }, arrow, cells.node);
    }))));
    tell();
    code.replaceChildren();
    if (picture.code) code.append(el('h5', { class: 'pg-part', text: 'The same in PyTorch' }), el('pre', { class: 'pg-frame-scroll', tabindex: '0' }, el('code', { text: picture.code })));
    drawList();
    say('');
  }

  /** The chosen cell, step by step. */
  function tell() {
    const lines = picture.lines[picture.lines.length > 1 ? at.row * picture.keys.length + at.column : 0];
    words.replaceChildren(el('h5', { class: 'pg-part', text: `${picture.queries[at.row]} looks at ${picture.keys[at.column]}, with all numbers` }),
      ...lines.map(([name, text]) => el('p', {}, el('b', { text: name }), el('code', { text }))),
      ...(picture.check ? [el('p', { class: picture.exact ? 'pg-mx-check pg-exact' : 'pg-mx-check', text: picture.check })] : []));
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
    draw(given) {
      picture = given;
      at = { row: picture.row, column: picture.column };
      draw();
    },
    resize: draw,
    image: () => Playground.matrixCells.image(drawn),
  };
};
