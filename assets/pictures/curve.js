/* Shares over points in a row: one line for each label, or dots with their mean and band where the points have no order. */
'use strict';

/**
 * @typedef {{label: string, values: Float32Array, mean: number?, low: number, high: number}} CurveLine
 * @typedef {Object} CurvePicture playground/views/pictures/shots.py
 * @property {[string, string][]} choices
 * @property {string} choice
 * @property {string} choice_key
 * @property {string[]} points
 * @property {string} across
 * @property {CurveLine[]} lines
 * @property {(number?)[]} told
 * @property {boolean} joined
 * @property {number?} chosen
 * @property {string} key
 * @property {number} chance
 * @property {string} hint
 */

Playground.kinds.curve = (host, panel) => {
  const { el, svg, setText, percent } = Playground;
  const choose = el('div', { class: 'pg-curve-choices', role: 'group', 'aria-label': 'The curve goes over' });
  const chart = svg('svg', { class: 'pg-curve', role: 'img', tabindex: '0' });
  const hint = el('p', { class: 'pg-curve-hint' });
  const readout = el('p', { class: 'pg-readout' });
  host.replaceChildren(choose, chart, hint, readout);
  let picture = null;

  const round = (x) => x.toFixed(1);

  function drawChoices() {
    choose.hidden = picture.choices.length < 2;
    if (choose.children.length !== picture.choices.length) {
      choose.replaceChildren(...picture.choices.map(([id, title]) => el('button', { type: 'button', 'data-id': id, text: title })));
    }
    choose.dataset.key = picture.choice_key;
    for (const node of choose.children) node.setAttribute('aria-pressed', String(node.dataset.id === picture.choice));
  }

  /** Where everything stands, in pixels: as much as the room allows. */
  function layout() {
    const unit = Playground.unit();
    const width = Math.max(240, panel.room.width);
    chart.setAttribute('height', 0); // what stands beside it may be taller than its share: then there is more room
    const room = Math.max(panel.room.height, host.clientHeight) - 6.2 * unit;
    const height = Math.max(15 * unit, Math.min(room, 0.8 * width + 4 * unit));
    const letters = width < 36 * unit ? 9 : 14; // of a label at the end of its line
    const longest = Math.max(...picture.lines.map(({ label }) => Math.min(letters, Array.from(label).length)), 4);
    const box = { left: 4 * unit, right: width - Math.min(0.5 * width, (longest + 8) * 0.6 * 1.15 * unit + 1.8 * unit), top: 1.2 * unit, bottom: height - 3.6 * unit };
    const n = picture.points.length;
    const pad = Math.min(2 * unit, (box.right - box.left) / (2 * Math.max(1, n)));
    const x = (i) => (n === 1 ? (box.left + box.right) / 2 : box.left + pad + (i / (n - 1)) * (box.right - box.left - 2 * pad));
    const y = (share) => box.bottom - share * (box.bottom - box.top);
    return { unit, width, height, box, letters, x, y, n };
  }

  function axes({ unit, box, x, y, n }) {
    const made = [];
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      made.push(svg('line', { class: 'pg-curve-grid', x1: box.left, x2: box.right, y1: round(y(share)), y2: round(y(share)) }));
      made.push(svg('text', { class: 'pg-curve-tick', x: round(box.left - 0.6 * unit), y: round(y(share) + 0.36 * unit), 'text-anchor': 'end', text: `${100 * share} %` }));
    }
    const guess = y(picture.chance);
    made.push(svg('line', { class: 'pg-curve-chance', x1: box.left, x2: box.right, y1: round(guess), y2: round(guess) }));
    made.push(svg('text', { class: 'pg-curve-tick', x: round(box.right - 0.4 * unit), y: round(guess - 0.4 * unit), 'text-anchor': 'end', text: 'guessing' }));
    if (picture.joined) {
      const each = (box.right - box.left) / Math.max(1, n);
      const step = Math.max(1, Math.ceil((2 * unit) / each));
      picture.points.forEach((name, i) => {
        if (i % step === 0 || i === n - 1) made.push(svg('text', { class: `pg-curve-tick${i === picture.chosen ? ' pg-on' : ''}`, x: round(x(i)), y: round(box.bottom + 1.5 * unit), 'text-anchor': 'middle', text: name }));
      });
    }
    made.push(svg('text', { class: 'pg-curve-title', x: round((box.left + box.right) / 2), y: round(box.bottom + (picture.joined ? 3 : 1.8) * unit), 'text-anchor': 'middle', text: picture.across }));
    return made;
  }

  /** Labels stand at the ends of their lines, none on another. */
  function ends({ unit, box, letters, y, n }) {
    const gap = 1.45 * unit;
    const each = picture.lines.map((line, i) => ({ line, i, share: line.mean === null ? line.values[n - 1] : line.mean })).sort((a, b) => b.share - a.share);
    let last = -Infinity;
    each.forEach((end) => { end.y = last = Math.max(y(end.share), last + gap); });
    const over = last - (box.bottom + 0.3 * unit);
    if (over > 0) {
      let next = box.bottom + 0.3 * unit + gap;
      for (const end of each.slice().reverse()) end.y = next = Math.min(end.y, next - gap);
    }
    return each.map(({ line, i, share, y: at }) => svg('text', { class: `pg-curve-end pg-nth-${i}`, x: round(box.right + 0.7 * unit), y: round(at + 0.4 * unit) },
      svg('tspan', { text: Playground.shorten(line.label, letters) }), svg('tspan', { class: 'pg-curve-value', dx: round(0.6 * unit), text: percent(share) })));
  }

  function lineOf({ unit, box, x, y }, line, i) {
    const made = [];
    if (line.mean !== null) {
      made.push(svg('rect', { class: `pg-curve-band pg-nth-${i}`, x: box.left, width: round(box.right - box.left), y: round(y(line.high)), height: round(Math.max(1, y(line.low) - y(line.high))) }));
      made.push(svg('line', { class: `pg-curve-mean pg-nth-${i}`, x1: box.left, x2: box.right, y1: round(y(line.mean)), y2: round(y(line.mean)) }));
    }
    const points = Array.from(line.values, (share, k) => [x(k), y(share)]);
    if (picture.joined && points.length > 1) made.push(svg('path', { class: `pg-curve-line pg-nth-${i}`, d: `M${points.map(([a, b]) => `${round(a)},${round(b)}`).join('L')}` }));
    points.forEach(([a, b], k) => {
      made.push(svg('circle', { class: `pg-curve-dot pg-nth-${i}${k === picture.chosen ? ' pg-on' : ''}`, cx: round(a), cy: round(b), r: round((k === picture.chosen ? 0.62 : 0.42) * unit) }));
      if (picture.joined && picture.told[k] === i) made.push(svg('circle', { class: 'pg-curve-told', cx: round(a), cy: round(b), r: round(0.88 * unit) }));
    });
    return made;
  }

  const saysOf = (k) => `${picture.points[k]}${picture.joined ? ` ${picture.across}` : ''}: ${picture.lines.map(({ label, values }) => `${label} ${percent(values[k])}`).join(', ')}`;

  /** What can be pointed at and clicked: a column for each point. */
  function columns({ box, x, n }) {
    const half = n > 1 ? (x(1) - x(0)) / 2 : (box.right - box.left) / 2;
    return picture.points.map((_, k) => {
      const [from, to] = [Math.max(box.left, x(k) - half), Math.min(box.right, x(k) + half)];
      return svg('rect', {
        class: `pg-curve-column${picture.key ? ' pg-pickable' : ''}${k === picture.chosen ? ' pg-on' : ''}`, 'data-k': k,
        x: round(from), width: round(to - from), y: round(box.top), height: round(box.bottom - box.top), title: saysOf(k),
      });
    });
  }

  function arrange() {
    const empty = picture.points.length === 0;
    hint.hidden = !empty;
    setText(hint, picture.hint);
    chart.toggleAttribute('hidden', empty);
    setText(readout, empty || picture.chosen === null ? '' : saysOf(picture.chosen));
    if (empty) return;
    const at = layout();
    chart.setAttribute('width', round(at.width));
    chart.setAttribute('height', round(at.height));
    chart.setAttribute('aria-label', picture.points.map((_, k) => saysOf(k)).join('; '));
    chart.replaceChildren(...columns(at), ...axes(at), ...picture.lines.flatMap((line, i) => lineOf(at, line, i)), ...ends(at));
  }

  const pointOf = (event) => {
    const node = event.target.closest('[data-k]');
    return node ? Number(node.dataset.k) : null;
  };
  choose.addEventListener('click', (event) => {
    const node = event.target.closest('button');
    if (node) panel.pick({ [choose.dataset.key]: node.dataset.id, n: -1 });
  });
  chart.addEventListener('pointerover', (event) => { const k = pointOf(event); if (k !== null) setText(readout, saysOf(k)); });
  chart.addEventListener('pointerleave', () => setText(readout, picture.chosen === null ? '' : saysOf(picture.chosen)));
  chart.addEventListener('click', (event) => { const k = pointOf(event); if (k !== null && picture.key) panel.pick({ [picture.key]: k }); });
  chart.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !picture.key || picture.chosen === null) return;
    const k = picture.chosen + step;
    if (k >= 0 && k < picture.points.length) panel.pick({ [picture.key]: k });
    event.preventDefault();
  });

  return {
    draw(next) {
      picture = next;
      drawChoices();
      arrange();
    },
    resize: arrange,
    image: () => Playground.svgImage(chart),
  };
};
