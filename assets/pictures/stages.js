/* A distribution stage by stage: one column a stage, one row a token; what a stage removes is hatched there. */
'use strict';

/**
 * @typedef {{title: string, n_left: number, n_removed: number, removed_mass: number, entropy_bits: number, rest: number}} Column
 * @typedef {Object} StagesPicture playground/views/pictures/stages.py
 * @property {string} place
 * @property {string[]} words
 * @property {Column[]} columns
 * @property {Float32Array} probs (columns, words)
 * @property {Int32Array} removed_by for each word the column that removed it, or −1
 * @property {number} n_rest tokens without a row
 * @property {number} full value of a full track
 * @property {Int32Array} ranks of the points of the curve
 * @property {Float32Array} curve probability before the cuts
 * @property {Float32Array} cumulative its sum as top-p sees it
 * @property {Uint8Array} curve_kept
 * @property {string[]} curve_words of the first ranks
 * @property {number} top_k
 * @property {number} top_p
 * @property {{n_reaching: number, reached: number, n_within: number, within: number, boundary: string}?} cut
 * @property {boolean} draggable
 * @property {{n_draws: number, counts: number[], expected: number[], low: number[], high: number[], chi_square: number,
 *            p_value: number, n_cells: number}?} drawn the last of each stands for all words without a row
 */

