/* The machine of a walk: every token's line from the table to the answer, the parts that hang below the lines, one layer
 * open. Drawn as SVG from the record; `measure` places it, the other functions draw one part each.
 */
'use strict';

Playground.walkMachine = (() => {
  const { shorten, sig, svg: s } = Playground;
  const ROLES = { attn: 'attention', cross: 'attention', mlp: 'mlp', token: 'residual', position: 'special', sentence: 'special' };
  const SHORT = { attn: 'attention', cross: 'cross-attention', mlp: 'feed-forward' };
  const LINES = 9; // token lines of a tower; of a decoder that is not open three
  const CELLS = 28; // rows and columns of a matrix; of a longer text, those tokens that have a line
  const WIDEST = 1.5; // a line's greatest width, in units of type

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
    const tight = frame.width < 84 * unit;
    const head = (open ? 2.9 : 1.4) * unit; // titles above the lines
    const room = frame.height - head;
    const lanes = room * (open ? (two ? 0.3 : 0.36) : 0.8);
    const shown = lines(tower, Math.max(1, Math.min(open || !ending ? LINES : 3, Math.floor(lanes / ((open ? 1.15 : 0.9) * unit)))), weights);
    const gap = Math.min(2 * unit, lanes / shown.length);
    const top = frame.y + head;
    const y = new Map(shown.map((pos, i) => [pos, top + gap * (i + 0.5)]));
    const bottom = top + gap * shown.length;
    const names = (tight ? 6.6 : 8.4) * unit;
    const start = frame.x + names + 4.6 * unit;
    const end = frame.x + frame.width - (ending ? (tight ? 13.6 : 18) : 2) * unit;
    const n = tower.blocks.length;
    const folded = open ? Math.max(0.45 * unit, Math.min(3.6 * unit, ((end - start) * (tight ? 0.2 : 0.3)) / Math.max(1, n - 1))) : (end - start) / Math.max(1, n);
    const wide = open ? end - start - folded * (n - 1) : folded;
    const x = [start];
    for (let i = 0; i < n; i++) x.push(x[i] + (open && i === layer ? wide : folded));
    const width = tower.tokens.length;
    let longest = 1e-9;
    for (let level = 0; level <= n && n; level++) longest = Math.max(longest, tower.levels[level * width + tower.pos]);
    const led = open || ending; // whether the chosen token's line stands out
    const thick = (level, pos) => {
      const cap = led && pos === tower.pos ? WIDEST * unit : Math.min(0.55 * gap, WIDEST * unit);
      return Math.max(led && pos === tower.pos ? 2 : 1, Math.min(cap, (WIDEST * unit * tower.levels[level * width + pos]) / longest));
    };
    const largest = Math.max(1e-9, ...tower.blocks.flatMap((block) => block.parts.map((row) => row.length)));
    return { tower, open, led, tight, box: frame, unit, gap, shown, y, top, bottom, names: frame.x + names, start, end, x, thick, largest, folded, depth: frame.y + frame.height };
  }

  // ---- lines of tokens -----------------------------------------------------------------------------------------------

  function tokenLines(m, context, pick) {
    const group = s('g', { class: 'pg-walk-lines' });
    const { tower, unit } = m;
    const letters = Math.min(unit, 0.78 * m.gap); // names of neighbouring lines stay apart
    const chip = Math.min(1.5 * unit, 0.9 * m.gap);
    for (const pos of m.shown) {
      const chosen = m.led && pos === tower.pos; // of an encoder that is done all tokens are looked at
      const y = m.y.get(pos);
      const own = s('g', { class: chosen ? 'pg-walk-line pg-chosen' : 'pg-walk-line' });
      own.append(s('line', { x1: m.names + 0.4 * unit, y1: y, x2: m.start, y2: y, 'stroke-width': m.thick(0, pos) }));
      for (let level = 0; level < tower.blocks.length; level++) {
        own.append(band(m.x[level], y, m.thick(level, pos), m.x[level + 1] + 0.5, y, m.thick(level + 1, pos), { class: 'pg-walk-stream' }));
      }
      const name = s('g', { class: 'pg-walk-name', 'data-pos': m.open ? pos : null });
      name.append(
        s('rect', { x: m.box.x + 1, y: y - chip / 2, width: m.names + 0.2 * unit - 1, height: chip, rx: 4 }),
        s('text', { x: m.names - 0.3 * unit, y: y + 0.33 * letters, style: `font-size: ${letters}px`, 'text-anchor': 'end', text: shorten(tower.tokens[pos], m.tight ? 9 : 11), title: `token ${pos}: ${tower.tokens[pos]}` }),
      );
      if (m.open) name.addEventListener('click', () => pick({ pos }));
      group.append(own, name);
    }
    const hidden = (tower.causal ? tower.pos + 1 : tower.tokens.length) - m.shown.length;
    const title = s('text', { class: 'pg-walk-title', x: m.box.x + 0.2 * unit, y: m.box.y + 1.05 * unit, text: tower.title });
    if (hidden > 0) title.append(s('tspan', { class: 'pg-walk-small', dx: 0.6 * unit, text: `${hidden} not drawn` }));
    const below = m.open ? s('text', { class: 'pg-walk-small', x: m.box.x + 0.2 * unit, y: m.box.y + 2.2 * unit, text: tower.shape }) : null;
    group.append(part(m, context, ['tokens'], 'the text as tokens', s('rect', { class: 'pg-walk-frame pg-walk-tokens', x: m.box.x, y: m.box.y, width: m.start - m.box.x - 1.2 * unit, height: (m.open ? 2.7 : 1.4) * unit, rx: 5 }), title, below) || title);
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

  /** A norm in the line itself. */
  function pill(x, y, unit) {
    return s('g', {}, s('rect', { class: 'pg-walk-norm', x: x - 0.55 * unit, y: y - 1.45 * unit, width: 1.1 * unit, height: 2.9 * unit, rx: 0.55 * unit }), upright(x, y, unit, 'norm'));
  }

  function upright(x, y, unit, text) {
    return s('text', { class: 'pg-walk-upright', 'text-anchor': 'middle', transform: `translate(${x + 0.28 * unit} ${y}) rotate(-90)`, text });
  }

  function plus(x, y, unit) {
    return s('g', {}, s('circle', { class: 'pg-walk-plus', cx: x, cy: y, r: 0.72 * unit }), s('path', { class: 'pg-walk-plus-mark', d: `M${x - 0.38 * unit} ${y}h${0.76 * unit}M${x} ${y - 0.38 * unit}v${0.76 * unit}` }));
  }

  /** A labelled box; `low` stands below the line behind the label. */
  function box(x, y, width, height, role, label, unit, low = '') {
    const text = s('text', { class: 'pg-walk-label', x: x + width / 2, y: y + height / 2 + 0.36 * unit, 'text-anchor': 'middle', text: label });
    if (low) text.append(s('tspan', { class: 'pg-walk-small', dy: 0.3 * unit, text: low }));
    return s('g', {}, s('rect', { class: 'pg-walk-box', style: `fill: color-mix(in oklab, var(--pg-${role}) 22%, var(--pg-surface)); stroke: var(--pg-${role})`, x, y, width, height, rx: 5 }), text);
  }

  function caption(x, y, unit, title, below) {
    return s('g', {}, s('text', { class: 'pg-walk-caption', x, y, 'text-anchor': 'middle', text: title }),
      below ? s('text', { class: 'pg-walk-small', x, y: y + 1.15 * unit, 'text-anchor': 'middle', text: below }) : '');
  }

  /**
   * The weights of the followed head, the chosen token's row outlined; of a long text the lines that are drawn.
   */
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

  /** The norm that all vectors pass on their way into a part: a gate as high as what stands behind it. */
  function gate(x, y0, y1, unit) {
    return s('g', {}, s('rect', { class: 'pg-walk-norm', x: x - 0.6 * unit, y: y0, width: 1.2 * unit, height: y1 - y0, rx: 0.6 * unit }),
      upright(x, (y0 + y1) / 2, unit, 'norm'));
  }

  /** Where the parts of an attention stand between two places along the lines: what room is left goes between them. */
  function attentionPlaces(m, name, from, to, context) {
    const { unit } = m;
    const [y0, y1] = [m.bottom + 1.1 * unit, m.depth - 3.4 * unit];
    const h = y1 - y0;
    const room = to - from;
    const sumX = to - (context.has(`${name}-after`) ? 2.5 : 1) * unit;
    const [boxW, outW] = [Math.min(3.6 * unit, room * 0.11), Math.min(2.4 * unit, room * 0.08)];
    const boxH = (h - 0.8 * unit) / 3;
    const inner = sumX - from - boxW - outW;
    const size = Math.max(3 * unit, Math.min(h - 1.5 * unit, inner * 0.4));
    const slack = inner - size; // ribbons, to the matrix, to the sum over values, to the output, back up
    const boxX = from + 0.42 * slack;
    const matX = boxX + boxW + 0.17 * slack;
    const mixX = matX + size + 0.15 * slack;
    const outX = mixX + 0.12 * slack;
    const mid = y0 + (h - 1.5 * unit) / 2;
    return {
      unit, y0, y1, h, room, normed: context.has(`${name}-norm`), sumX, boxX, boxW, boxH, outW, outX, matX, size, mixX, from, mid,
      gateX: from + (boxX - from) * 0.66, matY: mid - size / 2, boxY: [0, 1, 2].map((i) => y0 + i * (boxH + 0.4 * unit)), runY: y1 - 0.45 * unit,
    };
  }

  /** Ribbons from the lines to query, key and value: the chosen token asks; of every token comes a key and a value. */
  function ribbons(m, name, at, weights, facts) {
    const { unit, tower } = m;
    const g = s('g', { class: 'pg-walk-ribbons' });
    const [, width] = weights.shape;
    const laneY = m.y.get(tower.pos);
    const slice = at.boxH / m.shown.length;
    const lead = (y1, w1, i, y2, w2, role, opacity) => g.append(band(at.from + 0.2 * unit, y1, w1, at.boxX, at.boxY[i] + y2, w2, { style: `fill: var(--pg-${role})`, opacity }));
    if (name === 'attn') {
      m.shown.forEach((pos, i) => {
        const weight = width ? weights[tower.pos * width + pos] : 0;
        const own = pos === tower.pos;
        const from = own ? 0.3 * unit : Math.min(0.26 * m.gap, 0.4 * unit);
        lead(m.y.get(pos) - 0.5 * from, from, 1, (i + 0.5) * slice, 0.8 * slice, 'key', 0.16 + 0.64 * weight);
        lead(m.y.get(pos) + 0.5 * from, from, 2, (i + 0.5) * slice, 0.8 * slice, 'value', 0.16 + 0.74 * weight);
      });
    } else if (facts.bus) {
      [['key', 1], ['value', 2]].forEach(([role, i]) => g.append(turn(facts.bus.x(at.boxX - 1.7 * unit - 0.7 * unit * (2 - i)), facts.bus.y, at.boxX, at.boxY[i] + at.boxH / 2, 0.5 * unit, role, true, { opacity: 0.8 })));
    }
    lead(laneY, 0.8 * unit, 0, at.boxH / 2, 0.62 * at.boxH, 'query', 0.55);
    return g;
  }

  /** From query, key and value through the weights to what the head found. */
  function heads(m, context, name, at, weights, facts) {
    const { unit, tower } = m;
    const { boxX, boxW, boxH, boxY, matX, matY, size, mixX, mid, runY } = at;
    const g = s('g', {});
    g.append(band(boxX + boxW, boxY[0] + boxH / 2, 0.6 * boxH, matX, matY + size * 0.27, size * 0.34, { class: 'pg-walk-flow', style: 'fill: var(--pg-query)' }));
    g.append(band(boxX + boxW, boxY[1] + boxH / 2, 0.6 * boxH, matX, matY + size * 0.7, size * 0.34, { class: 'pg-walk-flow', style: 'fill: var(--pg-key)' }));
    const v = boxY[2] + boxH / 2;
    g.append(s('path', { class: 'pg-walk-flow pg-walk-value', style: 'stroke: var(--pg-value)', 'stroke-width': 0.9 * unit, d: `M${boxX + boxW} ${v}C${boxX + boxW + 2 * unit} ${v} ${matX - 2 * unit} ${runY} ${matX} ${runY}L${mixX - 2 * unit} ${runY}C${mixX - 0.3 * unit} ${runY} ${mixX} ${runY - unit} ${mixX} ${mid}` }));
    g.append(band(matX + size, matY + size / 2, size * 0.5, mixX, mid, 0.7 * unit, { class: 'pg-walk-flow', style: 'fill: var(--pg-attention)' }));
    const three = ['q', 'k', 'v'].map((letter, i) => box(boxX, boxY[i], boxW, boxH, ['query', 'key', 'value'][i], letter, unit));
    g.append(part(m, context, [`${name}-qkv`, `${name}-heads`], 'query, key and value', ...three) || s('g', {}, ...three));
    const [, width] = weights.shape;
    if (width) {
      const read = tower.causal ? tower.pos + 1 : tower.tokens.length; // it grows as the text is written
      const all = (count, shown) => (count <= CELLS ? Array.from({ length: count }, (_, i) => i) : shown);
      const rows = all(read, m.shown);
      const columns = name === 'cross' ? all(width, facts.sourceShown) : rows;
      const deck = Array.from({ length: Math.min(3, facts.heads - 1) }, (_, i) => s('rect', { class: 'pg-walk-deck', x: matX + (3 - i) * 0.32 * unit, y: matY - (3 - i) * 0.32 * unit, width: size, height: size, rx: 4 }));
      g.append(part(m, context, [`${name}-softmax`, `${name}-scores`, `${name}-scale`, `${name}-weights`], 'scores, mask and softmax: rows look at columns', ...deck, matrix(matX, matY, size, weights, rows, columns, tower.pos)) || '');
    }
    g.append(part(m, context, [`${name}-mix`], 'weights × values', s('circle', { class: 'pg-walk-mix', cx: mixX, cy: mid, r: 0.8 * unit }), s('path', { class: 'pg-walk-plus-mark pg-walk-times', d: `M${mixX - 0.33 * unit} ${mid - 0.33 * unit}l${0.66 * unit} ${0.66 * unit}m0 ${-0.66 * unit}l${-0.66 * unit} ${0.66 * unit}` })) || '');
    return g;
  }

  /** Attention or cross-attention between two places along the lines. */
  function attention(m, context, name, from, to, facts) {
    const { unit } = m;
    const g = s('g', {});
    const at = attentionPlaces(m, name, from, to, context);
    const { y0, y1, h, mid, sumX, boxX, outX, outW, mixX } = at;
    const laneY = m.y.get(m.tower.pos);
    const weights = name === 'cross' ? facts.cross : facts.weights;
    const added = facts.part(name);
    g.append(ribbons(m, name, at, weights, facts));
    if (at.normed) g.append(part(m, context, [`${name}-norm`], 'norm', gate(at.gateX, name === 'cross' ? at.boxY[0] : y0, name === 'cross' ? at.boxY[0] + at.boxH : y1, unit)) || '');
    const known = context.has(`${name}-softmax`) || context.has(`${name}-weights`);
    if (known) {
      g.append(heads(m, context, name, at, weights, facts));
      g.append(band(mixX + 0.8 * unit, mid, 0.7 * unit, outX, mid, 0.4 * h, { class: 'pg-walk-flow', style: 'fill: var(--pg-attention)' }));
    }
    const joined = known ? box(outX, mid - 0.24 * h, outW, 0.48 * h, 'attention', 'W', unit, 'o') : box(boxX, y0, Math.max(at.boxW, outX + outW - boxX), h, 'attention', SHORT[name], unit);
    g.append(part(m, context, [`${name}-out`, `${name}-behind`, `${name}-whole`], 'heads joined and mixed', joined) || joined);
    const goal = context.has(`${name}-add`) ? sumX : facts.sum || sumX;
    g.append(backIntoStream(m, context, [`${name}-out`, `${name}-behind`, `${name}-whole`], outX + outW, mid, goal, added, 'attention'));
    g.append(part(m, context, [`${name}-add`], 'added to the stream', plus(sumX, laneY, unit)) || '');
    g.append(part(m, context, [`${name}-after`], 'norm', pill(sumX + 1.55 * unit, laneY, unit)) || '');
    g.append(named(m, (boxX + mixX) / 2, at.room, SHORT[name], added));
    return g;
  }

  /** What a part adds: a band as wide as its length that leads up into the line. */
  function backIntoStream(m, context, steps, x, y, goal, added, role) {
    const laneY = m.y.get(m.tower.pos);
    const back = turn(x, y, goal, laneY, (0.3 + (1.3 * added.length) / m.largest) * m.unit, role, false, { class: 'pg-walk-back', 'stroke-linecap': 'butt' });
    return part(m, context, steps, `${added.title}: adds a vector of length ${sig(added.length)}`, back) || back;
  }

  /** A part's name, sizes, and what it adds. */
  function named(m, x, room, short, added) {
    const wide = room > 17 * m.unit;
    const first = wide && added.shape ? `${short} · ${added.shape}` : short;
    const second = `adds ${sig(added.length)}${wide && added.size ? ` · ${added.size}` : ''}`;
    return caption(x, m.depth - 1.75 * m.unit, m.unit, first, second);
  }

  /** The feed-forward: wider, bent, and back. */
  function feedForward(m, context, from, to, facts) {
    const { unit, tower } = m;
    const g = s('g', {});
    const laneY = m.y.get(tower.pos);
    const [y0, y1] = [m.bottom + 1.1 * unit, m.depth - 3.4 * unit];
    const [h, mid] = [y1 - y0, (y0 + y1) / 2];
    const normed = context.has('mlp-norm');
    const room = to - from;
    const sumX = to - (context.has('mlp-after') ? 2.7 : 1.2) * unit;
    const x0 = from + Math.min(normed ? 0.26 * room : 0.2 * room, 6 * unit);
    const x3 = Math.max(x0 + 1.6 * unit, sumX - Math.min(2.6 * unit, 0.14 * room));
    const [x1, x2] = [x0 + (x3 - x0) * 0.36, x0 + (x3 - x0) * 0.64];
    const slim = 0.26 * h;
    const shape = (a, wa, b, wb, more) => s('path', { class: 'pg-walk-mlp', d: `M${a} ${mid - wa / 2}L${b} ${mid - wb / 2}L${b} ${mid + wb / 2}L${a} ${mid + wa / 2}Z`, ...more });
    g.append(band(from + 0.2 * unit, laneY, 0.8 * unit, x0, mid, 0.9 * slim, { class: 'pg-walk-flow', style: 'fill: var(--pg-residual)' }));
    if (normed) g.append(part(m, context, ['mlp-norm'], 'norm', gate(from + (x0 - from) * 0.62, mid - 0.3 * h, mid + 0.3 * h, unit)) || '');
    const whole = part(m, context, ['mlp-whole'], 'feed-forward', shape(x0, slim, (x0 + x3) / 2, h, {}), shape((x0 + x3) / 2, h, x3, slim, {}));
    if (whole) g.append(whole);
    else {
      g.append(part(m, context, ['mlp-up'], 'up: wider', shape(x0, slim, x1 - 2, h, {})) || '');
      const bend = `M${x1 + 2} ${mid + 0.12 * h}C${(x1 + x2) / 2} ${mid + 0.14 * h} ${(x1 + x2) / 2} ${mid + 0.12 * h} ${x2 - 2} ${mid - 0.28 * h}`;
      g.append(part(m, context, ['mlp-act', 'mlp-gate'], 'activation', s('rect', { class: 'pg-walk-act', x: x1, y: y0, width: x2 - x1, height: h, rx: 4 }), s('path', { class: 'pg-walk-bend', d: bend })) || '');
      g.append(part(m, context, ['mlp-down'], 'down: back to the width of the stream', shape(x2 + 2, h, x3, slim, {})) || '');
    }
    const added = facts.part('mlp');
    g.append(backIntoStream(m, context, ['mlp-behind', 'mlp-down', 'mlp-whole'], x3, mid, sumX, added, 'mlp'));
    g.append(part(m, context, ['mlp-add'], 'added to the stream', plus(sumX, laneY, unit)) || '');
    g.append(part(m, context, ['mlp-after'], 'norm', pill(sumX + 1.55 * unit, laneY, unit)) || '');
    g.append(named(m, (x0 + x3) / 2, room, SHORT.mlp, added));
    return g;
  }

  return { s, band, turn, measure, tokenLines, part, pill, plus, box, attention, feedForward, ROLES };
})();
