/* What the reader takes home from a panel: the numbers, the picture, the code, the link. */
'use strict';

Playground.takeHome = (panel) => {
  const { el } = Playground;
  const name = () => panel.value.name || 'view';

  function button(text, title, act) {
    const node = el('button', { type: 'button', class: 'pg-action', title, text });
    node.addEventListener('click', async () => {
      const answer = await act();
      if (!answer) return;
      // The answer stands where the name stood for a moment; the width is held so that no neighbour moves.
      node.style.minWidth = `${node.offsetWidth}px`;
      node.textContent = answer;
      setTimeout(() => { node.textContent = text; node.style.minWidth = ''; }, 1400);
    });
    return node;
  }

  function csv() {
    Playground.download(`${name()}.csv`, `\ufeff${Playground.table.csv(panel.table)}`, 'text/csv;charset=utf-8'); // the mark is for Excel
  }

  function json() {
    const { reading, notes, python } = panel.value;
    const { table } = panel;
    const content = { name: name(), reading, notes, columns: table.columns, rows: Playground.table.rows(table), python };
    Playground.download(`${name()}.json`, JSON.stringify(content, null, 1), 'application/json');
  }

  async function png() {
    const blob = await panel.instance.image();
    if (!blob) return 'Not possible';
    Playground.download(`${name()}.png`, blob, 'image/png');
    return null;
  }

  const copied = async (done, otherwise) => ((await done) ? 'Copied' : otherwise);

  return {
    csv: button('CSV', 'Download the numbers as CSV', csv),
    json: button('JSON', 'Download the numbers as JSON', json),
    png: button('PNG', 'Download the picture as PNG', png),
    copy: button('Copy code', 'Copy the Python code that gives the same numbers', () => copied(Playground.copyText(panel.value.python), 'Select and copy')),
    link: button('Copy link', 'Copy a link that opens the page in this state', () => copied(Playground.state.copyLink(), 'Copy the address')),
  };
};

/** An SVG as a PNG, with the style that it has on the page written into it. */
Playground.svgImage = async (node) => {
  const DRAWN = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin', 'paint-order', 'opacity', 'fill-opacity', 'font', 'text-anchor', 'dominant-baseline', 'display'];
  const copy = node.cloneNode(true);
  const all = [node, ...node.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((part, i) => {
    const style = getComputedStyle(all[i]);
    for (const name of DRAWN) part.style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const url = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new window.XMLSerializer().serializeToString(copy))}`;
  const image = new window.Image();
  image.src = url;
  await image.decode();
  const [width, height] = [Number(node.getAttribute('width')), Number(node.getAttribute('height'))];
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  const context = canvas.getContext('2d');
  context.fillStyle = Playground.colour('surface');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, 'image/png'); });
};
