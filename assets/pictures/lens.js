/* The logit lens: after each layer, the model's best guess at every place. Columns are places, rows go up the layers. */
'use strict';

/**
 * @typedef {Object} LensPicture playground/views/pictures/lens.py
 * @property {string[]} levels names of the rows, the embedding first: row r stands after layer r − 1
 * @property {string[]} tokens
 * @property {number[]} asked places whose answers the text asks for
 * @property {string[][]} guesses [level][place]
 * @property {Float32Array} probs (level, place), of the best guess
 * @property {Float32Array} token_probs (level, place), of the token that is followed
 * @property {Int32Array} ranks (level, place), its rank
 * @property {Float32Array} entropies (level, place), in bits
 * @property {Float32Array} divergences (level, place), in bits
 * @property {Float32Array} norms (level, place)
 * @property {string} followed "": at each place what the model says in the end
 * @property {'guess'|'probability'|'rank'|'entropy'|'kl'} measure
 * @property {number} layer the chosen row in the model's own count, −1 is the embedding
 * @property {number} pos
 * @property {{text: string, p: number}[]} best at the chosen cell
 * @property {{layer: number, part: 'attn'|'cross'|'mlp', norm: number}[]} added at `pos`, from the bottom up
 */

Playground.kinds.lens = (host, panel) => {
  const { el, setText, shorten, percent, sig } = Playground;
  const MANY = 16; // levels from which on a cell holds one line
  const WIDE = 64; // units of room from which on the lists stand at the right
  const PALE = 0.72; // of the scale's end: so much that black (white in the dark) stays easy to read on every tint

  const table = el('table', { class: 'pg-lens', role: 'grid' });
  const frame = el('div', { class: 'pg-frame-scroll pg-lens-frame' }, table);
  const earlier = el('button', { type: 'button', class: 'pg-lens-more', 'data-way': 'left', hidden: true });
  const later = el('button', { type: 'button', class: 'pg-lens-more', 'data-way': 'right', hidden: true });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const heading = el('h4', { class: 'pg-part', dir: 'auto' });
  const legend = el('div', { class: 'pg-lens-legend' });
  const lists = Playground.lensBeside();
  host.replaceChildren(el('div', { class: 'pg-part-row' }, heading, legend),
    el('div', { class: 'pg-lens-body' }, el('div', { class: 'pg-lens-left' }, frame, el('div', { class: 'pg-lens-ways' }, earlier, later), readout), lists.node));

  let picture = null;
  let cells = []; // [level][place]
  let chosen = { level: 0, pos: 0 };

  const token = () => (picture.followed ? `“${shorten(picture.followed, 16)}”` : 'the final answer');

  /** How each measure reads: heading, the number in a cell, how strong its tint is, the ends of the scale. */
  function measured() {
    const { measure, probs, token_probs: own, ranks, entropies, divergences } = picture;
    const bits = (values, name) => {
      const full = Math.max(...values.subarray(picture.tokens.length), 1e-9); // the embedding's row has no tint
      return { heading: name, said: (i) => sig(values[i]), amount: (i) => values[i] / full, ends: ['0', `${sig(full)} bits`] };
    };
    return {
      guess: () => ({ heading: 'The best guess after each layer', said: (i) => percent(probs[i]), amount: (i) => probs[i], ends: ['probability 0 %', '100 %'] }),
      probability: () => ({ heading: `Probability of ${token()}, and the best guess`, said: (i) => percent(own[i]), amount: (i) => own[i], ends: ['0 %', '100 %'] }),
      rank: () => ({
        heading: `Rank of ${token()}, and the best guess`, said: (i) => `#${ranks[i].toLocaleString('en')}`,
        amount: (i) => 1 / (1 + Math.log10(ranks[i]) * 1.4), ends: ['far behind', 'first'],
      }),
      entropy: () => bits(entropies, 'Entropy: how undecided each layer is, in bits'),
      kl: () => bits(divergences, 'Distance to the final answer (KL), in bits'),
    }[measure]();
  }

  /** Rows arrive from the embedding upwards; on the page the last layer stands on top. */
  function build() {
    const { levels, tokens, asked } = picture;
    cells = levels.map(() => []);
    const head = el('tr', {}, el('th', { class: 'pg-corner', scope: 'col', text: 'after' }));
    tokens.forEach((text, pos) => head.append(el('th', { scope: 'col', class: asked.includes(pos) ? 'pg-asked' : null, 'data-pos': pos, title: `token ${pos}` },
      el('span', { class: 'pg-lens-pos', text: String(pos) }), el('span', { class: 'pg-lens-token', dir: 'auto', text: shorten(text, 14) }))));
    const body = el('tbody');
    for (let level = levels.length - 1; level >= 0; level--) {
      const line = el('tr', { class: level ? null : 'pg-lens-raw' }, el('th', { scope: 'row', text: levels[level] }));
      tokens.forEach((_, pos) => {
        const cell = el('td', { role: 'gridcell', 'data-level': level, 'data-pos': pos, tabindex: '-1' },
          el('span', { class: 'pg-lens-guess', dir: 'auto' }), el('span', { class: 'pg-lens-p' }));
        cells[level].push(cell);
        line.append(cell);
      });
      body.append(line);
    }
    table.replaceChildren(el('thead', {}, head), body);
  }

  /** Columns share the width there is, rows the height; where they would get too small, the frame scrolls. The room is
   * measured before anything is put into it: each layout of so many cells takes as long as all else here. */
  function fit(room = panel.room) {
    const { levels, tokens, measure: kind } = picture;
    const { width, height } = room;
    const many = levels.length > MANY;
    const unit = Playground.unit();
    const beside = (width - 29 * unit) / tokens.length - 2;
    const aside = width >= WIDE * unit || beside >= 6 * unit;
    host.classList.toggle('pg-lens-wide', aside);
    const across = aside ? beside : (width - 7 * unit) / tokens.length - 2;
    const tall = aside ? Math.max(height - 9 * unit, lists.height() - 6.6 * unit) : height - 9 * unit;
    const down = tall / levels.length - 2;
    const row = Math.max((many ? 1.8 : 2.9) * unit, Math.min(10.5 * unit, down));
    const cell = Math.max(4.8 * unit, Math.min(13 * unit, across));
    table.classList.toggle('pg-many', many);
    table.classList.toggle('pg-numbers', many && kind !== 'guess');
    table.classList.toggle('pg-narrow', cell < 5.8 * unit);
    host.style.setProperty('--pg-cell', `${cell}px`);
    // Ten letters fit into a cell.
    host.style.setProperty('--pg-type', `${Math.max(many ? 1 : 1.08, Math.min(1.6, row / unit / 2.6, cell / unit / 6.2)) * unit}px`);
    host.style.setProperty('--pg-row', `${row}px`);
    // Of many layers the list of what they add is as long as the table, and scrolls.
    host.style.setProperty('--pg-lens-list', `${Math.max(21 * unit, levels.length * (row + 2) - 16 * unit)}px`);
  }

  /** Says how many columns the frame does not show, to the left and to the right. */
  function hidden() {
    const [corner, ...columns] = table.tHead.rows[0].cells;
    const start = frame.scrollLeft + corner.offsetWidth;
    const end = frame.scrollLeft + frame.clientWidth;
    const before = columns.filter((cell) => cell.offsetLeft < start - 2).length;
    const beyond = columns.filter((cell) => cell.offsetLeft + cell.offsetWidth > end + 2).length;
    earlier.hidden = before === 0;
    later.hidden = beyond === 0;
    frame.classList.toggle('pg-clipped', beyond > 0);
    setText(earlier, `‹ ${before} more token${before === 1 ? '' : 's'}`);
    setText(later, `${beyond} more token${beyond === 1 ? '' : 's'} ›`);
  }
  frame.addEventListener('scroll', hidden);
  earlier.addEventListener('click', () => { frame.scrollLeft -= 0.8 * frame.clientWidth; });
  later.addEventListener('click', () => { frame.scrollLeft += 0.8 * frame.clientWidth; });

  function fill() {
    const { guesses } = picture;
    const n = picture.tokens.length;
    const how = measured();
    cells.forEach((line, level) => line.forEach((cell, pos) => {
      const at = level * n + pos;
      setText(cell.firstChild, shorten(guesses[level][pos], 16));
      setText(cell.lastChild, how.said(at));
      Playground.tint(cell, PALE * how.amount(at));
    }));
    setText(heading, how.heading);
    legend.replaceChildren(Playground.legend(...how.ends), el('span', { class: 'pg-lens-key', text: 'dashed: the embedding, nothing is computed yet' }));
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
    const { levels, tokens, guesses, probs, token_probs: own, ranks, entropies, divergences, norms } = picture;
    const at = level * tokens.length + pos;
    setText(readout, [
      `after ${levels[level]}, at ${shorten(tokens[pos], 20)} (${pos}): ${shorten(guesses[level][pos], 24)} ${Playground.share(probs[at])}`,
      `${token()} ${percent(own[at])}, rank ${ranks[at]}`, `entropy ${sig(entropies[at])} bits`,
      `KL ${sig(divergences[at])} bits`, `length of the stream ${sig(norms[at])}`,
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
      const anew = shape !== before;
      if (anew) table.remove();
      const { room } = panel;
      if (anew) build();
      lists.draw(picture);
      fill();
      fit(room);
      mark();
      if (anew) {
        frame.append(table);
        reveal();
      }
      hidden();
    },
    resize() {
      fit();
      hidden();
    },
    hover(pos) {
      for (const node of table.querySelectorAll('.pg-hover')) node.classList.remove('pg-hover');
      if (pos === null || pos >= picture.tokens.length) return;
      table.tHead.rows[0].cells[pos + 1].classList.add('pg-hover');
      for (const line of cells) line[pos].classList.add('pg-hover');
    },
  };
};
