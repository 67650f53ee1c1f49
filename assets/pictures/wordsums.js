/* Sums of words, each with what comes of it; a click asks for it. */
'use strict';

/**
 * @typedef {{text: string, wanted: string, said: string, solved: boolean, pick: [string, string][], chosen: boolean}} SumLine
 * @typedef {Object} WordSumsPicture playground/views/pictures/word_sums.py
 * @property {SumLine[]} lines
 */

Playground.kinds.wordsums = (host, panel) => {
  const { el } = Playground;
  const list = el('ul', { class: 'pg-sums' });
  host.replaceChildren(list);

  return {
    draw(picture) {
      list.replaceChildren(...picture.lines.map((line) => {
        const button = el('button', { type: 'button', class: `pg-sum${line.solved ? ' pg-solved' : ''}`, 'aria-pressed': String(line.chosen) },
          el('span', { class: 'pg-sum-text', text: `${line.text} = ` }, el('b', { text: line.wanted })), el('span', { class: 'pg-sum-said', text: `${line.solved ? '✓ ' : ''}${line.said}` }));
        button.addEventListener('click', () => panel.pick(Object.fromEntries(line.pick)));
        return el('li', {}, button);
      }));
    },
  };
};
