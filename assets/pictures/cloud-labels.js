/* No label on another: each takes the first of eight places around its point that is free, the important ones first.
 * Those that must be read look further out, and in the end over points, before they are left out. */
'use strict';

Playground.cloudLabels = () => {
  const CELL = 48; // pixels: labels are looked for in their neighbourhood only
  const PLACES = [[0, -1], [0, 1], [1, 0], [-1, 0], [1, -1], [-1, -1], [1, 1], [-1, 1]];
  const widths = new Map();

  function widthOf(context, text) {
    const key = `${context.font}\0${text}`;
    if (!widths.has(key)) {
      if (widths.size > 20000) widths.clear();
      widths.set(key, context.measureText(text).width);
    }
    return widths.get(key);
  }

  /** Boxes by the cells that they lie in. */
  function board() {
    const cells = new Map();
    const over = (box, act) => {
      for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x++) {
        for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y++) if (act(`${x},${y}`)) return true;
      }
      return false;
    };
    const crosses = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return {
      add(box) { over(box, (key) => { cells.set(key, [...(cells.get(key) || []), box]); return false; }); },
      free: (box) => !over(box, (key) => (cells.get(key) || []).some((other) => other !== box && crosses(box, other))),
    };
  }

  /**
   * @param {CanvasRenderingContext2D} context its font is set
   * @param {{text: string, x: number, y: number, reach: number}[]} wanted the most important first
   * @param {{x: number, y: number, reach: number}[]} points that no label may cover
   * @param {{must: number}} of the last: how many of `wanted` must be read
   * @returns {{text: string, x: number, y: number, at: number, far: number}[]} middle of each label that found a place;
   *   `at` in `wanted`; `far` 0 beside its point, else how many steps further out
   */
  return (context, wanted, points, { width, height, size, most, must }) => {
    const [taken, named] = [board(), board()];
    for (const { x, y, reach } of points) taken.add({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach });
    const placed = [];
    for (let at = 0; at < wanted.length && placed.length < most; at++) {
      const { text, x, y, reach } = wanted[at];
      const wide = widthOf(context, text);
      const tries = at < must ? [[0, taken], [1, taken], [2, taken], [3, taken], [0, named], [1, named], [2, named]] : [[0, taken]];
      const found = tries.flatMap(([far, free]) => PLACES.map((place) => ({ far, free, place }))).map(({ far, free, place: [right, down] }) => {
        const middle = { x: x + right * (reach + 2 + wide / 2 + far * size), y: y + down * ((right ? reach * 0.6 + size * 0.35 : reach + 2 + size * 0.55) + far * size) };
        return { far, free, ...middle, box: { left: middle.x - wide / 2 - 1, right: middle.x + wide / 2 + 1, top: middle.y - size * 0.56, bottom: middle.y + size * 0.56 } };
      }).find(({ free, box }) => box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height && free.free(box));
      if (!found) continue;
      for (const one of [taken, named]) one.add(found.box);
      placed.push({ text, x: found.x, y: found.y, at, far: found.far, box: found.box });
    }
    return placed;
  };
};
