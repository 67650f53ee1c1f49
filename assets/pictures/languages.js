/* One sentence in many languages: for each tokenizer a column of bars, its tokens measured by those of the first language. */
'use strict';

/**
 * @typedef {Object} LanguagesPicture playground/views/pictures/tokenizers.py
 * @property {{language: string, script: string, text: string}[]} rows
 * @property {string[]} names of the tokenizers
 * @property {Int32Array} counts (tokenizers, languages)
 * @property {Int32Array} unknown (tokenizers, languages)
 * @property {Uint8Array} lost (tokenizers, languages) 1: so much is unknown that the sentence is not there
 * @property {Float32Array} ratios (tokenizers, languages)
 * @property {number} full
 */

Playground.kinds.languages = (host, panel) => {
  const { el, setText } = Playground;
  const grid = el('div', { class: 'pg-lt-grid' });
  const told = el('div', { class: 'pg-lt-told' });
  const sentence = el('p', { class: 'pg-lt-sentence', dir: 'auto' });
  const readout = el('p', { class: 'pg-readout' });
  told.append(sentence, readout);
  const frame = el('div', { class: 'pg-frame-scroll' }, grid);
  Playground.fade(frame);
  host.replaceChildren(frame, told);

  let picture = null;

  const said = (t, i) => {
    const n = picture.rows.length;
    const [count, unknown] = [picture.counts[t * n + i], picture.unknown[t * n + i]];
    return `${picture.names[t]}: ${count} ${count === 1 ? 'token' : 'tokens'}${unknown ? `, ${unknown === count ? 'all' : unknown} unknown` : ''}`;
  };

  function bar(t, i) {
    const n = picture.rows.length;
    const [ratio, count, unknown] = [picture.ratios[t * n + i], picture.counts[t * n + i], picture.unknown[t * n + i]];
    const share = count ? unknown / count : 0;
    const track = el('span', { class: 'pg-lt-track' });
    const fill = el('i', { class: 'pg-lt-fill' });
    const hatched = el('i', { class: 'pg-lt-lost' });
    fill.style.width = `${(100 * ratio * (1 - share)) / picture.full}%`;
    hatched.style.width = `${(100 * ratio * share) / picture.full}%`;
    const one = el('i', { class: 'pg-lt-one' });
    one.style.left = `${100 / picture.full}%`;
    track.append(fill, hatched, one);
    const gone = picture.lost[t * n + i] === 1;
    const value = gone ? 'lost' : `×${ratio.toFixed(1)}`;
    return el('div', { class: gone ? 'pg-lt-cell pg-lt-gone' : 'pg-lt-cell', 'data-row': i, 'data-tokenizer': t, title: said(t, i) }, track, el('span', { class: 'pg-lt-value', text: value }));
  }

  function tell(i) {
    const row = picture.rows[i];
    setText(sentence, row.text);
    setText(readout, `${row.language} · ${picture.names.map((_, t) => said(t, i)).join(' · ')}`);
    for (const node of grid.children) node.classList.toggle('pg-lt-on', Number(node.dataset.row) === i);
  }

  function draw() {
    grid.style.setProperty('--n', String(picture.names.length));
    const heads = [el('span'), ...picture.names.map((name) => el('b', { class: 'pg-lt-head', text: name }))];
    const lines = picture.rows.flatMap((row, i) => [
      el('button', { type: 'button', class: 'pg-lt-name', 'data-row': i }, el('b', { text: row.language }), el('span', { text: row.script })),
      ...picture.names.map((_, t) => bar(t, i)),
    ]);
    grid.replaceChildren(...heads, ...lines);
    const unit = Playground.unit();
    const tall = Math.max(1.9 * unit, Math.min(2.9 * unit, (panel.room.height - told.offsetHeight - 5 * unit) / picture.rows.length - 3));
    grid.style.setProperty('--tall', `${tall}px`);
  }

  const at = (event) => {
    const node = event.target.closest('[data-row]');
    if (node) tell(Number(node.dataset.row));
  };
  grid.addEventListener('pointerover', at);
  grid.addEventListener('focusin', at);
  grid.addEventListener('click', at);

  return {
    draw(given) {
      picture = given;
      draw();
      tell(0);
    },
    resize() { if (picture) draw(); },
  };
};
