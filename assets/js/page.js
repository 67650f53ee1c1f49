/* The last script: the rail's fold, and the word that all kinds of picture are there. */
'use strict';

(() => {
  /** The button that opens and closes the rail on a phone; on a wide page the style sheet hides it. */
  Playground.rail = (element) => {
    const button = element.querySelector('button');
    const rail = element.closest('.pg-rail');
    if (!button || !rail) return;
    button.addEventListener('click', () => {
      const open = rail.classList.toggle('pg-open');
      button.setAttribute('aria-expanded', String(open));
    });
  };

  Playground.ready = true;
  window.dispatchEvent(new Event('playground-ready'));
})();
