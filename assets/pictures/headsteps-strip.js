/* Vectors drawn as strips and as bars, for the steps of one head. */
'use strict';

Playground.headStrip = (() => {
  const { el, sig } = Playground;

  /** The largest |number| of an array, never 0. */
  function largestOf(...arrays) {
    let largest = 1e-12;
    for (const values of arrays) for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
    return largest;
  }

  /** Paints numbers as heat: blue negative, vermilion positive. Below a pixel each, a column shows the largest of its numbers. */
  function paint(canvas, values, width, height, largest) {
    const n = values.length;
    const context = Playground.sharpen(canvas, width, height);
    const stops = Playground.stops('signed');
    const columns = Math.min(n, Math.max(1, Math.floor(width)));
    for (let c = 0; c < columns; c++) {
      const [from, to] = [Math.floor((c * n) / columns), Math.max(Math.floor((c * n) / columns) + 1, Math.floor(((c + 1) * n) / columns))];
      let value = values[from];
      for (let i = from; i < to; i++) if (Math.abs(values[i]) > Math.abs(value)) value = values[i];
      context.fillStyle = stops[Math.round(((Math.max(-1, Math.min(1, value / largest)) + 1) / 2) * (stops.length - 1))];
      const left = (c * width) / columns;
      context.fillRect(left, 0, (width / columns) + 0.4, height);
    }
    if (width / n >= 7) { // lines between the numbers, where they have room
      context.strokeStyle = Playground.colour('surface');
      context.lineWidth = 1;
      context.beginPath();
      for (let i = 1; i < n; i++) { context.moveTo((i * width) / n, 0); context.lineTo((i * width) / n, height); }
      context.stroke();
    }
  }

  /** A strip that says the number under the pointer: `name(i)` is what it is called. */
  function strip(values, width, height, largest, name, say) {
    const canvas = el('canvas', { class: 'pg-hs-strip' });
    paint(canvas, values, width, height, largest);
    canvas.addEventListener('pointermove', (event) => {
      const box = canvas.getBoundingClientRect();
      const i = Math.max(0, Math.min(values.length - 1, Math.floor(((event.clientX - box.left) / box.width) * values.length)));
      say(`${name(i)} = ${Number(values[i].toPrecision(7))}`);
    });
    canvas.addEventListener('pointerleave', () => say(''));
    return canvas;
  }

  /** One row of signed bars around a line; numbers in them where they have room. */
  function bars(values, width, height, colour, largest, name, say) {
    const canvas = el('canvas', { class: 'pg-hs-bars' });
    const context = Playground.sharpen(canvas, width, height);
    const n = values.length;
    const unit = Playground.unit();
    const size = width / n;
    const middle = height / 2;
    context.strokeStyle = Playground.colour('grid');
    context.beginPath();
    context.moveTo(0, middle);
    context.lineTo(width, middle);
    context.stroke();
    const written = size >= 3.4 * unit;
    const rise = middle - (written ? 1.15 * unit : 1);
    context.font = `${0.94 * unit}px ${Playground.colour('mono')}`;
    context.textAlign = 'center';
    for (let i = 0; i < n; i++) {
      const tall = (rise * values[i]) / largest;
      context.fillStyle = Playground.colour(colour);
      context.globalAlpha = values[i] < 0 ? 0.55 : 1;
      context.fillRect(i * size + Math.min(2, size * 0.12), Math.min(middle, middle - tall), Math.max(1, size - Math.min(4, size * 0.24)), Math.max(0.75, Math.abs(tall)));
      context.globalAlpha = 1;
      if (!written) continue;
      context.fillStyle = Playground.colour('text');
      context.textBaseline = values[i] < 0 ? 'top' : 'bottom';
      context.fillText(sig(values[i]), (i + 0.5) * size, middle - tall + (values[i] < 0 ? 1 : -1));
    }
    canvas.addEventListener('pointermove', (event) => {
      const box = canvas.getBoundingClientRect();
      say(name(Math.max(0, Math.min(n - 1, Math.floor(((event.clientX - box.left) / box.width) * n)))));
    });
    canvas.addEventListener('pointerleave', () => say(''));
    return canvas;
  }

  return { largestOf, paint, strip, bars };
})();
