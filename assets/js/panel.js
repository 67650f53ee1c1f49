/* One panel shows any View: the picture, its reading, its table and code, the downloads.
 *
 * The contract with Python: `value` is a View's payload (see playground/tabs/components.py), the event is 'pick', and
 * `element.dataset.drawn` counts finished draws, which is what the browser tests wait for.
 */
'use strict';

/**
 * @typedef {Object} View
 * @property {{kind: string}} picture
 * @property {string} reading
 * @property {{columns: string[], rows: any[][]}?} table
 * @property {string?} python
 * @property {string[]?} notes
 * @property {string?} name stem of the names of downloaded files
 *
 * @typedef {{message: string, tone: 'empty'|'error'}} Message what stands in the place of a picture
 */

(() => {
  const { el, setText } = Playground;
  const ROWS_SHOWN = 400; // a table of 50,000 rows would take the page down; the CSV has them all
  const NAMES = { picture: 'Picture', table: 'Table', code: 'Code' };

  class Panel {
    constructor(element, trigger) {
      this.element = element;
      this.settings = element.dataset;
      this.trigger = trigger;
      this.value = null;
      this.kind = null;
      this.instance = null;
      this.mode = 'picture';
      this.drawn = 0;
      this.stale = { picture: false, table: false, code: false };
      this.build();
      Playground.onTheme(() => this.repaint());
      this.width = 0;
      new ResizeObserver(() => this.resized()).observe(this.views.picture);
    }

    get label() {
      return this.settings.label;
    }

    /** The least height of the stage in pixels. */
    get height() {
      return Number(this.settings.height);
    }

    build() {
      const { id } = this.settings;
      this.views = {};
      this.tabs = {};
      const frame = el('div', { class: 'pg-frame' });
      frame.style.setProperty('--pg-min-height', `${this.height}px`);
      const list = el('div', { class: 'pg-switch', role: 'tablist', 'aria-label': `${this.label}: show as` });
      for (const [mode, name] of Object.entries(NAMES)) {
        this.views[mode] = el('div', {
          class: `pg-view pg-view-${mode}`, role: 'tabpanel', id: `${id}-${mode}`, 'aria-label': `${this.label}: ${name}`,
          hidden: mode !== 'picture',
        });
        this.tabs[mode] = el('button', {
          type: 'button', role: 'tab', 'aria-controls': `${id}-${mode}`, 'aria-selected': String(mode === 'picture'),
          tabindex: mode === 'picture' ? '0' : '-1', text: name,
        });
        this.tabs[mode].addEventListener('click', () => this.show(mode));
        frame.append(this.views[mode]);
        list.append(this.tabs[mode]);
      }
      list.addEventListener('keydown', (event) => this.arrow(event));
      this.message = el('div', { class: 'pg-message', role: 'status', hidden: true });
      frame.append(this.message);

      this.reading = el('p', { class: 'pg-reading', 'aria-live': 'polite' });
      this.notes = el('p', { class: 'pg-notes' });
      this.buttons = {
        csv: this.button('CSV', 'Download the numbers as CSV', () => this.csv()),
        json: this.button('JSON', 'Download the numbers as JSON', () => this.json()),
        png: this.button('PNG', 'Download the picture as PNG', () => this.png()),
        copy: this.button('Copy code', 'Copy the Python code that gives the same numbers', () => this.copy()),
        link: this.button('Copy link', 'Copy a link that opens the page in this state', () => this.link()),
      };
      const actions = el('div', { class: 'pg-actions' }, ...Object.values(this.buttons));
      this.foot = el('div', { class: 'pg-foot' }, this.reading, el('div', { class: 'pg-bar' }, list, actions), this.notes);
      this.element.replaceChildren(frame, this.foot);
      this.frame = frame;
    }

    button(text, title, act) {
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

    // ---- a new value ---------------------------------------------------------------------------------------------

    update(value) {
      this.value = value && typeof value === 'object' ? value
        : { message: this.settings.empty || 'No picture yet: it comes with the first run.', tone: 'empty' };
      const view = this.value;
      const silent = 'message' in view && !view.picture;
      this.message.hidden = !silent;
      this.message.dataset.tone = view.tone || 'empty';
      setText(this.message, silent ? view.message : '');
      this.foot.classList.toggle('pg-quiet', silent);
      this.frame.classList.toggle('pg-silent', silent);
      setText(this.reading, silent ? '' : view.reading || '');
      setText(this.notes, silent ? '' : (view.notes || []).join(' · '));
      this.tabs.table.hidden = !view.table;
      this.tabs.code.hidden = !view.python;
      this.buttons.csv.hidden = !view.table;
      this.buttons.json.hidden = !view.table && !view.picture;
      this.buttons.copy.hidden = !view.python;
      this.buttons.link.hidden = silent;
      if (!silent && this.tabs[this.mode].hidden) this.show('picture');
      this.stale = { picture: !silent, table: true, code: true };
      if (silent) {
        this.buttons.png.hidden = true;
        this.bump();
        return;
      }
      try {
        this.prepare();
        this.refresh();
      } catch (error) {
        this.failed(error);
      }
    }

    /** The picture's own object: kept while the kind stays, so that canvases, cameras and scroll positions survive. */
    prepare() {
      const { kind } = this.value.picture;
      if (kind === this.kind) return;
      if (this.instance && this.instance.remove) this.instance.remove();
      const create = Playground.kinds[kind];
      if (!create) throw new Error(`no picture is called "${kind}"`);
      this.views.picture.replaceChildren();
      this.views.picture.dataset.kind = kind;
      this.kind = kind;
      this.instance = create(this.views.picture, this);
      if (this.instance.hover) Playground.onHover(this.views.picture, (pos) => this.instance.hover(pos));
      this.buttons.png.hidden = !this.instance.image;
    }

    /** Draws what is in sight and out of date; what is hidden waits until it is looked at. */
    refresh() {
      this.buttons.png.hidden = !(this.instance && this.instance.image) || this.mode !== 'picture';
      if (!this.stale[this.mode]) return;
      if (this.mode === 'table') this.drawTable();
      else if (this.mode === 'code') this.drawCode();
      else if (this.views.picture.clientWidth > 0) this.drawPicture();
      else return;
      this.stale[this.mode] = false;
    }

    drawPicture() {
      this.width = this.views.picture.clientWidth;
      const done = this.instance.draw(this.value.picture);
      if (done && done.then) done.then(() => this.bump(), (error) => this.failed(error));
      else this.bump();
    }

    failed(error) {
      console.error(error);
      this.message.hidden = false;
      this.message.dataset.tone = 'error';
      setText(this.message, `This picture could not be drawn: ${error.message}. Its numbers are under Table.`);
      this.bump();
    }

    bump() {
      this.drawn += 1;
      this.element.dataset.drawn = String(this.drawn);
    }

    resized() {
      const width = this.views.picture.clientWidth;
      if (!width || !this.instance) return;
      if (this.stale.picture && this.mode === 'picture') this.refresh();
      else if (width !== this.width && !this.stale.picture) {
        this.width = width;
        if (this.instance.resize) this.instance.resize();
      }
    }

    repaint() {
      if (!this.instance) return;
      this.stale.picture = true;
      if (this.mode === 'picture' && this.message.hidden) this.refresh();
    }

    // ---- picture, table, code ------------------------------------------------------------------------------------

    show(mode) {
      // Table and code take the picture's height, so that nothing below them moves.
      if (this.mode === 'picture' && mode !== 'picture') this.frame.style.minHeight = `${this.frame.offsetHeight}px`;
      else if (mode === 'picture') this.frame.style.minHeight = '';
      this.mode = mode;
      for (const name of Object.keys(NAMES)) {
        const on = name === mode;
        this.tabs[name].setAttribute('aria-selected', String(on));
        this.tabs[name].tabIndex = on ? 0 : -1;
        this.views[name].hidden = !on;
      }
      this.refresh();
    }

    arrow(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const modes = Object.keys(NAMES).filter((mode) => !this.tabs[mode].hidden);
      const next = modes[(modes.indexOf(this.mode) + step + modes.length) % modes.length];
      this.show(next);
      this.tabs[next].focus();
      event.preventDefault();
    }

    drawTable() {
      const { columns, rows } = this.value.table;
      const numeric = columns.map((_, k) => rows.every((row) => row[k] === null || typeof row[k] === 'number'));
      const head = el('tr', {}, ...columns.map((name, k) => el('th', { scope: 'col', class: numeric[k] ? 'pg-number' : null, text: name })));
      const body = el('tbody');
      for (const row of rows.slice(0, ROWS_SHOWN)) {
        body.append(el('tr', {}, ...row.map((cell, k) => el('td', {
          class: numeric[k] ? 'pg-number' : null, text: cell === null || cell === undefined ? '–' : String(cell), dir: 'auto',
        }))));
      }
      const table = el('table', {}, el('caption', { text: this.label }), el('thead', {}, head), body);
      const parts = [table];
      if (rows.length > ROWS_SHOWN) {
        parts.push(el('p', { class: 'pg-notes', text: `The first ${ROWS_SHOWN} of ${rows.length} rows; all of them are in the CSV.` }));
      }
      this.views.table.replaceChildren(el('div', { class: 'pg-scroll', tabindex: '0', role: 'region', 'aria-label': `${this.label}: table` }, ...parts));
    }

    drawCode() {
      this.views.code.replaceChildren(el('pre', { class: 'pg-scroll', tabindex: '0' }, el('code', { text: this.value.python })));
    }

    // ---- what the reader takes home ------------------------------------------------------------------------------

    get name() {
      return this.value.name || 'view';
    }

    csv() {
      const { columns, rows } = this.value.table;
      const quote = (cell) => {
        const text = cell === null || cell === undefined ? '' : String(cell);
        return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
      };
      const text = [columns, ...rows].map((row) => row.map(quote).join(',')).join('\r\n');
      Playground.download(`${this.name}.csv`, `\ufeff${text}\r\n`, 'text/csv;charset=utf-8'); // the mark is for Excel
    }

    json() {
      const { name, reading, table, notes, python } = this.value;
      const content = { name, reading, notes, ...(table || {}), python };
      if (!table) content.picture = this.value.picture;
      Playground.download(`${this.name}.json`, JSON.stringify(content, null, 1), 'application/json');
    }

    async png() {
      const blob = await this.instance.image();
      if (!blob) return 'Not possible';
      Playground.download(`${this.name}.png`, blob, 'image/png');
      return null;
    }

    async copy() {
      return (await Playground.copyText(this.value.python)) ? 'Copied' : 'Select and copy';
    }

    async link() {
      return (await Playground.state.copyLink()) ? 'Copied' : 'Copy the address';
    }

    pick(data) {
      this.trigger('pick', data);
    }
  }

  /** Called once by each panel's js_on_load. */
  Playground.panel = (element, props, trigger, watch) => {
    const panel = new Panel(element.querySelector('.pg-panel'), trigger);
    watch('value', () => panel.update(props.value));
    panel.update(props.value);
  };

  /** Dims the panel `id` while something outside Gradio's own events is under way. */
  Playground.busy = (id, on) => {
    const node = document.getElementById(id);
    if (node) node.classList.toggle('pg-busy', on);
  };
})();
