/* The step that a walk stands at: what comes in, the formula with this token's numbers, what goes out, and its check. */
'use strict';

Playground.walkStep = (() => {
  const { el, sig, shorten, percent, svg: s } = Playground;
  const FIRST = 16; // numbers that are written out below a strip

  /** A vector as a strip of heat: blue negative, vermilion positive; gaps between heads, the followed one outlined. */
  function strip(vector, width, unit, tall, say) {
    const { values, groups } = vector;
    const n = values.length;
    let largest = 1e-12;
    let square = 0;
    for (const value of values) { largest = Math.max(largest, Math.abs(value)); square += value * value; }
    const canvas = el('canvas', { class: 'pg-walk-heat' });
    const height = Math.round((tall ? 2.6 : 1.75) * unit);
    const gap = groups > 1 ? 3 : 0;
    const paint = () => {
      const context = Playground.sharpen(canvas, width, height);
      const stops = Playground.stops('signed');
      const size = (width - gap * (groups - 1)) / n;
      const columns = Math.min(n, Math.ceil(width)); // below a pixel each, a column shows the largest of its numbers
      for (let i = 0; i < columns; i++) {
        const [from, to] = [Math.floor((i * n) / columns), Math.max(Math.floor((i * n) / columns) + 1, Math.floor(((i + 1) * n) / columns))];
        let value = values[from];
        for (let k = from; k < to; k++) if (Math.abs(values[k]) > Math.abs(value)) value = values[k];
        context.fillStyle = stops[Math.round(((value / largest + 1) / 2) * (stops.length - 1))];
        const group = Math.floor((from * groups) / n);
        context.fillRect(from * size + group * gap, 0, (to - from) * size + 0.5, height);
      }
      if (vector.chosen !== null && groups > 1) {
        context.strokeStyle = Playground.colour('chosen');
        context.lineWidth = 2.5;
        const slice = (n / groups) * size;
        context.strokeRect(vector.chosen * (slice + gap) + 1, 1, slice - 1, height - 2);
      }
    };
    paint();
    canvas.addEventListener('pointermove', (event) => {
      const box = canvas.getBoundingClientRect();
      const at = Math.max(0, Math.min(n - 1, Math.floor(((event.clientX - box.left) / box.width) * n)));
      say(`${vector.name}[${at}] = ${Number(values[at].toPrecision(7))}`);
    });
    canvas.addEventListener('pointerleave', () => say(''));
    return el('div', { class: 'pg-walk-strip' },
      el('div', { class: 'pg-walk-strip-head' }, el('b', { style: `color: var(--pg-${vector.role === 'residual' || vector.role === 'special' ? 'text' : vector.role})`, text: vector.name }),
        el('span', { title: `the darkest colour stands for ±${sig(largest)}`, text: `${n.toLocaleString('en')} numbers, length ${sig(Math.sqrt(square))}` })), canvas, tall ? firstNumbers(vector, largest, width, unit) : null);
  }

  /** The first numbers of a vector, or of the slice that is followed, as figures. */
  function firstNumbers(vector, largest, width, unit) {
    const { values, groups } = vector;
    const from = groups > 1 && vector.chosen !== null ? (vector.chosen * values.length) / groups : 0;
    const count = Math.min(values.length, FIRST, Math.max(3, Math.floor(width / (5.2 * unit)) - 2));
    const figures = Array.from(values.subarray(from, from + count), (value, i) => {
      const cell = el('span', { class: value < 0 ? 'pg-walk-low' : null, title: `${vector.name}[${from + i}] = ${Number(value.toPrecision(7))}`, text: sig(value) });
      cell.style.setProperty('--a', String((0.55 * Math.abs(value)) / largest));
      return cell;
    });
    const rest = values.length - count;
    return el('div', { class: 'pg-walk-first' }, ...figures, rest > 0 ? el('i', { text: `… ${rest.toLocaleString('en')} more` }) : null);
  }

  /** Numbers for each token: one row for each stage of the computation. */
  function cells(found) {
    const { rows, tokens, values } = found;
    const n = tokens.length;
    const head = el('tr', {}, el('th', {}), ...tokens.map((text, i) => el('th', { scope: 'col', title: `token ${i}: ${text}`, dir: 'auto', text: shorten(text, 9) })));
    const lines = rows.map((name, r) => {
      const own = Array.from(values.subarray(r * n, (r + 1) * n));
      const largest = Math.max(1e-12, ...own.filter(Number.isFinite).map(Math.abs));
      const share = found.shares.includes(r);
      return el('tr', { class: share ? 'pg-walk-share' : null }, el('th', { scope: 'row', text: name }), ...own.map((value) => {
        const off = !Number.isFinite(value);
        const cell = el('td', { title: off ? 'masked' : String(Number(value.toPrecision(7))), class: off ? 'pg-walk-masked' : value < 0 ? 'pg-walk-low' : null, text: off ? '−∞' : share ? percent(value) : sig(value) });
        if (share) Playground.tint(cell, value);
        else cell.style.setProperty('--a', String(off ? 0 : (0.55 * Math.abs(value)) / largest));
        return cell;
      }));
    });
    return el('div', { class: 'pg-frame-scroll' }, el('table', { class: 'pg-walk-cells' }, el('thead', {}, head), el('tbody', {}, ...lines)));
  }

  /** Activations as curves, the token's own numbers as points on the model's. */
  function curves(found, before, after, width, unit) {
    const height = Math.round(9 * unit);
    const { x, y } = found;
    const n = x.length;
    const points = found.own === null ? y : y.subarray(found.own * n, (found.own + 1) * n);
    let [low, high] = [0, 1];
    for (const value of points) { low = Math.min(low, value); high = Math.max(high, value); }
    const [px, py] = [(v) => ((v - x[0]) / (x[n - 1] - x[0])) * width, (v) => height - 4 - ((v - low) / (high - low)) * (height - 10)];
    const svg = s('svg', { class: 'pg-walk-curves', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': 'activation functions' });
    svg.append(s('path', { class: 'pg-walk-axis', d: `M0 ${py(0)}H${width}M${px(0)} 0V${height}` }));
    const line = (r) => Array.from({ length: n }, (_, i) => `${i ? 'L' : 'M'}${px(x[i]).toFixed(1)} ${Math.max(-50, py(y[r * n + i])).toFixed(1)}`).join('');
    found.names.forEach((name, r) => svg.append(s('path', { class: r === found.own ? 'pg-walk-curve pg-walk-own' : 'pg-walk-curve', d: line(r), title: name })));
    let dots = '';
    for (let i = 0; i < before.length; i++) dots += `M${px(before[i]).toFixed(1)} ${py(after[i]).toFixed(1)}h0`;
    svg.append(s('path', { class: 'pg-walk-dots', d: dots }));
    const names = el('div', { class: 'pg-walk-keys' }, ...found.names.map((name, r) => el('span', { class: r === found.own ? 'pg-walk-own' : null, text: name })),
      el('span', { text: `${before.length.toLocaleString('en')} points: this token's own numbers` }));
    return el('div', {}, svg, names);
  }

  /** All logits as one sorted curve, and the first of the vocabulary by name. */
  function ranking(found, width, unit) {
    const height = Math.round(5.4 * unit);
    const { ranks, curve, logits, probs } = found;
    const [low, high] = [curve[curve.length - 1], curve[0]];
    const px = (rank) => (Math.log(rank) / Math.log(Math.max(2, found.total))) * (width - 4) + 2;
    const py = (value) => 3 + ((high - value) / Math.max(1e-9, high - low)) * (height - 6);
    let d = `M${px(1)} ${height}`;
    for (let i = 0; i < ranks.length; i++) d += `L${px(ranks[i]).toFixed(1)} ${py(curve[i]).toFixed(1)}`;
    const svg = s('svg', { class: 'pg-walk-curves', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': 'all logits, sorted' });
    svg.append(s('path', { class: 'pg-walk-area', d: `${d}L${width - 2} ${height}Z` }));
    const list = el('ol', { class: 'pg-walk-ranking' }, ...found.texts.map((text, i) => el('li', { title: `logit ${logits[i]}, ${Playground.share(probs[i])}` },
      el('span', { class: 'pg-walk-fill', style: `width: ${(100 * probs[i]) / probs[0]}%` }), el('span', { class: 'pg-walk-entry', dir: 'auto', text: shorten(text, 14) }),
      el('span', { text: sig(logits[i]) }), el('b', { text: percent(probs[i]) }))));
    return el('div', {}, el('div', { class: 'pg-walk-strip-head' }, el('b', { text: 'all logits, sorted' }), el('span', { text: `${found.total.toLocaleString('en')} entries, rank 1 to ${found.total.toLocaleString('en')} on a logarithmic axis, ${sig(high)} down to ${sig(low)}` })), svg, list);
  }

  /** The tokens of a text; `mask`: what a click on one does, where one can be masked. */
  function chips(step, act) {
    const { onward } = step;
    const can = Boolean(onward && onward.mask);
    const row = el('div', { class: 'pg-walk-chips', dir: 'auto' }, ...step.chips.map((chip, pos) => {
      const free = can && chip.span && chip.role !== 'mask';
      const own = el(free ? 'button' : 'span', { type: free ? 'button' : null, class: `pg-walk-chip pg-walk-chip-${chip.role}`, 'data-pos': pos, title: free ? `Put ${onward.mask} in the place of “${chip.text}”` : `token ${pos}: number ${chip.token_id} of the vocabulary` },
        el('b', { dir: 'auto', text: shorten(chip.text, 20) }), el('small', { text: String(chip.token_id) }));
      if (free) own.addEventListener('click', () => act.mask(chip, pos));
      return own;
    }));
    return el('div', { class: 'pg-walk-group' }, row);
  }

  /** The button that goes round again, and all that is written by then. */
  function around(onward, act) {
    const again = el('button', { type: 'button', class: 'pg-walk-again', text: onward.label });
    again.addEventListener('click', act.onward);
    return el('div', { class: 'pg-walk-around' }, onward.label ? again : null,
      onward.written ? el('p', { class: 'pg-walk-written' }, el('span', { text: onward.label ? 'with it, the text is: ' : 'as text: ' }), el('q', { dir: 'auto', text: onward.written })) : null);
  }

  /** What a step is told in. */
  function words(step, act) {
    const there = step.elsewhere ? el('button', { type: 'button', class: 'pg-walk-elsewhere', text: 'All tokens at once, on the tab Attention ›' }) : null;
    if (there) there.addEventListener('click', () => act.elsewhere(step.elsewhere));
    return el('div', { class: 'pg-walk-words' },
      el('h4', { text: step.title }), el('p', { class: 'pg-walk-sentence', text: step.sentence }),
      step.onward ? around(step.onward, act) : null,
      step.formula ? el('p', { class: 'pg-walk-formula' }, el('span', { text: step.formula }), step.numbers ? el('span', { class: 'pg-walk-numbers', text: step.numbers }) : null) : null,
      el('p', { class: step.exact ? 'pg-walk-check pg-exact' : 'pg-walk-check', 'data-step': step.name, text: step.check }), there);
  }

  /** Everything about a step, for a place of a width; `act`: {say, onward, mask, elsewhere}, what its parts do. */
  function draw(step, width, unit, act) {
    const narrow = width < 60 * unit;
    const wordsWidth = narrow ? width : Math.round(width * 0.31);
    const dataWidth = narrow ? width : width - wordsWidth - 2.4 * unit;
    const strips = step.incoming.length + step.outgoing.length;
    const many = strips > 4 || Boolean(step.cells && step.incoming.length > 1);
    const tall = strips < 4 && !step.curves && !step.cells;
    const group = (title, own) => {
      if (!own.length) return null;
      const across = !many || narrow ? 1 : own.length % 3 ? Math.min(2, own.length) : 3;
      const each = Math.floor((dataWidth - (across - 1) * 1.4 * unit) / across);
      return el('div', { class: 'pg-walk-group' }, el('h5', { text: title }), el('div', { class: 'pg-walk-side', style: `--across: ${across}` }, ...own.map((vector) => strip(vector, each, unit, tall, act.say))));
    };
    const data = el('div', { class: 'pg-walk-data' }, step.chips.length ? chips(step, act) : null, group('comes in', step.incoming));
    if (step.cells) data.append(cells(step.cells));
    if (step.curves) data.append(curves(step.curves, step.incoming[0].values, step.outgoing[0].values, dataWidth, unit));
    const out = group('goes out', step.outgoing);
    if (out) data.append(out);
    if (step.ranking) data.append(ranking(step.ranking, dataWidth, unit));
    return el('div', { class: narrow ? 'pg-walk-step pg-narrow' : 'pg-walk-step', style: `--words: ${wordsWidth}px` }, words(step, act), data);
  }

  return { draw };
})();
