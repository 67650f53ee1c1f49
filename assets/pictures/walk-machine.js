/* The machine of a walk: every token's line from the table to the answer, the parts that hang below the lines, one layer
 * open. Drawn as SVG from the record; `measure` places it, the other functions draw one part each.
 */
'use strict';

Playground.walkMachine = (() => {
  const { shorten, percent, sig } = Playground;
  const NS = 'http://www.w3.org/2000/svg';
  const ROLES = { attn: 'attention', cross: 'attention', mlp: 'mlp', token: 'residual', position: 'special', sentence: 'special' };
  const SHORT = { attn: 'attention', cross: 'cross-attention', mlp: 'feed-forward' };
  const LINES = 10; // token lines of the open tower; of the other one three
  const CELLS = 28; // rows and columns of a matrix; of a longer text, those tokens that have a line
  const WIDEST = 1.5; // a line's greatest width, in units of type

  /** An SVG element; `text` becomes its content, `title` what stands under the pointer. */
  function s(tag, options = {}, ...children) {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(options)) {
      if (value === null || value === undefined) continue;
      if (name === 'text') node.textContent = value;
      else if (name === 'title') { const title = document.createElementNS(NS, 'title'); title.textContent = value; node.prepend(title); }
      else node.setAttribute(name, String(value));
    }
    node.append(...children);
    return node;
  }

  /** A smooth band from one point to another, of a width at each end. */
  function band(x1, y1, w1, x2, y2, w2, options) {
    const mid = (x1 + x2) / 2;
    const d = `M${x1} ${y1 - w1 / 2}C${mid} ${y1 - w1 / 2} ${mid} ${y2 - w2 / 2} ${x2} ${y2 - w2 / 2}L${x2} ${y2 + w2 / 2}C${mid} ${y2 + w2 / 2} ${mid} ${y1 + w1 / 2} ${x1} ${y1 + w1 / 2}Z`;
    return s('path', { d, ...options });
  }

  /** A stroke that leaves a line downwards, or comes back up to it, in a quarter turn. */
  function turn(x1, y1, x2, y2, width, role, downFirst, more = {}) {
    const d = downFirst ? `M${x1} ${y1}C${x1} ${(y1 + 2 * y2) / 3} ${(2 * x1 + x2) / 3} ${y2} ${x2} ${y2}` : `M${x1} ${y1}C${(x1 + 2 * x2) / 3} ${y1} ${x2} ${(2 * y1 + y2) / 3} ${x2} ${y2}`;
    return s('path', { d, fill: 'none', style: `stroke: var(--pg-${role})`, 'stroke-width': width, 'stroke-linecap': 'round', ...more });
  }

  /**
   * Which tokens have a line: the chosen one, those that are looked at most (`weights`, one for each token), then the
   * nearest; in a causal tower none after the chosen one, for none is seen.
   */
  function lines(tower, most, weights) {
    const { pos } = tower;
    const all = Array.from({ length: tower.causal ? pos + 1 : tower.tokens.length }, (_, i) => i);
    const seen = all.filter((i) => i !== pos && weights[i] > 0.05).sort((a, b) => weights[b] - weights[a]).slice(0, Math.floor(most / 2));
    const near = all.slice().sort((a, b) => Math.abs(a - pos) - Math.abs(b - pos));
    return [...new Set([pos, ...seen, ...near])].slice(0, most).sort((a, b) => a - b);
  }

  /** Where everything of a tower stands, in pixels. */
  function measure(tower, open, frame, unit, ending, layer, weights, two) {
    const tight = frame.width < 72 * unit;
    const most = open ? LINES : 3;
    const room = frame.height - (open ? 1.9 : 1.4) * unit;
    const lanes = room * (open ? (two ? 0.34 : 0.44) : 0.6);
    const shown = lines(tower, Math.max(1, Math.min(most, Math.floor(lanes / (1.2 * unit)))), weights);
    const gap = Math.min(2 * unit, lanes / shown.length);
    const top = frame.y + (open ? 1.9 : 1.4) * unit;
    const y = new Map(shown.map((pos, i) => [pos, top + gap * (i + 0.5)]));
    const bottom = top + gap * shown.length;
    const names = (tight ? 6.6 : 8) * unit;
    const start = frame.x + names + 4.6 * unit;
    const end = frame.x + frame.width - (ending ? (tight ? 13.6 : 17) : 2) * unit;
    const n = tower.blocks.length;
    const folded = open ? Math.max(0.45 * unit, Math.min(3.6 * unit, ((end - start) * (tight ? 0.24 : 0.36)) / Math.max(1, n - 1))) : (end - start) / Math.max(1, n);
    const wide = open ? end - start - folded * (n - 1) : folded;
    const x = [start];
    for (let i = 0; i < n; i++) x.push(x[i] + (open && i === layer ? wide : folded));
    const width = tower.tokens.length;
    let longest = 1e-9;
    for (let level = 0; level <= n && n; level++) longest = Math.max(longest, tower.levels[level * width + tower.pos]);
    const thick = (level, pos) => {
      const cap = pos === tower.pos ? WIDEST * unit : Math.min(0.55 * gap, WIDEST * unit);
      return Math.max(pos === tower.pos ? 2 : 1, Math.min(cap, (WIDEST * unit * tower.levels[level * width + pos]) / longest));
    };
    const largest = Math.max(1e-9, ...tower.blocks.flatMap((block) => block.parts.map((row) => row.length)));
    return { tower, open, tight, box: frame, unit, gap, shown, y, top, bottom, names: frame.x + names, start, end, x, thick, largest, folded, depth: frame.y + frame.height };
  }

  // ---- lines of tokens -----------------------------------------------------------------------------------------------

  function tokenLines(m, pick) {
    const group = s('g', { class: 'pg-walk-lines' });
    const { tower, unit } = m;
    const chip = Math.min(1.5 * unit, 1.02 * m.gap);
    for (const pos of m.shown) {
      const chosen = pos === tower.pos;
      const y = m.y.get(pos);
      const own = s('g', { class: chosen ? 'pg-walk-line pg-chosen' : 'pg-walk-line' });
      own.append(s('line', { x1: m.names + 0.4 * unit, y1: y, x2: m.start, y2: y, 'stroke-width': m.thick(0, pos) }));
      for (let level = 0; level < tower.blocks.length; level++) {
        own.append(band(m.x[level], y, m.thick(level, pos), m.x[level + 1] + 0.5, y, m.thick(level + 1, pos), { class: 'pg-walk-stream' }));
      }
      const name = s('g', { class: 'pg-walk-name', 'data-pos': m.open ? pos : null });
      name.append(
        s('rect', { x: m.box.x + 1, y: y - chip / 2, width: m.names + 0.2 * unit - 1, height: chip, rx: 4 }),
        s('text', { x: m.names - 0.3 * unit, y: y + 0.33 * unit, 'text-anchor': 'end', text: shorten(tower.tokens[pos], m.tight ? 9 : 11), title: `token ${pos}: ${tower.tokens[pos]}` }),
      );
      if (m.open) name.addEventListener('click', () => pick({ pos }));
      group.append(own, name);
    }
    const hidden = tower.tokens.length - m.shown.length;
    const title = s('text', { class: 'pg-walk-title', x: m.box.x + 0.2 * unit, y: m.box.y + 1.05 * unit, text: tower.title });
    if (hidden > 0) title.append(s('tspan', { class: 'pg-walk-small', dx: 0.6 * unit, text: `${hidden} more ${hidden > 1 ? 'tokens' : 'token'}` }));
    group.append(title);
    return group;
  }

  // ---- parts ---------------------------------------------------------------------------------------------------------

  /** A part that can be chosen: the first of its steps that the walk has; null where it has none. */
  function part(m, context, steps, title, ...children) {
    const there = steps.filter((name) => context.has(name));
    if (!there.length) return null;
    const on = there.includes(context.now);
    const group = s('g', { class: `pg-walk-part${on ? ' pg-on' : ''}`, 'data-step': there[0], title }, ...children);
    group.addEventListener('click', () => context.go(there[0]));
    return group;
  }

  function pill(x, y, unit) {
    return s('g', {}, s('rect', { class: 'pg-walk-norm', x: x - 0.55 * unit, y: y - 0.95 * unit, width: 1.1 * unit, height: 1.9 * unit, rx: 0.55 * unit }),
      s('path', { class: 'pg-walk-norm-mark', d: `M${x - 0.25 * unit} ${y + 0.35 * unit}h${0.5 * unit}M${x} ${y + 0.35 * unit}v${-0.75 * unit}` }));
  }

  function plus(x, y, unit) {
    return s('g', {}, s('circle', { class: 'pg-walk-plus', cx: x, cy: y, r: 0.72 * unit }), s('path', { class: 'pg-walk-plus-mark', d: `M${x - 0.38 * unit} ${y}h${0.76 * unit}M${x} ${y - 0.38 * unit}v${0.76 * unit}` }));
  }

  function box(x, y, width, height, role, label, unit) {
    return s('g', {}, s('rect', { class: 'pg-walk-box', style: `fill: color-mix(in oklab, var(--pg-${role}) 22%, var(--pg-surface)); stroke: var(--pg-${role})`, x, y, width, height, rx: 5 }),
      s('text', { class: 'pg-walk-label', x: x + width / 2, y: y + height / 2 + 0.36 * unit, 'text-anchor': 'middle', text: label }));
  }

  function caption(x, y, unit, title, below) {
    return s('g', {}, s('text', { class: 'pg-walk-caption', x, y, 'text-anchor': 'middle', text: title }),
      below ? s('text', { class: 'pg-walk-small', x, y: y + 1.15 * unit, 'text-anchor': 'middle', text: below }) : '');
  }

  /** The weights of the followed head, the chosen token's row outlined; of a long text the lines that are drawn. */
  function matrix(x, y, size, weights, rows, columns, row) {
    const group = s('g', { class: 'pg-walk-matrix' });
    const [, width] = weights.shape;
    const [dx, dy] = [size / columns.length, size / rows.length];
    group.append(s('rect', { class: 'pg-walk-paper', x, y, width: size, height: size, rx: 4 }));
    rows.forEach((q, i) => columns.forEach((k, j) => {
      const weight = weights[q * width + k];
      if (weight > 0.002) group.append(s('rect', { x: x + j * dx + 0.5, y: y + i * dy + 0.5, width: Math.max(0.5, dx - 1), height: Math.max(0.5, dy - 1), rx: Math.min(3, dx / 5), style: `fill: color-mix(in oklab, var(--pg-attention) ${Math.round(100 * weight)}%, var(--pg-surface))` }));
    }));
    const at = rows.indexOf(row);
    if (at >= 0) group.append(s('rect', { class: 'pg-walk-row', x: x - 1.5, y: y + at * dy - 1, width: size + 3, height: dy + 2, rx: 4 }));
    return group;
  }

  /** Attention or cross-attention between two places along the lines. */
  function attention(m, context, name, from, to, facts) {
    const { unit, tower } = m;
    const g = s('g', {});
    const laneY = m.y.get(tower.pos);
    const [y0, y1] = [m.bottom + 0.9 * unit, m.depth - 2.7 * unit];
    const h = y1 - y0;
    const room = to - from;
    const normed = context.has(`${name}-norm`);
    const after = context.has(`${name}-after`);
    const sumX = to - (after ? 2.5 : 1) * unit;
    const tapX = from + 0.6 * unit;
    const boxX = from + (normed ? 3.9 : 2.7) * unit;
    const boxW = Math.min(3.2 * unit, room * 0.13);
    const boxH = (h - 0.8 * unit) / 3;
    const mid = y0 + h / 2;
    const size = Math.max(3 * unit, Math.min(h, sumX - boxX - boxW - 4.2 * unit));
    const matX = boxX + boxW + Math.min(2.2, 1.4 + room / unit / 60) * unit;
    const matY = y0 + (h - size) / 2;
    const mixX = Math.max(matX + size + 0.7 * unit, Math.min(sumX - 1.2 * unit, matX + size + 1.8 * unit));
    const boxY = [0, 1, 2].map((i) => y0 + i * (boxH + 0.4 * unit));
    const weights = name === 'cross' ? facts.cross : facts.weights;
    const [, width] = weights.shape;
    // What the chosen token's stream gives: through the norm to q; its own k and v run along.
    g.append(turn(tapX, laneY, normed ? tapX + 1.4 * unit : boxX, normed ? mid : boxY[0] + boxH / 2, 0.42 * unit, 'residual', true, { class: 'pg-walk-tap' }));
    if (normed) [0, 1, 2].forEach((i) => { if (name === 'attn' || i === 0) g.append(band(tapX + 2.2 * unit, mid, 0.42 * unit, boxX, boxY[i] + boxH / 2, 0.42 * unit, { class: 'pg-walk-thread' })); });
    else if (name === 'attn') [1, 2].forEach((i) => g.append(turn(tapX, laneY, boxX, boxY[i] + boxH / 2, 0.42 * unit, 'residual', true, { class: 'pg-walk-tap' })));
    if (name === 'attn') {
      for (const pos of m.shown) {
        if (pos === tower.pos || !width) continue;
        const weight = weights[tower.pos * width + pos];
        [['key', 1, 0.14], ['value', 2, 0.14 + 0.5 * weight]].forEach(([role, i, thick]) => g.append(
          turn(from + 0.1 * unit, m.y.get(pos), boxX, boxY[i] + boxH / 2 + (i === 2 ? 0.15 : -0.15) * unit, thick * unit, role, true, { opacity: 0.18 + 0.7 * weight })));
      }
    } else if (facts.bus) {
      [['key', 1], ['value', 2]].forEach(([role, i]) => g.append(turn(facts.bus.x(boxX - 1.6 * unit), facts.bus.y, boxX, boxY[i] + boxH / 2, 0.4 * unit, role, true, { opacity: 0.75 })));
    }
    g.append(part(m, context, [`${name}-norm`], 'norm', pill(tapX + 1.8 * unit, mid, unit)) || '');
    const whole = part(m, context, [`${name}-whole`], SHORT[name], box(boxX, y0, Math.max(boxW, sumX - boxX - 3 * unit), h, 'attention', SHORT[name], unit));
    if (whole && !context.has(`${name}-softmax`) && !context.has(`${name}-weights`)) g.append(whole);
    else {
      g.append(band(boxX + boxW, boxY[0] + boxH / 2, 0.55 * boxH, matX, matY + size * 0.25, size * 0.3, { class: 'pg-walk-flow', style: 'fill: var(--pg-query)' }));
      g.append(band(boxX + boxW, boxY[1] + boxH / 2, 0.55 * boxH, matX, matY + size * 0.65, size * 0.3, { class: 'pg-walk-flow', style: 'fill: var(--pg-key)' }));
      g.append(s('path', { class: 'pg-walk-flow pg-walk-value', style: 'stroke: var(--pg-value)', 'stroke-width': 0.3 * boxH, d: `M${boxX + boxW} ${boxY[2] + boxH / 2}C${boxX + boxW + 1.4 * unit} ${boxY[2] + boxH / 2} ${matX - unit} ${y1 + 0.15 * boxH} ${matX + unit} ${y1 + 0.1 * boxH}L${mixX - 2 * unit} ${y1 + 0.1 * boxH}C${mixX - 0.4 * unit} ${y1 + 0.1 * boxH} ${mixX} ${mid + 2 * unit} ${mixX} ${mid}` }));
      g.append(band(matX + size, matY + size / 2, size * 0.5, mixX, mid, 0.6 * unit, { class: 'pg-walk-flow', style: 'fill: var(--pg-attention)' }));
      const three = ['q', 'k', 'v'].map((letter, i) => box(boxX, boxY[i], boxW, boxH, ['query', 'key', 'value'][i], letter, unit));
      g.append(part(m, context, [`${name}-qkv`, `${name}-heads`], 'query, key and value', ...three) || s('g', {}, ...three));
      if (width) {
        const all = (count, shown) => (count <= CELLS ? Array.from({ length: count }, (_, i) => i) : shown);
        const columns = name === 'cross' ? all(width, facts.sourceShown) : all(width, m.shown);
        g.append(part(m, context, [`${name}-softmax`, `${name}-scores`, `${name}-scale`, `${name}-weights`], 'scores, mask and softmax: rows look at columns', matrix(matX, matY, size, weights, all(weights.shape[0], m.shown), columns, tower.pos)) || '');
      }
      g.append(part(m, context, [`${name}-mix`], 'weights × values', s('circle', { class: 'pg-walk-mix', cx: mixX, cy: mid, r: 0.62 * unit }), s('path', { class: 'pg-walk-plus-mark pg-walk-times', d: `M${mixX - 0.26 * unit} ${mid - 0.26 * unit}l${0.52 * unit} ${0.52 * unit}m0 ${-0.52 * unit}l${-0.52 * unit} ${0.52 * unit}` })) || '');
    }
    const added = facts.part(name);
    const goal = context.has(`${name}-add`) ? sumX : facts.sum || sumX;
    const back = turn(mixX + 0.6 * unit, mid, goal, laneY, (0.25 + (1.1 * added.length) / m.largest) * unit, 'attention', false, { class: 'pg-walk-back' });
    g.append(part(m, context, [`${name}-out`, `${name}-behind`, `${name}-whole`], `${added.title}: adds a vector of length ${sig(added.length)}`, back) || back);
    g.append(part(m, context, [`${name}-add`], 'added to the stream', plus(sumX, laneY, unit)) || '');
    g.append(part(m, context, [`${name}-after`], 'norm', pill(sumX + 1.55 * unit, laneY, unit)) || '');
    g.append(caption((boxX + mixX) / 2, y1 + 1.35 * unit, unit, `${SHORT[name]} · adds ${sig(added.length)}`, room > 18 * unit ? added.size : ''));
    return g;
  }

  /** The feed-forward: wider, bent, and back. */
  function feedForward(m, context, from, to, facts) {
    const { unit, tower } = m;
    const g = s('g', {});
    const laneY = m.y.get(tower.pos);
    const [y0, y1] = [m.bottom + 0.9 * unit, m.depth - 2.7 * unit];
    const [h, mid] = [y1 - y0, (y0 + y1) / 2];
    const after = context.has('mlp-after');
    const normed = context.has('mlp-norm');
    const sumX = to - (after ? 2.7 : 1.2) * unit;
    const tapX = from + 0.8 * unit;
    const x0 = from + (normed ? 3.6 : 2.6) * unit;
    const x3 = Math.max(x0 + 1.6 * unit, sumX - 2 * unit);
    const [x1, x2] = [x0 + (x3 - x0) * 0.38, x0 + (x3 - x0) * 0.62];
    const slim = 0.26 * h;
    const shape = (a, wa, b, wb, more) => s('path', { class: 'pg-walk-mlp', d: `M${a} ${mid - wa / 2}L${b} ${mid - wb / 2}L${b} ${mid + wb / 2}L${a} ${mid + wa / 2}Z`, ...more });
    g.append(turn(tapX, laneY, normed ? tapX + 1.2 * unit : x0, mid, 0.42 * unit, 'residual', true, { class: 'pg-walk-tap' }));
    if (normed) g.append(band(tapX + 1.6 * unit, mid, 0.42 * unit, x0, mid, slim * 0.6, { class: 'pg-walk-thread' }));
    g.append(part(m, context, ['mlp-norm'], 'norm', pill(tapX + 1.5 * unit, mid, unit)) || '');
    const whole = part(m, context, ['mlp-whole'], 'feed-forward', shape(x0, slim, (x0 + x3) / 2, h, {}), shape((x0 + x3) / 2, h, x3, slim, {}));
    if (whole) g.append(whole);
    else {
      g.append(part(m, context, ['mlp-up'], 'up: wider', shape(x0, slim, x1 - 2, h, {})) || '');
      const bend = `M${x1 + 2} ${mid + 0.12 * h}C${(x1 + x2) / 2} ${mid + 0.14 * h} ${(x1 + x2) / 2} ${mid + 0.12 * h} ${x2 - 2} ${mid - 0.28 * h}`;
      g.append(part(m, context, ['mlp-act', 'mlp-gate'], 'activation', s('rect', { class: 'pg-walk-act', x: x1, y: y0, width: x2 - x1, height: h, rx: 4 }), s('path', { class: 'pg-walk-bend', d: bend })) || '');
      g.append(part(m, context, ['mlp-down'], 'down: back to the width of the stream', shape(x2 + 2, h, x3, slim, {})) || '');
    }
    const added = facts.part('mlp');
    const back = turn(x3, mid, sumX, laneY, (0.25 + (1.1 * added.length) / m.largest) * unit, 'mlp', false, { class: 'pg-walk-back' });
    g.append(part(m, context, ['mlp-behind', 'mlp-down', 'mlp-whole'], `feed-forward: adds a vector of length ${sig(added.length)}`, back) || back);
    g.append(part(m, context, ['mlp-add'], 'added to the stream', plus(sumX, laneY, unit)) || '');
    g.append(part(m, context, ['mlp-after'], 'norm', pill(sumX + 1.55 * unit, laneY, unit)) || '');
    g.append(caption((x0 + x3) / 2, y1 + 1.35 * unit, unit, `${SHORT.mlp} · adds ${sig(added.length)}`, to - from > 14 * unit ? added.size : ''));
    return g;
  }

  return { s, band, turn, measure, tokenLines, part, pill, plus, box, caption, attention, feedForward, ROLES, SHORT, percent };
})();
