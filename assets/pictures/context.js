/* The guess from less and less context, how long an exchanged word is felt, and the one state of a recurrent network. */
'use strict';

/**
 * @typedef {Object} ContextPicture playground/views/pictures/context.py
 * @property {string[]} tokens
 * @property {number} first position of the first of them
 * @property {number} pos
 * @property {string} target
 * @property {{length: number, p: number, rank: number, guess: string, guess_p: number, mean_bits: number?}[]} rows
 * @property {number} changed
 * @property {string[]} others
 * @property {Float32Array} bits from the exchanged token to the end
 * @property {Float32Array} attention
 * @property {Float32Array} network_bits empty where there is no network
 * @property {Float32Array} state_change
 * @property {Float32Array} states (tokens, numbers of the state)
 */

Playground.kinds.context = (host, panel) => {
  const { el, setText, percent, sig, shorten } = Playground;
  const heading = el('h4', { class: 'pg-part' });
  const rows = el('div', { class: 'pg-context-rows' });
  const left = el('section', {}, heading, rows);
  const text = el('div', { class: 'pg-context-text', dir: 'auto' });
  const svg = el('svg', { class: 'pg-context-plot' });
  const key = el('div', { class: 'pg-context-key' });
  const readout = el('p', { class: 'pg-readout' });
  const all = el('canvas', { role: 'img', 'aria-label': 'The state of the recurrent network after each token' });
  const last = el('canvas', { class: 'pg-context-last', role: 'img', 'aria-label': 'Its last state' });
  const vectors = el('div', { class: 'pg-context-vectors' }, all, last);
  const vectorsTitle = el('h4', { class: 'pg-part' });
  const right = el('section', { class: 'pg-context-right' }, el('h4', { class: 'pg-part', text: 'Exchange one word: how long is it felt?' }), text, svg, key, readout, vectorsTitle, vectors);
  host.replaceChildren(el('div', { class: 'pg-context' }, left, right));
  /** @type {ContextPicture} */
  let picture = null;

  const plain = (shown) => shown.replace(/␣/g, ' ').replace(/[↵⏎]/g, '¶').replace(/⇥/g, ' ');

  function drawRows() {
    const at = picture.pos - picture.first;
    const means = picture.rows.some((row) => row.mean_bits !== null);
    setText(heading, `The next token, “${shorten(picture.target, 20)}”, from the last …`);
    rows.replaceChildren(...picture.rows.flatMap((row) => {
      const seen = picture.tokens.slice(Math.max(0, at + 1 - row.length), at + 1).map(plain).join('');
      const hidden = picture.tokens.slice(0, Math.max(0, at + 1 - row.length)).map(plain).join('');
      const line = el('div', { class: 'pg-context-seen', title: `${row.length} tokens in view` },
        el('bdi', {}, el('i', { text: hidden }), el('b', { text: seen })));
      const fill = el('span', { class: 'pg-bar-fill' });
      fill.style.width = `${100 * row.p}%`;
      const said = `${row.length} in view · first guess ${shorten(row.guess, 12)} ${percent(row.guess_p)}${means && row.mean_bits !== null ? ` · whole text ${sig(row.mean_bits)} bits` : ''}`;
      return [line, el('div', { class: 'pg-context-guess', title: `rank ${row.rank}, probability ${row.p}` },
        el('span', { class: 'pg-bar-track' }, fill), el('span', { text: percent(row.p) }), el('small', { text: said }))];
    }));
  }

  function drawText() {
    text.replaceChildren(...picture.tokens.map((token, i) => {
      const pos = picture.first + i;
      return el('button', { type: 'button', 'data-pos': pos, class: pos === picture.changed ? 'pg-on' : null, text: shorten(token, 16), 'aria-pressed': String(pos === picture.changed) });
    }));
  }

  text.addEventListener('click', (event) => {
    const button = event.target.closest('[data-pos]');
    if (button) panel.pick({ changed: Number(button.dataset.pos) });
  });

  function label(x, y, said, anchor) {
    const node = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    for (const [name, value] of Object.entries({ x, y, 'text-anchor': anchor, class: 'pg-context-tick' })) node.setAttribute(name, String(value));
    node.textContent = said;
    return node;
  }

  /** Both curves on one scale of bits, from the token behind the exchanged one to the end. */
  function drawCurves(width, height) {
    const unit = Playground.unit();
    const n = picture.bits.length;
    const box = { left: 3.4 * unit, top: 0.6 * unit, width: width - 5 * unit, height: height - 2.6 * unit };
    const top = Math.max(0.1, ...picture.bits, ...picture.network_bits);
    const x = (i) => box.left + (n > 1 ? (box.width * i) / (n - 1) : 0);
    const y = (value) => box.top + box.height * (1 - value / top);
    const line = (values, kind) => (values.length ? el('path', { class: `pg-context-line ${kind}`, d: Array.from(values, (value, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join('') }) : null);
    const ticks = [0, Math.round((n - 1) / 2), n - 1].filter((i, k, list) => list.indexOf(i) === k);
    svg.setAttribute('width', String(width));
    svg.setAttribute('height', String(height));
    svg.replaceChildren(...[
      el('path', { class: 'pg-context-axis', fill: 'none', d: `M${box.left} ${box.top}V${box.top + box.height}H${box.left + box.width}` }),
      line(picture.network_bits, 'pg-network'), line(picture.bits, 'pg-model'),
      label(box.left - 5, y(top) + 4, sig(top, 2), 'end'), label(box.left - 5, y(0) + 4, '0', 'end'),
      ...ticks.map((i) => label(x(i), box.top + box.height + 1.3 * unit, i ? `${i} later` : 'there', i === n - 1 && i ? 'end' : i ? 'middle' : 'start')),
    ].filter(Boolean));
    key.replaceChildren(el('span', { text: 'transformer, bits' }), ...(picture.network_bits.length ? [el('span', { text: 'recurrent network, bits' })] : []));
  }

  function sayAfter(i) {
    const n = picture.bits.length - 1;
    const k = Math.max(0, Math.min(n, i));
    const network = picture.network_bits.length ? ` · network ${sig(picture.network_bits[k])} bits, ${percent(picture.state_change[k])} of its state's change left` : '';
    setText(readout, `${k} later: ${sig(picture.bits[k])} bits · largest attention to it ${percent(picture.attention[k])}${network}`);
  }

  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    const unit = Playground.unit();
    sayAfter(Math.round(((event.clientX - box.left - 3.4 * unit) / (box.width - 5 * unit)) * (picture.bits.length - 1)));
  });

  /** The states as columns of colour: one for each token, and the last one by itself. */
  function paint(canvas, from, to, width, height) {
    const [, size] = picture.states.shape;
    const ramp = Playground.ramp('signed');
    canvas.width = to - from;
    canvas.height = size;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    const image = context.createImageData(to - from, size);
    const pixels = new Uint32Array(image.data.buffer);
    for (let t = from; t < to; t++) {
      for (let k = 0; k < size; k++) pixels[k * (to - from) + (t - from)] = ramp[Math.max(0, Math.min(255, Math.round(127.5 * (1 + picture.states[t * size + k]))))];
    }
    context.putImageData(image, 0, 0);
  }

  function drawVectors(width, height) {
    const [n, size] = picture.states.shape;
    vectors.hidden = n === 0;
    setText(vectorsTitle, n ? `One state of ${size} numbers, after each token (the last one in amber: all that is carried on)` : '');
    vectorsTitle.hidden = n === 0;
    if (!n) return;
    paint(all, 0, n, Math.max(60, width - 50), height);
    paint(last, n - 1, n, 26, height);
  }

  function arrange() {
    const unit = Playground.unit();
    const width = right.clientWidth - (panel.room.width < 760 ? 0 : 1.6 * unit);
    const { height } = panel.room;
    drawCurves(width, Math.max(9 * unit, Math.min(15 * unit, height * 0.3)));
    drawVectors(width, Math.max(7 * unit, Math.min(11 * unit, height * 0.24)));
  }

  return {
    resize: arrange,
    draw(next) {
      picture = next;
      drawRows();
      drawText();
      arrange();
      sayAfter(picture.bits.length - 1);
      rows.title = `Exchanged for ${picture.others.join(', ')}`;
    },
  };
};
