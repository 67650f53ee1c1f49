/* Histograms on one scale, with a mark where one of all stands. */
'use strict';

/**
 * @typedef {{title: string, counts: number[], mean: number, mark: number, mark_label: string, on: boolean}} SpreadRow
 * @typedef {Object} SpreadPicture playground/views/pictures/spread.py
 * @property {SpreadRow[]} rows
 * @property {number} low
 * @property {number} high
 * @property {string} unit
 */

Playground.kinds.spread = (host, panel) => {
  const { el, svg, sig, brief } = Playground;
  const three = (x) => x.toFixed(3).replace('-', '−');
  const stage = el('div', { class: 'pg-spread' });
  host.replaceChildren(stage);
  let picture = null;

  function rowOf(row, top, width, height, side) {
    const across = (value) => side + ((value - picture.low) / (picture.high - picture.low)) * (width - side - 8);
    const most = Math.max(1, ...row.counts);
    const step = (width - side - 8) / row.counts.length;
    const unit = Playground.unit();
    const base = top + height;
    const room = height - 1.6 * unit;
    const bars = row.counts.map((count, i) => svg('rect', {
      x: side + i * step, y: base - (count / most) * room, width: Math.max(0.5, step - 0.6), height: (count / most) * room, class: 'pg-spread-bar',
      title: `${count} pairs from ${sig(picture.low + (i / row.counts.length) * (picture.high - picture.low))} to ${sig(picture.low + ((i + 1) / row.counts.length) * (picture.high - picture.low))}`,
    }));
    const words = row.title.split(', ').map((part, i) => svg('text', { x: 0, y: base - room / 2 + (i - 0.3) * 1.35 * unit, class: i ? 'pg-faint' : '', text: part }));
    const at = across(row.mark);
    const [meanText, meanAt] = [`mean ${three(row.mean)}`, across(row.mean)];
    const [markX, meanX] = beside([at, 0.62 * unit * row.mark_label.length], [meanAt, 0.56 * unit * meanText.length], side, width);
    const above = base - room - 0.45 * unit;
    return svg('g', { class: `pg-spread-row${row.on ? ' pg-on' : ''}` }, ...words, ...bars,
      svg('line', { x1: side, x2: width - 8, y1: base, y2: base, class: 'pg-spread-base' }),
      svg('line', { x1: meanAt, x2: meanAt, y1: base - room - 3, y2: base, class: 'pg-spread-mean', title: meanText }),
      svg('text', { x: meanX, y: above, 'text-anchor': 'middle', class: 'pg-faint', text: meanText }),
      svg('line', { x1: at, x2: at, y1: base - room - 3, y2: base + 3, class: 'pg-spread-mark' }),
      svg('text', { x: markX, y: above, 'text-anchor': 'middle', class: 'pg-spread-name', text: row.mark_label }));
  }

  /** Middles of two names on one line, each over its place where there is room, else side by side around both. */
  function beside(first, second, low, high) {
    const inside = (x, wide) => Math.max(low + wide / 2, Math.min(high - wide / 2, x));
    const middles = [first, second].map(([x, wide]) => inside(x, wide));
    const apart = (first[1] + second[1]) / 2 + 10;
    if (Math.abs(middles[0] - middles[1]) >= apart) return middles;
    const [left, right] = first[0] <= second[0] ? [0, 1] : [1, 0];
    const wide = [first[1], second[1]];
    const begin = Math.max(low, Math.min(high - first[1] - second[1] - 10, (first[0] + second[0]) / 2 - 5 - wide[left]));
    middles[left] = begin + wide[left] / 2;
    middles[right] = begin + wide[left] + 10 + wide[right] / 2;
    return middles;
  }

  function paint() {
    const unit = Playground.unit();
    const width = Math.max(200, panel.room.width);
    const side = Math.min(13 * unit, width * 0.3);
    const each = Math.max(4.2 * unit, (panel.room.height - 2.4 * unit) / picture.rows.length - 0.6 * unit);
    const height = picture.rows.length * (each + 0.6 * unit) + 2.2 * unit;
    const rows = picture.rows.map((row, i) => rowOf(row, i * (each + 0.6 * unit), width, each, side));
    const ticks = [];
    const step = [0.1, 0.2, 0.5, 1].find((x) => ((picture.high - picture.low) / x) * 3.6 * unit < width - side) || 1;
    for (let value = Math.ceil(picture.low / step - 1e-9) * step; value <= picture.high + 1e-9; value += step) {
      const x = side + ((value - picture.low) / (picture.high - picture.low)) * (width - side - 8);
      ticks.push(svg('text', { x: Math.min(x, width - unit), y: height - 0.7 * unit, 'text-anchor': 'middle', class: 'pg-faint', text: brief(Math.round(value * 100) / 100) }));
    }
    ticks.push(svg('text', { x: 0, y: height - 0.7 * unit, class: 'pg-faint', text: picture.unit }));
    stage.replaceChildren(svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, 'font-size': unit }, ...rows, ...ticks));
  }

  return {
    draw(next) { picture = next; paint(); },
    resize() { if (picture) paint(); },
  };
};
