/* The last script: typing that waits for Run, work that goes on, the rail's fold; and the word that all scripts are here. */
'use strict';

(() => {
  const REST_MS = 500; // after the last key

  const boxOf = (id) => document.querySelector(`#${id} textarea, #${id} input`);
  const typed = () => ({
    model: (boxOf('page-model') || {}).value, text: (boxOf('page-text') || {}).value, target: (boxOf('page-target') || {}).value || '',
  });

  /**
   * A text that has changed and not run yet is marked: the picture dims, and a line says what to do. Where the model is
   * quick the page runs it by itself, half a second after the last key. The same for a tab's own texts, which mark their
   * own tab only.
   */
  Playground.typing = (host, props, trigger, watch) => {
    let timer = null;
    let shown = null;

    function mark() {
      const ran = props.value;
      const now = typed();
      const stale = Boolean(ran) && (now.text !== ran.text || now.target !== ran.target);
      document.body.classList.toggle('pg-stale', stale);
      document.body.classList.toggle('pg-quick', Boolean(ran && ran.quick));
      return stale;
    }

    function settle(row) {
      row.classList.remove('pg-stale-own');
      Playground.tell('settle', { tab: row.dataset.tab });
    }

    document.addEventListener('input', (event) => {
      const box = event.target.closest('#page-text, #page-target');
      const own = event.target.closest('.pg-typed');
      if (!box && !own) return;
      clearTimeout(timer);
      const quick = props.value && props.value.quick;
      if (box) {
        if (mark() && quick && typed().text.trim()) timer = setTimeout(() => trigger('run', {}), REST_MS);
        return;
      }
      const row = own.closest('.pg-tab');
      row.classList.add('pg-stale-own');
      if (quick) timer = setTimeout(() => settle(row), REST_MS);
    }, true);
    // A slower model waits until the box is left.
    document.addEventListener('change', (event) => {
      const own = event.target.closest('.pg-typed');
      if (own && !(props.value && props.value.quick)) settle(own.closest('.pg-tab'));
    }, true);

    watch('value', () => {
      if (props.value === shown) return;
      shown = props.value;
      mark();
    });
  };

  /** An action of a tab begins or ends: Stop is there meanwhile, and its result is brought into sight. */
  Playground.working = (tab, on) => {
    const panel = document.getElementById(`${tab}-view`);
    const row = panel && panel.closest('.pg-tab');
    if (!row) return;
    row.classList.toggle('pg-working', on);
    if (!on) return;
    const { top } = panel.getBoundingClientRect();
    if (top > window.innerHeight * 0.55 || top < 0) {
      row.querySelector('.pg-stage').scrollIntoView({ block: 'start', behavior: Playground.reducedMotion() ? 'auto' : 'smooth' });
    }
  };

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

  /** The fold of the controls that few need; it says how many of them are not as they were at first. */
  Playground.more = (element, props, _, watch) => {
    const fold = element.querySelector('.pg-more-fold');
    const button = Playground.el('button', { type: 'button', 'aria-expanded': 'false' });
    fold.replaceChildren(button);
    const said = () => Playground.setText(button, `More settings${props.value ? ` (${props.value} changed)` : ''}`);
    button.addEventListener('click', () => {
      button.setAttribute('aria-expanded', String(element.closest('.pg-rail').classList.toggle('pg-more-open')));
    });
    watch('value', said);
    said();
  };

  // Gradio's tabs are one Tab key each; arrows between them are what a row of tabs is known for.
  document.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const tab = step && event.target.closest('#page-tabs > .tab-wrapper [role=tab]');
    if (!tab) return;
    const tabs = Array.from(tab.parentElement.querySelectorAll('[role=tab]'));
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
    event.preventDefault();
  });

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
