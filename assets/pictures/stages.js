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
 */

Playground.kinds.stages = (host, panel) => {
  const { el, setText } = Playground;
  const place = el('h4', { class: 'pg-part' });
  const head = el('tr');
  const body = el('tbody');
  const table = el('table', { class: 'pg-stages' }, el('thead', {}, head), body);
  const more = el('button', { type: 'button', class: 'pg-action pg-stages-more' });
  host.replaceChildren(place, el('div', { class: 'pg-scroll', tabindex: '0', role: 'region', 'aria-label': 'Stages of the distribution' }, table), more);
  let picture = null;
  let unfolded = false;

  const headCell = () => el('th', { scope: 'col' }, el('b'), el('span'), el('span'));
  const bodyCell = () => el('td', {}, el('span', { class: 'pg-bar-track' }, el('span', { class: 'pg-bar-fill' })), el('span', { class: 'pg-stages-value' }));
  const newRow = (n) => el('tr', {}, el('th', { scope: 'row', dir: 'auto' }), ...Array.from({ length: n }, bodyCell));

  function fillHead(cell, column, first) {
    const [title, left, bits] = cell.children;
    setText(title, column.title);
    setText(left, column.n_removed && !first ? `−${Playground.percent(column.removed_mass)}, ${column.n_left.toLocaleString('en')} left` : `${column.n_left.toLocaleString('en')} left`);
    setText(bits, `${Playground.sig(column.entropy_bits)} bits`);
    cell.title = `${column.title}: ${column.n_removed} tokens removed, which had ${column.removed_mass}; uncertainty ${column.entropy_bits} bits`;
  }

  function fillCell(cell, value, state) {
    const [track, text] = cell.children;
    track.firstChild.style.width = `${Math.max(0, Math.min(100, (100 * value) / picture.full))}%`;
    setText(text, state === 'gone' ? '' : state === 'cut' ? 'removed' : Playground.percent(value));
    cell.className = `pg-stages-${state}`;
    cell.title = state === 'gone' ? '' : String(value);
  }

  function fillRow(row, word, cells) {
    setText(row.firstChild, word);
    row.firstChild.title = word;
    cells.forEach(([value, state], k) => fillCell(row.children[k + 1], value, state));
  }

  /** What stands in each column for a word: its share, or that it was removed here or before. */
  function cellsOf(i) {
    const n = picture.words.length;
    const gone = picture.removed_by[i];
    return picture.columns.map((_, k) => [picture.probs[k * n + i], gone < 0 || k < gone ? 'kept' : k === gone ? 'cut' : 'gone']);
  }

  /** Words that can be drawn, and the first few that cannot, so that one sees where the cut is. */
  function foldedRows() {
    const unit = Playground.unit();
    const room = Math.max(6, Math.floor((panel.room.height - 9 * unit) / (2.4 * unit)));
    const all = picture.words.map((_, i) => i);
    const kept = all.filter((i) => picture.removed_by[i] < 0);
    const cut = all.filter((i) => picture.removed_by[i] >= 0);
    // Whatever is kept goes first, and the last of it is where the cut is; of what is removed, a few.
    const shown = new Set([...kept.slice(0, Math.max(room - 3, 10)), ...kept.slice(-1), ...cut.slice(0, Math.max(1, Math.min(4, room - kept.length)))]);
    return all.filter((i) => shown.has(i));
  }

  function arrange() {
    const { columns } = picture;
    while (head.children.length > columns.length + 1) head.lastChild.remove();
    if (!head.children.length) head.append(el('td'));
    columns.forEach((column, k) => {
      if (!head.children[k + 1]) head.append(headCell());
      fillHead(head.children[k + 1], column, k === 0);
    });
    const folded = foldedRows();
    const rows = unfolded ? picture.words.map((_, i) => i) : folded;
    if (body.firstChild && body.firstChild.children.length !== columns.length + 1) body.replaceChildren();
    while (body.children.length > rows.length + 1) body.lastChild.remove();
    while (body.children.length < rows.length + 1) body.append(newRow(columns.length));
    rows.forEach((i, r) => {
      body.children[r].hidden = false;
      body.children[r].className = picture.removed_by[i] < 0 ? '' : 'pg-stages-out';
      fillRow(body.children[r], picture.words[i], cellsOf(i));
    });
    const unit = Playground.unit();
    const each = (panel.room.height - 9 * unit) / (rows.length + 1);
    table.style.setProperty('--pg-stages-row', `${Math.max(2.2 * unit, Math.min(3.6 * unit, each))}px`);
    const left = picture.words.length - rows.length;
    const listed = new Set(rows);
    const hidden = (k) => picture.words.reduce((sum, _, i) => (listed.has(i) ? sum : sum + picture.probs[k * picture.words.length + i]), 0);
    const last = body.children[rows.length];
    last.className = 'pg-stages-rest';
    last.hidden = picture.n_rest + left === 0;
    fillRow(last, `${(picture.n_rest + left).toLocaleString('en')} others`, columns.map((column, k) => [column.rest + hidden(k), 'kept']));
    more.hidden = folded.length === picture.words.length;
    setText(more, unfolded ? 'Show fewer' : `Show ${left} more`);
  }

  more.addEventListener('click', () => { unfolded = !unfolded; arrange(); });

  return {
    draw(next) {
      picture = next;
      setText(place, picture.place);
      arrange();
    },
    resize: arrange,
  };
};
