/* The one global, `Playground`, and what every picture needs: elements, numbers, colours, two small buses.
 *
 * Plain scripts, no build step: each file adds to the global. Text always goes in through textContent — tokens are
 * written by strangers, and both of Gradio's template languages would run what they contain.
 */
'use strict';

window.Playground = (() => {
  /** Kinds of picture: name → (host, panel) → {draw(picture), hover?(pos), resize?(), image?(), remove?()}. */
  const kinds = {};

  /**
   * A new element. `options`: `class`, `text`, any attribute; null and false attributes are left out.
   * @param {string} tag
   * @param {Object<string, any>} [options]
   * @param {...(Node|string|null)} children
   */
  function el(tag, options = {}, ...children) {
    const node = tag === 'svg' || tag === 'path' || tag === 'g' || tag === 'rect' || tag === 'line'
      ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === 'class') node.setAttribute('class', value);
      else if (name === 'text') node.textContent = value;
      else node.setAttribute(name, value === true ? '' : String(value));
    }
    for (const child of children) if (child !== null && child !== undefined) node.append(child);
    return node;
  }

  /** The same for SVG; `title` is what stands under the pointer. */
  function svg(tag, options = {}, ...children) {
    const space = 'http://www.w3.org/2000/svg';
    const node = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(options)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === 'text') node.textContent = value;
      else if (name === 'title') { const title = document.createElementNS(space, 'title'); title.textContent = value; node.prepend(title); }
      else node.setAttribute(name, value === true ? '' : String(value));
    }
    for (const child of children) if (child !== null && child !== undefined) node.append(child);
    return node;
  }

  /** Sets the text only when it differs, so that nothing is repainted or announced again for nothing. */
  function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  /** Lets what scrolls in a frame fade out at each side where more of it is out of sight: many browsers draw no bar. */
  function fade(node) {
    const look = () => {
      const [wide, tall] = [node.scrollWidth - node.clientWidth, node.scrollHeight - node.clientHeight];
      const left = node.scrollLeft + (getComputedStyle(node).direction === 'rtl' ? wide : 0); // there it counts from 0 down
      const hidden = { left: left > 1, right: left < wide - 1, above: node.scrollTop > 1, below: node.scrollTop < tall - 1 };
      node.dataset.more = Object.keys(hidden).filter((side) => hidden[side]).join(' ');
    };
    const sizes = new ResizeObserver(look);
    const watch = () => {
      sizes.disconnect();
      for (const one of [node, node.firstElementChild, node.lastElementChild]) if (one) sizes.observe(one); // each tells its size at once
    };
    node.classList.add('pg-fade');
    node.addEventListener('scroll', look, { passive: true });
    new MutationObserver(watch).observe(node, { childList: true });
    watch();
  }

  // ---- numbers ---------------------------------------------------------------------------------------------------

  /** Three significant digits, never "1.2e+1"; tiny and huge ones as 6e-5. */
  function sig(x, digits = 3) {
    if (x === null || x === undefined || Number.isNaN(x)) return '–';
    if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞';
    if (x === 0) return '0';
    const size = Math.abs(x);
    const text = size < 1e-3 || size >= 1e6
      ? x.toExponential(Math.max(digits - 2, 0)).replace('e+', 'e')
      : x.toPrecision(digits).replace(/e\+?(-?\d+)$/, 'e$1');
    return text.replace(/^-/, '−');
  }

  /** The same without noughts at its end: "0.5", "2". */
  function brief(x, digits = 3) {
    const text = sig(x, digits);
    return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
  }

  /** A probability as people say it: "45 %", "4.5 %", "< 0.1 %". The exact number stands under the pointer: `share`. */
  function percent(p) {
    if (p === null || p === undefined || Number.isNaN(p)) return '–';
    const x = 100 * p;
    if (x === 0 || x === 100) return `${x} %`;
    if (x < 0.1) return '< 0.1 %';
    if (x > 99.9) return '> 99.9 %';
    return `${x < 9.95 || x >= 99.5 ? x.toFixed(1) : x.toFixed(0)} %`;
  }

  /** A probability for the place under the pointer: in percent, and the number itself to seven digits. */
  function share(p) {
    return `${percent(p)} (${Number(p.toPrecision(7))})`;
  }

  // ---- tokens ----------------------------------------------------------------------------------------------------

  /** A token's text for a place with room for `limit` characters; whole characters, never half a surrogate pair. */
  function shorten(text, limit = 24) {
    const characters = Array.from(String(text));
    return characters.length <= limit ? characters.join('') : `${characters.slice(0, limit - 1).join('')}…`;
  }

  // ---- colours ---------------------------------------------------------------------------------------------------

  let palette = null;
  let ramps = {};
  let inkAt = null;
  const themeListeners = new Set();

  /** The colour of a role, "query" or "query/0.3", in the theme that is on now. */
  function colour(role) {
    if (!palette) palette = getComputedStyle(document.body);
    const [name, opacity] = role.split('/');
    const value = palette.getPropertyValue(`--pg-${name.replace(/_/g, '-')}`).trim();
    if (!opacity || !value.startsWith('#')) return value;
    const [r, g, b] = channels(value);
    return `rgba(${r},${g},${b},${opacity})`;
  }

  function channels(hex) {
    return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  }

  /** The stops of a colour scale, as CSS colours. */
  function stops(name) {
    return colour(`scale-${name}`).split(/\s+/);
  }

  /** 256 packed pixels (for a Uint32Array over ImageData) from the lowest to the highest value of a scale. */
  function ramp(name) {
    if (ramps[name]) return ramps[name];
    const colours = stops(name).map(channels);
    const pixels = new Uint32Array(256);
    for (let i = 0; i < 256; i++) {
      const at = (i / 255) * (colours.length - 1);
      const low = Math.min(Math.floor(at), colours.length - 2);
      const mix = colours[low].map((c, k) => Math.round(c + (colours[low + 1][k] - c) * (at - low)));
      pixels[i] = (255 << 24) | (mix[2] << 16) | (mix[1] << 8) | mix[0];
    }
    ramps[name] = pixels;
    return pixels;
  }

  /** The amount from which on words on a tinted cell have to change ink. */
  function inkSwitch() {
    inkAt = inkAt || parseFloat(colour('ink-switch')) || 0.8;
    return inkAt;
  }

  /** Tints an element by an amount from 0 to 1: CSS mixes the colour (so it follows the theme), this picks the ink. */
  function tint(node, amount) {
    node.style.setProperty('--a', String(Math.round(amount * 1000) / 1000));
    node.classList.toggle('pg-strong', amount >= inkSwitch());
  }

  /** The scale of amounts with its ends written out, so that no tint stands without its numbers. */
  function legend(low, high, ...more) {
    return el('div', { class: 'pg-legend' }, el('span', { text: low }), el('span', { class: 'pg-legend-bar' }), el('span', { text: high }), ...more);
  }

  /** The size of small type in pixels: it grows with the window and with the presentation switch, and pictures with it. */
  const unit = () => parseFloat(getComputedStyle(document.body).getPropertyValue('--pg-unit')) || 12;

  /** Calls back after each switch between light and dark. Returns the function that stops it. */
  function onTheme(callback) {
    themeListeners.add(callback);
    return () => themeListeners.delete(callback);
  }

  let dark = null;
  function watchTheme() {
    dark = document.body.classList.contains('dark');
    new MutationObserver(() => {
      const now = document.body.classList.contains('dark');
      if (now === dark) return;
      dark = now;
      palette = null;
      ramps = {};
      inkAt = null;
      for (const callback of themeListeners) callback();
    }).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }
  if (document.body) watchTheme(); else document.addEventListener('DOMContentLoaded', watchTheme);

  // ---- hover: one token under the pointer, lit in every picture that is in sight ----------------------------------

  const hoverListeners = new Map();
  let hovered = null;

  /** The token `pos` is under the pointer (null: none is). Cheap: nothing happens while it stays the same. */
  function hover(pos) {
    const next = pos === undefined ? null : pos;
    if (next === hovered) return;
    hovered = next;
    for (const [element, callback] of hoverListeners) {
      if (!element.isConnected) hoverListeners.delete(element);
      else if (element.offsetParent !== null) callback(next);
    }
  }

  function onHover(element, callback) {
    hoverListeners.set(element, callback);
  }

  // ---- small things ----------------------------------------------------------------------------------------------

  const reducedMotion = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  /** Copies text; on http:// in a classroom's LAN there is no navigator.clipboard, so the old way is kept. */
  async function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        // Refused (no focus, no permission): the old way may still work.
      }
    }
    const focused = document.activeElement;
    const area = el('textarea', { class: 'pg-hidden-copy', readonly: true, 'aria-hidden': 'true', tabindex: '-1' });
    area.value = text;
    document.body.append(area);
    area.select();
    let done = false;
    try {
      done = document.execCommand('copy');
    } finally {
      area.remove();
      if (focused && focused.focus) focused.focus({ preventScroll: true });
    }
    return done;
  }

  /** Hands a file to the reader. */
  function download(name, content, type) {
    const url = content instanceof Blob ? URL.createObjectURL(content)
      : URL.createObjectURL(new Blob([content], { type }));
    const link = el('a', { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  /** A canvas of `width` × `height` CSS pixels, sharp on every screen; returns its context, cleared and scaled. */
  function sharpen(canvas, width, height) {
    const ratio = Math.min(window.devicePixelRatio || 1, 3, 8192 / Math.max(width, height, 1));
    const w = Math.max(1, Math.round(width * ratio));
    const h = Math.max(1, Math.round(height * ratio));
    // Setting width or height clears the canvas and costs a new buffer: only when it has to be.
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }

  return {
    kinds, el, svg, setText, fade, sig, brief, percent, share, shorten, colour, stops, ramp, tint, legend, inkSwitch, unit, onTheme, hover, onHover,
    reducedMotion, copyText, download, sharpen, get hovered() { return hovered; },
  };
})();
