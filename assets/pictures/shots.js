/* A sheet on which a task is written down: ready tasks, labels, solved examples and the case that is asked.
 *
 * Everything on it can be changed in place; what is sent is the new text of one or two controls. Words that are being
 * typed are never overwritten by an answer to what was typed before.
 */
'use strict';

/**
 * @typedef {{text: string, label: string, shown: string, shown_at: number, look: number?, used: boolean}} ShotExample
 * @typedef {Object} ShotsPicture playground/views/pictures/shots.py
 * @property {[string, string][]} tasks
 * @property {string} task
 * @property {string[]} labels
 * @property {string} form
 * @property {ShotExample[]} examples
 * @property {string} query
 * @property {string[]} queries
 * @property {number?} answer
 * @property {number} share
 * @property {number?} told
 * @property {string} about
 * @property {string} trouble
 * @property {number} most
 */

Playground.kinds.shots = (host, panel) => {
  const { el, setText } = Playground;
  const REST_MS = 400; // after the last key
  const MOST_LABELS = 6;
  const button = (text, title, act, options = {}) => {
    const node = el('button', { type: 'button', text, title, 'aria-label': title, ...options });
    node.addEventListener('click', act);
    return node;
  };
  const tasks = el('div', { class: 'pg-shots-tasks', role: 'group', 'aria-label': 'Ready tasks' });
  const labels = el('div', { class: 'pg-shots-labels', role: 'group', 'aria-label': 'Labels' });
  const form = el('input', { type: 'text', class: 'pg-shots-form', 'aria-label': 'How a case is written: {text} is the case, {label} its label', spellcheck: 'false' });
  const list = el('ol', { class: 'pg-shots-list', 'aria-label': 'Examples' });
  const add = button('+ example', 'Add an example', () => addExample(), { class: 'pg-shots-add' });
  const query = el('input', { type: 'text', 'aria-label': 'The case that is asked', dir: 'auto' });
  const another = button('↻', 'Another case', () => anotherCase(), { class: 'pg-shots-icon' });
  const answer = el('output', { class: 'pg-shots-answer' });
  const about = el('p', { class: 'pg-shots-about' });
  const trouble = el('p', { class: 'pg-shots-trouble', role: 'alert' });
  host.replaceChildren(tasks,
    el('div', { class: 'pg-shots-line' }, el('span', { text: 'Labels' }), labels, el('label', { class: 'pg-shots-written' }, el('span', { text: 'written as' }), form)),
    list, add, el('div', { class: 'pg-shots-asked' }, el('span', { class: 'pg-shots-n', text: 'asked' }), query, another, answer), trouble, about);

  let picture = null;
  let own = { labels: [], form: '', examples: [], query: '' }; // as it stands here, sent or not
  let timer = null;

  const lines = () => own.examples.map(({ text, label }) => `${text} => ${label}`).join('\n') || 'none';
  const sent = {
    examples: () => lines(),
    labels: () => own.labels.join(' | '),
    form: () => own.form.replace(/↵/g, '\n') || ' ',
    query: () => own.query || ' ',
  };

  /** Sends what has changed; the point of the curve that was chosen is another one then. */
  function send(...keys) {
    clearTimeout(timer);
    panel.pick(Object.fromEntries([...keys.map((key) => [key, sent[key]()]), ['n', -1]]));
  }

  /** Words that are typed: taken at once, sent when the typing rests or the box is left. */
  function typed(box, take, ...keys) {
    let unsent = false;
    const out = () => { if (unsent) { unsent = false; send(...keys); } };
    box.addEventListener('input', () => {
      take(box.value.replace(/\s*\n\s*/g, ' '));
      unsent = true;
      clearTimeout(timer);
      timer = setTimeout(out, REST_MS);
    });
    box.addEventListener('change', out);
    box.addEventListener('keydown', (event) => { if (event.key === 'Enter') out(); });
  }

  function addExample() {
    const label = own.labels[own.examples.length % own.labels.length];
    own.examples.push({ text: 'Type a case.', label });
    send('examples');
    drawList();
    const box = list.lastChild.querySelector('input');
    box.focus();
    box.select();
  }

  function anotherCase() {
    own.query = picture.queries[(picture.queries.indexOf(own.query) + 1) % picture.queries.length];
    query.value = own.query;
    send('query');
  }

  function moved(from, to, selector) {
    if (to < 0 || to >= own.examples.length) return;
    own.examples.splice(to, 0, ...own.examples.splice(from, 1));
    send('examples');
    drawList();
    list.children[to].querySelector(selector).focus();
  }

  function newRow() {
    const row = el('li', {}, el('span', { class: 'pg-shots-n' }), el('input', { type: 'text', dir: 'auto' }), el('button', { type: 'button', class: 'pg-shots-label' }),
      el('span', { class: 'pg-shots-look' }, el('span')), el('span', { class: 'pg-shots-moves' }));
    const at = () => Array.from(list.children).indexOf(row);
    const box = row.children[1];
    typed(box, (text) => { own.examples[at()].text = text; }, 'examples');
    row.children[2].addEventListener('click', () => {
      const example = own.examples[at()];
      example.label = own.labels[(own.labels.indexOf(example.label) + 1) % own.labels.length];
      send('examples');
    });
    row.lastChild.append(
      button('↑', 'Move up', () => moved(at(), at() - 1, '[title="Move up"]'), { class: 'pg-shots-icon' }),
      button('↓', 'Move down', () => moved(at(), at() + 1, '[title="Move down"]'), { class: 'pg-shots-icon' }),
      button('×', 'Remove this example', () => { own.examples.splice(at(), 1); send('examples'); drawList(); }, { class: 'pg-shots-icon' }),
    );
    return row;
  }

  /** A box shows what is meant, unless someone is typing in it. */
  function put(box, text) {
    if (box !== document.activeElement && box.value !== text) box.value = text;
  }

  function drawRow(row, example, i) {
    const known = picture.examples[i];
    const same = known && known.text === example.text && known.label === example.label;
    const shown = same ? known.shown : example.label;
    const at = same ? known.shown_at : own.labels.indexOf(shown);
    const [number, box, label, look] = row.children;
    setText(number, String(i + 1));
    put(box, example.text);
    box.setAttribute('aria-label', `Example ${i + 1}`);
    setText(label, shown);
    label.className = `pg-shots-label pg-nth-${at}${shown === example.label ? '' : ' pg-flipped'}`;
    label.title = shown === example.label ? 'Change the label' : `flipped here; on the sheet it is ${example.label}`;
    label.setAttribute('aria-label', `Label of example ${i + 1}: ${shown}. Change it`);
    const share = same && known.look !== null ? known.look : null;
    look.classList.toggle('pg-none', share === null);
    look.firstChild.style.width = `${100 * (share || 0)}%`;
    look.title = share === null ? '' : `${Playground.share(share)} of the head’s look`;
    row.classList.toggle('pg-unused', Boolean(same) && !known.used);
  }

  function drawList() {
    while (list.children.length > own.examples.length) list.lastChild.remove();
    own.examples.forEach((example, i) => {
      if (!list.children[i]) list.append(newRow());
      drawRow(list.children[i], example, i);
    });
    add.hidden = own.examples.length >= picture.most;
  }

  function newLabel() {
    const box = el('input', { type: 'text', class: 'pg-shots-name', spellcheck: 'false', dir: 'auto' });
    const node = el('span', { class: 'pg-shots-chip' }, box);
    const at = () => Array.from(labels.children).indexOf(node);
    typed(box, (text) => {
      const name = text.replace(/[|]/g, '').trim();
      for (const example of own.examples) if (example.label === own.labels[at()]) example.label = name;
      own.labels[at()] = name;
      box.style.setProperty('--length', String(Math.max(3, Array.from(text).length)));
    }, 'labels', 'examples');
    node.append(button('×', 'Remove this label', () => {
      const [gone] = own.labels.splice(at(), 1);
      for (const example of own.examples) if (example.label === gone) [example.label] = own.labels;
      send('labels', 'examples');
    }, { class: 'pg-shots-icon' }));
    return node;
  }

  const more = button('+', 'Add a label', () => {
    let name = 'other';
    for (let n = 2; own.labels.includes(name); n++) name = `other ${n}`;
    own.labels.push(name);
    send('labels');
  }, { class: 'pg-shots-icon' });

  function drawLabels() {
    more.remove();
    while (labels.children.length > own.labels.length) labels.lastChild.remove();
    own.labels.forEach((name, i) => {
      if (!labels.children[i]) labels.append(newLabel());
      const [box, gone] = labels.children[i].children;
      labels.children[i].className = `pg-shots-chip pg-nth-${i}`;
      put(box, name);
      box.setAttribute('aria-label', `Label ${i + 1}`);
      box.style.setProperty('--length', String(Math.max(3, Array.from(name).length)));
      gone.hidden = own.labels.length < 3;
    });
    labels.append(more);
    more.hidden = own.labels.length >= MOST_LABELS;
  }

  function drawTasks() {
    if (tasks.children.length !== picture.tasks.length) {
      tasks.replaceChildren(...picture.tasks.map(([id, title]) => button(title, `Ready task: ${title}`, () => {
        clearTimeout(timer);
        panel.pick({ task: id, labels: '', form: '', examples: '', query: '', n: -1 });
      }, { 'data-task': id })));
    }
    picture.tasks.forEach(([id, title], i) => {
      const node = tasks.children[i];
      node.dataset.task = id;
      setText(node, title);
      node.setAttribute('aria-pressed', String(id === picture.task));
    });
  }

  function drawAnswer() {
    const { answer: best, told } = picture;
    answer.className = `pg-shots-answer ${best === null ? '' : `pg-nth-${best}`}`;
    const said = best === null ? '' : `${picture.labels[best]} ${Playground.percent(picture.share)}`;
    const right = told === null || best === null ? '' : told === best ? ' ✓' : ` (the examples point to ${picture.labels[told]})`;
    answer.replaceChildren(el('b', { text: said }), right);
    answer.title = told !== null && told === best ? 'what the examples point to' : '';
  }

  typed(form, (text) => { own.form = text; }, 'form');
  typed(query, (text) => { own.query = text; }, 'query');

  return {
    draw(next) {
      picture = next;
      const focused = document.activeElement;
      const mine = own;
      own = {
        labels: [...next.labels], form: next.form.replace(/\n/g, '↵'), query: next.query,
        examples: next.examples.map(({ text, label }) => ({ text, label })),
      };
      if (focused === form) own.form = mine.form;
      if (focused === query) own.query = mine.query;
      const row = Array.from(list.children).findIndex((node) => node.children[1] === focused);
      if (row >= 0 && own.examples[row] && mine.examples[row]) own.examples[row].text = mine.examples[row].text;
      drawTasks();
      drawLabels();
      put(form, own.form);
      drawList();
      put(query, own.query);
      another.hidden = next.queries.length < 2;
      drawAnswer();
      setText(about, next.about);
      about.hidden = !next.about;
      setText(trouble, next.trouble);
      trouble.hidden = !next.trouble;
    },
    remove() { clearTimeout(timer); },
  };
};
