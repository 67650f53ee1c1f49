/* Named points in two or three dimensions: to turn, to search, to choose, to circle. Nothing but a canvas: thousands of
 * points follow the hand. */
'use strict';

/**
 * @typedef {Object} CloudPicture playground/views/pictures/cloud.py
 * @property {string[]} names
 * @property {Float32Array} points (n, 2 or 3)
 * @property {Int32Array} groups index into `legend`
 * @property {string[]} legend
 * @property {number?} rest the group of what belongs to none
 * @property {Uint8Array} main 1: drawn full, named first
 * @property {Int32Array} pos position in the text, −1 for none
 * @property {string[]} axes titles; empty where the axes mean nothing
 * @property {string[]} said what was done to the vectors
 * @property {number?} chosen
 * @property {Int32Array} near nearest to the chosen one
 * @property {Float32Array} nearness their cosines
 * @property {Int32Array} lassoed
 * @property {string} mark of the set of points
 * @property {string} view_key camera and zoom are kept while it stays the same
 */

Playground.kinds.cloud = (host, panel) => {
  const { el, setText, sig, colour, shorten } = Playground;
  const marks = Playground.cloudMarks;
  const labels = Playground.cloudLabels();
  const MUST_NAME = 24; // tokens of a text up to which each has its name, whatever room there is

  const search = el('input', { type: 'search', class: 'pg-cloud-search', placeholder: 'Find a token', 'aria-label': 'Find a token in the plot' });
  const hits = el('span', { class: 'pg-cloud-hits', 'aria-live': 'polite' });
  const tool = (text, title) => el('button', { type: 'button', class: 'pg-cloud-tool', text, title, 'aria-label': title });
  const lasso = tool('Circle', 'Draw a line around points to list them');
  const nearer = tool('+', 'Nearer');
  const further = tool('−', 'Further away');
  const back = tool('Reset', 'The whole plot again');
  lasso.setAttribute('aria-pressed', 'false');
  const bar = el('div', { class: 'pg-cloud-bar' }, search, hits, el('span', { class: 'pg-cloud-tools' }, lasso, nearer, further, back));
  const canvas = el('canvas', { class: 'pg-cloud-canvas', tabindex: '0', role: 'application', 'aria-label': 'Points. Arrow keys walk from point to point, Enter chooses, plus and minus zoom, nought shows the whole plot.' });
  const groups = el('div', { class: 'pg-cloud-legend' });
  const readout = el('p', { class: 'pg-readout pg-cloud-readout', 'aria-live': 'polite' });
  const steps = el('p', { class: 'pg-cloud-said' });
  const foot = el('div', { class: 'pg-cloud-foot' }, groups, readout, steps);
  host.replaceChildren(bar, canvas, foot);

  let picture = null;
  let camera = null;
  let axes = 0;
  let key = null;
  let size = { width: 0, height: 0 };
  let at = null; // pixels of the points
  let pointed = null; // index under the pointer, or where the keys stand
  let lit = null; // group under the pointer in the legend
  let found = new Set(); // what the search finds
  let circle = null; // the line that is being drawn
  let waiting = false;

  // ---- drawing ---------------------------------------------------------------------------------------------------

  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; if (picture) paint(); });
  }

  function arrange() {
    size = { width: Math.max(120, panel.room.width), height: Math.max(230, Math.min(26 * Playground.unit(), 0.95 * panel.room.width), panel.room.height - bar.offsetHeight - foot.offsetHeight - 10) };
  }

  const n = () => picture.names.length;
  const radius = () => Playground.unit() * (n() > 1200 ? 0.2 : n() > 300 ? 0.28 : n() > 60 ? 0.36 : 0.46);
  const special = () => new Set([picture.chosen, pointed, ...picture.near, ...picture.lassoed].filter((i) => i !== null));

  function reachOf(i) {
    const r = radius() * (picture.main[i] ? 1 : 0.78) * (0.7 + 0.5 * at.depth[i]);
    return i === picture.chosen || i === pointed ? Math.max(r * 1.3, 4) : r;
  }

  const dimmed = (i) => (found.size > 0 && !found.has(i)) || (lit !== null && picture.groups[i] !== lit);

  function paint() {
    const context = Playground.sharpen(canvas, size.width, size.height);
    at = camera.place(picture.points, size.width, size.height);
    if (picture.axes.length) (axes === 2 ? drawGrid : drawArrows)(context);
    drawLines(context);
    drawPoints(context);
    drawLabels(context);
    if (circle) drawCircle(context);
    canvas.dataset.zoom = sig(camera.camera.zoom);
  }

  /** Round numbers along both axes of a plane, and their titles. */
  function drawGrid(context) {
    const unit = Playground.unit();
    context.lineWidth = 1;
    context.font = `${unit * 0.95}px ${colour('font')}`;
    const title = `${picture.axes[0]} →`;
    const free = size.width - context.measureText(title).width - 3 * unit;
    context.font = `${unit * 0.86}px ${colour('mono')}`;
    for (const axis of [0, 1]) {
      const long = axis === 0 ? size.width : size.height;
      const ends = [camera.value(axis, 0, long), camera.value(axis, long, long)].sort((a, b) => a - b);
      const step = roundStep((ends[1] - ends[0]) / (long / ((axis === 0 ? 9 : 5) * unit)));
      for (let value = Math.ceil(ends[0] / step) * step; value <= ends[1]; value += step) {
        const pixel = Math.round(camera.pixel(axis, value, long)) + 0.5;
        context.strokeStyle = colour(Math.abs(value) < step / 2 ? 'grid' : 'grid/0.45');
        context.beginPath();
        if (axis === 0) { context.moveTo(pixel, 0); context.lineTo(pixel, size.height); } else { context.moveTo(0, pixel); context.lineTo(size.width, pixel); }
        context.stroke();
        context.fillStyle = colour('muted');
        const text = Playground.brief(Math.abs(value) < step / 2 ? 0 : value);
        if (axis === 0 && pixel > 5 * unit && pixel < free) { context.textAlign = 'center'; context.fillText(text, pixel, size.height - 0.4 * unit); }
        if (axis === 1 && pixel > 3 * unit && pixel < size.height - 3 * unit) { context.textAlign = 'left'; context.fillText(text, 0.3 * unit, pixel - 0.25 * unit); }
      }
    }
    context.font = `${unit * 0.95}px ${colour('font')}`;
    context.fillStyle = colour('muted');
    context.textAlign = 'right';
    context.fillText(title, size.width - 0.5 * unit, size.height - 0.4 * unit);
    context.textAlign = 'left';
    context.fillText(`↑ ${picture.axes[1]}`, 0.5 * unit, 1.2 * unit);
  }

  function roundStep(about) {
    const power = 10 ** Math.floor(Math.log10(about || 1));
    return power * [1, 2, 5, 10].find((x) => x * power >= about);
  }

  /** The three directions of a space, from its middle. */
  function drawArrows(context) {
    const unit = Playground.unit();
    const origin = [0, 1, 2].map((axis) => camera.value3(axis));
    const ends = [0, 1, 2].map((axis) => origin.map((value, other) => value + (other === axis ? camera.reach3(axis) : 0)));
    const where = camera.place(Float32Array.from([...origin, ...ends.flat()]), size.width, size.height);
    context.font = `${unit * 0.95}px ${colour('font')}`;
    for (const axis of [0, 1, 2]) {
      context.strokeStyle = colour('grid');
      context.fillStyle = colour('muted');
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(where.x[0], where.y[0]);
      context.lineTo(where.x[axis + 1], where.y[axis + 1]);
      context.stroke();
      const title = picture.axes[axis].replace(' of the variance', '');
      const wide = context.measureText(title).width / 2 + 4;
      context.textAlign = 'center';
      context.fillText(title, Math.max(wide, Math.min(size.width - wide, where.x[axis + 1])), Math.max(unit, Math.min(size.height - 4, where.y[axis + 1])));
    }
  }

  function drawLines(context) {
    if (picture.chosen === null) return;
    context.strokeStyle = colour('chosen');
    picture.near.forEach((i, k) => {
      context.globalAlpha = 0.95 - 0.1 * k;
      context.lineWidth = Math.max(1, 3.2 * Math.max(0, picture.nearness[k]));
      context.beginPath();
      context.moveTo(at.x[picture.chosen], at.y[picture.chosen]);
      context.lineTo(at.x[i], at.y[i]);
      context.stroke();
    });
    context.globalAlpha = 1;
  }

  function drawPoints(context) {
    const order = Array.from({ length: n() }, (_, i) => i);
    const first = special();
    order.sort((a, b) => (first.has(a) - first.has(b)) || at.depth[a] - at.depth[b]);
    const crowd = n() > 300;
    const inside = new Set(picture.lassoed);
    for (const i of order) {
      const ink = colour(marks.role(picture.groups[i], picture.rest));
      const r = reachOf(i);
      context.globalAlpha = dimmed(i) ? 0.13 : (crowd ? 0.72 : 0.95) * (axes === 3 ? 0.45 + 0.55 * at.depth[i] : 1);
      marks.trace(context, marks.shape(picture.groups[i], picture.rest), at.x[i], at.y[i], r);
      context.fillStyle = picture.main[i] ? ink : colour('surface');
      context.fill();
      context.lineWidth = picture.main[i] ? 1 : 1.5;
      context.strokeStyle = picture.main[i] ? colour('surface') : ink;
      context.stroke();
      if (inside.has(i)) ring(context, i, r + 3, 'text', 1.5);
    }
    context.globalAlpha = 1;
    if (picture.chosen !== null) ring(context, picture.chosen, reachOf(picture.chosen) + 4, 'chosen', 3);
    if (pointed !== null && pointed !== picture.chosen) ring(context, pointed, reachOf(pointed) + 4, 'text', 2);
  }

  function ring(context, i, r, role, wide) {
    context.beginPath();
    context.arc(at.x[i], at.y[i], r, 0, 2 * Math.PI);
    context.strokeStyle = colour(role);
    context.lineWidth = wide;
    context.stroke();
  }

  /** Names: what is chosen, found or circled first, then the text's, then whatever finds room. */
  function drawLabels(context) {
    const unit = Playground.unit();
    const type = unit * (n() > 300 ? 0.92 : 1.06);
    context.font = `${type}px ${colour('mono')}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const close = [pointed, picture.chosen, ...picture.near].filter((i) => i !== null);
    const main = Array.from(picture.main.keys()).filter((i) => picture.main[i]);
    const must = new Set([...close, ...(main.length <= MUST_NAME ? main : [])]);
    const first = [...new Set([...must, ...found, ...picture.lassoed])];
    const inside = (i) => at.x[i] > -20 && at.x[i] < size.width + 20 && at.y[i] > -20 && at.y[i] < size.height + 20;
    const rest = Array.from({ length: n() }, (_, i) => i).filter((i) => inside(i) && !dimmed(i));
    rest.sort((a, b) => picture.main[b] - picture.main[a] || at.depth[b] - at.depth[a]);
    const wanted = [...new Set([...first, ...rest.slice(0, 900)])].filter(inside)
      .map((i) => ({ i, text: shorten(picture.names[i], 20) || '∅', x: at.x[i], y: at.y[i], reach: reachOf(i) }))
      .filter(({ text, x, y }, k, all) => all.findIndex((one) => one.text === text && Math.hypot(one.x - x, one.y - y) < 1) === k); // a token that stands there twice
    const few = n() <= 300 ? Array.from({ length: n() }, (_, i) => ({ x: at.x[i], y: at.y[i], reach: reachOf(i) - 1 })) : wanted.slice(0, first.length);
    const placed = labels(context, wanted, few, { ...size, size: type, most: 220, must: wanted.filter(({ i }) => must.has(i)).length });
    const strong = new Set([...close, ...found, ...picture.lassoed]);
    context.lineWidth = 3;
    context.lineJoin = 'round';
    for (const { x, y, at: which, far } of placed) if (far) leader(context, wanted[which].i, x, y);
    for (const { text, x, y, at: which } of placed) {
      const { i } = wanted[which];
      context.globalAlpha = axes === 3 && !strong.has(i) ? 0.35 + 0.65 * at.depth[i] : 1;
      context.strokeStyle = colour('surface');
      context.strokeText(text, x, y);
      context.fillStyle = colour(i === picture.chosen ? 'chosen_ink' : strong.has(i) || picture.main[i] ? 'text' : 'muted');
      context.fillText(text, x, y);
    }
    context.globalAlpha = 1;
    context.textBaseline = 'alphabetic';
    // What they say and where they stand, for those who check that none is left out or lies on another.
    host.dataset.named = JSON.stringify(placed.map(({ text }) => text));
    host.dataset.labels = JSON.stringify(placed.map(({ box }) => [box.left, box.right, box.top, box.bottom].map(Math.round)));
  }

  /** From a point to its name, where that stands further off. */
  function leader(context, i, x, y) {
    context.save();
    context.strokeStyle = colour('muted');
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(at.x[i], at.y[i]);
    context.lineTo(x, y);
    context.stroke();
    context.restore();
  }

  function drawCircle(context) {
    context.beginPath();
    circle.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.fillStyle = colour('chosen/0.12');
    context.fill();
    context.strokeStyle = colour('chosen');
    context.lineWidth = 2;
    context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
  }

  // ---- words around the canvas -----------------------------------------------------------------------------------

  function say() {
    const of = pointed === null ? picture.chosen : pointed;
    if (of === null || of === undefined) { setText(readout, 'Choose a point: lines lead to its nearest.'); return; }
    const told = [`${picture.names[of]} · ${picture.legend[picture.groups[of]].replace(/ \([\d,]+\)$/, '')}`];
    if (of === picture.chosen) {
      told.push(...Array.from(picture.near, (i, k) => `${picture.names[i]} ${sig(picture.nearness[k])}`));
    } else if (picture.chosen !== null && Array.from(picture.near).includes(of)) {
      told.push(`cosine with ${picture.names[picture.chosen]} ${sig(picture.nearness[Array.from(picture.near).indexOf(of)])}`);
    }
    setText(readout, told.join(' · '));
  }

  function drawLegend() {
    const chips = picture.legend.map((name, group) => {
      const mark = el('canvas', { class: 'pg-cloud-mark' });
      const chip = el('button', { type: 'button', class: 'pg-cloud-group', title: 'Only these', 'aria-pressed': String(lit === group) }, mark, el('span', { text: name, dir: 'auto' }));
      chip.addEventListener('click', () => { lit = lit === group ? null : group; drawLegend(); later(); });
      return chip;
    });
    groups.replaceChildren(...chips);
    const box = 1.1 * Playground.unit();
    chips.forEach((chip, group) => {
      const context = Playground.sharpen(chip.firstChild, box, box);
      marks.trace(context, marks.shape(group, picture.rest), box / 2, box / 2, box * 0.36);
      context.fillStyle = colour(marks.role(group, picture.rest));
      context.fill();
    });
  }

  function find() {
    const wanted = search.value.replace(/ /g, '␣').toLowerCase();
    found = new Set();
    if (wanted) picture.names.forEach((name, i) => { if (name.toLowerCase().includes(wanted)) found.add(i); });
    setText(hits, wanted ? `${found.size} found` : '');
    host.dataset.found = String(found.size);
    later();
  }

  // ---- choosing --------------------------------------------------------------------------------------------------

  const ranges = (list) => {
    const sorted = Array.from(list).sort((a, b) => a - b);
    const parts = [];
    for (let i = 0; i < sorted.length;) {
      let j = i;
      while (sorted[j + 1] === sorted[j] + 1) j += 1;
      parts.push(i === j ? `${sorted[i]}` : `${sorted[i]}-${sorted[j]}`);
      i = j + 1;
    }
    return parts.join('.');
  };

  function choose(i) {
    const pos = picture.pos[i];
    // A token of the text is chosen on every tab, so its place in this set need not be kept.
    panel.pick({ picked: `${picture.mark}~${pos < 0 ? i : ''}~${ranges(picture.lassoed)}`, ...(pos < 0 ? {} : { pos }) });
  }

  function circled() {
    const inside = (x, y) => {
      let odd = false;
      for (let i = 0, j = circle.length - 1; i < circle.length; j = i++) {
        const [a, b] = [circle[i], circle[j]];
        if ((a[1] > y) !== (b[1] > y) && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) odd = !odd;
      }
      return odd;
    };
    const list = [];
    for (let i = 0; i < n(); i++) if (!dimmed(i) && inside(at.x[i], at.y[i])) list.push(i);
    const own = picture.chosen !== null && picture.pos[picture.chosen] < 0 ? picture.chosen : '';
    panel.pick({ picked: `${picture.mark}~${own}~${ranges(list)}` });
  }

  function under(x, y, within = 1.4 * Playground.unit()) {
    let best = null;
    let least = within;
    for (let i = 0; i < n(); i++) {
      if (dimmed(i)) continue;
      const far = Math.hypot(at.x[i] - x, at.y[i] - y) - (axes === 3 ? at.depth[i] : 0);
      if (far < least) { least = far; best = i; }
    }
    return best;
  }

  function point(i) {
    if (i === pointed) return;
    pointed = i;
    Playground.hover(i === null || picture.pos[i] < 0 ? null : picture.pos[i]);
    canvas.style.cursor = lasso.getAttribute('aria-pressed') === 'true' ? 'crosshair' : i === null ? 'grab' : 'pointer';
    say();
    later();
  }

  /** The nearest point in a direction, as arrow keys mean it. */
  function towards(dx, dy) {
    const from = pointed !== null ? pointed : picture.chosen !== null ? picture.chosen : 0;
    let best = from;
    let least = Infinity;
    for (let i = 0; i < n(); i++) {
      const [x, y] = [at.x[i] - at.x[from], at.y[i] - at.y[from]];
      const along = x * dx + y * dy;
      if (i === from || along <= 0.5 || dimmed(i)) continue;
      const far = along + 2.5 * Math.abs(x * dy - y * dx);
      if (far < least) { least = far; best = i; }
    }
    point(best);
  }

  // ---- pointer and keys ------------------------------------------------------------------------------------------

  const touches = new Map();
  let dragged = 0;
  const where = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, where(event));
    dragged = 0;
    if (lasso.getAttribute('aria-pressed') === 'true' && touches.size === 1) circle = [where(event)];
  });

  canvas.addEventListener('pointermove', (event) => {
    const [x, y] = where(event);
    const before = touches.get(event.pointerId);
    if (!before) { point(under(x, y)); return; }
    const [dx, dy] = [x - before[0], y - before[1]];
    dragged += Math.hypot(dx, dy);
    if (circle) circle.push([x, y]);
    else if (touches.size === 2) pinch(event.pointerId, before, [x, y]);
    else if (axes === 3 && !event.shiftKey) {
      camera.camera.yaw -= dx / 160;
      camera.camera.pitch = Math.max(-1.5, Math.min(1.5, camera.camera.pitch + dy / 160));
    } else { camera.camera.x += dx; camera.camera.y += dy; }
    touches.set(event.pointerId, [x, y]);
    later();
  });

  function pinch(id, before, now) {
    const [, other] = Array.from(touches).find(([one]) => one !== id);
    const far = ([x, y]) => Math.max(10, Math.hypot(x - other[0], y - other[1]));
    camera.zoom(far(now) / far(before), other[0], other[1], size.width, size.height);
  }

  function lift(event) {
    const [x, y] = where(event);
    if (!touches.delete(event.pointerId)) return;
    if (circle) {
      if (dragged > 8) circled();
      else { circle = null; panel.pick({ picked: `${picture.mark}~~` }); }
      circle = null;
    } else if (event.type === 'pointerup' && dragged < 5) {
      const i = under(x, y, event.pointerType === 'touch' ? 26 : undefined);
      if (i !== null) choose(i);
    }
    later();
  }
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener('pointerleave', () => { if (!touches.size) point(null); });
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    const [x, y] = where(event);
    camera.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 250), x, y, size.width, size.height);
    later();
  }, { passive: false });

  const zoom = (factor) => { camera.zoom(factor, size.width / 2, size.height / 2, size.width, size.height); later(); };
  const whole = () => { camera.reset(); later(); };
  nearer.addEventListener('click', () => zoom(1.4));
  further.addEventListener('click', () => zoom(1 / 1.4));
  back.addEventListener('click', whole);
  lasso.addEventListener('click', () => {
    const on = lasso.getAttribute('aria-pressed') !== 'true';
    lasso.setAttribute('aria-pressed', String(on));
    canvas.style.cursor = on ? 'crosshair' : 'grab';
  });
  search.addEventListener('input', find);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && found.size) choose([...found][0]);
  });

  canvas.addEventListener('keydown', (event) => {
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (way && event.shiftKey && axes === 3) {
      camera.camera.yaw -= way[0] / 8;
      camera.camera.pitch += way[1] / 8;
      later();
    } else if (way) towards(...way);
    else if (event.key === '+' || event.key === '=') zoom(1.4);
    else if (event.key === '-') zoom(1 / 1.4);
    else if (event.key === '0') whole();
    else if ((event.key === 'Enter' || event.key === ' ') && pointed !== null) choose(pointed);
    else return;
    event.preventDefault();
  });

  return {
    draw(next) {
      const n_axes = next.points.shape[1];
      if (n_axes !== axes || !camera) {
        axes = n_axes;
        camera = Playground.cloudCamera(axes);
        key = null;
      }
      if (key !== next.view_key) {
        camera.reset();
        [pointed, lit] = [null, null];
      }
      key = next.view_key;
      picture = next;
      if (pointed !== null && pointed >= n()) pointed = null;
      if (lit !== null && lit >= picture.legend.length) lit = null;
      camera.fit(picture.points);
      drawLegend();
      setText(steps, picture.said.join(' → '));
      say();
      find();
      arrange();
      canvas.dataset.axes = String(axes);
      paint();
    },
    resize() {
      if (!picture) return;
      drawLegend();
      arrange();
      paint();
    },
    hover(pos) {
      if (!picture || document.activeElement === canvas) return;
      const i = pos === null ? -1 : picture.pos.indexOf(pos);
      if (pos !== null && i < 0) return;
      if (pointed !== null && picture.pos[pointed] < 0) return; // a neighbour is under the pointer here
      if ((i < 0 ? null : i) !== pointed) { pointed = i < 0 ? null : i; say(); later(); }
    },
    image() {
      const copy = el('canvas', { width: canvas.width, height: canvas.height });
      const context = copy.getContext('2d');
      context.fillStyle = colour('surface');
      context.fillRect(0, 0, copy.width, copy.height);
      context.drawImage(canvas, 0, 0);
      return new Promise((done) => { copy.toBlob(done); });
    },
  };
};
