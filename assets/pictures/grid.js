/* Heat maps on one scale of colours: exact numbers under the pointer, and a click for each cell. */
'use strict';

/**
 * @typedef {{title: string, names: string[], key: string, values: (number|string)[]}} GridAxis
 * @typedef {{title: string, values: Float32Array, down: GridAxis, across: GridAxis, also: [string, number|string][]}} HeatMap
 * @typedef {Object} GridPicture playground/views/pictures/grid.py
 * @property {HeatMap[]} maps
 * @property {'amount'|'signed'} scale
 * @property {number} full the number at the end of the colours
 * @property {[number, number, number]?} chosen map, row, column
 * @property {'number'|'percent'} form
 * @property {string} unit
 * @property {[string, string]} ends
 * @property {string} missing
 * @property {string} hint
 * @property {boolean} upwards
 */

Playground.kinds.grid = (host, panel) => {
  const { el, setText, sig, percent, shorten } = Playground;
  const GAP = 2.2; // between maps, in units
  const legend = el('div', { class: 'pg-grid-legend' });
  const box = el('div', { class: 'pg-grid-maps' });
  const readout = el('p', { class: 'pg-readout', 'aria-live': 'polite' });
  host.replaceChildren(legend, box, readout);

  let picture = null;
  const maps = [];
  let clicks = []; // of each map
  let pointed = null; // [map, row, column]
  let lit = null;

  /** In a cell: as many decimals as the largest number needs for three digits, so that a column of them reads well. */
  function said(value) {
    if (picture.form === 'percent') return percent(value).replace(' %', '');
    const size = Math.floor(Math.log10(picture.full));
    if (size < -2 || size > 5) return sig(value, 2);
    const text = value.toFixed(Math.max(0, 2 - size));
    return Number(text) === 0 ? '0' : text.replace('-', '−');
  }

  /** Black or white on each of the scale's colours, whichever is easier to read. */
  function inks(ramp) {
    const channel = (byte) => { const c = byte / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
    return Array.from(ramp, (pixel) => {
      const light = 0.2126 * channel(pixel & 255) + 0.7152 * channel((pixel >> 8) & 255) + 0.0722 * channel((pixel >> 16) & 255);
      return light > 0.179 ? '#000000' : '#ffffff'; // where both have the same contrast
    });
  }

  /** How numbers look: place on the scale, ink on it, words. */
  function looks() {
    const { scale, full, upwards } = picture;
    const ramp = Playground.ramp(scale);
    const ink = inks(ramp);
    const at = (value) => {
      const share = scale === 'signed' ? (value / full + 1) / 2 : value / full;
      return Math.max(0, Math.min(255, Math.round(255 * share)));
    };
    return { ramp, at, ink: (value) => ink[at(value)], said, upwards };
  }

  function drawLegend() {
    const { scale, full, unit, ends, missing } = picture;
    const top = `${picture.form === 'percent' ? percent(full) : sig(full)}${unit ? ` ${unit}` : ''}`;
    const low = scale === 'signed' ? `−${top}` : picture.form === 'percent' ? '0 %' : '0';
    const bar = el('div', { class: `pg-legend pg-grid-${scale}` },
      el('span', { text: [ends[0], low].filter(Boolean).join(' ') }), el('span', { class: 'pg-legend-bar' }), el('span', { text: [top, ends[1]].filter(Boolean).join(' ') }));
    const none = missing && picture.maps.some((heat) => heat.values.some(Number.isNaN));
    legend.replaceChildren(bar, ...(none ? [el('span', { class: 'pg-grid-missing', text: missing })] : []));
  }

  /** What a click on a map's cells says: keys and values of its axes, and what holds for all of its cells. */
  function clicksOf(heat) {
    const axis = ({ key, values }) => ({ key, values: values.length ? values : null });
    return { down: axis(heat.down), across: axis(heat.across), also: Object.fromEntries(heat.also) };
  }

  /** The keys that a cell stands for. */
  function keys([which, row, column]) {
    const { down, across, also } = clicks[which];
    const data = { ...also };
    for (const [axis, at] of [[down, row], [across, column]]) if (axis.key) data[axis.key] = axis.values ? axis.values[at] : at;
    return data;
  }

  const pickable = (which) => Object.keys(keys([which, 0, 0])).length > 0;

  function words([which, row, column]) {
    const { title, values, down, across } = picture.maps[which];
    const name = (axis, at) => [axis.title, shorten(axis.names[at], 30)].filter(Boolean).join(' ');
    const value = values[row * values.shape[1] + column];
    const number = Number.isNaN(value) ? picture.missing || 'no number here'
      : picture.form === 'percent' ? Playground.share(value) : `${Number(value.toPrecision(7))}${picture.unit ? ` ${picture.unit}` : ''}`.replace('-', '−');
    return `${[title, name(down, row), name(across, column)].filter(Boolean).join(' · ')}: ${number}`;
  }

  function refresh() {
    const { chosen, hint } = picture;
    maps.forEach((map, which) => map.mark(chosen && chosen[0] === which ? chosen.slice(1) : null, pointed && pointed[0] === which ? pointed.slice(1) : null, lit));
    const at = pointed || chosen;
    setText(readout, at ? words(at) : hint);
  }

  function over(which, at) {
    const next = at && [which, ...at];
    if (!next && !(pointed && pointed[0] === which)) return;
    if (String(next) === String(pointed)) return;
    pointed = next;
    const found = pointed && keys(pointed);
    const token = found && 'pos' in found ? found.pos : null;
    lit = token;
    Playground.hover(token);
    refresh();
  }

  function choose(which, at) {
    pointed = [which, ...at];
    refresh();
    if (pickable(which)) panel.pick(keys(pointed));
  }

  /** The largest cells with which all maps find room, a few of them side by side; at worst their frames scroll. */
  function measure() {
    const unit = Playground.unit();
    const gap = GAP * unit;
    const sides = maps.map((map, i) => ({ ...map.margins(), shape: picture.maps[i].values.shape }));
    const titles = picture.maps.some((heat) => heat.title) ? 1.9 * unit : 0;
    const width = Math.max(panel.room.width - 2, 160);
    const height = panel.room.height - legend.offsetHeight - readout.offsetHeight - 16;
    const most = (list) => Math.max(...list);
    let best = null;
    for (let beside = 1; beside <= maps.length; beside++) {
      const standing = Array.from({ length: beside }, (_none, column) => sides.filter((_one, i) => i % beside === column));
      const lines = Array.from({ length: Math.ceil(maps.length / beside) }, (_, line) => sides.slice(line * beside, (line + 1) * beside));
      const labels = standing.reduce((sum, ones) => sum + most(ones.map((one) => one.left)), 0);
      const columns = standing.reduce((sum, ones) => sum + most(ones.map((one) => one.shape[1])), 0);
      const wide = Math.min((width - gap * (beside - 1) - labels) / columns, 16 * unit);
      const heads = lines.reduce((sum, ones) => sum + titles + most(ones.map(({ top }) => (top + 6 <= wide ? 1.7 * unit : top + 10))), 0);
      const rows = lines.reduce((sum, ones) => sum + most(ones.map((one) => one.shape[0])), 0);
      const tall = Math.min((height - gap * (lines.length - 1) - heads) / rows, 9 * unit, wide * 1.1);
      const fit = { beside, wide: Math.min(wide, Math.max(tall, 0) * 3.4), tall };
      if (!best || Math.min(fit.wide, 2 * fit.tall) > Math.min(best.wide, 2 * best.tall) * 1.05) best = fit;
    }
    const rows = most(sides.map(({ shape }) => shape[0]));
    const columns = most(sides.map(({ shape }) => shape[1]));
    const least = Math.max(4, Math.min(11, 3600 / Math.max(rows, columns)));
    const whole = (side) => Math.max(least, side >= least ? Math.floor(side * 2) / 2 : least);
    return { beside: best.beside, wide: whole(best.wide), tall: whole(best.tall) };
  }

  function lay() {
    const size = measure();
    box.style.setProperty('--beside', String(size.beside));
    for (const map of maps) map.lay(size);
    refresh();
  }

  function draw(next) {
    picture = next;
    pointed = null;
    while (maps.length > picture.maps.length) maps.pop().node.remove();
    while (maps.length < picture.maps.length) {
      const which = maps.length;
      const map = Playground.gridMap({
        over: (at) => over(which, at),
        choose: (at) => choose(which, at),
        at: () => (pointed && pointed[0] === which ? pointed : picture.chosen && picture.chosen[0] === which ? picture.chosen : [which, 0, 0]).slice(1),
      });
      maps.push(map);
      box.append(map.node);
    }
    const how = looks();
    clicks = picture.maps.map(clicksOf);
    picture.maps.forEach((heat, which) => {
      maps[which].take(heat, how);
      maps[which].pickable(pickable(which));
    });
    drawLegend();
    lay();
    if (picture.chosen) maps[picture.chosen[0]].reveal(picture.chosen.slice(1));
  }

  return {
    draw,
    resize: lay,
    hover(pos) {
      if (!picture) return;
      lit = pos;
      refresh();
    },
    image() {
      const ratio = 2;
      const edge = box.getBoundingClientRect();
      const copy = document.createElement('canvas');
      copy.width = ratio * Math.max(edge.width, box.scrollWidth);
      copy.height = ratio * Math.max(edge.height, 1);
      const paint = (context) => {
        context.fillStyle = Playground.colour('surface');
        context.fillRect(0, 0, copy.width, copy.height);
        for (const map of maps) {
          const place = map.node.getBoundingClientRect();
          map.copy(context, place.left - edge.left, place.top - edge.top);
        }
      };
      const context = copy.getContext('2d');
      context.scale(ratio, ratio);
      paint(context);
      return new Promise((resolve) => { copy.toBlob(resolve); });
    },
  };
};
