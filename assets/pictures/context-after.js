/* The lower half of "context": what an exchanged word changes at each token after it, and the recurrent network's state. */
'use strict';

/** @param {{choose: (pos: number) => void, point: (pos: number?) => void}} calls positions in the text */
Playground.contextAfter = (calls) => {
  const { el, setText, shorten, sig } = Playground;
  const text = el('div', { class: 'pg-context-tokens', role: 'listbox', 'aria-label': 'The word that is exchanged' });
  const moves = el('div', { class: 'pg-context-moves' });
  const looks = el('div', { class: 'pg-context-shares' });
  const left = el('div', { class: 'pg-context-shares pg-context-left' });
  const states = el('canvas', { class: 'pg-canvas', role: 'img', 'aria-label': 'The state of the recurrent network after each token' });
  const changes = el('canvas', { class: 'pg-canvas', role: 'img', 'aria-label': 'What the exchange has changed in its state after each token' });
  const scale = el('span', { class: 'pg-context-scale' });
  const named = (title, ...more) => el('div', { class: 'pg-context-label' }, el('span', { text: title }), ...more);
  const moveLabel = named('the guess moves by', el('span', { class: 'pg-context-swatch', text: 'transformer' }), el('span', { class: 'pg-context-swatch pg-network', text: 'recurrent network' }), scale);
  const network = [named('its state’s change left, %'), left, named('its state'), states, named('changed in it'), changes];
  const grid = el('div', { class: 'pg-context-after' }, named(''), text, moveLabel, moves, named('largest attention to it, %'), looks, ...network);
  const node = el('div', { class: 'pg-frame-scroll pg-context-frame' }, grid);
  let picture = null;
  let wide = 40; // pixels of a column

  const at = (event) => {
    const cell = event.target.closest('[data-pos]');
    if (cell) return Number(cell.dataset.pos);
    if (event.target.tagName !== 'CANVAS') return null;
    return picture.first + Math.min(picture.tokens.length - 1, Math.floor(event.offsetX / wide));
  };

  function build() {
    const columns = (make) => picture.tokens.map((token, i) => make(picture.first + i, token));
    text.replaceChildren(...columns((pos, token) => el('button', { type: 'button', role: 'option', 'data-pos': pos, tabindex: '-1', title: token },
      el('bdi'))));
    moves.replaceChildren(...columns((pos) => el('div', { 'data-pos': pos }, el('i', { class: 'pg-model' }), el('i', { class: 'pg-network' }))));
    for (const row of [looks, left]) row.replaceChildren(...columns((pos) => el('div', { 'data-pos': pos })));
  }

  /** Bars on one scale: that of the tokens behind the exchanged one, whose own bar may be cut off. */
  function fill() {
    const { first, changed, bits, attention, network_bits: theirs, state_left: share } = picture;
    const later = [...bits.subarray(1), ...theirs.subarray(1)];
    const full = Math.max(0.1, ...(later.length ? later : bits));
    setText(scale, `full height: ${sig(full, 2)} bits`);
    picture.tokens.forEach((_token, i) => {
      const k = first + i - changed;
      text.children[i].classList.toggle('pg-on', k === 0);
      text.children[i].setAttribute('aria-selected', String(k === 0));
      text.children[i].tabIndex = k === 0 ? 0 : -1;
      [bits, theirs].forEach((values, which) => {
        const bar = moves.children[i].children[which];
        const value = k >= 0 && values.length ? values[k] : 0;
        bar.style.height = `${Math.min(100, (100 * value) / full)}%`;
        bar.classList.toggle('pg-cut', value > full * 1.001);
      });
      for (const [row, values] of [[looks, attention], [left, share]]) {
        const cell = row.children[i];
        const known = k >= 0 && values.length > 0;
        cell.classList.toggle('pg-none', !known);
        setText(cell, known ? plain(values[k]) : '');
        Playground.tint(cell, known ? Math.min(1, values[k]) * 0.72 : 0); // so much that black (white in the dark) reads on it
      }
    });
    for (const part of network) part.hidden = theirs.length === 0;
    moveLabel.children[2].hidden = theirs.length === 0;
  }

  /** A share in whole percent: its exact number stands below the picture. */
  const plain = (share) => (share >= 0.01 || share === 0 ? String(Math.round(100 * share)) : '<1');

  /** In narrow columns the sign for a blank gives way to the word. */
  function name(token) {
    const bare = token.replace(/^␣+/, '');
    return shorten(wide < 4.4 * Playground.unit() && bare ? bare : token, 14);
  }

  /** Whether columns lie beyond the right edge of the frame. */
  function clip() {
    node.classList.toggle('pg-more', node.scrollLeft + node.clientWidth < node.scrollWidth - 4);
  }
  node.addEventListener('scroll', clip);

  /** A vector as a square of coloured cells for each token from `from` on, an arrow from each to the next. */
  function stamps(canvas, values, from, role, framed) {
    const [n, size] = values.shape;
    if (!n) return;
    const total = picture.tokens.length;
    const side = Math.ceil(Math.sqrt(size));
    const cell = Math.max(1, Math.floor((2 * (wide - 9)) / side) / 2);
    const stamp = cell * side;
    const context = Playground.sharpen(canvas, total * wide, stamp + 6);
    const pixels = document.createElement('canvas');
    [pixels.width, pixels.height] = [side * n, side];
    const image = pixels.getContext('2d').createImageData(side * n, side);
    const data = new Uint32Array(image.data.buffer);
    const ramp = Playground.ramp(role);
    for (let t = 0; t < n; t++) {
      for (let k = 0; k < size; k++) data[Math.floor(k / side) * side * n + t * side + (k % side)] = ramp[values[t * size + k]];
    }
    pixels.getContext('2d').putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.lineWidth = 1;
    for (let t = 0; t < n; t++) {
      const x = (from + t + 0.5) * wide - stamp / 2;
      context.drawImage(pixels, t * side, 0, side, side, x, 3, stamp, stamp);
      context.strokeStyle = Playground.colour('grid');
      context.strokeRect(x - 0.5, 2.5, stamp + 1, stamp + 1);
      if (t + 1 < n) arrow(context, x + stamp + 1, x + wide - 1, 3 + stamp / 2);
    }
    if (!framed) return;
    context.strokeStyle = Playground.colour('chosen');
    context.lineWidth = 3;
    context.strokeRect((from + n - 0.5) * wide - stamp / 2 - 1.5, 1.5, stamp + 3, stamp + 3);
  }

  function arrow(context, from, to, y) {
    context.strokeStyle = Playground.colour('residual');
    context.beginPath();
    context.moveTo(from, y);
    context.lineTo(to, y);
    context.moveTo(to - 3, y - 3);
    context.lineTo(to, y);
    context.lineTo(to - 3, y + 3);
    context.stroke();
  }

  for (const part of [text, moves, looks, left, states, changes]) {
    part.addEventListener('click', (event) => { const pos = at(event); if (pos !== null) calls.choose(pos); });
    part.addEventListener('pointermove', (event) => calls.point(at(event)));
    part.addEventListener('pointerleave', () => calls.point(null));
  }
  text.addEventListener('focusin', (event) => calls.point(at(event)));
  text.addEventListener('focusout', () => calls.point(null));
  text.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const button = event.target.closest('[data-pos]');
    if (!step || !button) return;
    const next = step < 0 ? button.previousElementSibling : button.nextElementSibling;
    if (next) next.focus();
    event.preventDefault();
  });

  let shape = '';
  return {
    node,
    draw(next) {
      picture = next;
      const now = JSON.stringify([picture.first, picture.tokens.map(String)]);
      if (now !== shape) build();
      shape = now;
      fill();
    },
    /** Columns share the width there is; where they would get too small, the frame scrolls. */
    fit(width) {
      const unit = Playground.unit();
      const names = width < 45 * unit ? 8.5 * unit : 12 * unit;
      wide = Math.floor(Math.max(2.7 * unit, Math.min(7 * unit, (width - names - 4) / picture.tokens.length)));
      node.style.setProperty('--pg-names', `${names}px`);
      node.style.setProperty('--pg-column', `${wide}px`);
      picture.tokens.forEach((token, i) => setText(text.children[i].firstChild, name(token)));
      stamps(states, picture.states, 0, 'signed', true);
      stamps(changes, picture.state_changes, picture.changed - picture.first, 'amount', false);
    },
    reveal() {
      const chosen = text.children[picture.changed - picture.first];
      const room = node.clientWidth - parseFloat(node.style.getPropertyValue('--pg-names'));
      const x = (picture.changed - picture.first) * wide;
      if (chosen && (x < node.scrollLeft || x + wide > node.scrollLeft + room)) node.scrollLeft = x - room / 4;
      clip();
    },
    mark(pos) {
      for (const lit of grid.querySelectorAll('.pg-hover')) lit.classList.remove('pg-hover');
      const i = pos === null ? -1 : pos - picture.first;
      for (const row of [text, moves, looks, left]) if (row.children[i]) row.children[i].classList.add('pg-hover');
    },
  };
};
