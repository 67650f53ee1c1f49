/* A vector through a norm: one row for each stage, each number in a column of its own. */
'use strict';

/**
 * @typedef {{title: string, sign: string, values: number[], line: number?, band: number?, words: string}} NormStage
 * @typedef {Object} NormedPicture playground/views/pictures/by_hand.py
 * @property {NormStage[]} stages
 * @property {number} entry the chosen number
 * @property {string[]} formula how it comes out
 */

Playground.kinds.normed = (host, panel) => {
  const { el, svg, brief, setText } = Playground;
  const scroll = el('div', { class: 'pg-frame-scroll', tabindex: '0', role: 'region', 'aria-label': 'The norm, stage by stage' });
  const formula = el('div', { class: 'pg-normed-formula' });
  host.replaceChildren(scroll, formula);
  let picture = null;

  /** Lowest and highest number of some stages, nought included. */
  function range(stages) {
    const all = stages.flatMap((stage) => [...stage.values, stage.line || 0, stage.band || 0, -(stage.band || 0)]);
    const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
    return high > low ? [low, high] : [-1, 1];
  }

  function row(stage, [low, high], top, size, unit) {
    const { label, column, width } = size;
    const narrow = label === 0; // then the words stand above the numbers, not beside them
    const [first, last] = [top + (narrow ? 4.9 : 1.9) * unit, top + size.row - 1.7 * unit]; // room for a number above and below
    const py = (value) => last - ((value - low) / (high - low)) * (last - first);
    const group = svg('g', {}, svg('path', { class: 'pg-normed-rule', d: `M0 ${top}H${width}` }),
      svg('text', { class: 'pg-normed-title', x: 0, y: top + 1.6 * unit, text: stage.title }),
      svg('text', { class: 'pg-normed-sign', x: narrow ? panel.room.width : 0, y: top + (narrow ? 1.6 : 3.3) * unit, 'text-anchor': narrow ? 'end' : null, text: stage.sign }));
    if (stage.words) group.append(svg('text', { class: 'pg-normed-words', x: 0, y: top + (narrow ? 3.1 : 5) * unit, text: stage.words }));
    if (stage.band !== null) group.append(svg('rect', { class: 'pg-normed-band', x: label, y: py(stage.band), width: width - label, height: py(-stage.band) - py(stage.band) }));
    group.append(svg('path', { class: 'pg-normed-zero', d: `M${label} ${py(0)}H${width}` }));
    if (stage.line !== null) group.append(svg('path', { class: 'pg-normed-line', d: `M${label} ${py(stage.line)}H${width}` }));
    stage.values.forEach((value, i) => {
      const x = label + (i + 0.5) * column;
      const role = value < 0 ? 'query' : 'key';
      const above = value >= 0;
      group.append(svg('path', { class: 'pg-normed-stem', style: `stroke: var(--pg-${role})`, d: `M${x} ${py(0)}V${py(value)}` }),
        svg('circle', { class: 'pg-normed-dot', style: `fill: var(--pg-${role})`, cx: x, cy: py(value), r: 0.42 * unit }),
        svg('text', { class: `pg-normed-number${i === picture.entry ? ' pg-on' : ''}`, x, y: py(value) + (above ? -1.05 : 1.15) * unit, text: brief(value), title: String(value) }));
    });
    return group;
  }

  /** A column that can be chosen, behind all of its numbers. */
  function pillar(i, x, width, height) {
    const on = i === picture.entry;
    const box = svg('rect', { class: `pg-normed-column${on ? ' pg-on' : ''}`, x, y: 0, width, height, rx: 6, tabindex: '0', role: 'button', 'aria-pressed': String(on), 'aria-label': `number ${i + 1}`, 'data-entry': i });
    const choose = () => panel.pick({ entry: i });
    box.addEventListener('click', choose);
    box.addEventListener('keydown', (event) => {
      const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Enter: i, ' ': i }[event.key];
      if (to === undefined || to < 0 || to >= picture.stages[0].values.length) return;
      event.preventDefault();
      panel.pick({ entry: to });
    });
    return box;
  }

  function arrange() {
    const focused = host.contains(document.activeElement) && document.activeElement.dataset.entry !== undefined;
    const unit = Playground.unit();
    picture.formula.forEach((line, i) => {
      if (!formula.children[i]) formula.append(el('p'));
      setText(formula.children[i], line);
    });
    while (formula.children.length > picture.formula.length) formula.lastChild.remove();
    const { stages } = picture;
    const n = stages[0].values.length;
    const narrow = panel.room.width < 52 * unit;
    const label = narrow ? 0 : 17 * unit;
    const width = Math.max(panel.room.width, label + n * (narrow ? 3.4 : 4.4) * unit);
    const height = Math.max(panel.room.height - formula.offsetHeight - 0.8 * unit, stages.length * (narrow ? 10.4 : 7.2) * unit);
    const size = { label, width, column: (width - label) / n, row: height / stages.length };
    const [plain, scaled] = [range(stages.slice(0, 2)), range(stages.slice(2))];
    scroll.replaceChildren(svg('svg', { class: 'pg-normed', viewBox: `0 0 ${width} ${height}`, width, height, role: 'group', 'aria-label': stages.map((stage) => stage.title).join(', then ') },
      ...stages[0].values.map((_, i) => pillar(i, label + i * size.column, size.column, height)),
      svg('g', { class: 'pg-normed-rows' }, ...stages.map((stage, r) => row(stage, r < 2 ? plain : scaled, r * size.row, size, unit)))));
    if (focused) scroll.querySelector(`[data-entry="${picture.entry}"]`).focus({ preventScroll: true });
  }

  return { draw(next) { picture = next; arrange(); }, resize: arrange };
};
