/* The numbers of a View as a table: its own rows, or rows made of the picture's fields (playground/views/tables.py). */
'use strict';

Playground.table = (() => {
  const { el } = Playground;
  const ROWS_SHOWN = 400; // at least; a table of 50,000 rows would take the page down, and the CSV has them all
  const CELLS_SHOWN = 30000;

  /** As many digits as name this float32 and no other: 0.1, not 0.10000000149011612. */
  function exact(x) {
    for (let digits = 6; digits < 9; digits++) {
      const short = Number(x.toPrecision(digits));
      if (Math.fround(short) === x) return short;
    }
    return Number(x.toPrecision(9));
  }

  const reader = (list) => (list instanceof Float32Array ? (i) => exact(list[i]) : (i) => list[i]);
  const numbered = (names) => names.map((name, i) => `${i} ${name}`);

  function matrix(picture, spec) {
    const array = picture[spec.values];
    const [n, m] = array.shape.slice(-2);
    let at = 0;
    spec.at.forEach((index, axis) => { at += index * array.shape.slice(axis + 1).reduce((a, b) => a * b, 1); });
    const read = reader(array);
    const names = numbered(picture[spec.rows]);
    const row = (i) => [names[i], ...Array.from({ length: m }, (_, k) => read(at + i * m + k))];
    return { columns: [spec.corner, ...numbered(picture[spec.columns])], length: n, row };
  }

  function grid(picture, spec) {
    const [down, across] = [picture[spec.down[1]], picture[spec.across[1]]];
    const readers = spec.values.map(([, name]) => {
      const values = picture[name];
      if (Array.isArray(values)) return (i, k) => values[i][k];
      const read = reader(values);
      return (i, k) => read(i * across.length + k);
    });
    const row = (n) => {
      const [i, k] = [Math.floor(n / across.length), n % across.length];
      return [down[i], k, across[k], ...readers.map((read) => read(i, k))];
    };
    return {
      columns: [spec.down[0], 'position', spec.across[0], ...spec.values.map(([title]) => title)], length: down.length * across.length, row,
    };
  }

  function cell(record, i, path) {
    if (path === '#') return i + 1;
    const value = path.split('.').reduce((node, step) => (node === null || node === undefined ? null : node[step]), record);
    if (typeof value === 'boolean') return value ? 'yes' : '';
    return value === null ? '' : value;
  }

  function records(picture, spec) {
    const list = picture[spec.field];
    return {
      columns: spec.fields.map(([title]) => title), length: list.length, row: (i) => spec.fields.map(([, path]) => cell(list[i], i, path)),
    };
  }

  /** {columns, length, row(i)} of any table. */
  function open(table, picture) {
    if (table.matrix) return matrix(picture, table.matrix);
    if (table.grid) return grid(picture, table.grid);
    if (table.records) return records(picture, table.records);
    return { columns: table.columns, length: table.rows.length, row: (i) => table.rows[i] };
  }

  const rows = (table) => Array.from({ length: table.length }, (_, i) => table.row(i));
  const said = (value) => (value === null || value === undefined ? '' : String(value));

  /** The table as an element; columns of numbers are set to the right. */
  function draw(table, label) {
    const most = Math.max(ROWS_SHOWN, Math.floor(CELLS_SHOWN / table.columns.length));
    const shown = Array.from({ length: Math.min(table.length, most) }, (_, i) => table.row(i));
    const numeric = table.columns.map((_, k) => shown.every((row) => row[k] === '' || row[k] === null || typeof row[k] === 'number'));
    const kind = (k) => (numeric[k] ? 'pg-number' : null);
    const head = el('tr', {}, ...table.columns.map((name, k) => el('th', { scope: 'col', class: kind(k), text: name })));
    const body = el('tbody');
    for (const row of shown) body.append(el('tr', {}, ...row.map((value, k) => el('td', { class: kind(k), text: said(value), dir: 'auto' }))));
    const parts = [el('table', {}, el('caption', { text: label }), el('thead', {}, head), body)];
    if (table.length > most) {
      parts.push(el('p', { class: 'pg-notes', text: `The first ${most.toLocaleString('en')} of ${table.length.toLocaleString('en')} rows; all of them are in the CSV.` }));
    }
    return el('div', { class: 'pg-scroll', tabindex: '0', role: 'region', 'aria-label': `${label}: table` }, ...parts);
  }

  function csv(table) {
    const quote = (value) => (/[",\r\n]/.test(said(value)) ? `"${said(value).replace(/"/g, '""')}"` : said(value));
    return `${[table.columns, ...rows(table)].map((row) => row.map(quote).join(',')).join('\r\n')}\r\n`;
  }

  return { open, rows, draw, csv };
})();
