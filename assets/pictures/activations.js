/* Activations as curves, one number on all of them, and what each makes of it. */
'use strict';

/**
 * @typedef {Object} ActivationsPicture playground/views/pictures/by_hand.py
 * @property {number} at
 * @property {string[]} names
 * @property {string[]} formulas
 * @property {Float64Array} values of `at`
 * @property {Float64Array} slopes at `at`
 * @property {Float64Array} x
 * @property {Float64Array} curves (names, x)
 * @property {number} chosen the strong curve
 * @property {[number, number]} bounds of a number that a click may put
 */

Playground.kinds.activations = (host, panel) => {
  const { el, svg, brief } = Playground;
  const ROLES = ['key', 'query', 'value', 'attention', 'mlp'];
  const plot = el('div', { class: 'pg-acts-plot' });
  const list = el('div', { class: 'pg-acts-list' });
  const box = el('div', { class: 'pg-acts' }, plot, list);
  host.replaceChildren(box);
  let picture = null;

  function ticks(low, high) {
    const raw = (high - low) / 8;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find((k) => k * power >= raw);
    const found = [];
    for (let k = Math.ceil(low / step); k * step <= high + 1e-9; k++) found.push(k * step);
    return found;
  }

  function curves(width, height, unit) {
    const { x, names, at, bounds } = picture;
    const n = x.length;
    const visible = Array.from(picture.curves).filter((value) => value <= x[n - 1]);
    const [low, high] = [Math.min(-1.2, ...visible) - 0.3, Math.min(x[n - 1], Math.max(...picture.values, 1.5, x[n - 1] * 0.62)) + 0.2];
    const [left, bottom] = [3.4 * unit, 2 * unit];
    const px = (value) => left + ((value - x[0]) / (x[n - 1] - x[0])) * (width - left - 2 * unit);
    const py = (value) => 6 + ((high - value) / (high - low)) * (height - bottom - 6);
    const drawn = svg('svg', { class: 'pg-acts-svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${names.join(', ')} over ${brief(x[0])} to ${brief(x[n - 1])}` });
    for (const value of ticks(x[0], x[n - 1])) drawn.append(svg('path', { class: 'pg-acts-grid', d: `M${px(value)} 0V${height - bottom}` }), svg('text', { class: 'pg-acts-tick', x: px(value), y: height - 0.7 * unit, text: brief(value) }));
    for (const value of ticks(low, high)) drawn.append(svg('path', { class: 'pg-acts-grid', d: `M${left} ${py(value)}H${width}` }), svg('text', { class: 'pg-acts-tick pg-acts-side', x: left - 0.5 * unit, y: py(value), text: brief(value) }));
    drawn.append(svg('path', { class: 'pg-acts-axis', d: `M${left} ${py(0)}H${width}M${px(0)} 0V${height - bottom}` }));
    const order = [...names.keys()].filter((r) => r !== picture.chosen).concat(picture.chosen); // the strong one on top
    for (const r of order) {
      let d = '';
      for (let i = 0; i < n; i++) d += `${i ? 'L' : 'M'}${px(x[i]).toFixed(1)} ${Math.max(-40, py(picture.curves[r * n + i])).toFixed(1)}`;
      drawn.append(svg('path', { class: `pg-acts-curve${r === picture.chosen ? ' pg-on' : ''}`, style: `stroke: var(--pg-${ROLES[r % ROLES.length]})`, d }));
    }
    drawn.append(svg('path', { class: 'pg-acts-at', d: `M${px(at)} 0V${height - bottom}` }));
    for (const r of order) drawn.append(svg('circle', { class: `pg-acts-dot${r === picture.chosen ? ' pg-on' : ''}`, style: `fill: var(--pg-${ROLES[r % ROLES.length]})`, cx: px(at), cy: py(picture.values[r]), r: (r === picture.chosen ? 0.6 : 0.42) * unit }));
    drawn.addEventListener('click', (event) => {
      const there = x[0] + ((event.clientX - drawn.getBoundingClientRect().left - left) / (width - left - 2 * unit)) * (x[n - 1] - x[0]);
      panel.pick({ z: Math.round(Math.max(bounds[0], Math.min(bounds[1], there)) * 20) / 20 });
    });
    return drawn;
  }

  function rows() {
    return picture.names.map((name, r) => {
      const on = r === picture.chosen;
      const row = el('button', { type: 'button', class: `pg-acts-row${on ? ' pg-on' : ''}`, 'aria-pressed': String(on), 'data-act': name, title: `${name}(${picture.at}) = ${picture.values[r]}, slope ${picture.slopes[r]}` },
        el('span', { class: 'pg-acts-mark', style: `background: var(--pg-${ROLES[r % ROLES.length]})` }), el('b', { text: name }), el('span', { class: 'pg-acts-value', text: brief(picture.values[r]) }),
        el('span', { class: 'pg-acts-formula', text: picture.formulas[r] }), el('span', { class: 'pg-acts-slope', text: `slope ${brief(Math.abs(picture.slopes[r]) < 1e-9 ? 0 : picture.slopes[r])}` }));
      row.addEventListener('click', () => panel.pick({ act: name }));
      return row;
    });
  }

  function arrange() {
    const focused = list.contains(document.activeElement);
    const unit = Playground.unit();
    const { width, height } = panel.room;
    const narrow = width < 52 * unit;
    box.classList.toggle('pg-narrow', narrow);
    const wide = narrow ? width : Math.floor(width - 26 * unit);
    plot.replaceChildren(curves(wide, Math.max(20 * unit, narrow ? 0.75 * wide : height), unit));
    list.replaceChildren(el('h4', { class: 'pg-part', text: `what becomes of ${brief(picture.at, 4)}` }), ...rows());
    if (focused) list.querySelector('.pg-on').focus({ preventScroll: true });
  }

  return { draw(next) { picture = next; arrange(); }, resize: arrange };
};
