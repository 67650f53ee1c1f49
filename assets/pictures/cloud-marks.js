/* What a point looks like: colour and shape together tell its group, for eyes that do not tell colours apart. */
'use strict';

Playground.cloudMarks = (() => {
  const ROLES = ['attention', 'key', 'value', 'query', 'mlp', 'residual', 'text', 'chosen_ink', 'muted'];
  const SHAPES = ['disc', 'square', 'triangle', 'diamond', 'disc', 'cross', 'square', 'triangle', 'diamond'];

  /** The path of a shape around (x, y), `r` pixels from its middle. */
  function trace(context, shape, x, y, r) {
    context.beginPath();
    if (shape === 'disc') context.arc(x, y, r, 0, 2 * Math.PI);
    else if (shape === 'square') context.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
    else if (shape === 'diamond') { context.moveTo(x, y - r * 1.25); context.lineTo(x + r * 1.25, y); context.lineTo(x, y + r * 1.25); context.lineTo(x - r * 1.25, y); context.closePath(); }
    else if (shape === 'triangle') { context.moveTo(x, y - r * 1.2); context.lineTo(x + r * 1.15, y + r * 0.85); context.lineTo(x - r * 1.15, y + r * 0.85); context.closePath(); }
    else { const a = r * 0.4; const b = r * 1.15; context.moveTo(x - a, y - b); for (const [u, v] of [[a, -b], [a, -a], [b, -a], [b, a], [a, a], [a, b], [-a, b], [-a, a], [-b, a], [-b, -a], [-a, -a]]) context.lineTo(x + u, y + v); context.closePath(); }
  }

  return {
    /** `rest`: the group of what belongs to none, which is grey. */
    role: (group, rest) => (group === rest ? 'special' : ROLES[group % ROLES.length]),
    shape: (group, rest) => (group === rest ? 'disc' : SHAPES[group % SHAPES.length]),
    trace,
  };
})();
