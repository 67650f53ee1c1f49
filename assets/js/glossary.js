/* Terms of the field: underlined where they first occur in a sentence, each with a card that says what it means.
 *
 * The terms are assets/glossary.json, which travels with these scripts. The card shows on hover, on focus and on a tap; a
 * screen reader hears it as the term's description. Words in “quotes” are the visitor's own and are left alone.
 */
'use strict';

(() => {
  const { el } = Playground;
  const PLACES = '.pg-reading, .pg-notes, .pg-help, .pg-rail [data-testid="block-info"], .pg-rail label > span, .pg-wide [data-testid="block-info"]';
  const terms = new Map(); // form in small letters → {term, says, tabs, id}
  for (const [n, entry] of (window.playgroundGlossary || []).entries()) {
    for (const form of [entry.term, ...(entry.forms || [])]) terms.set(form.toLowerCase(), { ...entry, id: `pg-term-${n}` });
  }
  const written = [...terms.keys()].sort((a, b) => b.length - a.length).map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const word = written.length ? new RegExp(`(?<![\\p{L}\\p{N}_])(?:${written.join('|')})(?![\\p{L}\\p{N}_])|“[^”]*”`, 'giu') : null;

  // ---- the card --------------------------------------------------------------------------------------------------

  const card = el('div', { class: 'pg-card', role: 'tooltip', id: 'pg-card', hidden: true }, el('b'), el('span'));
  const meanings = el('div', { hidden: true });
  let shown = null; // the word whose card is open
  let leaving = null;
  let coming = null;

  function show(node) {
    clearTimeout(leaving);
    if (shown === node) return;
    shown = node;
    const entry = terms.get(node.dataset.term);
    card.firstChild.textContent = entry.term;
    card.lastChild.textContent = entry.says;
    card.hidden = false;
    const at = node.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = card;
    // Over a label, for what it names stands below it.
    const below = at.top < height + 8 || (!node.closest('.pg-rail label, .pg-rail [data-testid="block-info"]') && at.bottom + 8 + height < window.innerHeight);
    card.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8))}px`;
    card.style.top = `${below ? at.bottom + 6 : at.top - height - 6}px`;
  }

  function hide() {
    clearTimeout(leaving);
    clearTimeout(coming);
    shown = null;
    card.hidden = true;
  }

  /** The pointer only passes over most words: it must rest on one. */
  function rest(node) {
    clearTimeout(leaving);
    clearTimeout(coming);
    if (shown !== node) coming = setTimeout(() => { if (node.isConnected) show(node); }, 250);
  }

  /** A moment's grace, so that the pointer can move onto the card. */
  function leave() {
    clearTimeout(coming);
    clearTimeout(leaving);
    if (shown && shown !== document.activeElement) leaving = setTimeout(hide, 200);
  }

  const termAt = (event) => (event.target instanceof window.Element ? event.target.closest('.pg-term') : null);
  document.addEventListener('pointerover', (event) => {
    if (event.pointerType === 'touch') return;
    const node = termAt(event);
    if (node) rest(node);
    else if (card.contains(event.target)) clearTimeout(leaving);
    else leave();
  });
  document.addEventListener('focusin', (event) => {
    const node = termAt(event);
    if (node && node.matches(':focus-visible')) show(node);
    else if (!node && shown && !card.contains(event.target)) hide();
  });
  document.addEventListener('focusout', (event) => { if (termAt(event) === shown) hide(); });
  document.addEventListener('pointerup', (event) => {
    const node = termAt(event);
    if (event.pointerType === 'touch' && node && shown !== node) show(node);
    else if (shown && !node && !card.contains(event.target)) hide();
  });
  // A tap on a term in a label must not turn the control.
  document.addEventListener('click', (event) => {
    if (event.pointerType === 'touch' && termAt(event)) event.preventDefault();
  }, true);
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && shown) hide(); });
  window.addEventListener('scroll', () => { if (shown) hide(); }, { passive: true, capture: true });

  // ---- finding the terms -----------------------------------------------------------------------------------------

  function marked(text, entry) {
    if (!document.getElementById(entry.id)) meanings.append(el('span', { id: entry.id, text: entry.says }));
    return el('span', { class: 'pg-term', tabindex: '0', 'data-term': text.toLowerCase(), 'aria-describedby': entry.id, text });
  }

  const known = new WeakMap(); // place → the text in which its terms are marked

  /** Marks the first occurrence of each term in one place; what is marked already stays. */
  function mark(place) {
    if (!word || known.get(place) === place.textContent) return;
    known.set(place, place.textContent);
    if (!card.isConnected) document.body.append(card, meanings);
    const tab = place.closest('.pg-tab')?.dataset.tab;
    const seen = new Set(Array.from(place.querySelectorAll('.pg-term'), (node) => terms.get(node.dataset.term).id));
    const walker = document.createTreeWalker(place, window.NodeFilter.SHOW_TEXT, (node) => (
      node.parentElement.closest('.pg-term, a, button, code, input, textarea') ? window.NodeFilter.FILTER_REJECT : window.NodeFilter.FILTER_ACCEPT));
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const node of texts) {
      const parts = [];
      let from = 0;
      for (const found of node.data.matchAll(word)) {
        const entry = terms.get(found[0].toLowerCase());
        if (!entry || seen.has(entry.id) || (entry.tabs && !entry.tabs.includes(tab))) continue;
        seen.add(entry.id);
        parts.push(node.data.slice(from, found.index), marked(found[0], entry));
        from = found.index + found[0].length;
      }
      if (parts.length) node.replaceWith(...parts, node.data.slice(from));
    }
  }

  let waiting = null;
  /** Marks the terms below an element, once the page has a moment's rest. */
  Playground.explain = (root) => {
    waiting = waiting || new Set();
    if (!waiting.size) {
      const idle = window.requestIdleCallback || ((work) => setTimeout(work, 60));
      idle(() => {
        const roots = Array.from(waiting);
        waiting.clear();
        for (const one of roots) for (const place of one.querySelectorAll(PLACES)) mark(place);
      }, { timeout: 500 });
    }
    waiting.add(root);
  };
})();
