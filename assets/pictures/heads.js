/* All heads at a glance, one head large, and what the chosen token looks at written over the sentence.
 *
 * Three parts that share one picture: the grid (this file), the map (heads-map.js), the sentence (heads-sentence.js).
 */
'use strict';

/**
 * @typedef {Object} HeadsPicture playground/views/pictures/heads.py
 * @property {Uint8Array} thumbs (layer, head, q, k), amounts 0 … 255
 * @property {string[][]} names [layer][head]: what the head does; "" where nothing simple
 * @property {number} layer
 * @property {number} head
 * @property {Float32Array} weights (query, key) of the chosen head
 * @property {string[]} rows who looks
 * @property {string[]} columns what is looked at
 * @property {number} pos the row whose looks are drawn over the sentence
 * @property {boolean} causal a row sees no later column
 * @property {boolean} cross two texts, even where their tokens are the same
 * @property {number} first position of the first row of `weights`
 * @property {number[]} hidden columns that are left out
 * @property {string} role what the heads are sorted by
 * @property {number[][]} order [layer, head] of all heads; empty for layer by layer
 * @property {string[]} scores their figures
 * @property {number} clear how many of them clearly do it
 * @property {?Object} other a map beside the large one
 */

Playground.kinds.heads = (host, panel) => {
  const { el, setText } = Playground;
  const GAP = 3;
  const MARGIN = { left: 26, top: 18 };
  const PALE = 0.45; // of heads that do not clearly do what they are sorted by

  const canvas = el('canvas', { class: 'pg-canvas', tabindex: '0', role: 'application' });
  const gridReadout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const gridFrame = el('div', { class: 'pg-frame-scroll' }, canvas);
  const gridTitle = el('h4', { class: 'pg-part' });
  const grid = el('section', { class: 'pg-heads-grid' }, gridTitle, gridFrame, gridReadout);
  const mapHost = el('section', { class: 'pg-heads-map' });
  const otherHost = el('section', { class: 'pg-heads-map pg-heads-other' });
  const sentenceHost = el('section', { class: 'pg-heads-sentence' });
  const top = el('div', { class: 'pg-heads-top' }, grid, mapHost, otherHost);
  host.replaceChildren(top, sentenceHost);

  const pick = (data) => panel.pick(data);
  const lookFrom = (row) => { sentence.look(row); partner(row); };
  const map = Playground.headMap(mapHost, pick, lookFrom, () => height());
  const other = Playground.headMap(otherHost, null, () => {}, () => height());
  const sentence = Playground.headSentence(sentenceHost, pick, (row) => { map.look(row); partner(row); });

  let picture = null;
  let chosen = null; // {layer, head}, at once when it is clicked
  let mosaic = null;
  let places = []; // of the thumbnails: {layer, head, x, y, score, pale}
  const cell = { wide: 0, tall: 0, across: 1 };
  let pointed = null;

  const name = (layer, head) => {
    const label = picture.names[layer][head];
    const at = picture.order.findIndex(([l, h]) => l === layer && h === head);
    const score = at < 0 ? '' : ` · ${picture.role}: ${picture.scores[at]}`;
    return `layer ${layer} · head ${head}${score}${label ? ` · ${label}` : ''}`;
  };

  /** The row of the other map that is the same piece of text. */
  function partner(row) {
    if (!picture || !picture.other) return;
    const local = row === null ? null : picture.other.partners[row - picture.first];
    other.look(local && local.length ? local[0] : null);
  }

  /** All thumbnails side by side in one small canvas: one ImageData, then one scaled copy per head. */
  function paintMosaic() {
    const [layers, heads, q, k] = picture.thumbs.shape;
    const bytes = picture.thumbs;
    const ramp = Playground.ramp('amount');
    mosaic = mosaic || document.createElement('canvas');
    mosaic.width = heads * k;
    mosaic.height = layers * q;
    const context = mosaic.getContext('2d');
    const image = context.createImageData(mosaic.width, mosaic.height);
    const pixels = new Uint32Array(image.data.buffer);
    let at = 0;
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < heads; head++) {
        for (let row = 0; row < q; row++) {
          const start = (layer * q + row) * mosaic.width + head * k;
          // What the mask forbids stays transparent: no amount at all, not an amount of zero.
          const end = picture.causal ? Math.min(k, Math.ceil(((row + 1) * k) / q)) : k;
          for (let column = 0; column < end; column++) pixels[start + column] = ramp[bytes[at + column]];
          at += k;
        }
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** What the panel's height leaves for grid and map beside each other: the rest is headings and the sentence. */
  const height = () => Math.max(240, panel.room.height - 5.4 * Playground.unit() - sentenceHost.offsetHeight);

  /** Where each thumbnail stands: layers down and heads across, or, sorted, one after the other. */
  function arrange() {
    const [layers, heads] = picture.thumbs.shape;
    const unit = Playground.unit();
    const sorted = picture.order.length > 0;
    const tall = Math.max(height(), Math.min(map.height(), 1.5 * height()));
    const room = (grid.clientWidth || 380) - (sorted ? 2 : MARGIN.left);
    const label = sorted ? 1.15 * unit : 0;
    if (sorted) {
      // As many across as make the thumbnails about square; their figure stands under each.
      const n = picture.order.length;
      const across = Math.max(1, Math.min(n, Math.round(Math.sqrt((n * room) / Math.max(1, tall)) * 1.2), Math.floor(room / (3.5 * unit))));
      cell.across = across;
      cell.wide = Math.max(3.5 * unit, Math.min(110, Math.floor(room / across)));
      cell.tall = Math.max(2.8 * unit, Math.min(1.4 * cell.wide, Math.floor(tall / Math.ceil(n / across)) - label));
      places = picture.order.map(([layer, head], i) => ({ layer, head, x: (i % across) * cell.wide, y: Math.floor(i / across) * (cell.tall + label), score: picture.scores[i], pale: i >= picture.clear }));
    } else {
      // Few layers: thumbnails may be taller than wide, as the map's cells may be wider than tall.
      cell.across = heads;
      cell.wide = Math.max(14, Math.min(110, Math.floor(room / heads)));
      cell.tall = Math.max(14, Math.min(1.7 * cell.wide, Math.floor((tall - MARGIN.top) / layers)));
      cell.wide = Math.min(cell.wide, 1.7 * cell.tall);
      places = Array.from({ length: layers * heads }, (_, i) => ({ layer: Math.floor(i / heads), head: i % heads, x: MARGIN.left + (i % heads) * cell.wide, y: MARGIN.top + Math.floor(i / heads) * cell.tall, score: '', pale: false }));
    }
    const last = places[places.length - 1];
    return [Math.max(...places.map((p) => p.x)) + cell.wide, last.y + cell.tall + label];
  }

  function numbers(context) {
    const [layers, heads] = picture.thumbs.shape;
    const [wide, high] = [cell.wide - GAP, cell.tall - GAP];
    const step = Math.min(wide, high) < 1.4 * Playground.unit() ? 2 : 1;
    context.textAlign = 'center';
    for (let head = 0; head < heads; head += step) context.fillText(String(head), MARGIN.left + head * cell.wide + wide / 2, MARGIN.top / 2);
    context.textAlign = 'right';
    for (let layer = 0; layer < layers; layer += step) context.fillText(String(layer), MARGIN.left - 7, MARGIN.top + layer * cell.tall + high / 2);
  }

  function paintGrid() {
    const [layers, heads, q, k] = picture.thumbs.shape;
    const [width, length] = arrange();
    const context = Playground.sharpen(canvas, width, length);
    const unit = Playground.unit();
    const [wide, high] = [cell.wide - GAP, cell.tall - GAP];
    context.font = `${unit * (picture.order.length ? 0.84 : 0.94)}px ${Playground.colour('mono')}`;
    context.textBaseline = 'middle';
    context.fillStyle = Playground.colour('muted');
    if (!picture.order.length) numbers(context);
    const sunken = Playground.colour('sunken');
    context.strokeStyle = Playground.colour('grid/0.6');
    context.lineWidth = 1;
    context.imageSmoothingEnabled = k > wide;
    context.textAlign = 'left';
    for (const place of places) {
      context.globalAlpha = place.pale ? PALE : 1;
      context.fillStyle = sunken;
      context.fillRect(place.x, place.y, wide, high);
      context.drawImage(mosaic, place.head * k, place.layer * q, k, q, place.x, place.y, wide, high);
      context.strokeRect(place.x - 0.5, place.y - 0.5, wide + 1, high + 1);
      context.globalAlpha = 1;
      if (!place.score) continue;
      const text = `${place.layer}.${place.head} ${place.score}`;
      context.fillStyle = Playground.colour(place.pale ? 'muted' : 'text');
      context.fillText(text.length * 0.52 * unit <= wide ? text : place.score, place.x, place.y + high + 0.66 * unit);
    }
    outline(context, pointed, Playground.colour('text'), 1);
    outline(context, chosen, Playground.colour('chosen'), 2.5);
    const { layer, head } = chosen;
    canvas.setAttribute('aria-label', `All heads, ${layers} layers by ${heads} heads. Chosen: ${name(layer, head)}. Arrow keys choose another.`);
  }

  const placeOf = (where) => (where ? places.find((p) => p.layer === where.layer && p.head === where.head) : undefined);

  function outline(context, where, colour, width) {
    const place = placeOf(where);
    if (!place) return;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(place.x - 1, place.y - 1, cell.wide - GAP + 2, cell.tall - GAP + 2);
  }

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const place = places.find((p) => x >= p.x && x < p.x + cell.wide && y >= p.y && y < p.y + cell.tall);
    return place ? { layer: place.layer, head: place.head } : null;
  }

  function point(where) {
    const same = where && pointed && where.layer === pointed.layer && where.head === pointed.head;
    if (same || (!where && !pointed)) return;
    pointed = where;
    paintGrid();
    const shown = pointed || chosen;
    setText(gridReadout, name(shown.layer, shown.head));
  }

  function choose(where) {
    if (!where || (where.layer === chosen.layer && where.head === chosen.head)) return;
    chosen = { layer: where.layer, head: where.head };
    paintGrid();
    setText(gridReadout, name(where.layer, where.head));
    pick(chosen);
  }

  canvas.addEventListener('pointermove', (event) => point(under(event)));
  canvas.addEventListener('pointerleave', () => point(null));
  canvas.addEventListener('click', (event) => choose(under(event)));
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = places.indexOf(placeOf(chosen));
    const column = (at % cell.across) + step[0];
    if (column >= 0 && column < cell.across) choose(places[at + step[0] + step[1] * cell.across]);
  });

  /** The large map, and the one beside it. */
  function drawMaps() {
    const { layer, head, weights, rows, columns, pos, causal, first, hidden } = picture;
    otherHost.hidden = !picture.other; // first: the large map takes what room is left
    top.classList.toggle('pg-two', Boolean(picture.other));
    map.draw({ weights, rows, columns, pos, causal, first, hidden, name: `Layer ${layer} · head ${head}`, stairs: false });
    if (!picture.other) return;
    const beside = picture.other;
    other.draw({ weights: beside.weights, rows: beside.rows, columns: beside.columns, pos: null, causal: beside.causal, first: 0, hidden: [], name: beside.title, stairs: beside.stairs });
    partner(pos);
  }

  return {
    draw(next) {
      picture = next;
      chosen = { layer: picture.layer, head: picture.head };
      const single = picture.thumbs.shape[0] * picture.thumbs.shape[1] <= 1;
      grid.hidden = single;
      top.classList.toggle('pg-single', single);
      setText(gridTitle, `${picture.role ? `Heads by “${picture.role}”` : 'All heads'}${picture.hidden.length ? ', first and special tokens left out' : ''}`);
      sentence.draw(picture); // first: the others share what it leaves
      drawMaps();
      if (!single) {
        paintMosaic();
        paintGrid();
        setText(gridReadout, name(chosen.layer, chosen.head));
      }
    },
    resize() {
      sentence.resize();
      map.resize();
      if (picture.other) other.resize();
      if (!grid.hidden) paintGrid();
    },
    hover(pos) {
      map.hover(pos);
      sentence.hover(pos);
    },
    image: () => map.image(),
  };
};
