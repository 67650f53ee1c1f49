/* The logit lens: after each layer, the model's best guess at every place. Columns are places, rows go up the layers. */
'use strict';

/**
 * @typedef {Object} LensPicture
 * @property {string[]} layers names of the rows, from the embedding upwards
 * @property {string[]} tokens
 * @property {{text: string[][], p: string, rank: string?}} cells [row][place]; `p` base64 float32, `rank` base64 int32
 * @property {string?} norms base64 float32 [row, place]
 * @property {{layer: number?, pos: number?}} chosen `layer` is an index into `layers`
 * @property {{label: string, norm: number, role: string?}[]?} parts what is added at the chosen place, bottom up: two for
 *           each layer, or the embedding and two for each layer
 */

Playground.kinds.lens = (host, panel) => {
  const { el, setText } = Playground;
  const table = el('table', { class: 'pg-lens', role: 'grid' });
  const frame = el('div', { class: 'pg-frame-scroll pg-lens-frame' }, table);
  const stream = el('div', { class: 'pg-stream' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const top = el('div', { class: 'pg-lens-top' }, frame, stream);
  const heading = el('h4', { class: 'pg-part', text: 'The best guess after each layer' });
  host.replaceChildren(el('div', { class: 'pg-part-row' }, heading, Playground.legend('probability 0 %', '100 %')), top, readout);

  let picture = null;
  let p = null;
  let norms = null;
  let cells = [];
  let chosen = { layer: null, pos: null };

  /** Rows arrive from the embedding upwards; on the page the last layer stands on top. */
  function build() {
    const { layers, tokens } = picture;
    cells = layers.map(() => []);
    const head = el('tr', {}, el('th', { class: 'pg-corner', scope: 'col', text: 'after' }));
    tokens.forEach((text, pos) => head.append(el('th', { scope: 'col', 'data-pos': pos, title: `token ${pos}` },
      el('span', { class: 'pg-lens-pos', text: String(pos) }), el('span', { class: 'pg-lens-token', dir: 'auto', text: Playground.shorten(text, 14) }))));
    const body = el('tbody');
    for (let layer = layers.length - 1; layer >= 0; layer--) {
      const line = el('tr', {}, el('th', { scope: 'row', text: rowName(layer) }));
      tokens.forEach((_, pos) => {
        const cell = el('td', { role: 'gridcell', 'data-layer': layer, 'data-pos': pos, tabindex: '-1' },
          el('span', { class: 'pg-lens-guess', dir: 'auto' }), el('span', { class: 'pg-lens-p' }));
        cells[layer].push(cell);
        line.append(cell);
      });
      body.append(line);
    }
    table.replaceChildren(el('thead', {}, head), body);
  }

  const rowName = (layer) => (/^\d+$/.test(picture.layers[layer]) ? `layer ${picture.layers[layer]}` : picture.layers[layer]);

  /** Columns share the room there is; where they would get too narrow, the frame scrolls. */
  function measure() {
    const room = frame.clientWidth - table.querySelector('.pg-corner').offsetWidth - 4;
    const cell = Math.floor(room / picture.tokens.length) - 2;
    top.style.setProperty('--pg-cell', `${Math.max(72, Math.min(132, cell))}px`);
  }

  /** Puts what a layer adds beside the row that stands after it; the drawing knows where the rows came to lie. */
  function alignStream() {
    const list = stream.querySelector('.pg-stream-list');
    const lines = table.tBodies[0].rows;
    if (!list || lines.length < 2) return;
    const step = lines[1].offsetTop - lines[0].offsetTop;
    const added = lines.length - 1;
    const each = (picture.parts.length === added * 2 || picture.parts.length === added * 2 + 1) ? step / 2 : 21;
    top.style.setProperty('--pg-part-height', `${each}px`);
    list.classList.toggle('pg-based', picture.parts.length === added * 2 + 1);
    const head = stream.firstElementChild;
    head.style.height = `${Math.max(24, lines[0].offsetTop - 2)}px`;
  }

  function fill() {
    const n = picture.tokens.length;
    cells.forEach((line, layer) => line.forEach((cell, pos) => {
      const share = p[layer * n + pos];
      setText(cell.firstChild, Playground.shorten(picture.cells.text[layer][pos], 16));
      setText(cell.lastChild, Playground.percent(share));
      Playground.tint(cell, share);
    }));
  }

  function mark() {
    for (const node of table.querySelectorAll('.pg-chosen, .pg-chosen-column, [tabindex="0"]')) {
      node.classList.remove('pg-chosen', 'pg-chosen-column');
      if (node.tagName === 'TD') node.tabIndex = -1;
    }
    const layer = chosen.layer === null ? picture.layers.length - 1 : chosen.layer;
    const pos = chosen.pos === null ? picture.tokens.length - 1 : chosen.pos;
    if (cells[layer] && cells[layer][pos]) cells[layer][pos].tabIndex = 0;
    if (chosen.pos !== null) {
      const column = table.querySelector(`thead [data-pos="${chosen.pos}"]`);
      if (column) column.classList.add('pg-chosen-column');
      if (chosen.layer !== null && cells[chosen.layer]) cells[chosen.layer][chosen.pos].classList.add('pg-chosen');
    }
    say(layer, pos);
  }

  function say(layer, pos) {
    const n = picture.tokens.length;
    const share = p[layer * n + pos];
    if (share === undefined) return setText(readout, '');
    const parts = [`after ${rowName(layer)}, at ${Playground.shorten(picture.tokens[pos], 20)} (${pos}): ${Playground.shorten(picture.cells.text[layer][pos], 24)} ${Playground.percent(share)}`];
    if (picture.cells.rank) parts.push(`the final guess stands at rank ${picture.cells.rank[layer][pos]}`);
    if (norms) parts.push(`length of the stream ${Playground.sig(norms[layer * n + pos])}`);
    return setText(readout, parts.join(' · '));
  }

  /** What the chosen place's stream is made of: the embedding, then what each sub-layer adds, from the bottom up. */
  function drawStream() {
    const parts = picture.parts || [];
    stream.hidden = parts.length === 0;
    if (!parts.length) return stream.replaceChildren();
    const largest = Math.max(...parts.map((part) => part.norm), 1e-12);
    const pos = chosen.pos === null ? picture.tokens.length - 1 : chosen.pos;
    const lines = parts.map((part, i) => {
      const role = part.role || (/attn|attention/i.test(part.label) ? 'attention' : i === 0 && parts.length % 2 ? 'special' : 'residual');
      const bar = el('span', { class: 'pg-stream-bar' });
      bar.style.width = `${(100 * part.norm) / largest}%`;
      bar.style.background = `var(--pg-${role})`;
      return el('li', { class: 'pg-stream-part', title: `${part.label}: length ${part.norm}` },
        el('span', { class: 'pg-stream-label', text: i === 0 && parts.length % 2 ? part.label : `+ ${part.label}` }),
        el('span', { class: 'pg-stream-track' }, bar), el('span', { class: 'pg-stream-norm', text: Playground.sig(part.norm) }));
    });
    return stream.replaceChildren(
      el('h4', { class: 'pg-part', text: `What is added at ${Playground.shorten(picture.tokens[pos] || '', 14)} (${pos})` }),
      el('ol', { class: 'pg-stream-list', 'aria-label': 'Length of each part, from the last layer down to the embedding' }, ...lines.reverse()),
      el('p', { class: 'pg-notes', text: 'length of each vector; the stream flows upwards' }),
    );
  }

  /** Scrolls the frame, and nothing else, until the chosen place is in sight; else to the last, which predicts. */
  function reveal() {
    const column = table.querySelector(`thead [data-pos="${chosen.pos}"]`);
    frame.scrollLeft = column ? column.offsetLeft + column.offsetWidth - frame.clientWidth + 8 : frame.scrollWidth;
  }

  const cellOf = (event) => event.target.closest('td[data-pos]');
  function choose(layer, pos) {
    chosen = { layer, pos };
    mark();
    panel.pick({ layer, pos });
  }
  table.addEventListener('click', (event) => {
    const cell = cellOf(event);
    const column = event.target.closest('thead [data-pos]');
    if (cell) choose(Number(cell.dataset.layer), Number(cell.dataset.pos));
    else if (column) choose(chosen.layer === null ? picture.layers.length - 1 : chosen.layer, Number(column.dataset.pos));
  });
  table.addEventListener('pointerover', (event) => {
    const cell = cellOf(event);
    if (cell) say(Number(cell.dataset.layer), Number(cell.dataset.pos));
    const place = event.target.closest('[data-pos]');
    Playground.hover(place ? Number(place.dataset.pos) : null);
  });
  table.addEventListener('pointerleave', () => { Playground.hover(null); mark(); });
  table.addEventListener('focusin', (event) => {
    const cell = cellOf(event);
    if (cell) say(Number(cell.dataset.layer), Number(cell.dataset.pos));
  });
  table.addEventListener('keydown', (event) => {
    const cell = cellOf(event);
    if (!cell) return;
    const layer = Number(cell.dataset.layer);
    const pos = Number(cell.dataset.pos);
    const [up, right] = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] || [0, 0];
    if (up || right) {
      const next = cells[layer + up] && cells[layer + up][pos + right];
      if (next) { cell.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    } else if (event.key === 'Enter' || event.key === ' ') choose(layer, pos);
    else return;
    event.preventDefault();
  });

  let shape = '';
  return {
    draw(next) {
      const before = shape;
      picture = next;
      p = Playground.decode(picture.cells.p, 'f4');
      norms = Playground.decode(picture.norms, 'f4');
      chosen = { layer: null, pos: null, ...(picture.chosen || {}) };
      shape = JSON.stringify([picture.layers, picture.tokens]);
      top.classList.toggle('pg-many', picture.layers.length > 14);
      if (shape !== before) build();
      drawStream();
      measure();
      fill();
      mark();
      alignStream();
      if (shape !== before) reveal();
    },
    resize() {
      measure();
      alignStream();
    },
    hover(pos) {
      for (const node of table.querySelectorAll('.pg-hover')) node.classList.remove('pg-hover');
      if (pos === null) return;
      const column = table.querySelector(`thead [data-pos="${pos}"]`);
      if (column) column.classList.add('pg-hover');
      for (const line of cells) if (line[pos]) line[pos].classList.add('pg-hover');
    },
  };
};
