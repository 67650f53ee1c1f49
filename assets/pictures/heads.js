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
 */

Playground.kinds.heads = (host, panel) => {
  const { el, setText } = Playground;
  const GAP = 3;
  const MARGIN = { left: 26, top: 18 };

  const canvas = el('canvas', { class: 'pg-canvas', tabindex: '0', role: 'application' });
  const gridReadout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const gridFrame = el('div', { class: 'pg-frame-scroll' }, canvas);
  const grid = el('section', { class: 'pg-heads-grid' }, el('h4', { class: 'pg-part', text: 'All heads' }), gridFrame, gridReadout);
  const mapHost = el('section', { class: 'pg-heads-map' });
  const sentenceHost = el('section', { class: 'pg-heads-sentence' });
  const top = el('div', { class: 'pg-heads-top' }, grid, mapHost);
  host.replaceChildren(top, sentenceHost);

  const pick = (data) => panel.pick(data);
  const map = Playground.headMap(mapHost, pick, (row) => sentence.look(row), () => height());
  const sentence = Playground.headSentence(sentenceHost, pick, (row) => map.look(row));

  let picture = null;
  let chosen = null; // {layer, head}, at once when it is clicked
  let mosaic = null;
  const cell = { wide: 0, tall: 0 };
  let pointed = null;

  const name = (layer, head) => {
    const label = picture.names[layer][head];
    return `layer ${layer} · head ${head}${label ? ` · ${label}` : ''}`;
  };

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

  function paintGrid() {
    const [layers, heads, q, k] = picture.thumbs.shape;
    const room = (grid.clientWidth || 380) - MARGIN.left;
    const tall = Math.max(height(), Math.min(map.height(), 1.5 * height()));
    // Few layers: thumbnails may be taller than wide, as the map's cells may be wider than tall.
    cell.wide = Math.max(14, Math.min(110, Math.floor(room / heads)));
    cell.tall = Math.max(14, Math.min(1.7 * cell.wide, Math.floor((tall - MARGIN.top) / layers)));
    cell.wide = Math.min(cell.wide, 1.7 * cell.tall);
    const context = Playground.sharpen(canvas, MARGIN.left + heads * cell.wide, MARGIN.top + layers * cell.tall);
    context.font = `${Playground.unit() * 0.94}px ${Playground.colour('mono')}`;
    context.textBaseline = 'middle';
    const [wide, high] = [cell.wide - GAP, cell.tall - GAP];
    const step = Math.min(wide, high) < 1.4 * Playground.unit() ? 2 : 1;
    context.fillStyle = Playground.colour('muted');
    context.textAlign = 'center';
    for (let head = 0; head < heads; head += step) context.fillText(String(head), MARGIN.left + head * cell.wide + wide / 2, MARGIN.top / 2);
    context.textAlign = 'right';
    for (let layer = 0; layer < layers; layer += step) context.fillText(String(layer), MARGIN.left - 7, MARGIN.top + layer * cell.tall + high / 2);
    const sunken = Playground.colour('sunken');
    context.strokeStyle = Playground.colour('grid/0.6');
    context.lineWidth = 1;
    context.imageSmoothingEnabled = k > wide;
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < heads; head++) {
        const x = MARGIN.left + head * cell.wide;
        const y = MARGIN.top + layer * cell.tall;
        context.fillStyle = sunken;
        context.fillRect(x, y, wide, high);
        context.drawImage(mosaic, head * k, layer * q, k, q, x, y, wide, high);
        context.strokeRect(x - 0.5, y - 0.5, wide + 1, high + 1);
      }
    }
    outline(context, pointed, Playground.colour('text'), 1);
    outline(context, chosen, Playground.colour('chosen'), 2.5);
    const { layer, head } = chosen;
    canvas.setAttribute('aria-label', `All heads, ${layers} layers by ${heads} heads. Chosen: ${name(layer, head)}. Arrow keys choose another.`);
  }

  function outline(context, where, colour, width) {
    if (!where) return;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(MARGIN.left + where.head * cell.wide - 1, MARGIN.top + where.layer * cell.tall - 1, cell.wide - GAP + 2, cell.tall - GAP + 2);
  }

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const head = Math.floor((event.clientX - box.left - MARGIN.left) / cell.wide);
    const layer = Math.floor((event.clientY - box.top - MARGIN.top) / cell.tall);
    const inside = head >= 0 && layer >= 0 && head < picture.thumbs.shape[1] && layer < picture.thumbs.shape[0];
    return inside ? { layer, head } : null;
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
    chosen = where;
    paintGrid();
    setText(gridReadout, name(where.layer, where.head));
    pick({ layer: where.layer, head: where.head });
  }

  canvas.addEventListener('pointermove', (event) => point(under(event)));
  canvas.addEventListener('pointerleave', () => point(null));
  canvas.addEventListener('click', (event) => choose(under(event)));
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const layer = chosen.layer + step[0];
    const head = chosen.head + step[1];
    if (layer >= 0 && head >= 0 && layer < picture.thumbs.shape[0] && head < picture.thumbs.shape[1]) choose({ layer, head });
  });

  return {
    draw(next) {
      picture = next;
      chosen = { layer: picture.layer, head: picture.head };
      const single = picture.thumbs.shape[0] * picture.thumbs.shape[1] <= 1;
      grid.hidden = single;
      top.classList.toggle('pg-single', single);
      sentence.draw(picture); // first: the others share what it leaves
      map.draw(picture);
      if (!single) {
        paintMosaic();
        paintGrid();
        setText(gridReadout, name(chosen.layer, chosen.head));
      }
    },
    resize() {
      sentence.resize();
      map.resize();
      if (!grid.hidden) paintGrid();
    },
    hover(pos) {
      map.hover(pos);
      sentence.hover(pos);
    },
    image: () => map.image(),
  };
};
