/* What lies under and between the cells of a map of weights. `box` is where its cells are: {left, top, wide, tall}. */
'use strict';

Playground.headGround = {
  /** Diagonal lines for what the mask forbids; cells that exist are painted over them. */
  hatch(context, x, y, width, length) {
    context.save();
    context.beginPath();
    context.rect(x, y, width, length);
    context.clip();
    context.fillStyle = Playground.colour('sunken/0.5');
    context.fillRect(x, y, width, length);
    context.strokeStyle = Playground.colour('grid');
    context.lineWidth = 1;
    context.beginPath();
    for (let d = -length; d < width; d += 7) {
      context.moveTo(x + d, y + length);
      context.lineTo(x + d + length, y);
    }
    context.stroke();
    context.restore();
  },

  /** A thin line around every cell. */
  rule(context, box, rows, columns) {
    const { left, top, wide, tall } = box;
    context.strokeStyle = Playground.colour('grid/0.55');
    context.lineWidth = 0.5;
    context.beginPath();
    for (let q = 0; q <= rows; q++) {
      context.moveTo(left, top + q * tall);
      context.lineTo(left + columns * wide, top + q * tall);
    }
    for (let k = 0; k <= columns; k++) {
      context.moveTo(left + k * wide, top);
      context.lineTo(left + k * wide, top + rows * tall);
    }
    context.stroke();
  },
};
