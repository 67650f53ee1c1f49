/* One matrix of the kind "matrices": cells on a canvas, names beside and above, the chosen row and column marked. */
'use strict';

Playground.matrixCells = (() => {
  const { el, shorten } = Playground;

  /** The largest finite |number|, never 0. */
  function largestOf(values) {
    let largest = 1e-12;
    for (const value of values) if (Number.isFinite(value) && Math.abs(value) > largest) largest = Math.abs(value);
    return largest;
  }

  const NUMBER = 5.2; // units of type that a number of four digits takes

  /** Whether all matrices fit beside each other with a number in each cell. */
  function fitsOneLine(line, width, unit, label) {
    const columns = line.reduce((sum, m) => sum + m.values.shape[1], 0);
    return columns * NUMBER * unit + 3 * label + line.length * 3 * unit <= width;
  }

  /**
   * Sizes of the cells of every matrix: {wide, tall, names}. All matrices share the height of a row; a line is as wide as the room.
   * `names` says whether row names stand beside the matrix: once for each line and side, to save room.
   */
  function layout(lines, { width, height, unit, label }) {
    const rows = lines.map((line) => Math.max(...line.map((m) => m.rows.length))).reduce((a, b) => a + b, 0);
    const tall = Math.max(rows > 60 ? 5 : rows <= 12 ? 2.2 * unit : 1.05 * unit, Math.min(3.6 * unit, (height - lines.length * 7 * unit) / rows));
    return lines.map((line) => {
      const seen = new Set();
      const named = line.map((m) => { const first = !seen.has(m.side); seen.add(m.side); return first; });
      const room = width - named.filter(Boolean).length * label - line.length * 2.8 * unit;
      // Vectors of many numbers are kept narrow where matrices of scores stand beside them: those are to be read.
      const scores = line.filter((m) => m.columns).reduce((sum, m) => sum + m.values.shape[1], 0);
      const most = line.map((m) => {
        const across = m.values.shape[1];
        if (m.columns) return Infinity;
        return across <= 8 ? 6.6 * unit : Math.max(3, ((scores ? 15 : 30) * unit) / across);
      });
      const vectors = line.reduce((sum, m, i) => sum + (m.columns ? 0 : Math.min(most[i], 6.6 * unit, tall * 3.2) * m.values.shape[1]), 0);
      const left = scores ? (room - vectors) / scores : Infinity;
      const all = line.reduce((sum, m) => sum + m.values.shape[1], 0);
      return line.map((m, i) => ({ tall, names: named[i], wide: Math.max(3, m.columns ? Math.min(6.6 * unit, tall * 3.2, left) : Math.min(6.6 * unit, tall * 3.2, most[i], scores ? Infinity : room / all)) }));
    });
  }

  /** One matrix: {node, mark(row, column), canvas}. */
  function draw(matrix, { wide, tall, names }, unit, label, written, choose, point) {
    const [n, m] = matrix.values.shape;
    const canvas = el('canvas', { class: 'pg-mx-canvas' });
    const over = el('canvas', { class: 'pg-mx-over', 'aria-hidden': 'true' });
    const left = names ? label : 4;
    const top = matrix.columns ? Math.min(5.2 * unit, 1.2 * unit + 0.66 * unit * Math.max(...matrix.columns.map((text) => Math.min(7, Array.from(text).length)))) : wide >= 1.5 * unit ? 1.6 * unit : 3;
    const [width, height] = [left + m * wide + 2, top + n * tall + 2];


    function cells(context) {
      const largest = matrix.scale === 'amount' ? 1 : largestOf(matrix.values);
      const stops = Playground.stops(matrix.scale);
      const ink = Playground.inkSwitch();
      const size = Math.min(1.2 * unit, Math.max(0.92 * unit, wide / 4.6), tall * 0.6);
      const room = wide >= 2.2 * unit && tall >= 1.3 * unit;
      context.font = `${size}px ${Playground.colour('mono')}`;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      for (let q = 0; q < n; q++) {
        for (let k = 0; k < m; k++) {
          const value = matrix.values[q * m + k];
          const [x, y] = [left + k * wide, top + q * tall];
          if (!Number.isFinite(value)) { hatch(context, x, y, wide, tall); continue; }
          const amount = matrix.scale === 'amount' ? value : (value / largest + 1) / 2;
          context.fillStyle = stops[Math.max(0, Math.min(stops.length - 1, Math.round(amount * (stops.length - 1))))];
          context.fillRect(x, y, wide - (wide > 6 ? 1 : 0), tall - (tall > 6 ? 1 : 0));
          if (!room) continue;
          context.fillStyle = Playground.colour((matrix.scale === 'amount' ? value : Math.abs(value) / largest) >= ink ? 'ink-high' : 'ink-low');
          context.fillText(written(value, Math.floor((wide - 3) / (0.6 * size))), x + wide / 2, y + tall / 2);
        }
      }
    }

    function labels(context) {
      context.font = `${Math.min(unit, Math.max(0.8 * unit, tall - 2))}px ${Playground.colour('mono')}`;
      context.textBaseline = 'middle';
      const every = (side) => Math.max(1, Math.ceil(unit / side));
      context.textAlign = 'right';
      if (names) {
        for (let q = 0; q < n; q += every(tall)) {
          context.fillStyle = Playground.colour(matrix.side === 'query' ? 'query_ink' : 'key_ink');
          context.fillText(shorten(matrix.rows[q], Math.floor(label / (0.62 * unit))), left - 5, top + (q + 0.5) * tall);
        }
      }
      context.fillStyle = Playground.colour(matrix.columns ? 'key_ink' : 'muted');
      for (let k = 0; k < m; k += every(wide)) {
        if (!matrix.columns) {
          context.textAlign = 'center';
          if (wide >= 1.5 * unit) context.fillText(String(k), left + (k + 0.5) * wide, top - 0.7 * unit);
          continue;
        }
        context.save();
        context.translate(left + (k + 0.5) * wide, top - 5);
        if (wide < 4 * unit) context.rotate(-Math.PI / 2);
        context.textAlign = wide < 4 * unit ? 'left' : 'center';
        context.fillText(shorten(matrix.columns[k], 7), 0, wide < 4 * unit ? 0 : -0.3 * unit);
        context.restore();
      }
    }

    function paint() {
      const context = Playground.sharpen(canvas, width, height);
      cells(context);
      labels(context);
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', `${matrix.name}: ${n} by ${m}`);
    }

    /** The chosen query's row, the chosen key's column (or row, of keys and values), and where they cross. */
    function mark(row, column) {

      const context = Playground.sharpen(over, width, height);
      const frame = (x, y, w, h, thick) => {
        context.strokeStyle = Playground.colour('chosen');
        context.lineWidth = thick;
        context.strokeRect(left + x * wide, top + y * tall, w * wide, h * tall);
      };
      if (matrix.side === 'key') frame(0, column, m, 1, 2);
      else frame(0, row, m, 1, 2);
      if (matrix.columns) { frame(column, 0, 1, n, 1); frame(column, row, 1, 1, 3); }
    }

    const under = (event) => {
      const box = canvas.getBoundingClientRect();
      const k = Math.floor((event.clientX - box.left - left) / wide);
      const q = Math.floor((event.clientY - box.top - top) / tall);
      return q >= 0 && q < n && k >= 0 && k < m ? [q, k] : null;
    };
    canvas.addEventListener('pointermove', (event) => {
      const at = under(event);
      if (at) point(at[0], at[1], matrix.values[at[0] * m + at[1]]); else point(null);
    });
    canvas.addEventListener('pointerleave', () => point(null));
    canvas.addEventListener('click', (event) => {
      const at = under(event);
      if (!at) return;
      if (matrix.columns) choose(at[0], at[1]);
      else if (matrix.side === 'key') choose(null, at[0]);
      else choose(at[0], null);
    });
    paint();
    const node = el('figure', { class: `pg-mx-matrix pg-mx-${matrix.role}` },
      el('figcaption', {}, el('b', { text: matrix.name }), el('span', { class: 'pg-mx-size', text: ` ${n} × ${m}` }), el('span', { class: 'pg-mx-how', text: matrix.how })),
      el('div', { class: 'pg-mx-stack' }, canvas, over));
    return { node, mark, canvas, over };
  }

  /** Diagonal lines for what the mask forbids. */
  function hatch(context, x, y, wide, tall) {
    context.save();
    context.beginPath();
    context.rect(x, y, wide - (wide > 6 ? 1 : 0), tall - (tall > 6 ? 1 : 0));
    context.clip();
    context.fillStyle = Playground.colour('sunken/0.6');
    context.fillRect(x, y, wide, tall);
    context.strokeStyle = Playground.colour('grid');
    context.lineWidth = 1;
    context.beginPath();
    for (let d = -tall; d < wide; d += 6) { context.moveTo(x + d, y + tall); context.lineTo(x + d + tall, y); }
    context.stroke();
    context.restore();
  }

  /** All matrices below each other as one image. */
  function image(drawn) {
    const gap = 12;
    const copy = document.createElement('canvas');
    copy.width = Math.max(...drawn.map((d) => d.canvas.width));
    copy.height = drawn.reduce((sum, d) => sum + d.canvas.height + gap, 0);
    const context = copy.getContext('2d');
    context.fillStyle = Playground.colour('surface');
    context.fillRect(0, 0, copy.width, copy.height);
    let y = 0;
    for (const d of drawn) {
      context.drawImage(d.canvas, 0, y);
      context.drawImage(d.over, 0, y);
      y += d.canvas.height + gap;
    }
    return new Promise((resolve) => { copy.toBlob(resolve); });
  }

  return { largestOf, fitsOneLine, layout, draw, hatch, image };
})();
