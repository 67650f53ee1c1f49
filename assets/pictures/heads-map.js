/* One head, large: rows look at columns, every number under the pointer, what the mask forbids hatched. */
'use strict';

/**
 * @param {HTMLElement} host
 * @param {?function(Object): void} pick takes {pos}; null: rows cannot be chosen here
 * @param {function(?number): void} onRow the position of the row under the pointer; null: none is
 * @param {function(): number} room how tall it may be
 */
Playground.headMap = (host, pick, onRow, room) => {
  const { el, setText } = Playground;
  const MORPH_MS = 180;
  const MORPHED = 10000; // weights: larger maps change at once
  const canvas = el('canvas', { class: 'pg-canvas', tabindex: '0', role: 'application' });
  const over = el('canvas', { class: 'pg-canvas pg-over-canvas', 'aria-hidden': 'true' });
  const title = el('h4', { class: 'pg-part' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const crossed = el('span', { class: 'pg-legend-masked' });
  const legend = Playground.legend('0', '1', crossed);
  const frame = el('div', { class: 'pg-frame-scroll' }, el('div', { class: 'pg-stack' }, canvas, over));
  host.replaceChildren(el('div', { class: 'pg-part-row' }, title, legend), frame, readout);

  let picture = null;
  let weights = null;
  let painted = null; // what the cells show: the weights, or, for a moment, something between the last ones and these
  let turn = 0;
  let nq = 0;
  let nk = 0;
  let box = { left: 0, top: 0, wide: 0, tall: 0 };
  let row = null; // the query that is looked from
  let looked = null; // the query that the sentence asks for while the pointer is there
  let pointed = null; // the cell under the pointer

  // Rows are counted from the first that is here; positions in the text from `picture.first` on.
  const masked = (q, k) => picture.causal && k > q + picture.first;
  const hidden = (k) => picture.hidden.length > 0 && picture.hidden.includes(k);
  const weight = (q, k) => weights[q * nk + k];
  const label = (texts, i, limit) => Playground.shorten(texts[i] || '', limit);

  /** Margins as wide as the longest label, within reason. */
  function measure() {
    const context = canvas.getContext('2d');
    const unit = Playground.unit();
    context.font = `${unit}px ${Playground.colour('mono')}`;
    const widest = (texts) => Math.min(8 * unit, Math.max(2 * unit, ...texts.map((t) => context.measureText(Playground.shorten(t, 12)).width)) + 10);
    const left = widest(picture.rows);
    const top = widest(picture.columns);
    const across = Math.max(host.clientWidth, 240) - left - 6;
    const down = Math.max(room() - top, 160);
    // Small enough for the frame down to 6 px, then it scrolls; a canvas of more than some 3000 px is a risk on phones.
    const least = Math.max(1, Math.min(6, 3000 / Math.max(nq, nk), Math.max(3, (1.25 * down) / nq)));
    const fit = (length) => (length < least ? least : Math.floor(length * 2) / 2);
    // Cells may be wider than tall: that is room for a number in each of them.
    const side = fit(Math.min(down / nq, across / nk, 5 * unit));
    box = { left, top, tall: side, wide: fit(Math.min(across / nk, side * 2.6, 9 * unit)) };
  }

  function paint() {
    const { left, top, wide, tall } = box;
    const [n, m] = [nq, nk];
    const width = left + m * wide + 2;
    const context = Playground.sharpen(canvas, width, top + n * tall + 2);
    Playground.sharpen(over, width, top + n * tall + 2);
    const pixels = document.createElement('canvas');
    pixels.width = m;
    pixels.height = n;
    const image = pixels.getContext('2d').createImageData(m, n);
    const data = new Uint32Array(image.data.buffer);
    const ramp = Playground.ramp('amount');
    for (let q = 0; q < n; q++) {
      for (let k = 0; k < m; k++) {
        if (!masked(q, k) && !hidden(k)) data[q * m + k] = ramp[Math.max(0, Math.min(255, Math.round(255 * painted[q * m + k])))];
      }
    }
    pixels.getContext('2d').putImageData(image, 0, 0);
    if (picture.causal) Playground.headGround.hatch(context, left, top, m * wide, n * tall);
    for (const k of picture.hidden) Playground.headGround.hatch(context, left + k * wide, top, wide, n * tall);
    context.imageSmoothingEnabled = false;
    context.drawImage(pixels, left, top, m * wide, n * tall);
    if (tall >= 9) Playground.headGround.rule(context, box, n, m);
    if (picture.stairs) stairs(context);
    labels(context);
    if (wide >= 2.4 * Playground.unit() && tall >= 1.3 * Playground.unit()) numbers(context);
    canvas.setAttribute('aria-label', `Attention weights, ${picture.name}: ${n} queries by ${m} keys. Arrow up and down choose a query.`);
  }

  /** Where the mask was that has been taken away. */
  function stairs(context) {
    const { left, top, wide, tall } = box;
    context.strokeStyle = Playground.colour('key');
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(left + wide, top);
    for (let q = 0; q < nq; q++) {
      context.lineTo(left + (q + 1) * wide, top + (q + 1) * tall);
      if (q + 1 < nk) context.lineTo(left + (q + 2) * wide, top + (q + 1) * tall);
    }
    context.stroke();
  }

  /** One head's map becomes the next one's, so that the eye sees what changes. */
  function morph(from) {
    const mine = ++turn;
    const started = performance.now();
    const step = () => {
      if (mine !== turn) return;
      const done = Math.min(1, (performance.now() - started) / MORPH_MS);
      painted = done < 1 ? weights.map((w, i) => from[i] + (w - from[i]) * done) : weights;
      paint();
      paintOver();
      if (done < 1) requestAnimationFrame(step);
    };
    step();
  }

  function labels(context) {
    const { left, top, wide, tall } = box;
    const unit = Playground.unit();
    const every = (side) => Math.max(1, Math.ceil(unit / side)); // in small cells only every n-th label has room
    context.font = `${Math.min(unit, Math.max(0.84 * unit, tall - 2))}px ${Playground.colour('mono')}`;
    context.textBaseline = 'middle';
    for (let q = 0; q < nq; q += every(tall)) {
      context.textAlign = 'right';
      context.fillStyle = Playground.colour(q === row ? 'chosen_ink' : 'query_ink');
      context.fillText(label(picture.rows, q, 12), left - 6, top + (q + 0.5) * tall);
    }
    for (let k = 0; k < nk; k += every(wide)) {
      context.save();
      context.translate(left + (k + 0.5) * wide, top - 6);
      context.rotate(-Math.PI / 2);
      context.textAlign = 'left';
      context.fillStyle = Playground.colour('key_ink');
      context.fillText(label(picture.columns, k, 12), 0, 0);
      context.restore();
    }
  }

  /** Percent without a sign, where a cell has room for it. */
  function numbers(context) {
    const { left, top, wide, tall } = box;
    const ink = Playground.inkSwitch();
    context.font = `${Math.min(1.25 * Playground.unit(), Math.max(0.92 * Playground.unit(), tall * 0.42))}px ${Playground.colour('mono')}`;
    context.textAlign = 'center';
    for (let q = 0; q < nq; q++) {
      for (let k = 0; k < nk; k++) {
        if (masked(q, k) || hidden(k)) continue;
        const w = painted[q * nk + k];
        if (w < 0.005) continue;
        context.fillStyle = Playground.colour(w >= ink ? 'ink-high' : 'ink-low');
        context.globalAlpha = w < 0.05 ? 0.65 : 1;
        context.fillText(String(Math.round(100 * w)), left + (k + 0.5) * wide, top + (q + 0.5) * tall);
      }
    }
    context.globalAlpha = 1;
  }

  /** Scrolls the frame, and nothing else, until the chosen row is in sight. */
  function reveal() {
    if (row === null) return;
    const top = box.top + row * box.tall;
    if (top < frame.scrollTop || top + box.tall > frame.scrollTop + frame.clientHeight) frame.scrollTop = top - frame.clientHeight / 2;
  }

  /** What changes under the pointer lives on a canvas of its own, so that moving costs nothing. */
  function paintOver() {
    const { left, top, wide, tall } = box;
    const context = over.getContext('2d');
    context.clearRect(0, 0, over.width, over.height);
    const frameRow = (q, colour, width) => {
      if (q === null || q === undefined || q >= nq) return;
      context.strokeStyle = Playground.colour(colour);
      context.lineWidth = width;
      context.strokeRect(left, top + q * tall, nk * wide, tall);
    };
    if (row !== null) frameRow(row, 'chosen', 2);
    const lit = pick ? Playground.hovered : null;
    if (pointed) {
      frameRow(pointed.q, 'text', 1);
      context.strokeRect(left + pointed.k * wide, top, wide, nq * tall);
      context.lineWidth = 2;
      context.strokeRect(left + pointed.k * wide, top + pointed.q * tall, wide, tall);
    } else if (looked !== null) {
      frameRow(looked, 'text', 1.5);
    } else if (lit !== null && lit < nk) {
      context.strokeStyle = Playground.colour('text');
      context.lineWidth = 1;
      context.strokeRect(left + lit * wide, top, wide, nq * tall);
    }
  }

  function say() {
    const at = pointed;
    if (!at) {
      const q = looked === null ? row : looked;
      if (q === null) return setText(readout, 'Point at a cell: who looks at whom, and how much.');
      let best = 0;
      for (let k = 1; k < nk; k++) if (!masked(q, k) && weight(q, k) > weight(q, best)) best = k;
      const most = `${label(picture.columns, best, 20)} (${best}): ${Playground.percent(weight(q, best))}`;
      return setText(readout, `${label(picture.rows, q, 20)} (${q + picture.first}) looks most at ${most}`);
    }
    const who = `${label(picture.rows, at.q, 20)} (${at.q + picture.first}) → ${label(picture.columns, at.k, 20)} (${at.k})`;
    if (masked(at.q, at.k)) return setText(readout, `${who}: masked, a later token`);
    if (hidden(at.k)) return setText(readout, `${who}: left out`);
    return setText(readout, `${who}: ${Playground.share(weight(at.q, at.k))}`);
  }

  function under(event) {
    const edge = canvas.getBoundingClientRect();
    const k = Math.floor((event.clientX - edge.left - box.left) / box.wide);
    const q = Math.floor((event.clientY - edge.top - box.top) / box.tall);
    const inside = q >= 0 && q < nq && k < nk;
    return inside ? { q, k } : null;
  }

  function point(at) {
    const cellAt = at && at.k >= 0 ? at : null;
    if (cellAt && pointed && cellAt.q === pointed.q && cellAt.k === pointed.k) return;
    pointed = cellAt;
    paintOver();
    say();
    const local = at ? at.q : row;
    onRow(local === null ? null : local + picture.first);
    if (pick) Playground.hover(at ? at.q + picture.first : null);
  }

  function choose(q) {
    if (!pick) return;
    row = q;
    paint();
    paintOver();
    say();
    onRow(q + picture.first);
    pick({ pos: q + picture.first });
  }

  canvas.addEventListener('pointermove', (event) => point(under(event)));
  canvas.addEventListener('pointerleave', () => point(null));
  canvas.addEventListener('click', (event) => {
    const at = under(event);
    if (at) choose(at.q);
  });
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (row === null ? -1 : row) + step;
    if (next >= 0 && next < nq) choose(next);
  });

  return {
    draw(next) {
      picture = next;
      const [before, shape] = [painted, [nq, nk]];
      ({ weights } = picture);
      [nq, nk] = weights.shape;
      painted = weights;
      turn += 1;
      row = picture.pos === null ? null : picture.pos - picture.first;
      pointed = null;
      looked = null;
      title.replaceChildren(picture.name, el('span', { class: 'pg-map-key' }, ': ', el('span', { class: 'pg-looks', text: 'a row looks (query)' }), ', ', el('span', { class: 'pg-looked', text: 'a column is looked at (key)' })));
      legend.classList.toggle('pg-causal', picture.causal || picture.hidden.length > 0);
      setText(crossed, [picture.causal ? 'masked' : '', picture.hidden.length ? 'left out' : ''].filter(Boolean).join(', '));
      measure();
      const same = before && before !== weights && shape[0] === nq && shape[1] === nk;
      if (same && nq * nk <= MORPHED && !Playground.reducedMotion()) morph(before);
      else {
        paint();
        paintOver();
      }
      say();
      reveal();
    },
    resize() {
      measure();
      paint();
      paintOver();
    },
    /** Another row is looked at for a moment, in one place or in several; null: the chosen one again. */
    look(q) {
      const local = q === null ? null : q - picture.first;
      pointed = null;
      looked = local === row || local < 0 || local >= nq ? null : local;
      paintOver();
      say();
    },
    hover() {
      paintOver();
    },
    height: () => box.top + nq * box.tall,
    image() {
      const copy = document.createElement('canvas');
      copy.width = canvas.width;
      copy.height = canvas.height;
      const context = copy.getContext('2d');
      context.fillStyle = Playground.colour('surface');
      context.fillRect(0, 0, copy.width, copy.height);
      context.drawImage(canvas, 0, 0);
      context.drawImage(over, 0, 0);
      return new Promise((resolve) => { copy.toBlob(resolve); });
    },
  };
};
