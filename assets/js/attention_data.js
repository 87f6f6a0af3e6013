// Arrays from the server, and the weights of one head. No page. Scripts of the attention views find each other as
// `glassworks.attention`; they come before the house's own script, and stand in a saved page without it.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const KINDS = {
    bool: Uint8Array, uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array,
  };
  const KEPT = 200; // exact rows in memory

  // `{dtype, shape, data}` of app/attention/packed.py → `{shape, data}`, data being a typed array.
  async function unpack({ dtype, shape, data }) {
    const letters = atob(data);
    const packed = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) packed[i] = letters.charCodeAt(i);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer());
    const Kind = KINDS[dtype], size = Kind.BYTES_PER_ELEMENT;
    if (size === 1) return { shape, data: new Kind(planes.buffer) };
    const count = planes.length / size, whole = new Uint8Array(planes.length);
    for (let plane = 0; plane < size; plane++) {
      for (let i = 0; i < count; i++) whole[i * size + plane] = planes[plane * count + i];
    }
    return { shape, data: new Kind(whole.buffer) };
  }

  // One head. Rows are as exact as they came, until the exact ones have been asked for (`fetchRow`).
  class HeadData {
    constructor({ shape, data }, { cell, high }, queries, keys, ask) {
      Object.assign(this, { levels: data, cell, high, ask, rows: queries, columns: keys, across: shape[1] });
      this.exact = cell === 1 && high === 65535;
      this.fetched = new Map(); // query → its exact row
      this.coming = new Map();
    }

    // 0 to 255: the square root of the weight, of the cell that both stand in.
    level(query, key) {
      const at = Math.floor(query / this.cell) * this.across + Math.floor(key / this.cell);
      return this.high === 255 ? this.levels[at] : this.levels[at] / 257;
    }

    weight(query, key) {
      if (this.fetched.has(query)) return this.fetched.get(query)[key];
      const root = this.levels[Math.floor(query / this.cell) * this.across + Math.floor(key / this.cell)] / this.high;
      return root * root;
    }

    // The weights of one query, or null while only cells of several tokens are here.
    row(query) {
      if (this.fetched.has(query)) return this.fetched.get(query);
      return this.cell > 1 ? null : Float32Array.from({ length: this.columns }, (_, key) => this.weight(query, key));
    }

    // What all queries give one key, or null.
    column(key) {
      return this.cell > 1 ? null : Float32Array.from({ length: this.rows }, (_, query) => this.weight(query, key));
    }

    isExact(query) {
      return this.exact || this.fetched.has(query);
    }

    // Asks for the exact row; rejects with the server's message.
    fetchRow(query) {
      if (!this.coming.has(query)) {
        this.coming.set(query, this.load(query).finally(() => this.coming.delete(query)));
      }
      return this.coming.get(query);
    }

    async load(query) {
      const { data } = await unpack((await this.ask(query)).weights);
      this.fetched.set(query, data);
      for (const old of this.fetched.keys()) {
        if (this.fetched.size <= KEPT) break;
        this.fetched.delete(old);
      }
    }
  }

  // An answer of a server function; throws an Error with a sentence for the visitor.
  async function answerOf(promise) {
    let answer;
    try {
      answer = JSON.parse(await promise);
    } catch {
      throw new Error("The server did not answer.");
    }
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  Object.assign(house, { unpack });
  Object.assign(attention, { HeadData, answerOf });
})();
