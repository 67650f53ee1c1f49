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

  /* The number box of a slider may be typed in freely, but Gradio answers a number outside its bounds with a failed
   * request: too large ones are brought to the end, unfinished and too small ones wait until they are whole. */
  document.addEventListener('input', (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.type !== 'number' || !box.closest('.pg-rail')) return;
    if (box.max !== '' && Number(box.value) > Number(box.max)) box.value = box.max;
    if (box.value === '' || (box.min !== '' && Number(box.value) < Number(box.min))) event.stopImmediatePropagation();
  }, true);

  Playground.ready = true;
  window.dispatchEvent(new Event('playground-ready'));
})();
