// Colyseus' schema on the trace: quantised numbers (its cheapest form), a view for each client where not all see all.
// Its messages need no acknowledgement: it sends on a reliable stream. `node main.cjs TRACE PASSES`: a line of JSON, the best
// of several passes, because the compiler needs some to warm up.
const { schema, t, Encoder, Decoder, StateView } = require("@colyseus/schema");
const { Trace } = require("./trace.cjs");

const WARM = 40;
const [, , path, passes = "1"] = process.argv;
const trace = new Trace(path);
Encoder.BUFFER_SIZE = 32 * 1024 * 1024;
const number = (min, max) => t.quantized({ min, max, bits: 16 });
const place = number(0, 65535 / 16);
const speed = number(-4096, 4095.875);
const fields = { x: place, y: place, rot: t.uint16(), vx: speed, vy: speed, hp: t.uint8(), st: t.uint8(), name: t.string() };
const Ship = schema(fields, "Ship");
const World = schema({ ships: trace.seen ? t.map(Ship).view() : t.map(Ship) }, "World");
const now = () => Number(process.hrtime.bigint()) / 1e6;

function fly(ship, tick, s) {
  [ship.x, ship.y, ship.rot, ship.vx, ship.vy] = [tick.x[s], tick.y[s], tick.qr[s], tick.vx[s], tick.vy[s]];
}

function spawned(tick, s) {
  const ship = new Ship();
  fly(ship, tick, s);
  [ship.hp, ship.st, ship.name] = [tick.hp[s], tick.st[s], trace.name(tick.id[s])];
  return ship;
}

function pass() {
  const state = new World();
  const encoder = new Encoder(state);
  let tick = trace.tick(0);
  const ids = Uint32Array.from(tick.id);
  const ships = [...ids].map((id, s) => spawned(tick, s));
  ships.forEach((ship, s) => state.ships.set(String(ids[s]), ship));
  const views = [];
  const seen = [];
  if (trace.seen)
    for (let client = 0; client < trace.clients; client++) {
      views.push(new StateView());
      seen.push(new Set(tick.view(client)));
      seen[client].forEach((s) => views[client].add(ships[s]));
    }
  const watched = trace.seen ? Math.min(8, trace.clients) : 1;
  const at = { offset: 0 };
  const whole = encoder.encodeAll(at);
  const shared = at.offset;
  const clients = [];
  for (let client = 0; client < watched; client++) {
    const world = new World();
    const decoder = new Decoder(world);
    decoder.decode(trace.seen ? encoder.encodeAllView(views[client], shared, at) : whole.slice());
    clients.push({ world, decoder });
  }
  views.forEach((view) => view.changes.clear());
  encoder.discardChanges();

  let [encode, decode, bytes, messages, movers] = [0, 0, 0, 0, 0];
  for (let k = 1; k < trace.ticks; k++) {
    tick = trace.tick(k);
    const replaced = [];
    for (let s = 0; s < trace.entities; s++) {
      if (tick.id[s] === ids[s]) {
        if (tick.moving[s]) fly(ships[s], tick, s);
        if (ships[s].hp !== tick.hp[s]) ships[s].hp = tick.hp[s];
        if (ships[s].st !== tick.st[s]) ships[s].st = tick.st[s];
        continue;
      }
      state.ships.delete(String(ids[s]));
      ids[s] = tick.id[s];
      ships[s] = spawned(tick, s);
      state.ships.set(String(ids[s]), ships[s]);
      replaced.push(s);
    }
    views.forEach((view, client) => {
      const next = new Set(tick.view(client));
      replaced.forEach((s) => seen[client].delete(s));
      for (const s of seen[client]) if (!next.has(s)) view.remove(ships[s]);
      for (const s of next) if (!seen[client].has(s)) view.add(ships[s]);
      seen[client] = next;
    });
    let start = now();
    at.offset = 0;
    const common = encoder.encode(at);
    const length = at.offset;
    const out = trace.seen ? views.map((view) => encoder.encodeView(view, length, at)) : [common];
    encoder.discardChanges();
    if (k >= WARM) {
      encode += now() - start;
      messages += out.length;
      out.forEach((message, client) => {
        bytes += message.length;
        for (const s of tick.view(client)) movers += tick.moving[s];
      });
    }
    for (let client = 0; client < watched; client++) {
      const message = out[client].slice();
      start = now();
      clients[client].decoder.decode(message);
      if (k >= WARM) decode += now() - start;
    }
  }
  let wrong = 0;
  for (let client = 0; client < watched; client++) {
    const got = clients[client].world.ships;
    const want = [...tick.view(client)];
    wrong += Math.abs(got.size - want.length);
    for (const s of want) {
      const ship = got.get(String(tick.id[s]));
      if (!ship || Math.abs(ship.x - tick.x[s]) > 0.04 || ship.hp !== tick.hp[s]) wrong++;
    }
  }
  const measured = trace.ticks - WARM;
  return { encode_ms: encode / measured, decode_ms: decode / measured / watched, bytes_per_mover: bytes / movers, wrong };
}

const all = Array.from({ length: Number(passes) }, pass);
const best = (figure) => Math.min(...all.map((one) => one[figure]));
console.log(JSON.stringify({ ...all[0], encode_ms: best("encode_ms"), decode_ms: best("decode_ms") }));
