/* No label on another: each label of a flat scatter plot takes the first of eight places around its point that is free.
 *
 * A label that finds none stays away; its text is under the pointer all the same. Again after each zoom.
 */
'use strict';

/** @param {string[]} texts of the points; `first`: the point whose label is placed first */
Playground.placeLabels = (graph, curve, texts, first) => {
  const PLACES = [
    ['top center', 0, -1], ['bottom center', 0, 1], ['middle right', 1, 0], ['middle left', -1, 0],
    ['top right', 1, -1], ['top left', -1, -1], ['bottom right', 1, 1], ['bottom left', -1, 1],
  ];
  const trace = graph._fullData[curve];
  const { xaxis, yaxis } = graph._fullLayout;
  const size = trace.textfont.size;
  const reach = trace.marker.size / 2 + 3;
  const taken = [];
  const crosses = (a) => taken.some((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom);
  const points = texts.map((text, i) => ({ x: xaxis.d2p(trace.x[i]), y: yaxis.d2p(trace.y[i]), wide: Array.from(text).length * size * 0.61, i }));
  for (const { x, y } of points) taken.push({ left: x - reach + 2, right: x + reach - 2, top: y - reach + 2, bottom: y + reach - 2 });

  const positions = texts.map(() => 'top center');
  const shown = texts.map(() => '');
  const order = [...points].sort((a, b) => (b.i === first) - (a.i === first));
  for (const { x, y, wide, i } of order) {
    for (const [name, right, down] of PLACES) {
      const middle = { x: x + right * (reach + wide / 2), y: y + down * (right ? reach * 0.7 + size * 0.4 : reach + size * 0.7) };
      const box = { left: middle.x - wide / 2, right: middle.x + wide / 2, top: middle.y - size * 0.6, bottom: middle.y + size * 0.6 };
      if (crosses(box) || box.left < 0 || box.right > xaxis._length) continue;
      taken.push(box);
      positions[i] = name;
      shown[i] = texts[i];
      break;
    }
  }
  const now = JSON.stringify([positions, shown]);
  if (graph.pgPlaced === now) return Promise.resolve();
  graph.pgPlaced = now;
  return window.Plotly.restyle(graph, { textposition: [positions], text: [shown] }, [curve]);
};
