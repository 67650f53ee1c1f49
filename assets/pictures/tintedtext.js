/* Running text whose tokens are tinted by an amount; stretches of it may have names. */
'use strict';

/**
 * @typedef {Object} TintedTextPicture playground/views/pictures/tinted_text.py
 * @property {{text: string, before: string, special: boolean}[]} pieces
 * @property {string[]} names
 * @property {Float32Array} values
 * @property {string[]} says
 * @property {number} full
 * @property {[string, string]} ends
 * @property {{start: number, end: number, name: string}[]} marks
 * @property {number?} pos
 * @property {number} largest
 */

Playground.kinds.tintedtext = (host, panel) => {
  const { el, setText } = Playground;
  const SIZES = [3.2, 2.8, 2.5, 2.2, 1.9, 1.7, 1.5, 1.35, 1.2, 1.1];
  const line = el('p', { class: 'pg-tinted', dir: 'auto' });
  const low = el('span');
  const high = el('span');
  const legend = el('div', { class: 'pg-legend' }, low, el('span', { class: 'pg-legend-bar' }), high);
  const readout = el('span', { class: 'pg-readout' });
  host.replaceChildren(line, el('div', { class: 'pg-legend-row' }, readout, legend));
  let picture = null;
  let words = [];

  const saysOf = (i) => {
    const mark = picture.marks.find(({ start, end }) => start <= i && i < end);
    return [mark && mark.name, `${picture.names[i]} (${i})`, picture.says[i]].filter(Boolean).join(' · ');
  };

  function write() {
    const begins = new Map(picture.marks.map((mark) => [mark.start, mark]));
    line.replaceChildren();
    words = picture.pieces.map((piece, i) => {
      if (piece.before) line.append(piece.before);
      const mark = begins.get(i);
      if (mark) line.append(el('span', { class: 'pg-tinted-mark', text: mark.name }));
      const shown = piece.text.replace(/[⏎]/g, '↵');
      const word = el('span', { class: `pg-tinted-word${piece.special ? ' pg-special' : ''}`, 'data-i': i, text: shown || '∅' });
      line.append(word);
      if (/↵/.test(shown)) line.append(el('br'));
      return word;
    });
    const choice = picture.pos !== null;
    line.setAttribute('role', choice ? 'listbox' : 'group');
    line.setAttribute('aria-label', choice ? 'Tokens: choose one' : 'Tokens as they are fed');
    line.classList.toggle('pg-pickable', choice);
    words.forEach((word) => { if (choice) word.setAttribute('role', 'option'); });
  }

  function paint() {
    words.forEach((word, i) => {
      const value = picture.values[i];
      Playground.tint(word, Number.isNaN(value) ? 0 : Math.min(1, value / picture.full));
      const on = i === picture.pos;
      word.classList.toggle('pg-chosen', on);
      if (picture.pos !== null) {
        word.setAttribute('aria-selected', String(on));
        word.tabIndex = on ? 0 : -1;
      }
      word.title = saysOf(i);
    });
    legend.hidden = !picture.ends.some(Boolean);
    setText(low, picture.ends[0]);
    setText(high, picture.ends[1]);
    setText(readout, picture.pos === null ? '' : saysOf(picture.pos));
  }

  /** As large as the room allows. */
  function arrange() {
    const unit = Playground.unit();
    for (const size of SIZES.filter((most) => most <= picture.largest)) {
      host.style.setProperty('--pg-tinted', `${size * unit}px`);
      if (line.offsetHeight + 2.4 * unit <= panel.room.height) break;
    }
  }

  const placeOf = (event) => {
    const node = event.target.closest('[data-i]');
    return node ? Number(node.dataset.i) : null;
  };
  line.addEventListener('pointerover', (event) => {
    const i = placeOf(event);
    setText(readout, i !== null ? saysOf(i) : picture.pos === null ? '' : saysOf(picture.pos));
    if (picture.pos !== null) Playground.hover(i);
  });
  line.addEventListener('pointerleave', () => { setText(readout, picture.pos === null ? '' : saysOf(picture.pos)); Playground.hover(null); });
  line.addEventListener('click', (event) => { const i = placeOf(event); if (i !== null && picture.pos !== null) panel.pick({ pos: i }); });
  line.addEventListener('keydown', (event) => {
    if (picture.pos === null) return;
    const forth = getComputedStyle(line).direction === 'rtl' ? -1 : 1;
    const to = { ArrowRight: picture.pos + forth, ArrowLeft: picture.pos - forth, Home: 0, End: words.length - 1 }[event.key];
    if (to === undefined || !words[to]) return;
    event.preventDefault();
    words[to].tabIndex = 0;
    words[to].focus();
    panel.pick({ pos: to });
  });

  let made = null;
  let marked = null;
  return {
    draw(next) {
      picture = next;
      const marks = next.marks.map(({ start, name }) => `${start} ${name}`).join();
      if (made !== next.pieces || marked !== marks) write();
      [made, marked] = [next.pieces, marks];
      paint();
      arrange();
    },
    resize: arrange,
    hover(pos) {
      for (const node of line.querySelectorAll('.pg-hover')) node.classList.remove('pg-hover');
      if (picture && picture.pos !== null && pos !== null && words[pos]) words[pos].classList.add('pg-hover');
    },
  };
};
