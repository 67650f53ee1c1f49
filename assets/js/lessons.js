/* The path of lessons: numbered through, grouped by tab, the open tab's unfolded; the next one at the end of the line. */
'use strict';

(() => {
  const { el, setText } = Playground;
  const ROOM = 3; // lessons of a tab whose titles fit beside each other

  /** Value: {lessons: [{number, title, tab}], tabs: [[id, title]], tab: the open one, open: number?, look: sentence}. */
  Playground.lessons = (host, props, _, watch) => {
    const root = host.querySelector('.pg-lessons');
    // On a phone one line tells where the reader stands, and unfolds the path.
    const here = el('button', { type: 'button', class: 'pg-here', 'aria-expanded': 'false', 'aria-controls': 'page-path' });
    const path = el('ol', { class: 'pg-path', id: 'page-path' });
    const next = el('button', { type: 'button', class: 'pg-next' });
    const look = el('p', { class: 'pg-look', role: 'status', id: 'page-look' });
    const word = el('span', { class: 'pg-path-word', text: 'Lessons' });
    root.replaceChildren(el('div', { class: 'pg-path-line' }, word, here, path, next), look);
    const groups = new Map(); // tab → {name, steps, item}
    let value = null;
    let unfolded = null;

    const open = (number) => {
      fold(true);
      Playground.tell('lesson', { number });
    };
    const fold = (on) => {
      root.classList.toggle('pg-unfolded', !on);
      here.setAttribute('aria-expanded', String(!on));
    };
    here.addEventListener('click', () => fold(root.classList.contains('pg-unfolded')));
    look.addEventListener('click', () => look.classList.toggle('pg-whole'));
    next.addEventListener('click', () => open(Number(next.dataset.number)));

    const step = (lesson) => {
      const button = el('button', { type: 'button', class: 'pg-step', title: lesson.title, 'data-lesson': lesson.number },
        el('span', { class: 'pg-step-number', text: String(lesson.number) }), el('span', { class: 'pg-step-title', text: lesson.title }));
      button.addEventListener('click', () => open(lesson.number));
      return el('li', {}, button);
    };

    function build() {
      groups.clear();
      path.replaceChildren();
      for (const [tab, title] of value.tabs) {
        const mine = value.lessons.filter((lesson) => lesson.tab === tab);
        if (!mine.length) continue;
        const [first, last] = [mine[0].number, mine.at(-1).number];
        const name = el('button', { type: 'button', class: 'pg-group-name', 'data-group': tab },
          el('span', { text: title }), el('span', { class: 'pg-group-numbers', text: first === last ? `${first}` : `${first}–${last}` }));
        name.addEventListener('click', () => unfold(unfolded === tab ? value.tab : tab));
        const steps = el('ol', { class: 'pg-steps', 'aria-label': title }, ...mine.map(step));
        const item = el('li', { class: `pg-group${mine.length > ROOM ? ' pg-many' : ''}` }, name, steps);
        groups.set(tab, { name, item });
        path.append(item);
      }
    }

    /** Shows the lessons of one tab; those of the others are behind its name. */
    function unfold(tab) {
      unfolded = tab;
      for (const [id, group] of groups) {
        group.item.classList.toggle('pg-open-group', id === tab);
        group.name.setAttribute('aria-expanded', String(id === tab));
      }
      const group = groups.get(tab);
      // Only sideways: the page must not jump to the path.
      const current = group && group.item.querySelector('li:has(.pg-step.pg-open)');
      if (current) current.parentNode.scrollLeft = current.offsetLeft - current.parentNode.offsetLeft - 60; // its neighbour stays in sight
      if (group) path.scrollTo({ left: group.item.offsetLeft - path.offsetLeft - 40, behavior: Playground.reducedMotion() ? 'auto' : 'smooth' });
    }

    /** The lesson after the open one; without one, the first of the open tab. */
    function following() {
      const at = value.lessons.findIndex((lesson) => lesson.number === value.open);
      return at >= 0 ? value.lessons[at + 1] : value.lessons.find((lesson) => lesson.tab === value.tab) || value.lessons[0];
    }

    function mark() {
      for (const button of path.querySelectorAll('.pg-step')) {
        const on = Number(button.dataset.lesson) === value.open;
        button.classList.toggle('pg-open', on);
        if (on) button.setAttribute('aria-current', 'step'); else button.removeAttribute('aria-current');
      }
      const current = value.lessons.find((lesson) => lesson.number === value.open);
      setText(here, current ? `${current.number} of ${value.lessons.length}: ${current.title}` : `${value.lessons.length} lessons`);
      const after = following();
      next.hidden = !after;
      if (after) {
        next.dataset.number = after.number;
        next.title = after.title;
        next.replaceChildren(el('span', { text: `${current ? 'Next' : 'Lesson'} ${after.number}` }), el('span', { class: 'pg-next-title', text: `: ${after.title}` }));
      }
    }

    Playground.inTurn(props, watch, (given) => {
      if (!given) return;
      const before = value;
      value = given;
      if (!before || JSON.stringify(before.lessons) !== JSON.stringify(value.lessons)) build();
      mark();
      if (!before || before.tab !== value.tab || before.open !== value.open) unfold(value.tab);
      if (!before || before.look !== value.look) look.classList.remove('pg-whole');
      const home = value.lessons.find((lesson) => lesson.number === value.open);
      const apart = home && home.tab !== value.tab && value.tabs.find(([id]) => id === home.tab);
      setText(look, value.look ? `${apart ? `On the tab ${apart[1]}: ` : ''}${value.look}` : '');
      look.hidden = !value.look;
      root.dataset.drawn = String(Number(root.dataset.drawn || 0) + 1);
    });
  };
})();
