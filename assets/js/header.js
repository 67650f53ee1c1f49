/* The page above its tabs: the line about the model, what went wrong, the page's own switches. */
'use strict';

(() => {
  const { el, setText } = Playground;

  /** A component that draws its value whenever it changes. */
  function drawn(element, props, watch, draw) {
    Playground.inTurn(props, watch, (value) => {
      draw(value);
      element.dataset.drawn = String(Number(element.dataset.drawn || 0) + 1);
    });
  }

  /** Name and size of the model in one line; everything else unfolds. */
  Playground.modelLine = (host, props, trigger, watch) => {
    const root = host.querySelector('.pg-model-line');
    const name = el('b', { class: 'pg-model-name' });
    const does = el('span', { class: 'pg-model-does' });
    const facts = el('dl', { class: 'pg-facts-list' });
    const notes = el('p', { class: 'pg-notes' });
    const details = el('details', {}, el('summary', {}, name, does), facts, notes);
    root.replaceChildren(details);

    const fact = ({ label, value, hint, share }) => {
      const meter = share === null ? null : el('span', { class: `pg-meter${share > 1 ? ' pg-over' : ''}` }, el('span', { style: `width:${Math.min(100, 100 * share)}%` }));
      return el('div', { class: 'pg-fact', title: hint || null }, el('dt', { text: label }), el('dd', { text: value }), meter);
    };

    drawn(root, props, watch, (value) => {
      details.hidden = !value;
      if (!value) return;
      setText(name, value.name);
      setText(does, value.does);
      facts.replaceChildren(...value.facts.map(fact));
      setText(notes, (value.notes || []).join(' '));
    });
  };

  /** One line that is not there while it is empty. Value: a sentence on what went wrong, or {note: what is only to be known}. */
  Playground.notice = (host, props, trigger, watch) => {
    const line = host.querySelector('p');
    drawn(line, props, watch, (value) => {
      const note = value ? value.note : '';
      line.classList.toggle('pg-note', Boolean(note));
      line.setAttribute('role', note ? 'status' : 'alert');
      setText(line, note || value || '');
      line.hidden = !value;
    });
  };

  /** The names of a tab's views: one is open; those that cannot serve the model are greyed and say why. */
  Playground.views = (host, props, trigger, watch) => {
    const root = host.querySelector('.pg-views');
    const list = el('div', { class: 'pg-view-names', role: 'tablist', 'aria-label': 'Views' });
    root.replaceChildren(list);

    const tab = host.closest('.block')?.id.replace(/-views$/, '') || '';
    const choose = (id) => Playground.send('choose', tab, { view: id }, trigger);
    list.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button) choose(button.dataset.view);
    });
    list.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const buttons = Array.from(list.children);
      const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
      next.focus();
      choose(next.dataset.view);
      event.preventDefault();
    });

    drawn(root, props, watch, (value) => {
      if (!value) return;
      if (list.children.length !== value.views.length) {
        list.replaceChildren(...value.views.map((view) => el('button', { type: 'button', role: 'tab', 'data-view': view.id, text: view.title })));
      }
      value.views.forEach((view, i) => {
        const button = list.children[i];
        const on = view.id === value.open;
        button.setAttribute('aria-selected', String(on));
        button.tabIndex = on ? 0 : -1;
        button.title = view.why || '';
        button.classList.toggle('pg-unsuited', Boolean(view.why));
      });
      list.hidden = value.views.length < 2;
      const chosen = list.querySelector('[aria-selected=true]');
      if (chosen && list.scrollWidth > list.clientWidth) list.scrollTo({ left: chosen.offsetLeft - list.offsetLeft - 30 });
      const item = host.closest('.tabitem');
      const row = item && item.querySelector('.pg-tab');
      if (row) row.classList.toggle('pg-unsuited', value.views.some((view) => view.id === value.open && view.why));
      if (row) Object.assign(row.dataset, { view: value.open, tab });
      if (row) row.classList.toggle('pg-apart', Boolean(value.apart));
    });
  };

  /* ---- light or dark, and type for the back of the room: the browser remembers both ---- */

  const remember = (key, value) => {
    try {
      if (value === undefined) return window.localStorage.getItem(key);
      window.localStorage.setItem(key, value);
    } catch {
      // Storage is refused (private window, embedded page): then the choice lasts as long as the page.
    }
    return value === undefined ? null : value;
  };
  const dark = (on) => document.body.classList.toggle('dark', on);
  const large = (on) => document.documentElement.classList.toggle('pg-presenting', on);

  /** What was chosen on an earlier visit; a theme named in the address goes before it. */
  function remembered() {
    const theme = remember('playground-theme');
    if (theme && !new URLSearchParams(window.location.search).has('__theme')) dark(theme === 'dark');
    large(remember('playground-large') === 'yes');
  }

  Playground.switches = (host) => {
    const root = host.querySelector('.pg-switches');
    const theme = el('button', { type: 'button', class: 'pg-switch-button', id: 'page-theme', text: 'Light / dark' });
    const size = el('button', { type: 'button', class: 'pg-switch-button', id: 'page-large', text: 'Large type', title: 'For a projector: everything half as large again' });
    theme.addEventListener('click', () => remember('playground-theme', dark() ? 'dark' : 'light'));
    const told = () => size.setAttribute('aria-pressed', String(document.documentElement.classList.contains('pg-presenting')));
    size.addEventListener('click', () => {
      remember('playground-large', large() ? 'yes' : 'no');
      told();
      window.dispatchEvent(new Event('resize'));
    });
    root.replaceChildren(size, theme);
    remembered();
    told();
  };
})();
