/* Points that move from level to level: a slider, a button that walks, and behind each point the way that it has come. */
'use strict';

/**
 * @typedef {Object} LayerPathsPicture playground/views/pictures/layer_paths.py
 * @property {Float32Array} points (levels, points, 2)
 * @property {string[]} levels
 * @property {string[]} names
 * @property {string[]} captions
 * @property {number[]} special
 * @property {[string, string]} axes
 * @property {number} level
 * @property {number?} pos
 */

Playground.kinds.layerpaths = (host, panel) => {
  const { el, svg, setText, shorten } = Playground;
  const PACE_MS = 900; // from level to level
  const COLOURS = ['query', 'key', 'value', 'attention', 'mlp', 'residual'];
  const MANY = 24; // points from which on only the chosen one's whole way is drawn
  const play = el('button', { type: 'button', class: 'pg-paths-play', text: '▶', 'aria-label': 'Through the layers', title: 'Through the layers' });
  const slider = el('input', { type: 'range', min: '0', step: '1', 'aria-label': 'Level' });
  const levelName = el('b', { class: 'pg-paths-level' });
  const chart = svg('svg', { class: 'pg-paths', role: 'group', 'aria-label': 'Points at this level' });
  const legend = el('ol', { class: 'pg-paths-legend' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  host.replaceChildren(el('div', { class: 'pg-paths-steps' }, play, slider, levelName), chart, legend, readout);
  let picture = null;
  let at = 0; // the level that is shown; between two while the points move
  let walking = null;
  let lit = null;
  let place = null; // {x(i), y(i), unit}
  let marks = [];

  const last = () => picture.levels.length - 1;
  const colourOf = (i) => (picture.captions.length ? COLOURS[i % COLOURS.length] : picture.special.includes(i) ? 'special' : i === picture.pos ? 'chosen' : 'attention');
  const round = (x) => x.toFixed(1);

  /** Where a point stands at a level, which may lie between two. */
  function spot(i, level) {
    const n = picture.names.length;
    const low = Math.floor(level);
    const high = Math.min(last(), low + 1);
    const share = level - low;
    return [0, 1].map((axis) => {
      const [a, b] = [low, high].map((one) => picture.points[(one * n + i) * 2 + axis]);
      return a + (b - a) * share;
    });
  }

  /** One scale for both directions, so that distances are true, with room for labels. */
  function measure() {
    const unit = Playground.unit();
    const width = Math.max(220, panel.room.width);
    const used = 3.4 * unit + legend.offsetHeight + readout.offsetHeight + 1.6 * unit;
    const height = Math.max(17 * unit, Math.min(panel.room.height - used, 1.1 * width));
    const bounds = [0, 1].map((axis) => {
      let [low, high] = [Infinity, -Infinity];
      for (let k = axis; k < picture.points.length; k += 2) { low = Math.min(low, picture.points[k]); high = Math.max(high, picture.points[k]); }
      return [low, high];
    });
    const pad = { x: 5 * unit, y: 2.6 * unit };
    const spans = bounds.map(([low, high]) => Math.max(high - low, 1e-9));
    const scale = Math.min((width - 2 * pad.x) / spans[0], (height - 2 * pad.y) / spans[1]);
    const middle = bounds.map(([low, high]) => (low + high) / 2);
    chart.setAttribute('width', round(width));
    chart.setAttribute('height', round(height));
    place = { unit, width, height, x: (v) => width / 2 + (v - middle[0]) * scale, y: (v) => height / 2 - (v - middle[1]) * scale };
  }

  const where = (i, level) => { const [a, b] = spot(i, level); return [place.x(a), place.y(b)]; };

  /** The way of a point from one level to another. */
  function wayOf(i, from, to) {
    const steps = [from];
    for (let level = Math.floor(from) + 1; level < to; level++) steps.push(level);
    if (to > from) steps.push(to);
    return `M${steps.map((level) => where(i, level).map(round).join(',')).join('L')}`;
  }

  function frame() {
    const { unit, width, height } = place;
    const [x, y] = [place.x(0), place.y(0)];
    return [
      svg('line', { class: 'pg-paths-axis', x1: 0, x2: width, y1: round(y), y2: round(y) }),
      svg('line', { class: 'pg-paths-axis', y1: 0, y2: height, x1: round(x), x2: round(x) }),
      svg('text', { class: 'pg-paths-title', x: width - 4, y: height - 0.5 * unit, 'text-anchor': 'end', text: `→ ${picture.axes[0]}` }),
      svg('text', { class: 'pg-paths-title', x: 4, y: 1.1 * unit, text: `↑ ${picture.axes[1]}` }),
    ];
  }

  function build() {
    const { unit } = place;
    const few = picture.names.length <= MANY;
    marks = picture.names.map((name, i) => {
      const style = `--own: var(--pg-${colourOf(i)})`;
      const chosen = i === picture.pos;
      const whole = few || chosen ? svg('path', { class: 'pg-paths-whole', d: wayOf(i, 0, last()), style }) : null;
      const way = few || chosen ? svg('path', { class: 'pg-paths-way', style }) : null;
      const [sx, sy] = where(i, 0);
      const start = few || chosen ? svg('circle', { class: 'pg-paths-start', cx: round(sx), cy: round(sy), r: round(0.28 * unit), style }) : null;
      const dot = svg('circle', { class: 'pg-paths-dot', r: round((chosen ? 0.62 : 0.46) * unit), style });
      const said = svg('text', { class: 'pg-paths-name', style, text: shorten(name, 16) });
      const group = svg('g', { class: chosen ? 'pg-paths-point pg-chosen' : 'pg-paths-point', 'data-i': i, ...(picture.pos === null ? {} : { role: 'button', tabindex: few ? 0 : -1 }), 'aria-label': `${i} ${name}` }, dot, said);
      return { i, way, group, dot, said, under: [whole, start, way].filter(Boolean) };
    });
    chart.replaceChildren(...frame(), ...marks.flatMap(({ under }) => under), ...marks.map(({ group }) => group));
    const own = marks[picture.pos];
    if (own) chart.append(...own.under, own.group);
  }

  /** Labels take the first free of eight places around their point; one that finds none waits for the pointer. */
  function label() {
    const { unit, width, height } = place;
    const taken = marks.map(({ i }) => { const [x, y] = where(i, at); const r = 0.4 * unit; return { left: x - r, right: x + r, top: y - r, bottom: y + r }; });
    for (const node of chart.querySelectorAll('.pg-paths-title')) {
      const box = node.getBBox();
      taken.push({ left: box.x, right: box.x + box.width, top: box.y, bottom: box.y + box.height });
    }
    const crosses = (a) => taken.some((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom);
    const order = marks.slice().sort((a, b) => (b.i === picture.pos) - (a.i === picture.pos));
    for (const mark of order) {
      const [x, y] = where(mark.i, at);
      const wide = Array.from(shorten(picture.names[mark.i], 16)).length * 0.66 * unit;
      let found = null;
      for (const [dx, dy] of [[0, -1], [0, 1], [1, 0], [-1, 0], [1, -1], [-1, -1], [1, 1], [-1, 1]]) {
        const cx = x + dx * (0.75 * unit + wide / 2);
        const cy = y + dy * 1.15 * unit;
        const box = { left: cx - wide / 2, right: cx + wide / 2, top: cy - 0.62 * unit, bottom: cy + 0.62 * unit };
        if (box.left < 0 || box.right > width || box.top < 0 || box.bottom > height || crosses(box)) continue;
        found = { box, dx: cx - x, dy: cy - y + 0.36 * unit };
        break;
      }
      mark.offset = found || { dx: 0, dy: -0.9 * unit };
      mark.said.classList.toggle('pg-paths-crowded', !found);
      if (found) taken.push(found.box);
    }
  }

  function move() {
    for (const { i, way, dot, said, offset } of marks) {
      const [x, y] = where(i, at);
      dot.setAttribute('cx', round(x));
      dot.setAttribute('cy', round(y));
      said.setAttribute('x', round(x + offset.dx));
      said.setAttribute('y', round(y + offset.dy));
      if (way) way.setAttribute('d', wayOf(i, 0, at));
    }
  }

  function tell() {
    const level = Math.round(at);
    slider.value = String(level);
    setText(levelName, picture.levels[level]);
    setText(readout, lit === null ? picture.captions.length ? 'All are on one plane: where two points lie together, the vectors are alike in it.' : 'Point at a token; choose it to see its whole way.' : `${lit} · ${picture.captions[lit] || picture.names[lit]}: ${spot(lit, level).map((v) => v.toPrecision(3).replace('-', '−')).join(', ')} ${picture.levels[level]}`);
  }

  function show(level) {
    at = level;
    label();
    move();
    tell();
  }

  function stop() {
    walking = null; // a frame that was asked for already sees that it is too late
    setText(play, '▶');
  }

  function walk() {
    if (walking !== null) {
      stop();
      show(Math.round(at));
      panel.pick({ level: at });
      return;
    }
    if (at >= last()) show(0);
    setText(play, '❚❚');
    const from = at;
    let began = null;
    const still = Playground.reducedMotion();
    const mine = (walking = {});
    const step = (now) => {
      if (walking !== mine) return;
      began = began === null ? now : began;
      if (!host.isConnected) { stop(); return; }
      const reached = Math.min(last(), from + (now - began) / PACE_MS);
      at = still ? Math.floor(reached) : reached;
      if (still || Math.floor(at) === at) label();
      move();
      tell();
      if (reached < last()) requestAnimationFrame(step);
      else {
        stop();
        show(last());
        panel.pick({ level: last() });
      }
    };
    requestAnimationFrame(step);
  }

  function light(i) {
    lit = i;
    for (const { i: own, group } of marks) group.classList.toggle('pg-hover', own === lit);
    if (picture) tell();
  }

  function arrange() {
    if (!picture) return;
    measure();
    build();
    show(at);
    light(lit);
  }

  const pointOf = (event) => {
    const node = event.target.closest('[data-i]');
    return node ? Number(node.dataset.i) : null;
  };
  const choose = (event) => {
    const i = pointOf(event);
    if (i !== null && picture.pos !== null) panel.pick({ pos: i });
  };
  slider.addEventListener('input', () => { stop(); show(Number(slider.value)); });
  slider.addEventListener('change', () => panel.pick({ level: Number(slider.value) }));
  play.addEventListener('click', walk);
  chart.addEventListener('click', choose);
  chart.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { choose(event); event.preventDefault(); } });
  const over = (event) => {
    const i = pointOf(event);
    if (i === lit) return;
    light(i);
    if (picture.pos !== null) Playground.hover(i);
  };
  chart.addEventListener('pointerover', over);
  legend.addEventListener('pointerover', over);
  for (const area of [chart, legend]) area.addEventListener('pointerleave', () => { light(null); if (picture.pos !== null) Playground.hover(null); });

  return {
    draw(next) {
      picture = next;
      stop();
      lit = null;
      at = picture.level;
      slider.max = String(last());
      legend.hidden = !picture.captions.length;
      legend.replaceChildren(...picture.captions.map((text, i) => el('li', { 'data-i': i, dir: 'auto', style: `--own: var(--pg-${colourOf(i)})` }, el('b', { text: picture.names[i] }), el('span', { text }))));
      arrange();
    },
    resize: arrange,
    hover(pos) {
      if (picture && picture.pos !== null && pos !== lit) light(pos !== null && pos < picture.names.length ? pos : null);
    },
    image: () => Playground.svgImage(chart),
    remove: stop,
  };
};
