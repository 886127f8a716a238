// Reads the benchmark's trace (../../trace.py describes the file).
const fs = require("fs");

class Trace {
  constructor(path) {
    const file = fs.readFileSync(path);
    this.data = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
    const numbers = new DataView(this.data);
    const number = (at) => numbers.getUint32(at, true);
    [this.entities, this.clients, this.seen, this.ticks] = [12, 16, 20, 24].map(number);
    [this.ids, this.block] = [36, 40].map(number);
  }

  name(id) {
    const bytes = Buffer.from(this.data, 64 + 16 * (id - 1), 16);
    const end = bytes.indexOf(0);
    return bytes.toString("utf8", 0, end < 0 ? 16 : end);
  }

  tick(number) {
    const start = 64 + 16 * this.ids + number * this.block;
    let at = start;
    const column = (Kind, count) => {
      const values = new Kind(this.data, at, count);
      at += values.byteLength;
      return values;
    };
    const tick = {};
    const columns = [
      [Uint32Array, ["id"]],
      [Float32Array, ["x", "y", "rot", "vx", "vy"]],
      [Uint16Array, ["qx", "qy", "qr"]],
      [Int16Array, ["qvx", "qvy"]],
      [Uint8Array, ["hp", "st", "moving"]],
    ];
    for (const [Kind, names] of columns) for (const name of names) tick[name] = column(Kind, this.entities);
    at += (4 - ((at - start) % 4)) % 4;
    const seen = this.seen ? column(Uint16Array, this.clients * this.seen) : null;
    const all = [...Array(this.entities).keys()];
    tick.view = (client) => (seen ? seen.subarray(client * this.seen, (client + 1) * this.seen) : all);
    return tick;
  }
}

module.exports = { Trace };
