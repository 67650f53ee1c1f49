/* What stands under the strip: how full the context window is, whether the way back is exact, and the special tokens. */
'use strict';

Playground.tokenFacts = (choose) => {
  const { el, setText } = Playground;

  const bar = el('div', { class: 'pg-window-bar', 'aria-hidden': 'true' });
  const filled = el('p');
  const decoded = el('p', { class: 'pg-decoded', dir: 'auto' });
  const back = el('p');
  const marks = el('ul', { class: 'pg-marks' });
  const more = el('p');
  const part = (title, ...children) => el('section', { class: 'pg-token-fact' }, el('h4', { text: title }), ...children);
  const node = el('div', { class: 'pg-token-facts' },
    part('Context window', bar, filled), part('Back to text', decoded, back), part('Special tokens', marks, more));

  function drawBar(window) {
    const share = (n) => `${(100 * n) / window.full}%`;
    const piece = (name, n) => { const made = el('span', { class: `pg-window-${name}` }); made.style.width = share(n); return made; };
    const parts = [piece('used', Math.min(window.used, window.room))];
    if (window.used > window.room) parts.push(piece('out', window.used - window.room));
    if (window.left_out) parts.splice(window.at_start ? 0 : parts.length, 0, piece('out', window.left_out));
    if (window.room < window.full && !window.left_out) {
      const end = el('i', { class: 'pg-window-end' });
      end.style.left = share(window.room);
      parts.push(end);
    }
    bar.replaceChildren(...parts);
  }

  function drawMark(mark) {
    const name = el('b', { class: 'pg-mark-name', text: mark.text, dir: 'auto', title: `id ${mark.token_id}` });
    const says = el('span', {}, mark.roles ? el('em', { text: `${mark.roles}. ` }) : null, mark.says);
    const line = el('li', {}, name, says);
    line.classList.toggle('pg-absent', mark.places.length === 0);
    if (!mark.places.length) {
      says.append(el('span', { class: 'pg-mark-places', text: ' Not in this text.' }));
      return line;
    }
    const shown = mark.places.slice(0, 12);
    const places = el('span', { class: 'pg-mark-places' }, ' At position ');
    shown.forEach((place, i) => {
      const there = el('button', { type: 'button', class: 'pg-mark-place', text: String(place), 'aria-label': `Choose token ${place}` });
      there.addEventListener('click', () => choose(place));
      places.append(i ? ', ' : '', there);
    });
    places.append(mark.places.length > shown.length ? `, … (${mark.places.length} times).` : '.');
    says.append(places);
    return line;
  }

  return {
    node,
    draw(picture) {
      drawBar(picture.window);
      setText(filled, picture.window.says);
      decoded.hidden = !picture.back.length;
      decoded.replaceChildren(...picture.back.map((piece) => (
        piece.same ? piece.text : el('mark', { text: piece.text || '∅', title: piece.text ? 'not as it was typed' : 'something is lost here' }))));
      setText(back, picture.back_says);
      marks.replaceChildren(...picture.marks.map(drawMark));
      marks.hidden = !picture.marks.length;
      more.hidden = !picture.more_marks && picture.marks.length > 0;
      setText(more, picture.more_marks || (picture.marks.length ? '' : 'This tokenizer has no special tokens.'));
    },
  };
};
