/* One head at one token: the sentence, the steps in words, the table of all numbers, and the chosen step written out. */
'use strict';

/**
 * @typedef {Object} HeadStepsPicture playground/views/pictures/head_steps.py
 * @property {string[]} rows all tokens that look
 * @property {string[]} columns all tokens that are looked at
 * @property {boolean} cross two texts
 * @property {number} pos the token that looks
 * @property {number} key the token whose dot product is written out
 * @property {number} layer
 * @property {number} n_layers
 * @property {number} head
 * @property {number} n_heads
 * @property {Float32Array} weights (columns,)
 * @property {number[]} shown positions of the tokens in the table
 * @property {number} n_rest
 * @property {Object[]} parts columns of the table
 * @property {Float32Array} query
 * @property {Float32Array} met the key of `key`
 * @property {Float32Array} products
 * @property {Float32Array} before (2, head_dim)
 * @property {?Object} shares
 * @property {Object[]} stops
 * @property {number} at
 */

Playground.kinds.headsteps = (host, panel) => {
  const { el, setText, percent } = Playground;
  const PACE_MS = 2600;

  const words = el('div', { class: 'pg-frame-scroll pg-hs-words' });
  const button = (text, label) => el('button', { type: 'button', class: 'pg-hs-button', 'aria-label': label, text });
  const back = button('‹', 'One step back');
  const play = button('Play', 'Walk by itself');
  const next = button('›', 'One step on');
  const list = el('div', { class: 'pg-hs-stops', role: 'group', 'aria-label': 'Steps. Left and right arrow: step.' });
  const turn = (name) => {
    const fewer = button('‹', `The ${name} before`);
    const more = button('›', `The next ${name}`);
    const which = el('span');
    const move = (by) => { const to = picture[name] + by; if (to >= 0 && to < picture[`n_${name}s`]) choose({ [name]: to }); };
    fewer.addEventListener('click', () => move(-1));
    more.addEventListener('click', () => move(1));
    const paint = () => {
      setText(which, `${name} ${picture[name]} (of 0–${picture[`n_${name}s`] - 1})`);
      fewer.disabled = picture[name] <= 0;
      more.disabled = picture[name] >= picture[`n_${name}s`] - 1;
    };
    return { node: el('span', { class: 'pg-hs-turn' }, fewer, which, more), paint };
  };
  const layers = turn('layer');
  const heads = turn('head');
  const bar = el('div', { class: 'pg-hs-bar-row' }, back, play, next, list, el('span', { class: 'pg-hs-turns' }, layers.node, heads.node));
  const told = el('div', { class: 'pg-hs-told' });
  const frame = el('div', { class: 'pg-frame-scroll pg-hs-frame', tabindex: '0', role: 'group', 'aria-label': 'All numbers. Left and right arrow: step; up and down: row.' });
  const below = el('div', { class: 'pg-hs-under' });
  const readout = el('p', { class: 'pg-readout' });
  host.replaceChildren(words, bar, told, frame, below, readout);

  let picture = null;
  let at = 0; // the stop, at once when it is chosen
  let timer = null;
  const say = (text) => setText(readout, text);
  const stop = () => { window.clearInterval(timer); timer = null; setText(play, 'Play'); };
  const choose = (data) => { stop(); panel.pick(data); };

  /** Goes to a step at once; the page hears of it, so that a link leads back to it. */
  function go(to) {
    if (to < 0 || to >= picture.stops.length || to === at) return;
    at = to;
    paintStep(true);
    panel.pick({ step: picture.stops[at].name });
  }

  back.addEventListener('click', () => { stop(); go(at - 1); });
  next.addEventListener('click', () => { stop(); go(at + 1); });
  play.addEventListener('click', () => {
    if (timer) { stop(); return; }
    setText(play, 'Pause');
    go(at === picture.stops.length - 1 ? 0 : at + 1);
    timer = window.setInterval(() => {
      if (at < picture.stops.length - 1 && host.isConnected && host.offsetParent) go(at + 1); else stop();
    }, PACE_MS);
  });
  const keys = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const down = event.currentTarget === frame ? { ArrowDown: 1, ArrowUp: -1 }[event.key] : undefined;
    if (by) { stop(); go(at + by); } else if (down) {
      const row = picture.shown.indexOf(picture.key) + down;
      if (row >= 0 && row < picture.shown.length) choose({ key: picture.shown[row] });
    } else return;
    event.preventDefault();
  };
  frame.addEventListener('keydown', keys);
  bar.addEventListener('keydown', keys);

  /** The sentence: who looks, and how much each token is looked at. Across two texts, two lines. */
  function paintWords() {
    const chip = (text, i, weight, on, data, title) => {
      const node = el('button', { type: 'button', class: on ? 'pg-hs-word pg-hs-on' : 'pg-hs-word', dir: 'auto', 'data-pos': i, title, text: text || ' ' });
      if (weight !== null) Playground.tint(node, weight);
      node.addEventListener('click', () => choose(data));
      return node;
    };
    const line = (title, nodes) => el('div', { class: 'pg-hs-words-line' }, el('span', { class: 'pg-hs-words-title', text: title }), ...nodes);
    const { rows, columns, weights } = picture;
    const asks = rows.map((text, i) => chip(text, i, picture.cross ? null : weights[i], i === picture.pos, { pos: i }, picture.cross ? `look from ${text} (${i})` : `${text} (${i}) gets ${percent(weights[i])}; choose it to look from it`));
    words.replaceChildren(line('looks from', asks));
    if (picture.cross) words.append(line('looks at', columns.map((text, i) => chip(text, i, weights[i], i === picture.key, { key: i }, `${text} (${i}): ${percent(weights[i])}`))));
    const chosen = words.querySelector('.pg-hs-on');
    if (chosen && (chosen.offsetLeft < words.scrollLeft || chosen.offsetLeft + chosen.offsetWidth > words.scrollLeft + words.clientWidth)) words.scrollLeft = chosen.offsetLeft - words.clientWidth / 2;
  }

  function paintStep(arrives) {
    const { stops } = picture;
    const step = stops[at];
    list.replaceChildren(...stops.map((s, i) => {
      const node = el('button', { type: 'button', class: i === at ? 'pg-hs-stop pg-hs-on' : i < at ? 'pg-hs-stop pg-hs-past' : 'pg-hs-stop', 'aria-pressed': String(i === at), 'data-step': s.name, text: s.label });
      node.addEventListener('click', () => { stop(); go(i); list.children[i].focus(); });
      return node;
    }));
    back.disabled = at === 0;
    next.disabled = at === stops.length - 1;
    told.replaceChildren(
      el('div', {}, el('h4', { text: step.title }), el('p', { text: step.sentence })),
      el('div', { class: 'pg-hs-formula' }, step.formula ? el('code', { text: step.formula }) : null, ...step.lines.map((text) => el('code', { class: 'pg-hs-numbers', text })),
        step.check ? el('span', { class: step.exact ? 'pg-hs-check pg-exact' : 'pg-hs-check', text: step.check }) : null));
    told.dataset.step = step.name;
    frame.dataset.step = step.name;
    const order = stops.map((s) => s.name);
    for (const cell of frame.querySelectorAll('.pg-hs-col')) {
      const own = order.indexOf(Array.from(cell.classList).find((name) => name.startsWith('pg-hs-of-')).slice(9));
      cell.classList.toggle('pg-hs-active', at > 0 && own === at);
      cell.classList.toggle('pg-hs-later', at > 0 && own > at);
      cell.classList.toggle('pg-hs-arrive', arrives && own === at && !Playground.reducedMotion());
    }
    below.replaceChildren();
    const drawing = Playground.headUnder.draw(picture, step.name, below.clientWidth || panel.room.width, Playground.unit(), say, (head) => choose({ head }));
    if (drawing) below.append(drawing);
    const active = frame.querySelector('th.pg-hs-active');
    if (active && frame.scrollWidth > frame.clientWidth) frame.scrollLeft = Math.max(0, active.offsetLeft - frame.clientWidth / 2);
  }

  /** The buttons are made anew; the one that had the keyboard's focus has it again. */
  function keepingFocus(act) {
    const held = [list, words, below].map((node) => [node, Array.from(node.querySelectorAll('button')).indexOf(document.activeElement)]);
    act();
    for (const [node, i] of held) {
      const again = i >= 0 ? node.querySelectorAll('button')[i] : null;
      if (again) again.focus({ preventScroll: true });
    }
  }

  function draw() {
    const unit = Playground.unit();
    const { width, height } = panel.room;
    paintWords();
    layers.paint();
    heads.paint();
    const lines = picture.shown.length + 3;
    const tall = Math.round(Math.max(1.35 * unit, Math.min(2.6 * unit, (height - 29 * unit) / lines - 4)));
    const scrolled = frame.scrollTop;
    frame.replaceChildren(Playground.headTable.draw(picture, width, unit, tall, (key) => choose({ key }), say));
    // A short text stands whole; a long one scrolls between its query and its sums.
    frame.style.maxHeight = lines <= 19 ? '' : `${Math.max(34 * unit, height - 20 * unit)}px`;
    frame.scrollTop = scrolled;
    const row = frame.querySelector('.pg-hs-chosen');
    if (row && (row.offsetTop < frame.scrollTop || row.offsetTop + row.offsetHeight > frame.scrollTop + frame.clientHeight)) frame.scrollTop = row.offsetTop - frame.clientHeight / 2;
    paintStep(false);
    say('');
  }

  return {
    draw(given) {
      picture = given;
      ({ at } = picture);
      keepingFocus(draw);
    },
    resize: draw,
    hover(pos) {
      for (const node of host.querySelectorAll('.pg-hs-hover')) node.classList.remove('pg-hs-hover');
      if (pos === null) return;
      for (const node of host.querySelectorAll(`tr[data-key="${pos}"]${picture && picture.cross ? '' : `, .pg-hs-word[data-pos="${pos}"]`}`)) node.classList.add('pg-hs-hover');
    },
    remove: stop,
  };
};
