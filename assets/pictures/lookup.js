/* A token looked up: id → one-hot → row of the table → its place among the vectors of the text. */
'use strict';

/**
 * @typedef {{token_id: number, text: string, cosine: number}} TableRow
 * @typedef {Object} LookupPicture playground/views/pictures/lookup.py
 * @property {string[]} tokens
 * @property {number[]} token_ids
 * @property {number} pos
 * @property {number} n_rows
 * @property {number} width
 * @property {TableRow[]} rows
 * @property {number} own
 * @property {boolean} by_id
 * @property {Float32Array} values (rows, columns)
 * @property {number} full
 * @property {number} factor
 * @property {string} check
 * @property {string} sheet_title
 * @property {number} through layers between a row and its vector in the sheet; 0: the same numbers
 * @property {Float32Array} sheet (tokens, columns)
 * @property {number} sheet_width
 * @property {number} sheet_full
 */

Playground.kinds.lookup = (host, panel) => {
  const { el, svg, setText, brief, shorten } = Playground;
  const WRITTEN = 4; // numbers of the row that are written out
  const chips = el('div', { class: 'pg-lookup-chips', role: 'radiogroup', 'aria-label': 'Token' });
  const table = el('div', { class: 'pg-lookup-table' });
  const sheet = el('div', { class: 'pg-lookup-sheet' });
  const tableTitle = el('h4', { class: 'pg-part' });
  const sheetTitle = el('h4', { class: 'pg-part' });
  const row = el('p', { class: 'pg-lookup-row' });
  const badge = el('p', { class: 'pg-lookup-badge' });
  const ribbon = svg('svg', { class: 'pg-lookup-ribbon', 'aria-hidden': 'true' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const scroll = el('div', { class: 'pg-lookup-scroll pg-scroll', tabindex: '0', 'aria-label': 'Vectors of the text' }, sheet);
  const left = el('section', { class: 'pg-lookup-left' }, tableTitle, table, row, badge);
  const right = el('section', { class: 'pg-lookup-right' }, sheetTitle, scroll);
  const sides = el('div', { class: 'pg-lookup-sides' }, left, right, ribbon);
  host.replaceChildren(chips, sides, readout);
  let picture = null;
  let lit = null;
  let strips = []; // {canvas, values, start, n, full, said(i)}

  const minus = (text) => text.replace('-', '−');
  const exact = (value) => minus(String(Number(value.toPrecision(7))));

  /** A row of cells, one for each number; its colours end at `full`. */
  function paint({ canvas, values, start, n, full }, width, height) {
    const context = Playground.sharpen(canvas, width, height);
    const ramp = Playground.ramp('signed');
    const cell = width / n;
    for (let i = 0; i < n; i++) {
      const at = Math.max(0, Math.min(255, Math.round(255 * ((values[start + i] / full + 1) / 2))));
      const pixel = ramp[at];
      context.fillStyle = `rgb(${pixel & 255},${(pixel >> 8) & 255},${(pixel >> 16) & 255})`;
      context.fillRect(i * cell, 0, Math.max(1, cell - (cell > 6 ? 1 : 0)), height);
    }
  }

  function strip(values, index, full, said, label) {
    const n = values.shape[1];
    const canvas = el('canvas', { class: 'pg-lookup-strip', role: 'img', 'aria-label': label });
    const made = { canvas, values, start: index * n, n, full };
    canvas.addEventListener('pointermove', (event) => {
      const i = Math.max(0, Math.min(n - 1, Math.floor((n * event.offsetX) / Math.max(1, canvas.clientWidth))));
      setText(readout, `${said}, number ${i}: ${exact(values[made.start + i])}`);
    });
    canvas.addEventListener('pointerleave', rest);
    strips.push(made);
    return canvas;
  }

  function rest() {
    const end = (full) => `±${brief(full, 2)}`;
    setText(readout, picture ? `Point at a cell for its number. Blue is below 0, red above; the colours end at ${end(picture.full)} in the table, ${end(picture.sheet_full)} in the text's vectors.` : '');
  }

  function drawChips() {
    if (chips.dataset.made !== JSON.stringify([picture.tokens, picture.token_ids])) {
      chips.dataset.made = JSON.stringify([picture.tokens, picture.token_ids]);
      chips.replaceChildren(...picture.tokens.map((text, i) => el('button', { type: 'button', role: 'radio', 'data-pos': i, dir: 'auto' },
        el('b', { text: shorten(text, 18) }), el('span', { text: String(picture.token_ids[i]) }))));
    }
    Array.from(chips.children).forEach((chip, i) => {
      chip.setAttribute('aria-checked', String(i === picture.pos));
      chip.tabIndex = i === picture.pos ? 0 : -1;
    });
  }

  /** Whole rows of chips, of many a few with the chosen one's among them; within their own frame only: the page must not
   * scroll. */
  function arrangeChips(most) {
    const tops = Array.from(new Set(Array.from(chips.children, (chip) => chip.offsetTop)));
    const more = tops.length > most;
    chips.classList.toggle('pg-lookup-more', more);
    chips.style.maxHeight = more ? `${tops[most] - tops[0] + Playground.unit()}px` : '';
    chips.scrollTop = more ? tops[Math.max(0, tops.indexOf(chips.children[picture.pos].offsetTop) - 1)] - tops[0] : 0;
  }

  /** How many rows are not shown, above or below. */
  function skipped(count, where) {
    const text = `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'} ${picture.by_id ? where : 'at larger angles'}`;
    return el('div', { class: 'pg-lookup-skipped' }, el('span', { text: '⋮' }), el('span', { text }));
  }

  function drawTable() {
    const { rows, own, n_rows: all, width, by_id: byId, values, full } = picture;
    setText(tableTitle, `The token table: ${all.toLocaleString('en')} rows, ${width.toLocaleString('en')} numbers in each`);
    const head = el('div', { class: 'pg-lookup-head' }, el('span', { text: 'one-hot' }), el('span', { text: 'id' }), el('span', { text: 'token' }),
      byId ? null : el('span', { text: 'cosine' }), el('span', { text: values.shape[1] < width ? `its first ${values.shape[1]} numbers` : `its ${width} numbers` }));
    const lines = rows.map((one, i) => {
      const said = `row ${one.token_id}, ${shorten(one.text, 24)}`;
      const cosine = one.cosine.toFixed(3).replace('-', '−');
      return el('div', { class: i === own ? 'pg-lookup-line pg-chosen' : 'pg-lookup-line', title: `cosine with the token's own row: ${cosine}` },
        el('b', { class: 'pg-lookup-hot', text: i === own ? '1' : '0' }), el('span', { class: 'pg-lookup-id', text: String(one.token_id) }),
        el('span', { class: 'pg-lookup-name', dir: 'auto', text: shorten(one.text, 16) }), byId ? null : el('span', { class: 'pg-lookup-id', text: cosine }), strip(values, i, full, said, said));
    });
    const above = byId ? rows[0].token_id : 0;
    table.classList.toggle('pg-lookup-by-angle', !byId);
    table.replaceChildren(head, ...(above ? [skipped(above, 'above')] : []), ...lines, ...(all > rows.length + above ? [skipped(all - rows.length - above, 'below')] : []));
  }

  function drawRow() {
    const { rows, own, values, width, factor, check, pos, tokens } = picture;
    const first = Array.from({ length: Math.min(WRITTEN, width) }, (_, i) => minus(values[own * values.shape[1] + i].toFixed(3)));
    const times = factor === 1 ? '' : ` × ${brief(factor)}`;
    row.replaceChildren(el('b', { dir: 'auto', text: shorten(tokens[pos], 24) }), el('span', { text: ` → ${rows[own].token_id} → ` }),
      el('code', { text: `[${first.join(', ')}${width > WRITTEN ? ', …' : ''}]${times}` }), el('span', { text: ` · ${width.toLocaleString('en')} numbers` }));
    badge.hidden = !check;
    setText(badge, check);
  }

  function drawSheet() {
    const { tokens, pos, sheet: values, sheet_width: width, sheet_full: full, sheet_title: title } = picture;
    setText(sheetTitle, `${title}: (1, ${tokens.length.toLocaleString('en')}, ${width.toLocaleString('en')})`);
    sheet.replaceChildren(...tokens.map((text, i) => el('div', { class: i === pos ? 'pg-lookup-vector pg-chosen' : 'pg-lookup-vector', 'data-pos': i },
      el('span', { class: 'pg-lookup-name', dir: 'auto', text: shorten(text, 12) }), strip(values, i, full, `${shorten(text, 24)}, position ${i}`, `Vector of ${shorten(text, 24)}`))));
  }

  /** From the row in the table to its place in the text. */
  function drawRibbon() {
    ribbon.replaceChildren();
    const from = table.querySelector('.pg-chosen');
    const to = sheet.querySelector('.pg-chosen');
    if (!from || !to || right.offsetTop > left.offsetTop + 10) return;
    const [frame, a, b, view] = [sides, from, to, scroll].map((node) => node.getBoundingClientRect());
    const [y1, y2] = [a.top - frame.top, Math.max(view.top, Math.min(b.top, view.bottom - b.height)) - frame.top];
    const [x1, x2] = [a.right - frame.left, b.left - frame.left];
    const mid = (x1 + x2) / 2;
    ribbon.setAttribute('width', frame.width);
    ribbon.setAttribute('height', frame.height);
    if (!picture.through) {
      ribbon.append(svg('path', { d: `M${x1} ${y1}C${mid} ${y1} ${mid} ${y2} ${x2} ${y2}L${x2} ${y2 + b.height}C${mid} ${y2 + b.height} ${mid} ${y1 + a.height} ${x1} ${y1 + a.height}Z` }));
      return;
    }
    // Behind the layers other numbers stand: no band of the same, but a way that leads there, and through what.
    const [from1, to1] = [y1 + a.height / 2, y2 + b.height / 2];
    const at = (from1 + to1) / 2;
    ribbon.append(svg('path', { class: 'pg-lookup-through', d: `M${x1} ${from1}C${mid} ${from1} ${mid} ${to1} ${x2} ${to1}` }),
      ...['through', `${picture.through} ${picture.through === 1 ? 'layer' : 'layers'}`].map((text, i) => svg('text', { x: mid, y: at + (i ? 1.25 : -0.55) * Playground.unit(), 'text-anchor': 'middle', text })));
  }

  function arrange() {
    if (!picture) return;
    const unit = Playground.unit();
    const wide = panel.room.width > 62 * unit;
    host.classList.toggle('pg-lookup-narrow', !wide);
    arrangeChips(wide ? 2 : 3);
    const room = panel.room.height - chips.offsetHeight - readout.offsetHeight - 3 * unit;
    const lines = picture.rows.length + 5.6;
    const line = Math.max(1.45 * unit, Math.min(3 * unit, room / lines));
    const vector = Math.max(1.35 * unit, Math.min(3.4 * unit, (room - 2 * unit) / picture.tokens.length));
    host.style.setProperty('--pg-line', `${line}px`);
    host.style.setProperty('--pg-vector', `${vector}px`);
    scroll.style.maxHeight = `${Math.max(12 * unit, room - 2 * unit)}px`;
    for (const one of strips) {
      const box = one.canvas.parentElement;
      one.canvas.style.width = '1px'; // what it was must not hold the column open
      one.height = box.classList.contains('pg-lookup-line') ? line : vector;
    }
    const widths = strips.map((one) => Math.max(24, one.canvas.parentElement.getBoundingClientRect().right - one.canvas.getBoundingClientRect().left - 2));
    strips.forEach((one, i) => paint(one, widths[i], one.height - 2));
    const own = sheet.children[picture.pos];
    const above = own.offsetTop - sheet.offsetTop - (scroll.clientHeight - own.offsetHeight) / 2;
    scroll.scrollTop = Math.round(above / own.offsetHeight) * own.offsetHeight; // no row is cut at the upper edge
    drawRibbon();
  }

  function light(pos) {
    lit = pos;
    for (const node of [...chips.children, ...sheet.children]) node.classList.toggle('pg-hover', Number(node.dataset.pos) === lit);
  }

  const posOf = (event) => {
    const node = event.target.closest('[data-pos]');
    return node ? Number(node.dataset.pos) : null;
  };
  for (const area of [chips, sheet]) {
    area.addEventListener('click', (event) => { const pos = posOf(event); if (pos !== null) panel.pick({ pos }); });
    area.addEventListener('pointerover', (event) => Playground.hover(posOf(event)));
    area.addEventListener('pointerleave', () => Playground.hover(null));
  }
  chips.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step && chips.children[picture.pos + step];
    if (!next) return;
    next.focus();
    panel.pick({ pos: picture.pos + step });
    event.preventDefault();
  });
  scroll.addEventListener('scroll', drawRibbon);

  return {
    draw(next) {
      picture = next;
      strips = [];
      drawChips();
      drawTable();
      drawRow();
      drawSheet();
      rest();
      light(lit);
      arrange();
    },
    resize: arrange,
    hover: light,
  };
};
