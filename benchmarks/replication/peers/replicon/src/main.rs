//! bevy_replicon on the trace: one component with the quantised numbers (its cheapest form), hp, state and name beside it.
//!
//! Its own server and clients, messages handed over in memory; only its sending system and its clients' updates are timed,
//! visibility as it sets it. `replicon TRACE`: a line of JSON.
#[path = "../../trace.rs"]
mod trace;

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use bevy::{prelude::*, state::app::StatesPlugin};
use bevy_replicon::{
    prelude::*,
    server::visibility::{client_visibility::ClientVisibility, filters_mask::FilterBit, registry::FilterRegistry},
    shared::{
        replication::{registry::ReplicationRegistry, visibility::ScopeLifetime},
        server_entity_map::ServerEntityMap,
    },
    test_app::{ServerTestAppExt, TestClientEntity},
};
use serde::{Deserialize, Serialize};
use trace::{Tick, Trace};

const WARM: usize = 40;
/// Acknowledgements come that many ticks late.
const LATE: usize = 3;

#[derive(Component, Serialize, Deserialize, Clone, Copy, PartialEq)]
struct Motion {
    #[serde(with = "postcard::fixint::le")]
    x: u16,
    #[serde(with = "postcard::fixint::le")]
    y: u16,
    #[serde(with = "postcard::fixint::le")]
    turned: u16,
    #[serde(with = "postcard::fixint::le")]
    vx: i16,
    #[serde(with = "postcard::fixint::le")]
    vy: i16,
}

#[derive(Component, Serialize, Deserialize, Clone, Copy, PartialEq)]
struct Hp(u8);

#[derive(Component, Serialize, Deserialize, Clone, Copy, PartialEq)]
struct Mood(u8);

#[derive(Component, Serialize, Deserialize, Clone, PartialEq)]
struct Called(String);

#[derive(Resource, Default)]
struct Sending {
    since: Option<Instant>,
    seconds: f64,
}

fn app(server: bool) -> App {
    let mut app = App::new();
    let plugins = RepliconPlugins
        .build()
        .set(RepliconSharedPlugin { auth_method: AuthMethod::None })
        .set(ServerPlugin::new(PostUpdate));
    app.add_plugins((MinimalPlugins, StatesPlugin, plugins));
    app.replicate::<Motion>().replicate::<Hp>().replicate::<Mood>().replicate::<Called>();
    if server {
        app.init_resource::<Sending>();
        let begin = |mut timer: ResMut<Sending>| timer.since = Some(Instant::now());
        let end = |mut timer: ResMut<Sending>| timer.seconds += timer.since.take().unwrap().elapsed().as_secs_f64();
        app.add_systems(
            PostUpdate,
            (
                begin.after(ServerSystems::IncrementTick).before(ServerSystems::Send),
                end.after(ServerSystems::Send).before(ServerSystems::SendPackets),
            ),
        );
    }
    app.finish();
    app.cleanup();
    app
}

fn motion(tick: &Tick, s: usize) -> Motion {
    Motion { x: tick.qx[s], y: tick.qy[s], turned: tick.qr[s], vx: tick.qvx[s], vy: tick.qvy[s] }
}

struct Server {
    app: App,
    bit: FilterBit,
    clients: Vec<Entity>,
    ids: Vec<u32>,
    entities: Vec<Entity>,
    views: Vec<HashSet<u16>>,
}

impl Server {
    fn new(clients: &mut [App], slots: usize) -> Server {
        let mut app = app(true);
        clients.iter_mut().for_each(|client| app.connect_client(client));
        let numbers = clients.iter().map(|client| **client.world().resource::<TestClientEntity>()).collect();
        let bit = app.world_mut().resource_scope(|world, mut filters: Mut<FilterRegistry>| {
            world.resource_scope(|world, mut registry: Mut<ReplicationRegistry>| {
                filters.register_scope::<Entity>(world, &mut registry, ScopeLifetime::WhileVisible)
            })
        });
        let views = vec![HashSet::new(); clients.len()];
        Server { app, bit, clients: numbers, ids: vec![0; slots], entities: vec![Entity::PLACEHOLDER; slots], views }
    }

