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