Playground.kinds.stages = (host, panel) => {
  const { el, setText } = Playground;
  const place = el('h4', { class: 'pg-part' });
  const head = el('tr');
  const body = el('tbody');
  const table = el('table', { class: 'pg-stages' }, el('thead', {}, head), body);
  const more = el('button', { type: 'button', class: 'pg-action pg-stages-more' });
  const curve = Playground.stagesCurve((change) => panel.pick(change));
  const frame = el('div', { class: 'pg-scroll pg-stages-frame', tabindex: '0', role: 'region', 'aria-label': 'Stages of the distribution' }, table);
  host.replaceChildren(place, curve.root, frame, more);
  let picture = null;
  let unfolded = false;
  let narrow = false; // numbers below their bars, so that all stages are on a phone at once

  /** Whether columns lie beyond the right edge of the frame. */
  function clip() {
    frame.classList.toggle('pg-more', frame.scrollLeft + frame.clientWidth < frame.scrollWidth - 4);
  }
  frame.addEventListener('scroll', clip);

  const headCell = () => el('th', { scope: 'col' }, el('b'), el('span'), el('span'));
  const bodyCell = () => el('td', {}, el('span', { class: 'pg-bar-track' }, el('span', { class: 'pg-bar-fill' })), el('span', { class: 'pg-stages-value' }));
  const drawnCell = () => el('td', { class: 'pg-stages-draws' }, el('span', { class: 'pg-bar-track' }, el('span', { class: 'pg-draws-band' }), el('span', { class: 'pg-bar-fill' }), el('span', { class: 'pg-draws-expected' })), el('span', { class: 'pg-stages-value' }));
  const newRow = (n) => el('tr', {}, el('th', { scope: 'row', dir: 'auto' }), ...Array.from({ length: n }, bodyCell), drawnCell());

  function fillHead(cell, column, first) {
    const [title, left, bits] = cell.children;
    setText(title, narrow ? column.title.replace('temperature', 'tempera\u00ADture') : column.title);
    setText(left, column.n_removed && !first ? `−${Playground.percent(column.removed_mass)}, ${column.n_left.toLocaleString('en')} left` : `${column.n_left.toLocaleString('en')} left`);
    setText(bits, `${Playground.sig(column.entropy_bits)} bits`);
    cell.title = `${column.title}: ${column.n_removed} tokens removed, which had ${column.removed_mass}; uncertainty ${column.entropy_bits} bits`;
  }

  /** What a stage removed is drawn as long as it was before. */
  function fillCell(cell, value, state, before) {
    const [track, text] = cell.children;
    const shown = state === 'cut' ? before : value;
    track.firstChild.style.width = `${Math.max(0, Math.min(100, (100 * shown) / picture.full))}%`;
    setText(text, state === 'gone' ? '' : state === 'cut' ? 'removed' : Playground.percent(value));
    cell.className = `pg-stages-${state}`;
    cell.title = state === 'gone' ? '' : state === 'cut' ? `removed: ${before}` : String(value);
  }

  /** Counts are drawn to the scale of the last column, as shares of all draws. */
  function fillDrawn(cell, i, rest) {
    const { drawn } = picture;
    cell.hidden = drawn === null;
    if (drawn === null) return;
    const [track, value] = cell.children;
    const [band, bar, tick] = track.children;
    const sum = (list) => (rest ? rest.reduce((total, k) => total + list[k], 0) : list[i]);
    const [counted, expected] = [sum(drawn.counts), sum(drawn.expected)];
    const at = (x) => `${Math.max(0, Math.min(100, (100 * x) / drawn.n_draws / picture.full))}%`;
    band.hidden = Boolean(rest);
    band.style.left = at(drawn.low[i]);
    band.style.width = `calc(${at(drawn.high[i])} - ${at(drawn.low[i])})`;
    bar.style.width = at(counted);
    tick.style.left = at(expected);
    const wanted = expected >= 9.95 ? expected.toFixed(0) : Playground.sig(expected, 2);
    const possible = counted > 0 || expected > 0;
    tick.hidden = !possible;
    setText(value, possible ? `${counted} / ${wanted}` : '');
    cell.title = rest ? `drawn ${counted}, expected ${expected}` : `drawn ${counted}, expected ${expected}, in 95 of 100 such experiments ${drawn.low[i]} to ${drawn.high[i]}`;
  }

  function fillRow(row, word, cells) {
    setText(row.firstChild, word);
    row.firstChild.title = word;
    cells.forEach(([value, state], k) => fillCell(row.children[k + 1], value, state, k ? cells[k - 1][0] : 0));
  }

  /** What stands in each column for a word: its share, or that it was removed here or before. */
  function cellsOf(i) {
    const n = picture.words.length;
    const gone = picture.removed_by[i];
    return picture.columns.map((_, k) => [picture.probs[k * n + i], gone < 0 || k < gone ? 'kept' : k === gone ? 'cut' : 'gone']);
  }

  /** The same for all words without a row: removed where nothing of them is left. */
  function restCells(shares) {
    return shares.map((share, k) => [share, share > 0 || k === 0 ? 'kept' : shares[k - 1] > 0 ? 'cut' : 'gone']);
  }

  const heightOfCurve = () => Math.max(11.4 * Playground.unit(), Math.min(16.4 * Playground.unit(), panel.room.height * 0.32 + 1.4 * Playground.unit()));

  /** Words that can be drawn, and the first few that cannot, so that one sees where the cut is. */
  function foldedRows() {
    const unit = Playground.unit();
    const room = Math.max(6, Math.floor((panel.room.height - heightOfCurve() - 14 * unit) / (2.1 * unit)));
    const all = picture.words.map((_, i) => i);
    const kept = all.filter((i) => picture.removed_by[i] < 0);
    const cut = all.filter((i) => picture.removed_by[i] >= 0);
    // Whatever is kept goes first, and the last of it is where the cut is; of what is removed, a few.
    const shown = new Set([...kept.slice(0, Math.max(room - 3, 4)), ...(cut.length ? kept.slice(-1) : []), ...cut.slice(0, Math.max(1, Math.min(3, room - kept.length)))]);
    return all.filter((i) => shown.has(i));
  }

  function arrange() {
    const { columns, drawn } = picture;
    narrow = panel.room.width < 46 * Playground.unit();
    table.classList.toggle('pg-narrow', narrow);
    table.style.setProperty('--pg-columns', String(columns.length + (drawn === null ? 0 : 1.4)));
    while (head.children.length > columns.length + 2) head.lastChild.remove();
    if (!head.children.length) head.append(el('td'));
    while (head.children.length < columns.length + 2) head.append(headCell());
    columns.forEach((column, k) => fillHead(head.children[k + 1], column, k === 0));
    const last = head.lastChild;
    last.hidden = drawn === null;
    last.title = drawn ? `χ² over ${drawn.n_cells} cells` : '';
    if (drawn) [`${drawn.n_draws.toLocaleString('en')} draws`, 'drawn / expected', `χ² ${Playground.sig(drawn.chi_square)}, p ${Playground.sig(drawn.p_value, 2)}`].forEach((said, k) => setText(last.children[k], said));
    const folded = foldedRows();
    const rows = unfolded ? picture.words.map((_, i) => i) : folded;
    if (body.firstChild && body.firstChild.children.length !== columns.length + 2) body.replaceChildren();
    while (body.children.length > rows.length + 1) body.lastChild.remove();
    while (body.children.length < rows.length + 1) body.append(newRow(columns.length));
    rows.forEach((i, r) => {
      body.children[r].hidden = false;
      body.children[r].className = picture.removed_by[i] < 0 ? '' : 'pg-stages-out';
      fillRow(body.children[r], picture.words[i], cellsOf(i));
      fillDrawn(body.children[r].lastChild, i, null);
    });
    const unit = Playground.unit();
    const each = (panel.room.height - heightOfCurve() - 14 * unit) / (rows.length + 1);
    table.style.setProperty('--pg-stages-row', `${Math.max((narrow ? 3.1 : 2) * unit, Math.min(3.2 * unit, each))}px`);
    const left = picture.words.length - rows.length;
    const listed = new Set(rows);
    const hidden = (k) => picture.words.reduce((sum, _, i) => (listed.has(i) ? sum : sum + picture.probs[k * picture.words.length + i]), 0);
    const rest = body.children[rows.length];
    rest.className = 'pg-stages-rest';
    rest.hidden = picture.n_rest + left === 0;
    fillDrawn(rest.lastChild, picture.words.length, [...picture.words.keys(), picture.words.length].filter((i) => !listed.has(i)));
    fillRow(rest, `${(picture.n_rest + left).toLocaleString('en')} ${narrow ? 'more' : 'others'}`, restCells(columns.map((column, k) => column.rest + hidden(k))));
    curve.draw(picture, panel.room.width, heightOfCurve());
    more.hidden = folded.length === picture.words.length;
    setText(more, unfolded ? 'Show fewer' : `Show ${left} more`);
    clip();
  }

  more.addEventListener('click', () => { unfolded = !unfolded; arrange(); });

  return {
    draw(next) {
      const drew = next.drawn !== null && (picture === null || picture.drawn === null);
      picture = next;
      setText(place, picture.place);
      arrange();
      if (drew) frame.scrollLeft = frame.scrollWidth; // what was asked for last is the column furthest to the right
    },
    resize: arrange,
  };
};
