/* Attention over the running text: one text shows where a word looks, the other who looks at it.
 *
 * Across two texts the one that looks and the one that is looked at stand beside each other, and ribbons lead across.
 */
'use strict';

/**
 * @typedef {{text: string, before: string, special: boolean}} TextPiece
 * @typedef {Object} AttentionTextPicture playground/views/pictures/attention_text.py
 * @property {Float32Array} values (row, column)
 * @property {'share'|'length'} unit
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {TextPiece[]} row_pieces
 * @property {TextPiece[]} column_pieces empty where both are one text
 * @property {[string, string]} names
 * @property {number} pos
 * @property {"pos"|"step"} key
 * @property {boolean} causal
 * @property {string} verb
 * @property {string} meaning
 * @property {number} layer
 * @property {number} head
 * @property {number} n_layers
 * @property {number} n_heads
 */

Playground.kinds.attentiontext = (host, panel) => {
  const { el, setText } = Playground;
  const SIZES = [3.3, 2.9, 2.6, 2.3, 2, 1.8, 1.6, 1.45, 1.3, 1.18]; // of the words, in units; the first that fits is taken
  const numbers = (label, key) => {
    const root = el('div', { class: 'pg-look-numbers', role: 'radiogroup', 'aria-label': label });
    root.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button) panel.pick({ [key]: Number(button.dataset.n) });
    });
    root.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const buttons = Array.from(root.querySelectorAll('button'));
      const next = buttons[buttons.indexOf(document.activeElement) + (step || 0)];
      if (!step || !next) return;
      next.focus();
      next.click();
      event.preventDefault();
    });
    const draw = (n, chosen) => {
      root.hidden = n < 2;
      if (root.children.length !== n + 1) {
        root.replaceChildren(el('span', { text: label }), ...Array.from({ length: n }, (_, i) => el('button', { type: 'button', role: 'radio', 'data-n': i, text: String(i) })));
      }
      Array.from(root.querySelectorAll('button')).forEach((button, i) => {
        button.setAttribute('aria-checked', String(i === chosen));
        button.tabIndex = i === chosen ? 0 : -1;
      });
    };
    return { root, draw };
  };
  const layers = numbers('Layer', 'layer');
  const heads = numbers('Head', 'head');
  // The steps of a text that was written: a slider, and a button that walks through them.
  const PACE_MS = 800;
  const play = el('button', { type: 'button', class: 'pg-look-play', text: '▶', 'aria-label': 'Step by step', title: 'Step by step' });
  const slider = el('input', { type: 'range', min: '0', step: '1', 'aria-label': 'Step' });
  const stepName = el('span', { class: 'pg-look-step' });
  const steps = el('div', { class: 'pg-look-steps' }, play, slider, stepName);
  let walking = null;
  const meaning = el('p', { class: 'pg-look-meaning' });
  const across = el('svg', { class: 'pg-look-ribbons pg-look-across', 'aria-hidden': 'true' });
  const panels = el('div', { class: 'pg-look-panels' });
  host.replaceChildren(el('div', { class: 'pg-look-choose' }, layers.root, heads.root, steps), panels, meaning);

  let picture = null;
  let shares = null; // (row, column), as they are shown
  let nq = 0;
  let nk = 0;
  let two = false; // texts
  let chosen = { side: 'row', i: 0 };
  let shown = null;

  const leave = () => { look(chosen); Playground.hover(null); };
  const of = (side) => ({
    onLook: (i) => { look({ side, i }); if (picture.key === 'pos') Playground.hover(side === 'row' || !two ? i : null); },
    onLeave: leave,
    onChoose(i) {
      chosen = { side, i };
      look(chosen);
      if (side === 'row' || !two) panel.pick({ [picture.key]: i });
    },
  });
  // In one text each panel's words look for themselves; across two, the left are those that look, the right those looked at.
  const first = Playground.attentionWords('query', of('row'));
  const second = Playground.attentionWords('key', { onLook: (i) => of(two ? 'column' : 'row').onLook(i), onLeave: leave, onChoose: (i) => of(two ? 'column' : 'row').onChoose(i) });
  panels.append(first.root, second.root, across);

  const row = (q) => shares.subarray(q * nk, (q + 1) * nk);
  const column = (k) => Float32Array.from({ length: nq }, (_, q) => shares[q * nk + k]);
  const name = (texts, i) => `“${Playground.shorten(texts[i].replace(/^␣(?=.)/, ''), 24)}”`;

  /** Lengths as shares of the sum of their row; shares as they are. */
  function shared() {
    if (picture.unit === 'share') return picture.values;
    const made = new Float32Array(picture.values.length);
    for (let q = 0; q < nq; q++) {
      let total = 0;
      for (let k = 0; k < nk; k++) total += picture.values[q * nk + k];
      for (let k = 0; k < nk; k++) made[q * nk + k] = total > 0 ? picture.values[q * nk + k] / total : 0;
    }
    return made;
  }

  function titles(word) {
    if (picture.key === 'step') return [`what was looked at to write ${word}`, `the words that looked at ${word}`];
    if (picture.verb !== 'looks') return [`Where what stands at ${word} comes from`, `Where ${word} has gone to`];
    return picture.unit === 'length' ? [`Where ${word} fetches from`, `Who fetches from ${word}`] : [`Where ${word} looks`, `Who looks at ${word}`];
  }

  function look(where) {
    shown = where;
    if (!picture) return;
    if (two) lookAcross(where);
    else lookInside(where.i);
  }

  function stop() {
    clearInterval(walking);
    walking = null;
    setText(play, '▶');
  }

  function goTo(i) {
    chosen = { side: 'row', i };
    look(chosen);
  }

  slider.addEventListener('input', () => { stop(); goTo(Number(slider.value)); });
  slider.addEventListener('change', () => panel.pick({ step: Number(slider.value) }));
  play.addEventListener('click', () => {
    if (walking !== null) {
      stop();
      panel.pick({ step: chosen.i });
      return;
    }
    setText(play, '❚❚');
    goTo(chosen.side === 'row' && chosen.i + 1 < nq ? chosen.i : 0);
    walking = setInterval(() => {
      if (chosen.i + 1 < nq && host.isConnected) goTo(chosen.i + 1);
      if (chosen.i + 1 < nq && host.isConnected) return;
      stop();
      panel.pick({ step: chosen.i });
    }, PACE_MS);
  });

  function lookInside(i) {
    const [to, from] = titles(name(picture.rows, i));
    const looks = row(i);
    const seen = column(i);
    const top = first.topOf(looks, seen); // one scale: a bar on the left means as much as one on the right
    const there = first.paint(looks, (k) => picture.causal && k > i, i, to, top);
    const back = second.paint(seen, (q) => picture.causal && q < i, i, from, top);
    first.join(i, there.strongest, looks);
    second.join(i, back.strongest, seen);
    across.replaceChildren();
  }

  function lookAcross({ side, i }) {
    const word = name(side === 'row' ? picture.rows : picture.columns, i);
    if (side === 'row') {
      slider.value = String(i);
      setText(stepName, `step ${i + 1} of ${nq}`);
    }
    const [to, from] = titles(word);
    const values = side === 'row' ? row(i) : column(i);
    const [own, other] = side === 'row' ? [first, second] : [second, first];
    const ownTitle = picture.names[side === 'row' ? 0 : 1];
    own.clear(ownTitle, picture.key === 'step' && side === 'row' ? i + 1 : Infinity);
    own.word(i).classList.add('pg-chosen');
    const found = other.paint(values, (k) => Number.isNaN(values[k]), null, `${picture.names[side === 'row' ? 1 : 0]}: ${(side === 'row' ? to : from).replace(/^W/, 'w')}`, other.topOf(values), 'not there yet');
    joinAcross(own.word(i), found.strongest, other, values, side);
  }

  function joinAcross(from, strongest, other, values, side) {
    const base = panels.getBoundingClientRect();
    across.replaceChildren();
    across.setAttribute('width', panels.clientWidth);
    across.setAttribute('height', panels.scrollHeight);
    const a = from.getBoundingClientRect();
    const beside = first.root.getBoundingClientRect().top === second.root.getBoundingClientRect().top;
    for (const i of strongest) {
      const b = other.word(i).getBoundingClientRect();
      const [p, q] = [a, b].map((box) => ({ x: (box.left + box.right) / 2 - base.left, top: box.top - base.top, bottom: box.bottom - base.top }));
      const down = p.top < q.top;
      const same = beside && Math.abs(p.top - q.top) < 3 * Playground.unit(); // an arch over the words, not a line through them
      const [y1, y2] = same ? [p.top, q.top] : down ? [p.bottom, q.top] : [p.top, q.bottom];
      const bend = same ? -2.4 * Playground.unit() : (y2 - y1) * 0.5;
      const d = `M${p.x},${y1} C${p.x},${y1 + bend} ${q.x},${same ? y2 + bend : y2 - bend} ${q.x},${y2}`;
      across.append(el('path', { d, class: `pg-look-ribbon pg-look-${side === 'row' ? 'query' : 'key'}`, 'stroke-width': (1 + 0.35 * Playground.unit() * values[i]).toFixed(2), 'stroke-opacity': (0.25 + 0.6 * values[i]).toFixed(2) }));
    }
  }

  /** As large as the room allows; side by side where there is width for it. */
  function arrange() {
    const unit = Playground.unit();
    const { width, height } = panel.room;
    panels.classList.toggle('pg-beside', width >= 62 * unit);
    host.style.setProperty('--pg-look-bar', `${1.8 * unit}px`);
    const spare = () => height - panels.offsetHeight - layers.root.parentNode.offsetHeight - meaning.offsetHeight - 3 * unit;
    for (const step of SIZES.filter((size) => width >= 600 || size <= 2)) {
      host.style.setProperty('--pg-look', `${Math.max(step, width < 600 ? 1.5 : 0) * unit}px`);
      if (spare() >= 0) break;
    }
    host.style.setProperty('--pg-look-bar', `${Math.max(1.8 * unit, Math.min(3.2 * unit, 1.8 * unit + spare() / 6))}px`);
    if (shown) look(shown);
  }

  return {
    draw(next) {
      picture = next;
      [nq, nk] = picture.values.shape;
      two = picture.column_pieces.length > 0;
      shares = shared();
      layers.draw(picture.n_layers, picture.layer);
      heads.draw(picture.n_heads, picture.head);
      setText(meaning, picture.meaning);
      meaning.hidden = !picture.meaning;
      steps.hidden = picture.key !== 'step' || nq < 2;
      slider.max = String(nq - 1);
      stop();
      first.write(picture.row_pieces, picture.rows);
      second.write(two ? picture.column_pieces : picture.row_pieces, picture.columns);
      panels.classList.toggle('pg-stepped', picture.key === 'step');
      chosen = { side: 'row', i: picture.pos };
      shown = chosen;
      first.activate(picture.pos);
      second.activate(two ? 0 : picture.pos);
      arrange();
    },
    resize: arrange,
    remove: stop,
    hover(pos) {
      if (picture.key === 'step') return; // its rows are no places of the text
      first.hover(pos);
      second.hover(two ? null : pos);
    },
  };
};
