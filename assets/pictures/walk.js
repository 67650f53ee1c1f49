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
 * @property {?{layer: number, step: string}} before
 * @property {?{layer: number, step: string}} after
 */

Playground.kinds.walk = (host, panel) => {
  const { el, setText } = Playground;
  const PACE_MS = 1800;
  const LEAST = { one: 56, two: 74 }; // towers; units of type: narrower machines scroll in their frame

  const machine = el('div', { class: 'pg-frame-scroll pg-walk-machine', tabindex: '0', role: 'group', 'aria-label': 'The machine. Left and right arrow: step; up and down: layer.' });
  const button = (text, label) => el('button', { type: 'button', class: 'pg-walk-button', 'aria-label': label, text });
  const back = button('‹ Back', 'One step back');
  const play = button('Play', 'Walk by itself');
  const next = button('Next ›', 'One step on');
  const fewer = button('‹', 'The head before');
  const more = button('›', 'The next head');
  const which = el('span', { class: 'pg-walk-which' });
  const place = el('span', { class: 'pg-walk-place', 'aria-live': 'polite' });
  const readout = el('span', { class: 'pg-walk-readout' });
  const heads = el('span', { class: 'pg-walk-heads' }, fewer, which, more);
  const bar = el('div', { class: 'pg-walk-bar-row' }, back, play, next, place, readout, heads);
  const stage = el('div', { class: 'pg-walk-stage' });
  host.replaceChildren(machine, bar, stage);

  let picture = null;
  let timer = null;
  const stop = () => { window.clearInterval(timer); timer = null; setText(play, 'Play'); };
  const go = (where) => { if (where) panel.pick({ layer: where.layer, step: where.step }); };
  const named = (where) => (where ? `layer ${where.layer}: ${where.step}` : '');
  const choose = (data) => { stop(); panel.pick(data); };

  back.addEventListener('click', () => { stop(); go(picture.before); });
  next.addEventListener('click', () => { stop(); go(picture.after); });
  play.addEventListener('click', () => {
    if (timer) { stop(); return; }
    setText(play, 'Pause');
    go(picture.after);
    timer = window.setInterval(() => { if (picture.after && host.isConnected && host.offsetParent) go(picture.after); else stop(); }, PACE_MS);
  });
  fewer.addEventListener('click', () => choose({ head: Math.max(0, picture.head - 1) }));
  more.addEventListener('click', () => choose({ head: Math.min(picture.n_heads - 1, picture.head + 1) }));
  machine.addEventListener('keydown', (event) => {
    const steps = picture.towers[picture.tower].blocks.length;
    const jump = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === 'ArrowRight') { stop(); go(picture.after); }
    else if (event.key === 'ArrowLeft') { stop(); go(picture.before); }
    else if (jump) {
      const layer = picture.layer + jump;
      if (layer >= 0 && layer < steps) choose({ layer, step: picture.names[picture.at] });
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

  function draw() {
    const unit = Playground.unit();
    const { width, height } = panel.room;
    const scrolled = machine.scrollLeft;
    const two = picture.towers.length > 1;
    const wide = Math.max(width, LEAST[two ? 'two' : 'one'] * unit);
    const tall = Math.round(Math.max((two ? 27 : 20) * unit, Math.min((two ? 40 : 32) * unit, height * (two ? 0.68 : 0.6))));
    machine.replaceChildren(Playground.walkTowers.draw(picture, wide, tall, unit, choose));
    machine.scrollLeft = scrolled;
    if (wide > width) reveal();
    stage.replaceChildren(Playground.walkStep.draw(picture.step, width, unit, (text) => setText(readout, text)));
    back.disabled = !picture.before;
    back.title = named(picture.before);
    next.title = named(picture.after);
    next.disabled = !picture.after;
    if (!picture.after) stop();
    setText(place, `step ${picture.at + 1} of ${picture.names.length}`);
    heads.hidden = picture.n_heads < 2;
    setText(which, `head ${picture.head} of ${picture.n_heads}`);
    fewer.disabled = picture.head <= 0;
    more.disabled = picture.head >= picture.n_heads - 1;
    setText(readout, '');
  }

  return {
    draw(given) { picture = given; draw(); },
    resize: draw,
    remove: stop,
  };
};
