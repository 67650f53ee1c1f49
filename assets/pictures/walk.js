/* A walk through the forward pass: above, the machine; below, the step that it stands at. Arrow keys, buttons, play. */
'use strict';

/**
 * @typedef {Object} WalkPicture playground/views/pictures/walk.py
 * @property {Object[]} towers title, tokens, pos, causal, levels, entry, blocks
 * @property {Object} end size, answers
 * @property {Float32Array} weights (query, key) of the followed head
 * @property {Float32Array} cross the same of its cross-attention
 * @property {number} tower
 * @property {number} layer
 * @property {number} head
 * @property {number} n_heads
 * @property {string[]} names of all steps
 * @property {number} at
 * @property {Object} step
 * @property {?{layer: number, step: string, pos: ?number}} before
 * @property {?{layer: number, step: string, pos: ?number}} after
 * @property {{title: string, layer: number, step: string}[]} tour
 * @property {number} leg
 * @property {?{layer: number, step: string, pos: ?number}} skip
 * @property {number} skipped
 */

Playground.kinds.walk = (host, panel) => {
  const { el, setText } = Playground;
  const PACE_MS = 1800;
  const PATIENCE_MS = 20000; // how long a text that was sent off may take until the walk goes on in it
  const LEAST = { one: 76, two: 92 }; // towers; units of type: narrower machines scroll in their frame

  const machine = el('div', { class: 'pg-frame-scroll pg-walk-machine', tabindex: '0', role: 'group', 'aria-label': 'The machine. Left and right arrow: step; up and down: layer.' });
  const button = (text, label) => el('button', { type: 'button', class: 'pg-walk-button', 'aria-label': label, text });
  const back = button('‹ Back', 'One step back');
  const play = button('Play', 'Walk by itself');
  const next = button('Next ›', 'One step on');
  const skip = button('', 'Past the layers that follow');
  const fewer = button('‹', 'The head before');
  const more = button('›', 'The next head');
  const which = el('span', { class: 'pg-walk-which' });
  const place = el('span', { class: 'pg-walk-place', 'aria-live': 'polite' });
  const readout = el('span', { class: 'pg-walk-readout' });
  const heads = el('span', { class: 'pg-walk-heads' }, fewer, which, more);
  const tour = el('div', { class: 'pg-walk-tour', role: 'group', 'aria-label': 'The walk at a glance' });
  const bar = el('div', { class: 'pg-walk-bar-row' }, tour, el('span', { class: 'pg-walk-steps' }, back, play, next, skip, place), readout, heads);
  const stage = el('div', { class: 'pg-walk-stage' });
  host.replaceChildren(machine, bar, stage);

  let picture = null;
  let timer = null;
  let awaited = null; // where the walk goes on once another text has run: {tokens: of the last one, step, pos, until}
  let stood = ''; // step and layer that were drawn last
  const stop = () => { window.clearInterval(timer); timer = null; setText(play, 'Play'); };
  const go = (where) => { if (where) panel.pick({ layer: where.layer, step: where.step, ...(where.pos === null ? {} : { pos: where.pos }) }); };
  const named = (where) => (where ? `layer ${where.layer}: ${where.step}` : '');
  const choose = (data) => { stop(); panel.pick(data); };
  const main = () => picture.towers[picture.towers.length - 1];

  /** Puts a text into the text line and runs it; the walk goes on in it at a step and a token (null: the last one). */
  function rerun({ text, target }, step, pos) {
    for (const [id, value] of [['page-text', text], ['page-target', target]]) {
      const box = document.querySelector(`#${id} textarea, #${id} input`);
      if (!box || value === null || value === undefined) continue;
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), 'value').set.call(box, value);
      box.dispatchEvent(new Event('input', { bubbles: true }));
    }
    awaited = { tokens: main().tokens.join('\u0000'), step, pos, until: Date.now() + PATIENCE_MS };
    window.setTimeout(() => document.getElementById('page-run').click(), 60); // once Gradio has taken the text over
  }

  /** Writes a token, or fills a mask, and goes round again; to stand at `step` then. */
  function onward(step) {
    const { onward: way } = picture.step;
    if (!way || !way.label) { stop(); return; }
    if (way.pos !== null) panel.pick({ pos: way.pos, layer: picture.layer, step });
    else rerun(way, step, null);
  }

  /** Changes a token of an encoder's text for its mask. */
  function mask(chip, pos) {
    const { onward: way } = picture.step;
    stop();
    const letters = Array.from(way.source); // Python counts characters, not halves of pairs
    rerun({ text: letters.slice(0, chip.span[0]).join('') + way.mask + letters.slice(chip.span[1]).join('') }, 'write', pos);
  }

  /** Another view of this page, as if by a link. */
  function follow(state) {
    const query = new URLSearchParams(window.location.search);
    for (const key of [...query.keys()]) if (key.includes('.')) query.delete(key);
    for (const [key, value] of Object.entries(state)) query.set(key, String(value));
    window.history.pushState(window.history.state, '', `${window.location.pathname}?${query}`);
    window.dispatchEvent(new Event('popstate'));
  }

  const elsewhere = (view) => {
    stop();
    const { name } = picture.step;
    const kind = name.startsWith('encoder-') ? 'encoder' : name.startsWith('cross-') ? 'cross' : 'self';
    follow({ tab: 'attention', view, which: kind, 'steps.show': 'whole', layer: picture.layer, head: picture.head, pos: picture.towers[picture.tower].pos });
  };

  const forth = () => { if (picture.after) go(picture.after); else onward('tokens'); };
  /** What playing does next: one layer is walked through, those that are like it are skipped, and the end goes round. */
  const played = () => {
    if (picture.skip && /(last|-add|-after)$/.test(picture.step.name) && picture.after && picture.after.layer > picture.layer) go(picture.skip);
    else if (picture.after) go(picture.after);
    else onward('write');
  };
  back.addEventListener('click', () => { stop(); go(picture.before); });
  next.addEventListener('click', () => { stop(); forth(); });
  skip.addEventListener('click', () => { stop(); go(picture.skip); });
  play.addEventListener('click', () => {
    if (timer) { stop(); return; }
    setText(play, 'Pause');
    timer = window.setInterval(() => { if (host.isConnected && host.offsetParent) { if (!awaited) played(); } else stop(); }, PACE_MS);
    played();
  });
  fewer.addEventListener('click', () => choose({ head: Math.max(0, picture.head - 1) }));
  more.addEventListener('click', () => choose({ head: Math.min(picture.n_heads - 1, picture.head + 1) }));
  machine.addEventListener('keydown', (event) => {
    const layers = picture.towers[picture.tower].blocks.length;
    const jump = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === 'ArrowRight') { stop(); forth(); }
    else if (event.key === 'ArrowLeft') { stop(); go(picture.before); }
    else if (jump) {
      const layer = picture.layer + jump;
      if (layer >= 0 && layer < layers) choose({ layer, step: picture.names[picture.at] });
    } else return;
    event.preventDefault();
  });

  /** Where the machine is wider than its frame: scrolls until the part that is walked through is in sight. */
  function reveal() {
    const on = machine.querySelector('.pg-on');
    if (!on) return;
    const box = on.getBBox();
    if (box.x < machine.scrollLeft || box.x + box.width > machine.scrollLeft + machine.clientWidth) machine.scrollLeft = box.x + box.width / 2 - machine.clientWidth / 2;
  }

  /** The stops of the walk at a glance. */
  function legs() {
    tour.replaceChildren(...picture.tour.map((leg, i) => {
      const stop_ = el('button', { type: 'button', class: 'pg-walk-leg', 'aria-current': i === picture.leg ? 'step' : null }, el('span', { class: 'pg-walk-leg-number', text: String(i + 1) }), el('span', { text: leg.title }));
      stop_.addEventListener('click', () => choose({ layer: leg.layer, step: leg.step, ...(leg.title === 'Start' ? { pos: 0 } : {}) }));
      return stop_;
    }));
  }

  /** The row between machine and step. */
  function describe() {
    back.disabled = !picture.before;
    back.title = named(picture.before);
    next.title = named(picture.after);
    const around = picture.step.onward && picture.step.onward.label;
    next.disabled = !picture.after && !around;
    setText(next, picture.after || !around ? 'Next ›' : 'Again ↻');
    if (next.disabled) stop();
    skip.hidden = !picture.skip;
    skip.title = 'Past the layers that follow: they do the same with other numbers';
    setText(skip, !picture.skip ? '' : picture.skipped === 1 ? 'Skip the next layer ›' : `Skip the next ${picture.skipped} layers ›`);
    setText(place, `${picture.at + 1} of ${picture.names.length}`);
    place.title = `step ${picture.at + 1} of ${picture.names.length}: ${picture.step.name}`;
    heads.hidden = picture.n_heads < 2;
    setText(which, `head ${picture.head} (of 0–${picture.n_heads - 1})`);
    fewer.disabled = picture.head <= 0;
    more.disabled = picture.head >= picture.n_heads - 1;
    setText(readout, '');
  }

  function draw() {
    const unit = Playground.unit();
    const { width, height } = panel.room;
    const scrolled = machine.scrollLeft;
    const two = picture.towers.length > 1;
    const wide = Math.max(width, LEAST[two ? 'two' : 'one'] * unit);
    const tall = Math.round(Math.max((two ? 35 : 27) * unit, Math.min((two ? 46 : 38) * unit, height * (two ? 0.9 : 0.78))));
    const before = Playground.walkMotion.remember(machine);
    machine.replaceChildren(Playground.walkTowers.draw(picture, wide, tall, unit, choose));
    machine.scrollLeft = scrolled;
    if (wide > width) reveal();
    stage.replaceChildren(Playground.walkStep.draw(picture.step, width, unit, {
      say: (text) => setText(readout, text), onward: () => { stop(); onward('write'); }, mask, elsewhere,
    }));
    legs();
    describe();
    const here = `${picture.layer} ${picture.step.name} ${picture.towers[picture.tower].pos}`;
    if (stood && here !== stood) Playground.walkMotion.move(machine, stage, before);
    stood = here;
  }

  /** After another text has run: the walk goes on in it. True where that asks for another picture. */
  function arrived() {
    if (!awaited) return false;
    const { tokens, step, pos, until } = awaited;
    const now = main().tokens;
    const other = now.join('\u0000') !== tokens;
    if (other || Date.now() > until) awaited = null;
    if (!other) return false;
    const wanted = pos === null ? (picture.end.fills ? main().pos : now.length - 1) : pos;
    if (main().pos === wanted && picture.step.name === step) return false;
    panel.pick({ pos: wanted, step });
    return true;
  }

  return {
    draw(given) { picture = given; arrived(); draw(); },
    resize: draw,
    remove: stop,
  };
};
