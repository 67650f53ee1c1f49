/* One panel shows any View: the picture, its reading, its table and code, the downloads.
 *
 * The contract with Python: `value` is View.payload() or a message (playground/views/view.py). Events: 'pick', a click in
 * the picture; 'missing', parts of the picture are not here any more and all must be sent again; 'offer', the reader takes
 * the model that a message offers. `element.dataset.drawn` counts finished draws, which is what the browser tests wait for.
 */
'use strict';

/**
 * @typedef {Object} View
 * @property {{kind: string}} picture
 * @property {Object<string, string>} kept digest → field of the picture that the next payload may leave out
 * @property {string} reading
 * @property {Object?} table rows, or how they are made of the picture (table.js)
 * @property {string?} python
 * @property {[string, string][]} highlighted class and text, in a row the Python again
 * @property {string[]?} notes
 * @property {string?} name stem of the names of downloaded files
 *
 * @typedef {{message: string, tone: 'empty'|'error'|'reason', offer: string?}} Message what stands in the place of a
 *           picture; `offer`: a model with which there would be one
 */

(() => {
  const { el, setText } = Playground;
  const NAMES = { picture: 'Picture', table: 'Table', code: 'Code' };

  class Panel {
    constructor(element, trigger) {
      this.element = element;
      this.settings = element.dataset;
      this.trigger = trigger;
      this.value = null; // the payload that is shown
      this.picture = null; // its picture, arrays decoded and kept parts in place
      this.parts = Playground.parts();
      this.turn = 0;
      this.asked = false; // for missing parts, and not yet answered
      this.kind = null;
      this.instance = null;
      this.mode = 'picture';
      this.drawn = 0;
      this.stale = { picture: false, table: false, code: false };
      this.build();
      Playground.onTheme(() => this.repaint());
      this.drawnRoom = '';
      new ResizeObserver(() => this.resized()).observe(this.views.picture);
    }

    /** What a picture may fill, in pixels: the width there is, and the height that the style sheet gives the frame at least. */
    get room() {
      const picture = getComputedStyle(this.views.picture);
      const inner = (...names) => names.reduce((sum, name) => sum + parseFloat(picture[name]), 0);
      return {
        width: this.views.picture.clientWidth - inner('paddingLeft', 'paddingRight'),
        height: parseFloat(getComputedStyle(this.frame).minHeight) - 2 - inner('paddingTop', 'paddingBottom'),
      };
    }

    /** What a picture was laid out for; type of another size asks for another layout. */
    get roomKey() {
      return JSON.stringify([this.room, Playground.unit()]);
    }

    build() {
      const { id } = this.settings;
      this.views = {};
      this.tabs = {};
      const frame = el('div', { class: 'pg-frame' });
      frame.style.setProperty('--pg-min-height', `${this.settings.height}px`);
      const list = el('div', { class: 'pg-switch', role: 'tablist', 'aria-label': `${this.settings.label}: show as` });
      for (const [mode, name] of Object.entries(NAMES)) {
        this.views[mode] = el('div', {
          class: `pg-view pg-view-${mode}`, role: 'tabpanel', id: `${id}-${mode}`, 'aria-label': `${this.settings.label}: ${name}`,
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
      this.sentence = el('p');
      this.offer = el('button', { type: 'button', class: 'pg-offer' });
      this.offer.addEventListener('click', () => this.send('offer', { model: this.value.offer }));
      this.message = el('div', { class: 'pg-message', role: 'status', hidden: true }, this.sentence, this.offer);
      frame.append(this.message);

      this.reading = el('p', { class: 'pg-reading', 'aria-live': 'polite' });
      this.notes = el('p', { class: 'pg-notes' });
      this.buttons = Playground.takeHome(this);
      const actions = el('div', { class: 'pg-actions' }, ...Object.values(this.buttons));
      this.foot = el('div', { class: 'pg-foot' }, this.reading, el('div', { class: 'pg-bar' }, list, actions), this.notes);
      this.element.replaceChildren(frame, this.foot);
      this.frame = frame;
    }

    // ---- a new value ---------------------------------------------------------------------------------------------

    /** Says how far an action has come, over the dimmed picture; anything else that arrives ends that. */
    working(value) {
      const doing = value && value.doing;
      this.frame.classList.toggle('pg-doing', Boolean(doing));
      if (!doing) return;
      const share = typeof value.fraction === 'number' ? ` ${Math.round(100 * value.fraction)} %` : '';
      this.frame.dataset.doing = `${doing}${share}`;
      this.frame.style.setProperty('--pg-done', `${100 * (value.fraction || 0)}%`);
    }

    update(value) {
      this.working(value);
      if (value && value.doing) return; // how far an action has come: the picture stays
      this.turn += 1;
      if (!value || typeof value !== 'object' || !value.picture) {
        this.tell(value && value.message ? value : { message: this.settings.empty || 'No picture yet: it comes with the first run.', tone: 'empty' });
        return;
      }
      const picture = this.parts.open(value);
      if (picture === null) {
        this.ask();
        return;
      }
      this.asked = false;
      const maker = Playground.kind(value.picture.kind);
      if (!picture.then && !maker.then) {
        this.take(value, picture, maker);
        return;
      }
      const mine = this.turn;
      Promise.all([picture, maker]).then(
        (ready) => { if (mine === this.turn) this.take(value, ...ready); }, // else a later value has overtaken this one
        (error) => { if (mine === this.turn) this.fail(value, error); },
      );
    }

    /** Some parts of the picture were to be here and are not: everything again, please, but only once. */
    ask() {
      if (this.asked) this.tell({ message: 'Parts of this picture did not arrive. Reload the page.', tone: 'error' });
      else this.trigger('missing', {});
      this.asked = !this.asked;
    }

    /** A sentence in the place of a picture. */
    tell(message) {
      this.value = message;
      this.picture = null;
      this.dress(message);
      this.stale = { picture: false, table: false, code: false };
      this.bump();
    }

    take(value, picture, maker) {
      this.value = value;
      this.picture = picture;
      this.dress(value);
      if (this.tabs[this.mode].hidden) this.show('picture');
      this.stale = { picture: true, table: true, code: true };
      try {
        this.prepare(value.picture.kind, maker);
        this.refresh();
      } catch (error) {
        this.failed(error);
      }
    }

    fail(value, error) {
      this.value = value;
      this.picture = null;
      this.dress(value);
      this.failed(error);
    }

    /** Everything around the picture: the sentence, the notes, which buttons there are. */
    dress(view) {
      const silent = !view.picture;
      this.message.hidden = !silent;
      this.message.dataset.tone = view.tone || 'empty';
      setText(this.sentence, silent ? view.message : '');
      this.offer.hidden = !view.offer;
      setText(this.offer, view.offer ? `Take ${view.offer}` : '');
      this.foot.classList.toggle('pg-quiet', silent);
      this.frame.classList.toggle('pg-silent', silent);
      this.frame.classList.toggle('pg-outdated', Boolean(view.outdated));
      this.frame.dataset.outdated = view.outdated || '';
      setText(this.reading, silent ? '' : view.reading || '');
      setText(this.notes, silent ? '' : (view.notes || []).join(' · '));
      this.tabs.table.hidden = !view.table;
      this.tabs.code.hidden = !view.python;
      this.buttons.csv.hidden = !view.table;
      this.buttons.json.hidden = !view.table;
      this.buttons.copy.hidden = !view.python;
      this.buttons.link.hidden = silent;
      if (Playground.explain) Playground.explain(this.element.closest('.pg-tab') || this.element);
      this.buttons.png.hidden = true;
    }

    /** The picture's own object: kept while the kind stays, so that canvases, cameras and scroll positions survive. */
    prepare(kind, maker) {
      if (kind === this.kind) return;
      if (this.instance && this.instance.remove) this.instance.remove();
      this.views.picture.replaceChildren();
      this.views.picture.dataset.kind = kind;
      this.kind = kind;
      this.instance = maker(this.views.picture, this);
      if (this.instance.hover) Playground.onHover(this.views.picture, (pos) => this.instance.hover(pos));
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
      this.drawnRoom = this.roomKey;
      this.frame.setAttribute('aria-busy', 'true'); // the sentence stands already; scripts of the picture may still come
      const done = this.instance.draw(this.picture);
      if (done && done.then) done.then(() => this.bump(), (error) => this.failed(error));
      else this.bump();
    }

    failed(error) {
      console.error(error);
      this.message.hidden = false;
      this.message.dataset.tone = 'error';
      this.offer.hidden = true;
      setText(this.sentence, `This picture could not be drawn: ${error.message}. Its numbers are under Table.`);
      this.bump();
    }

    bump() {
      this.frame.setAttribute('aria-busy', 'false');
      this.drawn += 1;
      this.element.dataset.drawn = String(this.drawn);
    }

    resized() {
      if (!this.views.picture.clientWidth || !this.instance) return;
      const room = this.roomKey;
      if (this.stale.picture && this.mode === 'picture') this.refresh();
      else if (room !== this.drawnRoom && !this.stale.picture) {
        this.drawnRoom = room;
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

    get table() {
      return Playground.table.open(this.value.table, this.picture);
    }

    drawTable() {
      this.views.table.replaceChildren(Playground.table.draw(this.table, this.settings.label));
    }

    drawCode() {
      const words = this.value.highlighted.map(([kind, text]) => (kind ? el('span', { class: `pg-code-${kind}`, text }) : text));
      this.views.code.replaceChildren(el('pre', { class: 'pg-scroll', tabindex: '0' }, el('code', {}, ...words)));
    }

    pick(data) {
      this.send('pick', data);
    }

    send(event, data) {
      Playground.send(event, this.settings.id.replace(/-view$/, ''), data, this.trigger);
    }
  }

  /** Called once by each panel's js_on_load. */
  Playground.panel = (element, props, trigger, watch) => {
    const panel = new Panel(element.querySelector('.pg-panel'), trigger);
    Playground.inTurn(props, watch, (value) => panel.update(value), (sent) => (sent && typeof sent === 'string' ? JSON.parse(sent) : sent)); // "" before the first picture
  };
})();
