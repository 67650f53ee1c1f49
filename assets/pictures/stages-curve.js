/* The distribution that is cut, by rank: a staircase of probabilities, the sum above it, and the cuts of top-k and top-p as
 * lines that can be dragged. The axis of ranks is logarithmic, so that the first tokens are wide enough to be named and the
 * whole vocabulary is there. */
'use strict';

/**
 * @param {(change: {top_k?: number, top_p?: number}) => void} onCut a line was dragged
 */
Playground.stagesCurve = (onCut) => {
  const { el, setText } = Playground;
  const LOST_MS = 1500; // an answer that changes nothing is not drawn, so nobody waits for it for ever
  const MOST_K = 200; // as far as the control goes; further to the right it keeps all
  const svg = el('svg', { class: 'pg-cut-plot' });
  const handle = (name, label) => el('div', { class: `pg-cut-line pg-cut-${name}`, role: 'slider', tabindex: '0', 'aria-label': label }, el('span'));
  const lines = { k: handle('k', 'top_k'), p: handle('p', 'top_p') };
  const chart = el('div', { class: 'pg-cut-chart' }, svg, lines.p, lines.k);
  const rules = el('p', { class: 'pg-readout pg-cut-rules' });
  const root = el('div', { class: 'pg-cut' }, chart, rules);
  let picture = null;
  let size = { width: 0, height: 0, left: 34, right: 46, top: 6, bottom: 20 };
  let dragged = null; // {line, value} while a line follows the pointer
  let waiting = null;

  const count = () => picture.ranks[picture.ranks.length - 1];
  const across = (rank) => size.left + (size.width * Math.log(rank)) / Math.log(count() + 1);
  const highest = () => picture.curve[0] || 1;
  const upProbability = (p) => size.top + size.height * (1 - p / highest());
  const upSum = (p) => size.top + size.height * (1 - p);

  /** The staircase as an area, over the points that `wanted` names. */
  function area(wanted) {
    let d = '';
    const n = picture.ranks.length;
    for (let i = 0; i < n; i++) {
      if (!wanted(i)) continue;
      const [from, to] = [across(picture.ranks[i]), across(i + 1 < n ? picture.ranks[i + 1] : count() + 1)];
      d += `M${from.toFixed(1)} ${(size.top + size.height).toFixed(1)}V${upProbability(picture.curve[i]).toFixed(1)}H${Math.max(from + 0.5, to - 0.6).toFixed(1)}V${(size.top + size.height).toFixed(1)}Z`;
    }
    return d;
  }

  function sumLine() {
    let d = `M${across(1)} ${upSum(0)}`;
    const n = picture.ranks.length;
    for (let i = 0; i < n; i++) d += `V${upSum(Math.min(1, picture.cumulative[i])).toFixed(1)}H${across(i + 1 < n ? picture.ranks[i + 1] : count() + 1).toFixed(1)}`;
    return d;
  }

  const text = (x, y, said, anchor, kind) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    for (const [name, value] of Object.entries({ x, y, 'text-anchor': anchor, class: kind })) node.setAttribute(name, String(value));
    node.textContent = said;
    return node;
  };

  function ticks() {
    const unit = Playground.unit();
    const bottom = size.top + size.height;
    const ranks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20000, 100000].filter((r) => r <= count());
    let free = -Infinity; // ticks that would touch are left out
    const found = ranks.flatMap((r) => {
      const said = r.toLocaleString('en');
      const x = (across(r) + across(r + 1)) / 2;
      const half = (said.length * 0.58 * unit) / 2 + 3;
      if (x - half < free) return [];
      free = x + half;
      return [text(x, bottom + 1.3 * unit, said, 'middle', 'pg-cut-tick')];
    });
    for (const share of [0, 0.5, 1]) {
      found.push(text(size.left - 5, upProbability(share * highest()) + 4, Playground.percent(share * highest()), 'end', 'pg-cut-tick'));
      found.push(text(size.left + size.width + 5, upSum(share) + 4, `${100 * share} %`, 'start', 'pg-cut-tick pg-cut-sum'));
    }
    return found;
  }

  /** Names of the tokens whose step is wide enough, above it, or within it where it is high. */
  function names() {
    const unit = Playground.unit();
    return picture.curve_words.flatMap((word, i) => {
      const [from, to] = [across(i + 1), across(i + 2)];
      const room = Math.floor((to - from) / (0.62 * unit));
      if (room < 3 || !word) return [];
      const y = upProbability(picture.curve[i]);
      const inside = y < size.top + 1.4 * unit;
      return [text((from + to) / 2, inside ? size.top + size.height - 0.7 * unit : y - 4, Playground.shorten(word, room), 'middle', `pg-cut-name${inside ? ' pg-in' : ''}`)];
    });
  }

  /** Where a line stands: of what is dragged, else of the settings. */
  const valueOf = (line) => (dragged && dragged.line === line ? dragged.value : line === 'k' ? picture.top_k : picture.top_p);

  function placeLines() {
    const k = valueOf('k');
    const p = valueOf('p');
    lines.k.style.left = `${across(k ? Math.min(k, count()) + 1 : count() + 1)}px`;
    lines.k.style.top = `${size.top}px`;
    lines.k.style.height = `${size.height}px`;
    lines.p.style.top = `${upSum(p)}px`;
    lines.p.style.left = `${size.left}px`;
    lines.p.style.width = `${size.width}px`;
    const all = !k || k >= count(); // then there is no cut, only a line to take hold of
    setText(lines.k.firstChild, !k ? 'top-k: all' : all ? `top-k ${k}: all ${count()}` : `top-k ${k}`);
    setText(lines.p.firstChild, p < 1 ? `top-p ${Number(p.toFixed(2))}` : 'top-p: all');
    lines.k.classList.toggle('pg-idle', all);
    lines.p.classList.toggle('pg-idle', p >= 1);
    lines.k.classList.toggle('pg-flip', across((k || count()) + 1) > size.left + 0.8 * size.width);
    const bounds = { k: [0, MOST_K, k], p: [0.05, 1, p] };
    for (const [name, [low, high, value]] of Object.entries(bounds)) {
      lines[name].setAttribute('aria-valuemin', String(low));
      lines[name].setAttribute('aria-valuemax', String(high));
      lines[name].setAttribute('aria-valuenow', String(value));
      lines[name].hidden = !picture.draggable;
    }
  }

  /** One change at a time: the next one goes when the answer to the last has been drawn. */
  function send(line, value) {
    const change = line === 'k' ? { top_k: value } : { top_p: value };
    if (waiting && performance.now() - waiting.since < LOST_MS) waiting.next = change;
    else {
      waiting = { next: null, since: performance.now() };
      onCut(change);
    }
  }

  function moveTo(line, value) {
    const now = line === 'k' ? (value > MOST_K || value >= count() ? 0 : Math.max(1, value)) : Math.min(1, Math.max(0.05, Math.round(value * 100) / 100));
    if (dragged && dragged.line === line && dragged.value === now) return;
    dragged = { line, value: now };
    placeLines();
    if (now !== (line === 'k' ? picture.top_k : picture.top_p)) send(line, now);
  }

  for (const [name, line] of Object.entries(lines)) {
    line.addEventListener('pointerdown', (event) => { line.setPointerCapture(event.pointerId); event.preventDefault(); line.focus(); });
    line.addEventListener('pointermove', (event) => {
      if (!line.hasPointerCapture(event.pointerId)) return;
      const box = chart.getBoundingClientRect();
      if (name === 'k') moveTo('k', Math.round(Math.exp(((event.clientX - box.left - size.left) / size.width) * Math.log(count() + 1)) - 1));
      else moveTo('p', 1 - (event.clientY - box.top - size.top) / size.height);
    });
    line.addEventListener('pointerup', () => { if (!waiting) dragged = null; });
    line.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!step) return;
      if (name === 'k') moveTo('k', valueOf('k') ? valueOf('k') + step : step < 0 ? Math.min(MOST_K, count() - 1) : MOST_K + 1);
      else moveTo('p', valueOf('p') + 0.01 * step);
      event.preventDefault();
    });
  }

  /** Both wordings of top-p, side by side. */
  function sayRules() {
    const { cut } = picture;
    if (!picture.draggable) setText(rules, 'Sampling is off: no cut changes what greedy takes.');
    else if (!cut) setText(rules, 'top-p keeps all: drag the horizontal line down. Drag the vertical one for top-k.');
    else {
      const tokens = (n) => `${n.toLocaleString('en')} token${n === 1 ? '' : 's'}`;
      const same = cut.n_reaching === cut.n_within;
      setText(rules, `Runs here: the fewest that reach ${Number(picture.top_p.toFixed(2))} · ${tokens(cut.n_reaching)}, ${Playground.percent(cut.reached)}, the last “${Playground.shorten(cut.boundary, 16)}”  |  Read as “not more than ${Number(picture.top_p.toFixed(2))}”: ${cut.n_within ? `${tokens(cut.n_within)}, ${Playground.percent(cut.within)}` : 'nothing would be left'}${same ? ' (the same)' : ''}`);
    }
  }

  function arrange(width, height) {
    const unit = Playground.unit();
    size = { left: 3.6 * unit, right: 4.2 * unit, top: 2.2 * unit, bottom: 1.8 * unit, width: 0, height: 0 };
    size.width = Math.max(80, width - size.left - size.right);
    size.height = Math.max(40, height - size.top - size.bottom);
    svg.setAttribute('width', String(width));
    svg.setAttribute('height', String(height));
    chart.style.height = `${height}px`;
    svg.replaceChildren(
      el('path', { class: 'pg-cut-gone', d: area((i) => !picture.curve_kept[i]) }),
      el('path', { class: 'pg-cut-kept', d: area((i) => Boolean(picture.curve_kept[i])) }),
      el('path', { class: 'pg-cut-cumulative', d: sumLine() }),
      ...ticks(), ...names(),
    );
    placeLines();
    sayRules();
  }

  return {
    root,
    draw(next, width, height) {
      picture = next;
      const more = waiting && waiting.next;
      waiting = null;
      if (dragged && !more && !Object.values(lines).some((line) => line.matches(':active'))) dragged = null;
      arrange(width, height);
      if (more) {
        waiting = { next: null, since: performance.now() };
        onCut(more);
      }
    },
  };
};
