/* A small network: its numbers on nodes and edges, the activation drawn in each hidden neuron. */
'use strict';

/**
 * @typedef {Object} NetworkPicture playground/views/pictures/by_hand.py
 * @property {Float64Array} x (n_in,)
 * @property {Float64Array} hidden_weights (n_hidden, n_in)
 * @property {Float64Array} hidden_biases
 * @property {Float64Array} before (n_hidden,) what goes into the activation
 * @property {Float64Array} after
 * @property {Float64Array} out_weights (n_out, n_hidden)
 * @property {Float64Array} out_biases
 * @property {Float64Array} out
 * @property {string} activation
 * @property {Float64Array} curve (2, n_points) of the activation
 * @property {string} neuron the chosen one, "h0" or "o0"
 * @property {string[]} formula how it comes to its number
 */

Playground.kinds.network = (host, panel) => {
  const { el, svg, brief, setText } = Playground;
  const LEAST = 40; // units of width: less than this scrolls
  const ALL_LABELS = 12; // edges of a layer that may all carry their weight
  const scroll = el('div', { class: 'pg-frame-scroll', tabindex: '0', role: 'region', 'aria-label': 'The network' });
  const formula = el('div', { class: 'pg-network-formula' });
  host.replaceChildren(scroll, formula);
  let picture = null;

  const numbered = (letter, i) => `${letter}${String(i + 1).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[digit])}`;
  const exact = (value) => String(Number(value.toPrecision(12)));

  /** Places of n nodes in a column, evenly between top and bottom. */
  const spread = (n, top, bottom) => Array.from({ length: n }, (_, i) => top + ((bottom - top) * (i + 0.5)) / n);

  function edges(layer, unit) {
    const { from, to, weights, given, into, at } = layer;
    const n = from.length;
    const largest = Math.max(1e-9, ...Array.from(weights, Math.abs));
    const group = svg('g');
    const labels = svg('g');
    to.forEach((end, j) => from.forEach((start, i) => {
      const weight = weights[j * n + i];
      const product = weight * given[i];
      const on = picture.neuron === `${into}${j}`;
      const role = weight < 0 ? 'query' : 'key';
      group.append(svg('path', {
        class: `pg-network-edge${on ? ' pg-on' : ''}${product === 0 ? ' pg-nothing' : ''}`, d: `M${start.right} ${start.y}L${end.left} ${end.y}`,
        style: `stroke: var(--pg-${role}); stroke-width: ${(1 + (4.5 * Math.abs(weight)) / largest).toFixed(2)}`,
        title: `${exact(weight)} × ${exact(given[i])} = ${exact(product)}`,
      }));
      if (!on && weights.length > ALL_LABELS) return;
      const [x, y] = [start.right + (end.left - start.right) * at, start.y + (end.y - start.y) * at];
      const text = brief(weight);
      const wide = (text.length * 0.62 + 0.9) * unit;
      labels.append(svg('rect', { class: 'pg-network-tag', x: x - wide / 2, y: y - 0.85 * unit, width: wide, height: 1.7 * unit, rx: 0.5 * unit }),
        svg('text', { class: `pg-network-weight${on ? ' pg-on' : ''}`, x, y, style: `fill: var(--pg-${role}-ink)`, text }));
    }));
    return [group, labels];
  }

  /** A node that can be chosen, by mouse or by key. */
  function node(key, title, ...parts) {
    const on = key !== null && key === picture.neuron;
    const group = svg('g', { class: `pg-network-node${on ? ' pg-on' : ''}`, 'data-neuron': key, tabindex: key === null ? null : '0', role: key === null ? null : 'button', 'aria-pressed': key === null ? null : String(on), title }, ...parts);
    if (key !== null) {
      group.addEventListener('click', () => panel.pick({ neuron: key }));
      group.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        panel.pick({ neuron: key });
      });
    }
    return group;
  }

  /** The activation as a small curve with this neuron's number on it. */
  function glyph(x, y, size, before, after) {
    const n = picture.curve.shape[1];
    const [low, high] = [picture.curve[0], picture.curve[n - 1]];
    const top = Math.max(...picture.curve.subarray(n), 1);
    const bottom = Math.min(...picture.curve.subarray(n), -0.5);
    const px = (value) => x + ((Math.max(low, Math.min(high, value)) - low) / (high - low) - 0.5) * size * 1.5;
    const py = (value) => y + (0.5 - (Math.max(bottom, Math.min(top, value)) - bottom) / (top - bottom)) * size;
    let d = '';
    for (let i = 0; i < n; i++) d += `${i ? 'L' : 'M'}${px(picture.curve[i]).toFixed(1)} ${py(picture.curve[n + i]).toFixed(1)}`;
    return [svg('path', { class: 'pg-network-axis', d: `M${px(low)} ${py(0)}H${px(high)}` }), svg('path', { class: 'pg-network-curve', d }),
      svg('circle', { class: 'pg-network-dot', cx: px(before), cy: py(after), r: size * 0.12 })];
  }

  function inputs(xs, cx, half, r, unit) {
    return xs.map((y, i) => node(null, `input ${i + 1}: ${exact(picture.x[i])}`,
      svg('rect', { class: 'pg-network-input', x: cx - half, y: y - r, width: 2 * half, height: 2 * r, rx: r }),
      svg('text', { class: 'pg-network-number', x: cx, y, text: brief(picture.x[i]) }),
      svg('text', { class: 'pg-network-name', x: cx, y: y - r - 0.8 * unit, text: numbered('x', i) })));
  }

  function hidden(ys, cx, half, tall, unit) {
    return ys.map((y, j) => {
      const quiet = picture.after[j] === 0 ? ' pg-silent-node' : '';
      return node(`h${j}`, `hidden neuron ${j + 1}: ${exact(picture.before[j])} before, ${exact(picture.after[j])} after ${picture.activation}`,
        svg('rect', { class: `pg-network-hidden${quiet}`, x: cx - half, y: y - tall / 2, width: 2 * half, height: tall, rx: tall / 2 }),
        svg('text', { class: 'pg-network-number', x: cx - half * 0.63, y, text: brief(picture.before[j]) }),
        ...glyph(cx, y, tall * 0.62, picture.before[j], picture.after[j]),
        svg('text', { class: 'pg-network-number pg-network-after', x: cx + half * 0.63, y, text: brief(picture.after[j]) }),
        svg('text', { class: 'pg-network-name', x: cx, y: y - tall / 2 - 0.8 * unit, text: `${numbered('h', j)}   bias ${brief(picture.hidden_biases[j])}` }));
    });
  }

  function outputs(ys, cx, half, tall, unit) {
    return ys.map((y, k) => node(`o${k}`, `output ${k + 1}: ${exact(picture.out[k])}`,
      svg('rect', { class: 'pg-network-out', x: cx - half, y: y - tall / 2, width: 2 * half, height: tall, rx: tall / 2 }),
      svg('text', { class: 'pg-network-number', x: cx, y, text: brief(picture.out[k]) }),
      svg('text', { class: 'pg-network-name', x: cx, y: y - tall / 2 - 0.8 * unit, text: `${numbered('y', k)}   bias ${brief(picture.out_biases[k])}` })));
  }

  function heads(columns, unit) {
    return columns.map(([x, title, under]) => svg('g', {}, svg('text', { class: 'pg-network-title', x, y: 1.1 * unit, text: title }), svg('text', { class: 'pg-network-under', x, y: 2.7 * unit, text: under })));
  }

  function arrange() {
    const focused = host.contains(document.activeElement) && document.activeElement.dataset.neuron;
    const unit = Playground.unit();
    picture.formula.forEach((line, i) => {
      if (!formula.children[i]) formula.append(el('p'));
      setText(formula.children[i], line);
    });
    while (formula.children.length > picture.formula.length) formula.lastChild.remove();
    const width = Math.max(panel.room.width, LEAST * unit);
    const height = Math.max(panel.room.height - formula.offsetHeight - 0.8 * unit, 21 * unit);
    const [n, m, l] = [picture.x.length, picture.before.length, picture.out.length];
    const [top, bottom] = [4.2 * unit, height];
    const tall = Math.max(2.2 * unit, Math.min(4.4 * unit, ((bottom - top) / Math.max(n, m, l)) * 0.5));
    const [ix, hx, ox] = [0.06 * width + 2.4 * unit, 0.5 * width, 0.9 * width];
    const half = Math.max(6.6 * unit, Math.min(10 * unit, tall * 2.3, 0.12 * width));
    const [xs, hs, ys] = [spread(n, top, bottom), spread(m, top, bottom), spread(l, top, bottom)];
    const r = tall * 0.5;
    const inHalf = Math.max(2.6 * unit, r);
    const outHalf = Math.max(3 * unit, Math.min(tall, 0.06 * width));
    const [one, oneLabels] = edges({ from: xs.map((y) => ({ y, right: ix + inHalf })), to: hs.map((y) => ({ y, left: hx - half })), weights: picture.hidden_weights, given: picture.x, into: 'h', at: 0.78 }, unit);
    const [two, twoLabels] = edges({ from: hs.map((y) => ({ y, right: hx + half })), to: ys.map((y) => ({ y, left: ox - outHalf })), weights: picture.out_weights, given: picture.after, into: 'o', at: 0.24 }, unit);
    const said = `A network of ${n} inputs, ${m} hidden neurons and ${l} outputs`;
    scroll.replaceChildren(svg('svg', { class: 'pg-network', viewBox: `0 0 ${width} ${height}`, width, height, role: 'group', 'aria-label': said },
      ...heads([[ix, 'input', 'x'], [hx, 'hidden neurons', `weights · x + bias, then ${picture.activation}`], [ox, 'output', 'weights · h + bias']], unit),
      one, two, oneLabels, twoLabels, ...inputs(xs, ix, inHalf, r, unit), ...hidden(hs, hx, half, tall, unit), ...outputs(ys, ox, outHalf, tall, unit)));
    if (focused) {
      const again = scroll.querySelector(`[data-neuron="${picture.neuron}"]`);
      if (again) again.focus({ preventScroll: true });
    }
  }

  return { draw(next) { picture = next; arrange(); }, resize: arrange };
};
