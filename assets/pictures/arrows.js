/* Vectors as arrows in a plane; every name finds a place of its own. */
'use strict';

/**
 * @typedef {{name: string, role: string, note: string, mark: string, pick: [string, string][]}} ArrowPoint
 * @typedef {Object} ArrowsPicture playground/views/pictures/arrows.py
 * @property {ArrowPoint[]} points
 * @property {Float32Array} at (n, 2)
 * @property {{start: number, end: number, role: string, dashed: boolean, head: boolean}[]} arrows
 * @property {[number, number, number]?} arc
 * @property {string} arc_label
 * @property {string} said
 */

Playground.kinds.arrows = (host, panel) => {
  const { el, svg, setText, shorten } = Playground;
  const stage = el('div', { class: 'pg-arrows-stage' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  const said = el('p', { class: 'pg-arrows-said' });
  host.replaceChildren(stage, readout, said);
  const ruler = el('canvas').getContext('2d');
  let picture = null;

  /** Pixels of every point: one unit is as long across as up. */
  function layout(width, height) {
    const pad = 2.6 * Playground.unit();
    const ends = [0, 1].map((axis) => {
      const values = picture.points.map((_, i) => picture.at[2 * i + axis]);
      return [Math.min(...values), Math.max(...values)];
    });
    const spans = ends.map(([low, high]) => high - low || 1e-6);
    const scale = Math.min((width - 2 * pad) / spans[0], (height - 2 * pad) / spans[1], 1e6);
    const left = (width - spans[0] * scale) / 2;
    const top = (height - spans[1] * scale) / 2;
    return picture.points.map((_, i) => ({
      x: left + (picture.at[2 * i] - ends[0][0]) * scale,
      y: height - top - (picture.at[2 * i + 1] - ends[1][0]) * scale,
    }));
  }

  function arrow(at, { start, end, role, dashed, head }) {
    const [a, b] = [at[start], at[end]];
    const long = Math.hypot(b.x - a.x, b.y - a.y);
    if (long < 2) return null;
    const [ux, uy] = [(b.x - a.x) / long, (b.y - a.y) / long];
    const unit = Playground.unit();
    const gap = head ? Math.min(0.5 * unit, long / 4) : 0;
    const tip = { x: b.x - ux * gap, y: b.y - uy * gap };
    const group = svg('g', { class: `pg-arrow${dashed ? ' pg-dashed' : ''}`, style: `color: var(--pg-${role})` });
    const neck = head ? 0.8 * unit : 0;
    group.append(svg('line', { x1: a.x, y1: a.y, x2: tip.x - ux * neck, y2: tip.y - uy * neck }));
    if (head) {
      const wing = 0.45 * unit;
      const base = { x: tip.x - ux * unit, y: tip.y - uy * unit };
      group.append(svg('path', { d: `M${tip.x} ${tip.y}L${base.x - uy * wing} ${base.y + ux * wing}L${base.x + uy * wing} ${base.y - ux * wing}Z` }));
    }
    return group;
  }

  function arc(at, room) {
    if (!picture.arc) return null;
    const [corner, from, to] = picture.arc.map((i) => at[i]);
    const turn = (p) => Math.atan2(p.y - corner.y, p.x - corner.x);
    const r = Math.min(5 * Playground.unit(), 0.4 * Math.max(Math.hypot(from.x - corner.x, from.y - corner.y), 20));
    const [a, b] = [turn(from), turn(to)];
    const swing = Math.atan2(Math.sin(b - a), Math.cos(b - a)); // the short way round
    const end = (angle, far) => ({ x: corner.x + far * Math.cos(angle), y: corner.y + far * Math.sin(angle) });
    const [p, q, middle] = [end(a, r), end(a + swing, r), end(a + swing / 2, r + 1.5 * Playground.unit())];
    room.push({ left: middle.x - 22, right: middle.x + 22, top: middle.y - 9, bottom: middle.y + 9 });
    return svg('g', { class: 'pg-arrows-arc' },
      svg('path', { d: `M${corner.x} ${corner.y}L${p.x} ${p.y}A${r} ${r} 0 0 ${swing > 0 ? 1 : 0} ${q.x} ${q.y}Z` }),
      svg('text', { x: middle.x, y: middle.y, 'text-anchor': 'middle', 'dominant-baseline': 'middle', text: picture.arc_label }));
  }

  /** The first of sixteen places around a point where its name crosses nothing; the one with the least else. */
  function place(point, text, room, width, height, size) {
    const wide = ruler.measureText(text).width;
    let best = null;
    for (const far of [1, 2]) {
      for (const [right, down] of [[0, -1], [1, 0], [-1, 0], [0, 1], [1, -1], [-1, -1], [1, 1], [-1, 1]]) {
        const x = point.x + right * (wide / 2 + 0.75 * size * far);
        const y = point.y + down * (right ? 0.7 : 1.15) * size * far;
        const box = { left: x - wide / 2, right: x + wide / 2, top: y - size * 0.6, bottom: y + size * 0.6 };
        const out = Math.max(0, -box.left) + Math.max(0, box.right - width) + Math.max(0, -box.top) + Math.max(0, box.bottom - height);
        const over = room.reduce((sum, other) => sum + Math.max(0, Math.min(box.right, other.right) - Math.max(box.left, other.left))
          * Math.max(0, Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top)), 50 * out);
        if (!best || over < best.over) best = { x, y, box, over };
        if (over === 0) return best;
      }
    }
    return best;
  }

  function marks(at, room, width, height) {
    const size = 1.1 * Playground.unit();
    ruler.font = `${size}px ${Playground.colour('mono')}`;
    at.forEach(({ x, y }) => room.push({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
    return picture.points.map((point, i) => {
      const group = svg('g', { class: `pg-arrows-point${point.pick.length ? ' pg-pickable' : ''}`, style: `color: var(--pg-${point.role})`, 'data-at': i });
      if (point.mark !== 'none') group.append(svg('circle', { cx: at[i].x, cy: at[i].y, r: 0.42 * Playground.unit(), class: `pg-arrows-${point.mark}` }));
      const text = shorten(point.name, 22);
      if (text) {
        const free = place(at[i], text, room, width, height, size);
        room.push(free.box);
        group.append(svg('text', { x: free.x, y: free.y, 'text-anchor': 'middle', 'dominant-baseline': 'middle', 'font-size': size, class: point.mark === 'ring' ? 'pg-faint' : '', text }));
      }
      group.append(svg('circle', { cx: at[i].x, cy: at[i].y, r: 1.2 * Playground.unit(), class: 'pg-arrows-target' }));
      if (point.pick.length) { group.setAttribute('tabindex', '0'); group.setAttribute('role', 'button'); group.setAttribute('aria-label', point.name); }
      return group;
    });
  }

  function paint() {
    setText(said, picture.said);
    setText(readout, '');
    const width = Math.max(160, panel.room.width);
    const height = Math.max(190, panel.room.height - readout.offsetHeight - said.offsetHeight - 10);
    const at = layout(width, height);
    const room = [];
    const angle = arc(at, room);
    // Names keep off the lines: a small box every few pixels.
    for (const { start, end } of picture.arrows) {
      const [a, b] = [at[start], at[end]];
      const n = Math.min(60, Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / 8));
      for (let i = 1; i < n; i++) {
        const [x, y] = [a.x + ((b.x - a.x) * i) / n, a.y + ((b.y - a.y) * i) / n];
        room.push({ left: x - 2, right: x + 2, top: y - 2, bottom: y + 2 });
      }
    }
    const lines = picture.arrows.map((one) => arrow(at, one)).filter(Boolean);
    const names = marks(at, room, width, height);
    stage.replaceChildren(svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, class: 'pg-arrows-svg' }, ...lines, angle, ...names));
  }

  const pointOf = (event) => { const group = event.target.closest('.pg-arrows-point'); return group ? picture.points[Number(group.dataset.at)] : null; };
  const say = (event) => { const point = pointOf(event); setText(readout, point ? [point.name, point.note].filter(Boolean).join(' · ') : ''); };
  stage.addEventListener('pointerover', say);
  stage.addEventListener('focusin', say);
  const pick = (event) => { const point = pointOf(event); if (point && point.pick.length) panel.pick(Object.fromEntries(point.pick)); };
  stage.addEventListener('click', pick);
  stage.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    pick(event);
    event.preventDefault();
  });

  return {
    draw(next) { picture = next; paint(); },
    resize() { if (picture) paint(); },
  };
};
