/* A tower of a walk's machine: what stands before its layers, its layers, folded and open, and the way out. */
'use strict';

Playground.walkTowers = (() => {
  const { shorten, percent, sig } = Playground;
  const { s, turn, measure, tokenLines, part, pill, plus, box, attention, feedForward, ROLES } = Playground.walkMachine;
  const ENTRY = { token: ['row'], position: ['position'], sentence: ['token-type'] };
  const NAMES = { token: 'token table', position: '+ position', sentence: '+ sentence' };
  const ABOVE = ['final-norm', 'logits', 'softmax', 'write']; // steps behind the last layer
  const LOOP = 2.4; // height of the way back, in units of type

  /** The rows that are added up where the chosen token's line begins. */
  function entry(m, context, tower) {
    const { unit } = m;
    const g = s('g', {});
    const laneY = m.y.get(tower.pos);
    const height = Math.min(2.3 * unit, (m.depth - m.bottom - 1.6 * unit) / Math.max(1, tower.entry.length) - 0.4 * unit);
    const sumX = m.start - 2.2 * unit;
    tower.entry.forEach((row, i) => {
      const y = m.bottom + 1.1 * unit + i * (height + 0.5 * unit);
      const x = m.box.x + 1;
      const width = m.names + 0.4 * unit;
      const role = ROLES[row.name];
      g.append(turn(x + width, y + height / 2, sumX, laneY, 0.34 * unit, role === 'special' ? 'special' : 'residual', false, { opacity: 0.7 }));
      g.append(part(m, context, ENTRY[row.name], `${row.title} ${row.shape}: ${row.size}; a vector of length ${sig(row.length)}`, box(x, y, width, height, role, NAMES[row.name], unit)) || '');
    });
    g.append(part(m, context, ['sum'], 'added up', plus(sumX, laneY, unit)) || '');
    g.append(part(m, context, ['embed-norm'], 'norm', pill(m.start - 0.6 * unit, laneY, unit)) || '');
    return g;
  }

  /** A folded layer: bars as long as what its parts add. */
  function folded(m, block, layer, context) {
    const { unit } = m;
    const [x, width] = [m.x[layer] + 1, Math.max(1, m.x[layer + 1] - m.x[layer] - 2)];
    const said = block.parts.map((row) => `${row.title} adds ${sig(row.length)}${row.size ? ` (${row.size})` : ''}`).join(', ');
    const g = s('g', { class: 'pg-walk-block', 'data-layer': layer, title: `Layer ${layer}: ${said || block.size}` });
    g.append(s('rect', { class: 'pg-walk-frame', x, y: m.box.y, width, height: m.box.height, rx: Math.min(7, width / 3) }));
    if (width > 1.4 * unit || layer % 4 === 0) g.append(s('text', { class: 'pg-walk-caption', x: x + width / 2, y: m.box.y + 1.15 * unit, 'text-anchor': 'middle', text: String(layer) }));
    const depth = m.depth - m.bottom - (m.open ? 2.2 : 1) * unit;
    const bar = Math.min(1.5 * unit, (width - 4) / Math.max(1, block.parts.length) - 1);
    block.parts.forEach((row, i) => {
      const left = x + width / 2 + (i - block.parts.length / 2) * (bar + 2) + 1;
      const length = Math.max(2, (depth * row.length) / m.largest);
      g.append(s('rect', { class: row.name === 'cross' ? 'pg-walk-bar pg-walk-bar-cross' : 'pg-walk-bar', style: `fill: var(--pg-${ROLES[row.name]})`, x: left, y: m.bottom + 0.7 * unit, width: Math.max(0.8, bar), height: length, rx: Math.min(3, bar / 3) }));
    });
    g.addEventListener('click', () => context.open(layer));
    return g;
  }

  /** What the bars of the folded layers beside the open one are, where there is room for it. */
  function barsSaid(m, open) {
    const { unit } = m;
    const text = 'bars: what each part adds';
    const [from, to] = [[m.x[open + 1], m.x[m.x.length - 1]], [m.x[0], m.x[open]]].sort((a, b) => (b[1] - b[0]) - (a[1] - a[0]))[0];
    if (to - from < 0.45 * unit * text.length) return '';
    return s('text', { class: 'pg-walk-small', x: (from + to) / 2, y: m.depth - 0.45 * unit, 'text-anchor': 'middle', text });
  }

  /** The open layer: its parts side by side in the order in which they run. */
  function opened(m, block, layer, context, facts) {
    const { unit } = m;
    const [x0, x1] = [m.x[layer], m.x[layer + 1]];
    const g = s('g', { 'data-layer': layer });
    const title = s('text', { class: 'pg-walk-title', x: x0 + 0.9 * unit, y: m.box.y + 1.2 * unit, text: `Layer ${layer}` });
    const top = m.tower.blocks.length - 1;
    if (top > 0) title.append(s('tspan', { class: 'pg-walk-small', dx: 0.6 * unit, text: `(of 0–${top})` }));
    g.append(title, s('text', { class: 'pg-walk-small', x: x1 - 0.9 * unit, y: m.box.y + 1.2 * unit, 'text-anchor': 'end', text: block.size }));
    const share = { attn: 1.6, cross: 1.6, mlp: 1 };
    const all = block.parts.reduce((sum, row) => sum + share[row.name], 0);
    const ends = [];
    block.parts.reduce((x, row) => { ends.push(x + ((x1 - x0 - 1 * unit) * share[row.name]) / all); return ends[ends.length - 1]; }, x0 + 0.5 * unit);
    block.parts.forEach((row, i) => {
      const from = i ? ends[i - 1] : x0 + 0.5 * unit;
      const own = { ...facts, part: (name) => block.parts.find((other) => other.name === name), sum: ends[ends.length - 1] - 1.2 * unit };
      g.append(row.name === 'mlp' ? feedForward(m, context, from, ends[i], own) : attention(m, context, row.name, from, ends[i], own));
    });
    return g;
  }

  /** Final norm, unembedding, and the first answers. */
  function wayOut(m, context, end, tower) {
    const { unit } = m;
    const g = s('g', {});
    const laneY = m.y.get(tower.pos);
    const x = m.end;
    const [y0, y1] = m.open ? [m.box.y + 2.4 * unit, m.depth - 1.6 * unit] : [m.box.y + 1.6 * unit, m.depth - 0.3 * unit];
    const answers = end.answers.slice(0, Math.max(1, Math.floor((y1 - y0) / (1.5 * unit))));
    const [trapX, barX] = [x + 2.2 * unit, x + 5 * unit];
    const last = m.thick(tower.blocks.length, tower.pos);
    g.append(s('line', { class: 'pg-walk-tail', x1: x, y1: laneY, x2: trapX, y2: laneY, 'stroke-width': last }));
    g.append(part(m, context, ['final-norm'], 'final norm', pill(x + 1.1 * unit, laneY, unit)) || '');
    const trap = s('path', { class: 'pg-walk-unembed', d: `M${trapX} ${laneY - unit}C${trapX + 2 * unit} ${laneY - unit} ${trapX + unit} ${y0} ${barX - 0.4 * unit} ${y0}L${barX - 0.4 * unit} ${y1}C${trapX + unit} ${y1} ${trapX + 2 * unit} ${laneY + unit} ${trapX} ${laneY + unit}Z` });
    g.append(part(m, context, ['logits'], `unembedding ${end.shape}: ${end.size}`, trap) || trap);
    const rest = Math.max(0, 1 - answers.reduce((sum, [, p]) => sum + p, 0));
    const listed = m.open ? [...answers, ['all others', rest]] : answers;
    const step = Math.min(3.4 * unit, (y1 - y0) / listed.length);
    const full = (m.tight ? 8.4 : 12.6) * unit;
    const rows = listed.map(([text, p], i) => {
      const y = y0 + ((y1 - y0) - step * listed.length) / 2 + i * step;
      return s('g', { class: i < answers.length ? null : 'pg-walk-others', title: `${text}: ${Playground.share(p)}` },
        s('rect', { class: 'pg-walk-answer-track', x: barX, y: y + 0.1 * step, width: full, height: 0.8 * step, rx: 4 }),
        s('rect', { class: 'pg-walk-answer', x: barX, y: y + 0.1 * step, width: Math.max(2, full * p), height: 0.8 * step, rx: 4 }),
        s('text', { class: 'pg-walk-word', x: barX + 0.5 * unit, y: y + step / 2 + 0.36 * unit, text: shorten(text, m.tight ? 6 : 12) }),
        s('text', { class: 'pg-walk-percent', x: barX + full - 0.5 * unit, y: y + step / 2 + 0.34 * unit, 'text-anchor': 'end', text: percent(p) }));
    });
    g.append(part(m, context, ['softmax'], 'probabilities', ...rows) || s('g', {}, ...rows));
    g.append(s('text', { class: 'pg-walk-title', x: barX, y: m.box.y + 1.2 * unit, text: end.title }));
    if (m.open) g.append(s('text', { class: 'pg-walk-small', x: barX + full, y: m.depth - 0.3 * unit, 'text-anchor': 'end', text: `unembedding ${end.shape}` }));
    return g;
  }

  /** The way back: what is written becomes part of the text, and the machine runs again. */
  function loop(m, context, picture, height) {
    const { unit } = m;
    const { end } = picture;
    const y = height - 0.9 * unit;
    const fromX = m.box.x + m.box.width - 5 * unit;
    const toX = m.box.x + 1.2 * unit;
    const tip = m.depth - 0.2 * unit;
    const r = 0.9 * unit;
    const way = s('path', { class: 'pg-walk-loop', d: `M${fromX} ${m.depth + 0.1 * unit}V${y - r}Q${fromX} ${y} ${fromX - r} ${y}H${toX + r}Q${toX} ${y} ${toX} ${y - r}V${tip}`, 'stroke-width': 0.32 * unit });
    const arrow = s('path', { class: 'pg-walk-loop-tip', d: `M${toX - 0.55 * unit} ${tip + 0.2 * unit}L${toX} ${tip - 0.7 * unit}L${toX + 0.55 * unit} ${tip + 0.2 * unit}Z` });
    const back = s('rect', { class: 'pg-walk-loop-room', x: toX - unit, y: y - 0.8 * unit, width: fromX - toX + 2 * unit, height: 1.6 * unit });
    const text = s('text', { class: 'pg-walk-small pg-walk-loop-said', x: (fromX + toX) / 2, y: y + 0.32 * unit, 'text-anchor': 'middle', text: end.around });
    return part(m, context, ['write'], 'write a token, go again', back, way, arrow, text);
  }

  /** From the end of the encoder to every cross-attention: keys and values for all layers of the decoder. */
  function crossing(from, to) {
    const { unit } = to;
    const y = to.box.y - 0.75 * unit;
    const lastX = from.end + 0.6 * unit;
    const laneY = from.open ? from.y.get(from.tower.pos) : (from.top + from.bottom) / 2; // of all its tokens
    const g = s('g', { class: 'pg-walk-bus' });
    for (const [role, dy] of [['key', -0.22], ['value', 0.22]]) {
      g.append(s('path', { fill: 'none', style: `stroke: var(--pg-${role})`, 'stroke-width': 0.36 * unit, d: `M${from.end} ${laneY + dy * unit}C${lastX + 1.6 * unit} ${laneY + dy * unit} ${lastX + 1.6 * unit} ${y + dy * unit} ${lastX - unit} ${y + dy * unit}L${to.start} ${y + dy * unit}` }));
    }
    if (!to.open) for (let i = 0; i < to.tower.blocks.length; i++) g.append(s('path', { style: 'stroke: var(--pg-value)', 'stroke-width': 0.2 * unit, fill: 'none', opacity: 0.7, d: `M${to.x[i] + (to.x[i + 1] - to.x[i]) * 0.3} ${y}V${to.top}` }));
    return { node: g, y, x: (wanted) => wanted };
  }

  /** The whole machine: one SVG of a size. */
  function draw(picture, width, total, unit, pick) {
    const height = total - LOOP * unit;
    const { towers } = picture;
    const two = towers.length > 1;
    const shares = two ? towers.map((_, i) => (i === picture.tower ? 0.69 : 0.31)) : [1];
    const gap = two ? 1.5 * unit : 0;
    // Which tokens of each tower the followed head looks at, from the chosen one.
    const looks = (weights, row) => (weights.length ? weights.subarray(row * weights.shape[1], (row + 1) * weights.shape[1]) : []);
    const chosen = towers[picture.tower].pos;
    const seen = towers.map((_, i) => (i === picture.tower ? looks(picture.weights, chosen) : looks(picture.cross, towers[picture.tower].pos)));
    let y = 0;
    const placed = towers.map((tower, i) => {
      const own = (height - gap) * shares[i];
      const m = measure(tower, i === picture.tower, { x: 0, y, width, height: own }, unit, i === towers.length - 1, picture.layer, seen[i], two);
      y += own + gap;
      return m;
    });
    const svg = s('svg', { class: 'pg-walk-svg', viewBox: `0 0 ${width} ${total}`, width, height: total, role: 'img', 'aria-label': 'The machine: every part can be chosen' });
    const bus = two ? crossing(placed[0], placed[1]) : null;
    placed.forEach((m, i) => {
      const active = i === picture.tower;
      const side = two && i === 0 ? 'encoder-' : '';
      const names = new Set(active ? picture.names.map((name) => (side ? name.replace(side, '') : name)) : []);
      const now = active ? picture.names[picture.at].replace(side || '\n', '') : '';
      const inner = /^(attn|cross|mlp)-/;
      const top = m.tower.blocks.length - 1;
      const context = {
        now, has: (name) => names.has(name),
        go: (name) => pick({ layer: inner.test(name) ? picture.layer : ABOVE.includes(name) ? top : 0, step: side + name }),
        open: (layer) => pick({ layer, step: side + (active && inner.test(now) ? now : 'first') }),
      };
      const layers = s('g', {});
      m.tower.blocks.forEach((block, layer) => { if (!(active && layer === picture.layer && block.parts.length)) layers.append(folded(m, block, layer, context)); });
      const open = active && m.tower.blocks[picture.layer] && m.tower.blocks[picture.layer].parts.length ? picture.layer : -1;
      if (open >= 0) svg.append(s('rect', { class: 'pg-walk-frame pg-walk-open', 'data-layer': open, x: m.x[open] + 1, y: m.box.y, width: m.x[open + 1] - m.x[open] - 2, height: m.box.height, rx: 9 })); // below the lines
      svg.append(layers, tokenLines(m, context, pick));
      if (open >= 0) {
        const facts = { weights: picture.weights, cross: picture.cross, bus, sourceShown: placed[0].shown, heads: picture.n_heads };
        svg.append(opened(m, m.tower.blocks[open], open, context, facts), barsSaid(m, open));
      }
      if (m.open) svg.append(entry(m, context, m.tower));
      if (i === placed.length - 1) {
        const last = active ? context : { ...context, has: (name) => name === 'logits' || name === 'softmax' || name === 'write', go: (name) => pick({ layer: top, step: name }) };
        svg.append(wayOut(m, last, picture.end, m.tower), loop(m, last, picture, total) || '');
      }
    });
    if (bus) svg.append(bus.node);
    return svg;
  }

  return { draw };
})();
