/* The logit lens: after each layer, the model's best guess at every place. Columns are places, rows go up the layers.
 *
 * The last column belongs to the chosen place: what each layer adds to the stream there, beside the row that follows it.
 */
'use strict';

/**
 * @typedef {Object} LensPicture playground/views/pictures/lens.py
 * @property {string[]} levels names of the rows, the embedding first: row r stands after layer r − 1
 * @property {string[]} tokens
 * @property {string[][]} guesses [level][place]
 * @property {Float32Array} probs (level, place)
 * @property {Int32Array} ranks (level, place)
 * @property {Float32Array} norms (level, place)
 * @property {number} layer the chosen row in the model's own count, −1 is the embedding
 * @property {number} pos
 * @property {{layer: number, part: 'attn'|'cross'|'mlp', norm: number}[]} added at `pos`, from the bottom up
 */

Playground.kinds.lens = (host, panel) => {
  const { el, setText, shorten, percent } = Playground;
  const PARTS = { attn: 'attention', cross: 'cross-attention', mlp: 'feed-forward' };
  const MANY = 16; // levels from which on a cell holds one line

  const table = el('table', { class: 'pg-lens', role: 'grid' });
  const frame = el('div', { class: 'pg-frame-scroll pg-lens-frame' }, table);
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const heading = el('h4', { class: 'pg-part', text: 'The best guess after each layer' });
  host.replaceChildren(el('div', { class: 'pg-part-row' }, heading, Playground.legend('probability 0 %', '100 %')), frame, readout);

  let picture = null;
  let cells = []; // [level][place]
  let addedCells = []; // [level]
  let addedHead = null;
  let chosen = { level: 0, pos: 0 };

  /** Rows arrive from the embedding upwards; on the page the last layer stands on top. */
  function build() {
    const { levels, tokens } = picture;
    cells = levels.map(() => []);
    addedCells = [];
    const head = el('tr', {}, el('th', { class: 'pg-corner', scope: 'col', text: 'after' }));
    tokens.forEach((text, pos) => head.append(el('th', { scope: 'col', 'data-pos': pos, title: `token ${pos}` },
      el('span', { class: 'pg-lens-pos', text: String(pos) }), el('span', { class: 'pg-lens-token', dir: 'auto', text: shorten(text, 14) }))));
    addedHead = el('th', { scope: 'col', class: 'pg-added' });
    head.append(addedHead);
    const body = el('tbody');
    for (let level = levels.length - 1; level >= 0; level--) {
      const line = el('tr', {}, el('th', { scope: 'row', text: levels[level] }));
      tokens.forEach((_, pos) => {
        const cell = el('td', { role: 'gridcell', 'data-level': level, 'data-pos': pos, tabindex: '-1' },
          el('span', { class: 'pg-lens-guess', dir: 'auto' }), el('span', { class: 'pg-lens-p' }));
        cells[level].push(cell);
        line.append(cell);
      });
      addedCells[level] = el('td', { class: 'pg-added' });
      line.append(addedCells[level]);
      body.append(line);
    }
    table.replaceChildren(el('thead', {}, head), body);
  }

  /** Columns share the width there is, rows the height; where they would get too small, the frame scrolls. */
  function measure() {
    const { levels, tokens, added } = picture;
    const { width, height } = panel.room;
    const many = levels.length > MANY;
    const phone = width < 560;
    const unit = Playground.unit();
    const aside = added.length && !phone ? 16.5 * unit : 0;
    const across = (width - 7 * unit - aside) / tokens.length - 2;
    const down = (height - 9 * unit) / levels.length - 2;
    const row = Math.max((many ? 1.8 : 2.9) * unit, Math.min(10.5 * unit, down));
    const cell = Math.max(4.4 * unit, Math.min(13 * unit, across));
    table.classList.toggle('pg-many', many);
    table.classList.toggle('pg-no-added', !added.length || phone);
    host.style.setProperty('--pg-cell', `${cell}px`);
    // Ten letters fit into a cell.
    host.style.setProperty('--pg-type', `${Math.max(many ? 1 : 1.08, Math.min(1.6, row / unit / 2.6, cell / unit / 6.2)) * unit}px`);
    host.style.setProperty('--pg-row', `${row}px`);
  }

  function fill() {
    const { guesses, probs } = picture;
    const n = picture.tokens.length;
    cells.forEach((line, level) => line.forEach((cell, pos) => {
      const p = probs[level * n + pos];
      setText(cell.firstChild, shorten(guesses[level][pos], 16));
      setText(cell.lastChild, percent(p));
      Playground.tint(cell, p);
    }));
  }

  /** What the chosen place's stream is made of, each part in the row of the layer that adds it. */
  function fillAdded() {
    const { added, norms, pos } = picture;
    setText(addedHead, `added at ${shorten(picture.tokens[pos], 12)} (${pos})`);
    const largest = Math.max(norms[pos], ...added.map((part) => part.norm), 1e-12);
    const line = (name, role, norm) => {
      const bar = el('span', { class: 'pg-added-bar' });
      bar.style.width = `${(100 * norm) / largest}%`;
      bar.style.background = `var(--pg-${role})`;
      return el('span', { class: 'pg-added-part', title: `${name}: a vector of length ${norm}` },
        el('span', { class: 'pg-added-label', text: name }), el('span', { class: 'pg-added-track' }, bar),
        el('span', { class: 'pg-added-norm', text: Playground.sig(norm) }));
    };
    addedCells.forEach((cell, level) => {
      const parts = level === 0 ? [line('embedding', 'residual', norms[pos])]
        : added.filter((part) => part.layer === level - 1).map((part) => line(`+ ${part.part}`, part.part === 'mlp' ? 'mlp' : 'attention', part.norm));
      cell.title = level === 0 ? '' : Object.entries(PARTS).map(([name, said]) => `${name}: ${said}`).join(', ');
      cell.replaceChildren(...parts.reverse()); // the stream flows upwards
    });
  }

  function mark() {
    for (const node of table.querySelectorAll('.pg-chosen, .pg-chosen-column')) node.classList.remove('pg-chosen', 'pg-chosen-column');
    for (const node of table.querySelectorAll('td[tabindex="0"]')) node.tabIndex = -1;
    const { level, pos } = chosen;
    cells[level][pos].tabIndex = 0;
    cells[level][pos].classList.add('pg-chosen');
    table.tHead.rows[0].cells[pos + 1].classList.add('pg-chosen-column');
    say(level, pos);
  }

  function say(level, pos) {
    const at = level * picture.tokens.length + pos;
    setText(readout, [
      `after ${picture.levels[level]}, at ${shorten(picture.tokens[pos], 20)} (${pos}): ${shorten(picture.guesses[level][pos], 24)} ${Playground.share(picture.probs[at])}`,
      `the final answer stands at rank ${picture.ranks[at]}`, `length of the stream ${Playground.sig(picture.norms[at])}`,
    ].join(' · '));
  }

  /** Scrolls the frame, and nothing else, until the chosen place is in sight. */
  function reveal() {
    const column = table.tHead.rows[0].cells[chosen.pos + 1];
    const target = column.offsetLeft + column.offsetWidth - frame.clientWidth * 0.75;
    const names = table.querySelector('.pg-corner').offsetWidth + 4;
    const start = Array.from(table.tHead.rows[0].cells).find((cell) => cell.offsetLeft >= target + names && cell.dataset.pos);
    frame.scrollLeft = target <= 0 || !start ? target : start.offsetLeft - names; // no column is cut at the left
  }

  const cellOf = (event) => event.target.closest('td[data-pos]');
  function choose(level, pos) {
    chosen = { level, pos };
    mark();
    panel.pick({ layer: level - 1, pos });
  }
  table.addEventListener('click', (event) => {
    const cell = cellOf(event);
    const column = event.target.closest('thead [data-pos]');
    if (cell) choose(Number(cell.dataset.level), Number(cell.dataset.pos));
    else if (column) choose(chosen.level, Number(column.dataset.pos));
  });
  table.addEventListener('pointerover', (event) => {
    const cell = cellOf(event);
    if (cell) say(Number(cell.dataset.level), Number(cell.dataset.pos));
    const place = event.target.closest('[data-pos]');
    Playground.hover(place ? Number(place.dataset.pos) : null);
  });
  table.addEventListener('pointerleave', () => { Playground.hover(null); say(chosen.level, chosen.pos); });
  table.addEventListener('focusin', (event) => {
    const cell = cellOf(event);
    if (cell) say(Number(cell.dataset.level), Number(cell.dataset.pos));
  });
  table.addEventListener('keydown', (event) => {
    const cell = cellOf(event);
    if (!cell) return;
    const [level, pos] = [Number(cell.dataset.level), Number(cell.dataset.pos)];
    const [up, right] = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] || [0, 0];
    if (up || right) {
      const next = cells[level + up] && cells[level + up][pos + right];
      if (next) { cell.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    } else if (event.key === 'Enter' || event.key === ' ') choose(level, pos);
    else return;
    event.preventDefault();
  });

  let shape = '';
  return {
    draw(next) {
      const before = shape;
      picture = next;
      chosen = { level: picture.layer + 1, pos: picture.pos };
      shape = JSON.stringify([picture.levels.map(String), picture.tokens.map(String)]);
      if (shape !== before) build();
      fillAdded();
      measure();
      fill();
      mark();
      if (shape !== before) reveal();
    },
    resize: measure,
    hover(pos) {
      for (const node of table.querySelectorAll('.pg-hover')) node.classList.remove('pg-hover');
      if (pos === null || pos >= picture.tokens.length) return;
      table.tHead.rows[0].cells[pos + 1].classList.add('pg-hover');
      for (const line of cells) line[pos].classList.add('pg-hover');
    },
  };
};
