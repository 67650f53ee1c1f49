/* How a walk moves from step to step: layers fold and unfold, bands fill, the step's words come in. A quarter of a second
 * at most, and nothing for those who asked for less motion.
 */
'use strict';

Playground.walkMotion = (() => {
  const MS = 220;
  const EASE = 'cubic-bezier(.2, .7, .2, 1)';

  /** Where each layer stands now: what `move` begins with. */
  function remember(machine) {
    const places = new Map();
    for (const node of machine.querySelectorAll('[data-layer]')) {
      const { x, width } = node.getBBox();
      const key = node.dataset.layer;
      const old = places.get(key);
      places.set(key, old ? { x: Math.min(old.x, x), width: Math.max(old.width, width) } : { x, width });
    }
    return places;
  }

  /** From the places before to those now. */
  function move(machine, stage, before) {
    if (Playground.reducedMotion() || !machine.animate) return;
    const now = remember(machine);
    for (const node of machine.querySelectorAll('[data-layer]')) {
      const [from, to] = [before.get(node.dataset.layer), now.get(node.dataset.layer)];
      if (!from || !to || (Math.abs(from.x - to.x) < 2 && Math.abs(from.width - to.width) < 2)) continue;
      const scale = Math.max(0.02, from.width / Math.max(1, to.width));
      node.animate([{ transform: `translateX(${from.x - to.x * scale}px) scaleX(${scale})`, opacity: 0.5 }, { transform: 'none', opacity: 1 }], { duration: MS, easing: EASE });
    }
    for (const path of machine.querySelectorAll('.pg-on path[fill="none"]')) {
      const length = path.getTotalLength();
      path.animate([{ strokeDasharray: `0 ${length}` }, { strokeDasharray: `${length} 0` }], { duration: MS, easing: 'ease-out' });
    }
    for (const node of stage.querySelectorAll('.pg-walk-words, .pg-walk-data > *')) {
      node.animate([{ transform: 'translateX(10px)', opacity: 0 }, { transform: 'none', opacity: 1 }], { duration: MS, easing: EASE });
    }
  }

  return { remember, move };
})();