    /// Writes the tick into the world; the slots whose ship is another one.
    fn assign(&mut self, trace: &Trace, tick: &Tick) -> Vec<u16> {
        let world = self.app.world_mut();
        let mut replaced = Vec::new();
        for s in 0..tick.id.len() {
            if tick.id[s] != self.ids[s] {
                if self.ids[s] != 0 {
                    world.despawn(self.entities[s]);
                }
                let parts = (Replicated, Hp(tick.hp[s]), Mood(tick.st[s]), Called(trace.name(tick.id[s])));
                self.entities[s] = world.spawn((parts, motion(tick, s))).id();
                self.ids[s] = tick.id[s];
                replaced.push(s as u16);
                continue;
            }
            let mut entity = world.entity_mut(self.entities[s]);
            entity.get_mut::<Motion>().unwrap().set_if_neq(motion(tick, s));
            entity.get_mut::<Hp>().unwrap().set_if_neq(Hp(tick.hp[s]));
            entity.get_mut::<Mood>().unwrap().set_if_neq(Mood(tick.st[s]));
        }
        replaced
    }

    fn look(&mut self, tick: &Tick, replaced: &[u16]) {
        for (client, view) in self.views.iter_mut().enumerate() {
            let now: HashSet<u16> = tick.view(client).iter().copied().collect();
            replaced.iter().for_each(|slot| drop(view.remove(slot)));
            let world = self.app.world_mut();
            let mut seen = world.get_mut::<ClientVisibility>(self.clients[client]).unwrap();
            let fresh = replaced.iter().filter(|slot| !now.contains(slot));
            for slot in view.difference(&now).chain(fresh) {
                seen.set(self.entities[usize::from(*slot)], self.bit, false);
            }
            for slot in now.difference(view) {
                seen.set(self.entities[usize::from(*slot)], self.bit, true);
            }
            *view = now;
        }
    }
}

fn wrong(client: &App, server: &Server, tick: &Tick, slots: &[u16]) -> usize {
    let map = client.world().resource::<ServerEntityMap>().to_client().clone();
    let right = |slot: &&u16| {
        let s = usize::from(**slot);
        let entity = map.get(&server.entities[s]).and_then(|entity| client.world().get_entity(*entity).ok());
        entity.is_some_and(|entity| entity.get::<Motion>() == Some(&motion(tick, s)))
    };
    map.len().abs_diff(slots.len()) + slots.len() - slots.iter().filter(right).count()
}

fn main() {
    let path = std::env::args().nth(1).expect("replicon TRACE");
    let trace = Trace::open(&path);
    let mut clients: Vec<App> = (0..trace.clients).map(|_| app(false)).collect();
    let mut server = Server::new(&mut clients, trace.entities);
    let place: HashMap<Entity, usize> = server.clients.iter().enumerate().map(|(place, client)| (*client, place)).collect();
    let (mut bytes, mut movers, mut decode, mut encode) = (0, 0, 0.0, 0.0);
    let mut late = VecDeque::from(vec![Vec::new(); LATE]);
    for number in 0..trace.ticks {
        let (tick, measured) = (trace.tick(number), number >= WARM);
        let replaced = server.assign(&trace, &tick);
        if trace.seen > 0 {
            server.look(&tick, &replaced);
        }
        server.app.world_mut().resource_mut::<Sending>().seconds = 0.0;
        server.app.update();
        let took = server.app.world().resource::<Sending>().seconds;
        let sent: Vec<_> = server.app.world_mut().resource_mut::<ServerMessages>().drain_sent().collect();
        let mut size = 0;
        for (client, channel, message) in sent {
            size += message.len();
            let world = clients[place[&client]].world_mut();
            world.resource_mut::<ClientMessages>().insert_received(channel, message);
        }
        let start = Instant::now();
        clients.iter_mut().for_each(App::update);
        if measured {
            (encode, decode, bytes) = (encode + took, decode + start.elapsed().as_secs_f64(), bytes + size);
            let moving = |client| tick.view(client).iter().filter(|slot| tick.moving[usize::from(**slot)] == 1).count();
            movers += (0..trace.clients).map(moving).sum::<usize>();
        }
        let mut answers = Vec::new();
        for (client, number) in clients.iter_mut().zip(&server.clients) {
            let mut messages = client.world_mut().resource_mut::<ClientMessages>();
            answers.extend(messages.drain_sent().map(|(channel, message)| (*number, channel, message)));
        }
        late.push_back(answers);
        let mut messages = server.app.world_mut().resource_mut::<ServerMessages>();
        for (client, channel, message) in late.pop_front().unwrap() {
            messages.insert_received(client, channel, message);
        }
    }
    let last = trace.tick(trace.ticks - 1);
    let wrong: usize = (0..trace.clients).map(|client| wrong(&clients[client], &server, &last, last.view(client))).sum();
    let per_tick = 1e3 / (trace.ticks - WARM) as f64;
    println!(
        "{{\"encode_ms\": {:.4}, \"decode_ms\": {:.4}, \"bytes_per_mover\": {:.3}, \"wrong\": {wrong}}}",
        encode * per_tick,
        decode * per_tick / trace.clients as f64,
        bytes as f64 / movers as f64
    );
}
