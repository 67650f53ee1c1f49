/* A text's tokens, tinted by how far each answer has moved; below, how the text goes on before and after. */
'use strict';

/**
 * @typedef {{title: string, words: string[], other: boolean[], ended: boolean}} WrittenLine
 * @typedef {Object} ContinuedPicture playground/views/pictures/what_if.py
 * @property {string[]} tokens
 * @property {Float32Array} moved_bits
 * @property {number} full
 * @property {number} pos
 * @property {WrittenLine[]} lines
 * @property {boolean} running
 * @property {string} hint
 */

Playground.kinds.continued = (host, panel) => {
  const { el, brief } = Playground;
  const strip = el('div', { class: 'pg-continued-strip', role: 'group', 'aria-label': 'The text: choose whose answer is shown' });
  const lines = el('div', { class: 'pg-continued-lines' });
  host.replaceChildren(strip, lines);
  let picture = null;

  function chips() {
    const focused = strip.contains(document.activeElement);
    strip.replaceChildren(...picture.tokens.map((text, i) => {
      const bits = picture.moved_bits[i];
      const on = i === picture.pos;
      const chip = el('button', { type: 'button', class: `pg-continued-chip${on ? ' pg-on' : ''}`, 'data-pos': i, dir: 'auto', tabindex: on ? '0' : '-1', 'aria-pressed': String(on), title: `token ${i}: its answer moves by ${Number(bits.toPrecision(7))} bits`, text });
      Playground.tint(chip, Math.min(1, bits / picture.full));
      return chip;
    }));
    if (focused) strip.querySelector('.pg-on').focus({ preventScroll: true });
  }

  function line({ title, words, other, ended }, n, running) {
    const last = n === picture.lines.length - 1;
    const spans = words.map((text, i) => el('span', { class: other[i] ? 'pg-continued-other' : null, text }));
    return el('p', { class: 'pg-continued-line' }, el('b', { text: title }), el('span', { class: 'pg-continued-text', dir: 'auto' }, ...spans, ended ? el('span', { class: 'pg-continued-end', title: 'the model ended the text', text: '■' }) : null,
      running && last ? el('span', { class: 'pg-continued-caret', text: '▏' }) : null));
  }

  strip.addEventListener('click', (event) => {
    const chip = event.target.closest('.pg-continued-chip');
    if (chip) panel.pick({ pos: Number(chip.dataset.pos) });
  });
  strip.addEventListener('keydown', (event) => {
    const to = picture.pos + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] || 0);
    if (to === picture.pos || to < 0 || to >= picture.tokens.length) return;
    event.preventDefault();
    panel.pick({ pos: to });
  });
  strip.addEventListener('pointerover', (event) => {
    const chip = event.target.closest('.pg-continued-chip');
    Playground.hover(chip ? Number(chip.dataset.pos) : null);
  });
  strip.addEventListener('pointerleave', () => Playground.hover(null));

  return {
    draw(next) {
      picture = next;
      chips();
      strip.append(Playground.legend('0', picture.full === 1 ? '1 bit' : `${brief(picture.full, 2)} bits`));
      const { running, hint } = picture;
      lines.replaceChildren(...(picture.lines.length ? picture.lines.map((found, n) => line(found, n, running)) : [el('p', { class: 'pg-continued-hint', text: hint })]));
    },
    hover(pos) {
      for (const chip of strip.querySelectorAll('.pg-continued-chip')) chip.classList.toggle('pg-lit', Number(chip.dataset.pos) === pos);
    },
  };
};
