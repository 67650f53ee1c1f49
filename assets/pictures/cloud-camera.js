/* From points to pixels: a plane that is moved and scaled, or a space that is turned, moved and scaled. */
'use strict';

/** @param {number} axes 2 or 3 */
Playground.cloudCamera = (axes) => {
  const START = { yaw: 0.65, pitch: 0.42, zoom: 1, x: 0, y: 0 };
  const camera = { ...START };
  /** Room at each end of a side, for labels; a phone has little to spare. */
  const padOf = (size) => Math.min(3.4 * Playground.unit(), 0.11 * size);
  let middle = [];
  let scale = [];

  return {
    camera,
    reset: () => Object.assign(camera, START),

    /** Each axis is stretched to its own range, as on any chart; `points` is (n, axes). */
    fit(points) {
      const low = Array(axes).fill(Infinity);
      const high = Array(axes).fill(-Infinity);
      for (let i = 0; i < points.length; i++) {
        const axis = i % axes;
        if (points[i] < low[axis]) low[axis] = points[i];
        if (points[i] > high[axis]) high[axis] = points[i];
      }
      middle = low.map((x, axis) => (x + high[axis]) / 2);
      scale = low.map((x, axis) => (high[axis] > x ? 2 / (high[axis] - x) : 1));
    },

    /** Pixels (x, y) of every point, and how near it is to the eye, from 0 (far) to 1. */
    place(points, width, height) {
      const n = points.length / axes;
      const found = { x: new Float32Array(n), y: new Float32Array(n), depth: new Float32Array(n).fill(1) };
      const half = [width, height].map((size) => Math.max(20, size / 2 - padOf(size)));
      const [cosY, sinY, cosP, sinP] = [Math.cos(camera.yaw), Math.sin(camera.yaw), Math.cos(camera.pitch), Math.sin(camera.pitch)];
      for (let i = 0; i < n; i++) {
        const at = Array.from({ length: axes }, (_, axis) => (points[i * axes + axis] - middle[axis]) * scale[axis]);
        let [x, y] = at;
        if (axes === 3) {
          const across = at[0] * cosY - at[1] * sinY;
          const away = at[0] * sinY + at[1] * cosY;
          const up = at[2] * cosP - away * sinP;
          const near = -(away * cosP + at[2] * sinP);
          const closer = 1 / (1 - 0.16 * near); // a little perspective
          x = across * closer * 0.92;
          y = up * closer * 0.92;
          found.depth[i] = Math.max(0, Math.min(1, 0.5 + near / 3.2));
        }
        found.x[i] = width / 2 + camera.x + x * half[0] * camera.zoom;
        found.y[i] = height / 2 + camera.y - y * half[1] * camera.zoom;
      }
      return found;
    },

    /** What a pixel of a plane is in the points' own numbers. */
    value(axis, pixel, size) {
      const half = Math.max(20, size / 2 - padOf(size)) * camera.zoom;
      const moved = axis === 0 ? pixel - size / 2 - camera.x : size / 2 + camera.y - pixel;
      return moved / half / scale[axis] + middle[axis];
    },

    /** And back. */
    pixel(axis, value, size) {
      const half = Math.max(20, size / 2 - padOf(size)) * camera.zoom;
      const moved = (value - middle[axis]) * scale[axis] * half;
      return axis === 0 ? size / 2 + camera.x + moved : size / 2 + camera.y - moved;
    },

    /** The middle of an axis in the points' own numbers, and how far it reaches from there. */
    value3: (axis) => middle[axis],
    reach3: (axis) => 1.12 / scale[axis],

    /** Nearer to what stands at (x, y), which stays where it is. */
    zoom(factor, x, y, width, height) {
      const to = Math.max(0.4, Math.min(60, camera.zoom * factor));
      const by = to / camera.zoom;
      camera.x = (x - width / 2) * (1 - by) + camera.x * by;
      camera.y = (y - height / 2) * (1 - by) + camera.y * by;
      camera.zoom = to;
    },
  };
};
