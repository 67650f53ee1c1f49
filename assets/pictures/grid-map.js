/* One heat map: a canvas of cells, its labels on canvases that stay in sight while the frame scrolls. */
'use strict';

/**
 * @param {{over: Function, choose: Function}} calls what happens to a cell: [row, column], or null
 * @returns {Object} draw(heat, looks), margins(), lay(cell), mark(chosen, pointed, lit), canvas
 */
Playground.gridMap = (calls) => {
  const { el, colour, shorten, unit } = Playground;
  const LABEL = 14; // characters of a label
  const title = el('h5', { class: 'pg-grid-title', dir: 'auto' });
  const cells = el('canvas', { class: 'pg-canvas', tabindex: '0', role: 'application' });
  const over = el('canvas', { class: 'pg-canvas pg-grid-over', 'aria-hidden': 'true' });
  const across = el('canvas', { class: 'pg-canvas pg-grid-across', 'aria-hidden': 'true' });
  const down = el('canvas', { class: 'pg-canvas pg-grid-down', 'aria-hidden': 'true' });
  const frame = el('div', { class: 'pg-frame-scroll pg-grid-frame' },
    el('span', { class: 'pg-grid-corner' }), across, down, el('div', { class: 'pg-grid-cells' }, cells, over));
  const node = el('section', { class: 'pg-grid-map' }, title, frame);

  let heat = null;
  let looks = null; // {ramp, at(value), said(value), upwards, label}
  let cell = { wide: 0, tall: 0 };
  let rows = 0;
  let columns = 0;

  const seat = (row) => (looks.upwards ? rows - 1 - row : row); // from the top
  const font = (size, weight = 400) => `${weight} ${size}px ${colour('mono')}`;
  const value = (row, column) => heat.values[row * columns + column];

  /** Room for the longest labels: beside the rows, and above the columns, where they stand upright if they are short. */
  function margins() {
    const context = cells.getContext('2d');
    context.font = font(unit());
    const widest = (names) => Math.max(unit(), ...names.map((name) => context.measureText(shorten(name, LABEL)).width));
    return { left: widest(heat.down.names) + 10, top: widest(heat.across.names) };
  }

  const upright = () => margins().top + 6 <= cell.wide;
  const above = () => (upright() ? 1.7 * unit() : margins().top + 10);

  function paintLabels() {
    const size = unit();
    const { left } = margins();
    const top = above();
    const every = (side) => Math.max(1, Math.ceil((1.25 * size) / side)); // in small cells only every n-th has room
    let context = Playground.sharpen(down, left, rows * cell.tall);
    Object.assign(context, { font: font(size), textBaseline: 'middle', textAlign: 'right', fillStyle: colour('text') });
    for (let r = 0; r < rows; r += every(cell.tall)) context.fillText(shorten(heat.down.names[r], LABEL), left - 7, (seat(r) + 0.5) * cell.tall);
    context = Playground.sharpen(across, columns * cell.wide, top);
    Object.assign(context, { font: font(size), textBaseline: 'middle', fillStyle: colour('text') });
    const flat = upright();
    context.textAlign = flat ? 'center' : 'left';
    for (let c = 0; c < columns; c += flat ? 1 : every(cell.wide)) {
      const text = shorten(heat.across.names[c], LABEL);
      if (flat) context.fillText(text, (c + 0.5) * cell.wide, top / 2);
      else {
        context.save();
        context.translate((c + 0.5) * cell.wide, top - 5);
        context.rotate(-Math.PI / 2);
        context.fillText(text, 0, 0);
        context.restore();
      }
    }
  }

  function paintCells() {
    const [width, height] = [columns * cell.wide, rows * cell.tall];
    const context = Playground.sharpen(cells, width, height);
    Playground.sharpen(over, width, height);
    const pixels = document.createElement('canvas');
    pixels.width = columns;
    pixels.height = rows;
    const image = pixels.getContext('2d').createImageData(columns, rows);
    const data = new Uint32Array(image.data.buffer);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) if (!Number.isNaN(value(r, c))) data[seat(r) * columns + c] = looks.ramp[looks.at(value(r, c))];
    }
    pixels.getContext('2d').putImageData(image, 0, 0);
    hatch(context, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(pixels, 0, 0, width, height);
    if (Math.min(cell.wide, cell.tall) >= 8) rule(context, width, height);
    numbers(context);
  }

  /** Under all cells; those that have a number are painted over it. */
  function hatch(context, width, height) {
    if (!heat.values.some(Number.isNaN)) return;
    context.fillStyle = colour('sunken/0.5');
    context.fillRect(0, 0, width, height);
    context.strokeStyle = colour('grid');
    context.lineWidth = 1;
    context.beginPath();
    for (let d = -height; d < width; d += 7) {
      context.moveTo(d, height);
      context.lineTo(d + height, 0);
    }
    context.stroke();
  }

  function rule(context, width, height) {
    context.strokeStyle = colour('grid/0.6');
    context.lineWidth = 0.5;
    context.beginPath();
    for (let r = 0; r <= rows; r++) { context.moveTo(0, r * cell.tall); context.lineTo(width, r * cell.tall); }
    for (let c = 0; c <= columns; c++) { context.moveTo(c * cell.wide, 0); context.lineTo(c * cell.wide, height); }
    context.stroke();
  }

  /** The number in each cell, where every one of them has room. */
  function numbers(context) {
    let size = Math.min(1.5 * unit(), Math.max(0.95 * unit(), 0.34 * cell.tall));
    context.font = font(size);
    let widest = 1;
    for (let i = 0; i < heat.values.length; i++) widest = Math.max(widest, context.measureText(looks.said(heat.values[i])).width);
    size *= Math.min(1, (cell.wide - 12) / widest);
    if (size < 0.8 * unit() || cell.tall < 1.4 * size) return;
    context.font = font(size);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const number = value(r, c);
        if (Number.isNaN(number)) continue;
        context.fillStyle = looks.ink(number);
        context.fillText(looks.said(number), (c + 0.5) * cell.wide, (seat(r) + 0.5) * cell.tall);
      }
    }
  }

  /** Frames lie on a canvas of their own, so that the pointer moves for nothing. `lit` is a token's place. */
  function mark(chosen, pointed, lit) {
    const context = over.getContext('2d');
    context.clearRect(0, 0, over.width, over.height);
    const box = (role, width, x, y, w, h) => {
      context.strokeStyle = colour(role);
      context.lineWidth = width;
      context.strokeRect(x + width / 2, y + width / 2, Math.max(1, w - width), Math.max(1, h - width));
    };
    if (lit !== null && lit !== undefined) {
      for (const [axis, n] of [[heat.across, columns], [heat.down, rows]]) {
        if (axis.key !== 'pos') continue;
        const at = axis.values.length ? axis.values.indexOf(lit) : lit;
        if (at < 0 || at >= n) continue;
        if (axis === heat.across) box('residual', 1.5, at * cell.wide, 0, cell.wide, rows * cell.tall);
        else box('residual', 1.5, 0, seat(at) * cell.tall, columns * cell.wide, cell.tall);
      }
    }
    if (pointed) box('text', 1.5, pointed[1] * cell.wide, seat(pointed[0]) * cell.tall, cell.wide, cell.tall);
    if (chosen) box('chosen', 3, chosen[1] * cell.wide, seat(chosen[0]) * cell.tall, cell.wide, cell.tall);
  }

  function under(event) {
    const edge = cells.getBoundingClientRect();
    const row = seat(Math.floor((event.clientY - edge.top) / cell.tall));
    const column = Math.floor((event.clientX - edge.left) / cell.wide);
    return row >= 0 && row < rows && column >= 0 && column < columns ? [row, column] : null;
  }

  cells.addEventListener('pointermove', (event) => calls.over(under(event)));
  cells.addEventListener('pointerleave', () => calls.over(null));
  cells.addEventListener('blur', () => calls.over(null));
  cells.addEventListener('click', (event) => {
    const at = under(event);
    if (at) calls.choose(at);
  });
  cells.addEventListener('keydown', (event) => {
    const up = looks.upwards ? 1 : -1;
    const [r, c] = { ArrowUp: [up, 0], ArrowDown: [-up, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] || [0, 0];
    const [row, column] = calls.at();
    if (r || c) calls.over([Math.max(0, Math.min(rows - 1, row + r)), Math.max(0, Math.min(columns - 1, column + c))]);
    else if (event.key === 'Enter' || event.key === ' ') calls.choose([row, column]);
    else return;
    event.preventDefault();
    reveal(calls.at());
  });

  /** Scrolls the frame, and nothing else, until a cell is in sight. */
  function reveal([row, column]) {
    const [x, y] = [column * cell.wide, seat(row) * cell.tall];
    const room = [frame.clientWidth - down.offsetWidth, frame.clientHeight - across.offsetHeight];
    if (x < frame.scrollLeft || x + cell.wide > frame.scrollLeft + room[0]) frame.scrollLeft = x - room[0] / 2;
    if (y < frame.scrollTop || y + cell.tall > frame.scrollTop + room[1]) frame.scrollTop = y - room[1] / 2;
  }

  return {
    node, margins, mark, reveal,
    take(next, how) {
      heat = next;
      looks = how;
      [rows, columns] = heat.values.shape;
      Playground.setText(title, heat.title);
      title.hidden = !heat.title;
      cells.setAttribute('aria-label', `${heat.title || 'Numbers'}: ${rows} rows by ${columns} columns. Arrow keys move, Enter chooses; the numbers are under Table, too.`);
    },
    /** Paints with cells of this size. */
    lay(size) {
      cell = size;
      paintLabels();
      paintCells();
    },
    pickable(on) {
      cells.style.cursor = on ? 'pointer' : 'default';
    },
    /** The map without its frames, with its labels, drawn at a place; returns what it took of the height. */
    copy(context, x, y) {
      const ratio = cells.width / Math.max(1, columns * cell.wide);
      const [left, top] = [down.width / ratio, across.height / ratio];
      if (heat.title) {
        Object.assign(context, { font: `700 ${unit()}px ${colour('font')}`, textBaseline: 'top', textAlign: 'left', fillStyle: colour('muted') });
        context.fillText(heat.title, x, y);
      }
      const from = y + (heat.title ? 1.6 * unit() : 0);
      context.drawImage(across, x + left, from, columns * cell.wide, top);
      context.drawImage(down, x, from + top, left, rows * cell.tall);
      context.drawImage(cells, x + left, from + top, columns * cell.wide, rows * cell.tall);
      context.drawImage(over, x + left, from + top, columns * cell.wide, rows * cell.tall);
      return { width: left + columns * cell.wide, height: from - y + top + rows * cell.tall };
    },
  };
};
