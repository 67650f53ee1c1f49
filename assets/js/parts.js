/* From the wire to what the scripts draw: arrays are decoded, and parts that the browser has already are put back.
 *
 * The other side is playground/views/wire.py and View.payload. `value.kept` names the fields that may stay away the
 * next time: {digest: field}. Where only {same: digest} came, the part of an earlier payload takes its place.
 */
'use strict';

Playground.parts = () => {
  const REMEMBERED = 4; // payloads: back and forth between two pictures needs two, a dropped answer one more
  const ARRAYS = {
    u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array,
  };
  let memory = []; // Maps of digest → decoded part, the newest last

  function bytesOf(base64) {
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  }

  /** Little-endian numbers, as every machine that runs a browser has them; with their `shape`. */
  function typed(spec, bytes) {
    const array = new ARRAYS[spec.dtype](bytes.buffer);
    array.shape = spec.shape;
    return array;
  }

  /** Large arrays come deflated, the first bytes of all numbers first, then the second ones, … */
  async function inflate(spec) {
    const stream = new Blob([bytesOf(spec.planes)]).stream().pipeThrough(new DecompressionStream('deflate'));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer());
    const size = ARRAYS[spec.dtype].BYTES_PER_ELEMENT;
    const n = planes.length / size;
    const bytes = new Uint8Array(planes.length);
    for (let b = 0; b < size; b++) for (let i = 0, from = b * n; i < n; i++) bytes[i * size + b] = planes[from + i];
    return typed(spec, bytes);
  }

  /** Decodes all arrays below `parent[name]`, in place. What takes time joins `waiting`. Plotly reads its own arrays itself: their shape is a text. */
  function decode(parent, name, waiting) {
    const node = parent[name];
    if (!node || typeof node !== 'object') return;
    if (Array.isArray(node.shape) && 'bdata' in node) parent[name] = typed(node, bytesOf(node.bdata));
    else if (Array.isArray(node.shape) && 'planes' in node) waiting.push(inflate(node).then((array) => { parent[name] = array; }));
    else if (Array.isArray(node) && typeof node[0] !== 'object') return;
    else for (const key of Object.keys(node)) decode(node, key, waiting);
  }

  const remembered = (digest) => {
    for (let i = memory.length - 1; i >= 0; i--) if (memory[i].has(digest)) return memory[i].get(digest);
    return undefined;
  };

  /**
   * The picture of a payload, whole; null if a part is not here any more. A promise of it where arrays are inflated.
   * A field that is kept in blocks comes as {blocks: […]}, and block i is kept under the name `field.i`. Pictures in a
   * picture come as {pictures: […]}; a field of picture i is kept under the name `pictures.i.field`.
   */
  function open(value) {
    const kept = Object.entries(value.kept || {});
    const here = new Map(kept.map(([digest, name]) => [name, remembered(digest)]));
    const parts = {}; // name of a field or block → its value, decoded
    const waiting = [];
    let missing = false;

    function take(name, part) {
      parts[name] = part && part.same ? remembered(part.same) : here.get(name); // two fields may be the same part
      if (parts[name] !== undefined) return;
      if (part && part.same) missing = true;
      parts[name] = structuredClone(part); // Gradio holds on to the payload: it stays as it came
      decode(parts, name, waiting);
    }

    function takeAll(fields, path) {
      for (const [name, part] of Object.entries(fields)) {
        if (part && part.blocks) part.blocks.forEach((block, i) => take(`${path}${name}.${i}`, block));
        else if (part && part.pictures) part.pictures.forEach((inner, i) => takeAll(inner, `${path}${name}.${i}.`));
        else take(`${path}${name}`, part);
      }
    }

    function whole(fields, path) {
      return Object.fromEntries(Object.entries(fields).map(([name, part]) => {
        if (part && part.blocks) return [name, part.blocks.flatMap((_, i) => parts[`${path}${name}.${i}`])];
        if (part && part.pictures) return [name, part.pictures.map((inner, i) => whole(inner, `${path}${name}.${i}.`))];
        return [name, parts[`${path}${name}`]];
      }));
    }

    takeAll(value.picture, '');
    if (missing) return null;
    const done = () => {
      memory = [...memory, new Map(kept.map(([digest, name]) => [digest, parts[name]]))].slice(-REMEMBERED);
      return whole(value.picture, '');
    };
    return waiting.length ? Promise.all(waiting).then(done) : done();
  }

  return { open };
};
