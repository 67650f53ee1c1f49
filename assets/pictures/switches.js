/* Everything of a model that can be switched off; heads are coloured by what they do for one token. */
'use strict';

/**
 * @typedef {{title: string, prefix: string, n_heads: number[], n_cross: number[], parts: string[], effects: Float32Array, cross_effects: Float32Array}} SwitchTower
 * @typedef {Object} SwitchesPicture playground/views/pictures/what_if.py
 * @property {SwitchTower[]} towers
 * @property {{name: string, title: string, why: string}[]} whole
 * @property {string[]} off
 * @property {string} followed
 * @property {number} full
 * @property {number} tried
 */

Playground.kinds.switches = (host, panel) => {
  const { el, brief, setText } = Playground;
  const PARTS = { a: 'attention', x: 'cross-attention', m: 'feed-forward', n: 'norms', b: 'block' };
  const SHORT = { a: 'attn', x: 'cross', m: 'feed-fwd', n: 'norms', b: 'block' }; // where there are two towers
  const whole = el('div', { class: 'pg-switches-whole', role: 'group', 'aria-label': 'Switches of the whole model' });
  const towers = el('div', { class: 'pg-frame-scroll pg-switches-towers' });
  const foot = el('div', { class: 'pg-switches-foot' });
  host.replaceChildren(whole, towers, foot);
  let picture = null;
  let drawn = null; // the towers that stand there
  let lastOn = ''; // name of the switch that had the focus, or was used last

  function toggle(name) {
    lastOn = name;
    const off = new Set(picture.off);
    if (!off.delete(name)) off.add(name);
    panel.pick({ off: Array.from(off).sort().join(' ') });
  }

  function button(name, text, label, css) {
    return el('button', { type: 'button', class: `pg-switch-one ${css}`, 'data-name': name, 'aria-label': label, tabindex: '-1', text });
  }

  /** One cell of a layer's row: a head, a part, or nothing. */
  function headCell(tower, layer, head, cross) {
    const n = (cross ? tower.n_cross : tower.n_heads)[layer];
    if (head >= n) return el('span');
    const what = `${tower.title ? `${tower.title}: ` : ''}${cross ? 'cross-attention ' : ''}head ${layer}.${head}`;
    return button(`${tower.prefix}${cross ? 'c' : 'h'}${layer}.${head}`, '', what, 'pg-switch-head');
  }

  function partCell(tower, layer, letter) {
    if (!tower.parts[layer].includes(letter)) return el('span');
    const what = `${tower.title ? `${tower.title}, ` : ''}layer ${layer}: ${PARTS[letter]}`;
    return button(`${tower.prefix}${letter}${layer}`, (picture.towers.length > 1 ? SHORT : PARTS)[letter], what, `pg-switch-part pg-switch-${letter}`);
  }

  function row(tower, layer, shape) {
    const cells = [];
    for (let head = 0; head < shape.heads; head++) cells.push(headCell(tower, layer, head, false));
    for (let head = 0; head < shape.cross; head++) cells.push(headCell(tower, layer, head, true));
    for (const letter of shape.letters) cells.push(partCell(tower, layer, letter));
    return [el('span', { class: 'pg-switches-layer', text: `layer ${layer}` }), ...cells];
  }

  function section(found) {
    const shape = {
      heads: Math.max(0, ...found.n_heads), cross: Math.max(0, ...found.n_cross),
      letters: Object.keys(PARTS).filter((letter) => found.parts.some((has) => has.includes(letter))),
    };
    const rows = found.n_heads.map((_, layer) => layer).reverse();
    const grid = el('div', { class: 'pg-switches-grid', role: 'group', 'aria-label': `${found.title || 'Layers'}: heads and parts` });
    const columns = [shape.heads + shape.cross && `repeat(${shape.heads + shape.cross}, var(--head))`, `repeat(${shape.letters.length}, max-content)`].filter(Boolean);
    grid.style.gridTemplateColumns = `max-content ${columns.join(' ')}`;
    grid.dataset.heads = String(shape.heads + shape.cross);
    const heads = [el('span')];
    if (shape.heads) heads.push(el('span', { class: 'pg-switches-name', style: `grid-column: span ${shape.heads}`, text: shape.cross ? `${shape.heads} heads` : `heads 0 to ${shape.heads - 1}` }));
    if (shape.cross) heads.push(el('span', { class: 'pg-switches-name', style: `grid-column: span ${shape.cross}`, text: `${shape.cross} cross-attention heads` }));
    if (shape.letters.length) heads.push(el('span', { class: 'pg-switches-name', style: `grid-column: span ${shape.letters.length}`, text: 'more at once' }));
    grid.append(...heads, ...rows.flatMap((layer) => row(found, layer, shape)));
    return el('section', {}, found.title ? el('h5', { text: found.title }) : null, grid);
  }

  /** The number and the colour of each head, and which switches are off. */
  function paint(roomy) {
    const off = new Set(picture.off);
    const stops = Playground.stops('signed');
    for (const found of picture.towers) {
      for (const [letter, effects] of [['h', found.effects], ['c', found.cross_effects]]) {
        const n = effects.shape[1];
        effects.forEach((value, i) => {
          const node = towers.querySelector(`[data-name="${found.prefix}${letter}${Math.floor(i / n)}.${i % n}"]`);
          if (!node) return;
          const known = !Number.isNaN(value);
          const at = known ? Math.round(((Math.max(-1, Math.min(1, value / picture.full)) + 1) / 2) * (stops.length - 1)) : -1;
          node.style.setProperty('--tint', known ? stops[at] : 'var(--pg-surface)');
          node.classList.toggle('pg-strong', known && Math.abs(value) > 0.55 * picture.full);
          setText(node, known && roomy ? brief(value, 2) : '');
          node.title = `${node.getAttribute('aria-label')}${known ? `: without it the logit of “${picture.followed}” changes by ${Number(value.toPrecision(7))}` : ''}`;
        });
      }
    }
    for (const node of host.querySelectorAll('[data-name]')) node.setAttribute('aria-pressed', String(off.has(node.dataset.name)));
  }

  /** One stop for the tab key in each group; arrows go on from there. */
  function rove() {
    for (const group of [whole, ...towers.querySelectorAll('.pg-switches-grid')]) {
      const all = Array.from(group.querySelectorAll('[data-name]:not(:disabled)'));
      const at = all.find((node) => node.dataset.name === lastOn) || all[0];
      for (const node of all) node.tabIndex = node === at ? 0 : -1;
    }
  }

  function arrow(event) {
    const node = event.target.closest('[data-name]');
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!node || !step) return;
    event.preventDefault();
    const box = node.getBoundingClientRect();
    const group = node.closest('.pg-switches-grid, .pg-switches-whole');
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    let [best, least] = [null, Infinity];
    for (const other of group.querySelectorAll('[data-name]:not(:disabled)')) {
      const there = other.getBoundingClientRect();
      const [dx, dy] = [there.left + there.width / 2 - x, there.top + there.height / 2 - y];
      const [along, across] = step[0] ? [dx * step[0], Math.abs(dy)] : [dy * step[1], Math.abs(dx)];
      if (along > 2 && along + 3 * across < least) [best, least] = [other, along + 3 * across];
    }
    if (!best) return;
    lastOn = best.dataset.name;
    rove();
    best.focus();
  }

  function click(event) {
    const node = event.target.closest('[data-name]');
    if (node && !node.disabled) toggle(node.dataset.name);
  }
  for (const box of [whole, towers]) {
    box.addEventListener('click', click);
    box.addEventListener('keydown', arrow);
  }

  function feet() {
    const legend = el('div', { class: 'pg-legend pg-switches-legend' }, el('span', { text: `without it “${Playground.shorten(picture.followed, 14)}” loses` }), el('span', { class: 'pg-legend-bar' }), el('span', { text: 'gains' }),
      el('span', { text: `(±${brief(picture.full, 2)} in its logit)` }));
    const again = el('button', { type: 'button', class: 'pg-action', text: 'Everything on again' });
    again.hidden = !picture.off.length;
    again.addEventListener('click', () => panel.pick({ off: '' }));
    foot.replaceChildren(picture.tried > 0 ? legend : el('span', { class: 'pg-muted', text: 'Map all heads shows what each head does for the answer.' }), again);
  }

  /** Heads share the width that the words leave, as wide in one tower as in the other. Whether a number fits into one. */
  function widen(unit) {
    const wide = Array.from(towers.querySelectorAll('.pg-switches-grid'), (grid) => {
      const heads = Number(grid.dataset.heads);
      const widest = (css) => Math.max(0, ...Array.from(grid.querySelectorAll(css), (node) => node.offsetWidth));
      const words = ['.pg-switches-layer', ...Object.keys(PARTS).map((letter) => `.pg-switch-${letter}`)].map(widest);
      return heads ? (towers.clientWidth - words.reduce((sum, one) => sum + one, 0) - 3 * (heads + words.length)) / heads : Infinity;
    });
    const head = Math.floor(Math.max(1.7 * unit, Math.min(4.6 * unit, ...wide)));
    towers.style.setProperty('--head', `${head}px`);
    return head > 3.1 * unit;
  }

  function arrange() {
    const focused = host.contains(document.activeElement) && document.activeElement.dataset.name;
    if (drawn !== picture.towers) {
      whole.replaceChildren(...picture.whole.map(({ name, title, why }) => {
        const node = button(name, title, why ? `${title}: ${why}` : title, 'pg-switch-whole');
        node.disabled = Boolean(why);
        node.title = why || `Switch off: ${title}`;
        return node;
      }));
      towers.replaceChildren(...picture.towers.map(section));
      drawn = picture.towers;
    }
    const layers = picture.towers.reduce((sum, { n_heads }) => sum + n_heads.length, 0);
    const unit = Playground.unit();
    feet();
    const heads = picture.towers.reduce((sum, { title }) => sum + (title ? 4.4 : 2.2) * unit, 0);
    const room = panel.room.height - whole.offsetHeight - foot.offsetHeight - 2 * unit - heads;
    towers.style.setProperty('--tall', `${Math.max(1.9 * unit, Math.min(4.4 * unit, room / layers - 3))}px`);
    paint(widen(unit));
    rove();
    const again = focused && host.querySelector(`[data-name="${focused}"]`);
    if (again) again.focus({ preventScroll: true });
  }

  return { draw(next) { picture = next; arrange(); }, resize: arrange };
};
