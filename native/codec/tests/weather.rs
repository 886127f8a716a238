//! Encoder and decoder over a wire that loses, delays and doubles, and a decoder under bytes of any kind. Seeded.
use std::collections::BTreeMap;

use gamenet_codec::decoder::{Entry, Incoming, Verdict};
use gamenet_codec::encoder::PartIn;
use gamenet_codec::{Decoder, Encoder, Field, Kind, RowsIn, Table};

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }
}

fn tables() -> Vec<Table> {
    let x = Field::float(Kind::Ranged, -100.0, 100.0, 0.25, true).unwrap();
    let angle = Field::float(Kind::Angle, 0.0, 0.0, 1.0, true).unwrap();
    let count = Field::integer(Kind::Integer, 0, 0).unwrap();
    let speed = Field::float(Kind::Float, 0.0, 0.0, 0.0, false).unwrap();
    vec![Table::new(vec![x, angle, count]).unwrap(), Table::new(vec![speed]).unwrap()]
}

const IDS: [u32; 40] = {
    let mut ids = [0; 40];
    let mut index = 0;
    while index < 40 {
        ids[index] = (index * index * 7) as u32;
        index += 1;
    }
    ids
};

struct World {
    floats: [Vec<f64>; 2],
    ints: Vec<i64>,
}

impl World {
    fn change(&mut self, dice: &mut Dice) {
        for row in (0..IDS.len()).filter(|row| row % 3 > 0) {
            self.floats[0][2 * row] = (self.floats[0][2 * row] + dice.roll(5) as f64 - 2.0).clamp(-100.0, 100.0);
            self.floats[0][2 * row + 1] = dice.roll(360) as f64;
            self.ints[row] = if dice.roll(20) == 0 { i64::MIN + dice.roll(9) as i64 } else { self.ints[row] };
            self.floats[1][row] = f64::from(dice.roll(1000) as f32 / 7.0);
        }
    }

    fn collect(&self, encoder: &mut Encoder, tick: i64) {
        let part = |table: usize, ints| PartIn {
            rows: RowsIn { table, ids: &IDS, floats: &self.floats[table], ints },
            computed_by: &[9; 40],
            terms: &[3; 40],
        };
        assert!(encoder.collect(tick, &[part(0, &self.ints), part(1, &[])], &[]).unwrap().is_empty());
    }
}

type Known = [BTreeMap<u32, (Vec<f64>, Vec<i64>)>; 2];

fn read(decoder: &mut Decoder, known: &mut Known) {
    for (table, (rows, columns)) in decoder.newest().iter().zip([(2, 1), (1, 0)]).enumerate() {
        for (index, id) in rows.ids.iter().enumerate() {
            let floats = rows.floats[index * columns.0..][..columns.0].to_vec();
            known[table].insert(*id, (floats, rows.ints[index * columns.1..][..columns.1].to_vec()));
        }
    }
}

fn journey(seed: u64) {
    let mut dice = Dice(seed);
    let (mut encoder, mut decoder) = (Encoder::new(tables()).unwrap(), Decoder::new(tables()).unwrap());
    encoder.add_peer(1).unwrap();
    encoder.show(&[1], &IDS).unwrap();
    let entries: Vec<Entry> =
        IDS.iter().flat_map(|id| [0, 1].map(|table| Entry { id: *id, table, source: 0, term: 3 })).collect();
    decoder.know(&entries, &[], 0).unwrap();
    let mut world = World { floats: [vec![0.0; 80], vec![0.0; 40]], ints: vec![5; 40] };
    let (mut known, mut wire, mut acks) = (Known::default(), Vec::new(), Vec::new());
    let loss = dice.roll(60);
    for round in 0..120 {
        let tick = 2 * round + 2;
        if round < 100 {
            world.change(&mut dice);
        }
        world.collect(&mut encoder, tick);
        let outbox = encoder.send(tick, &[(1, 200 + dice.roll(900) as usize)], &acks, 160).unwrap();
        acks.clear();
        for message in &outbox.messages {
            let body = outbox.bodies[message.start..message.end].to_vec();
            let delay = if round < 100 { dice.roll(6) as i64 } else { 0 };
            let copies =
                if round < 100 { u64::from(dice.roll(100) >= loss) + u64::from(dice.roll(10) == 0) } else { 1 };
            (0..copies).for_each(|_| wire.push((round + delay, message.number, tick, body.clone())));
        }
        decoder.begin();
        wire.retain(|(due, number, tick, body)| {
            if *due <= round {
                let verdict = decoder.receive(Incoming { sender: 0, tick: *tick, body });
                assert!(matches!(verdict, Verdict::Taken(0) | Verdict::UnknownBaseline), "{verdict:?}");
                if verdict == Verdict::Taken(0) && (round >= 100 || dice.roll(100) >= loss) {
                    acks.push((1, *number));
                }
            }
            *due > round
        });
        read(&mut decoder, &mut known);
    }
    assert!(encoder.send(240, &[(1, 10_000)], &acks, 1000).unwrap().messages.is_empty());
    for (row, id) in IDS.iter().enumerate() {
        assert_eq!(
            known[0][id],
            (world.floats[0][2 * row..][..2].to_vec(), vec![world.ints[row]]),
            "seed {seed} id {id}"
        );
        assert_eq!(known[1][id].0, [world.floats[1][row]], "seed {seed} id {id}");
    }
}

#[test]
fn worlds_are_equal_once_changes_end_in_any_weather() {
    (1..=60).for_each(|seed| journey(seed * 0x9E37_79B9));
}

#[test]
fn any_bytes_give_a_verdict_and_leave_the_decoder_in_order() {
    let mut dice = Dice(7);
    let mut decoder = Decoder::new(tables()).unwrap();
    decoder.know(&[Entry { id: 0, table: 0, source: 0, term: 0 }], &[], 0).unwrap();
    let mut taken = 0;
    for tick in 0..40_000 {
        let length = dice.roll(40) as usize;
        let sparse = dice.roll(3);
        let body: Vec<u8> = (0..length).map(|_| if dice.roll(3) < sparse { 0 } else { dice.roll(256) as u8 }).collect();
        decoder.begin();
        let sender = dice.roll(3) as u16;
        taken += u32::from(matches!(decoder.receive(Incoming { sender, tick, body: &body }), Verdict::Taken(_)));
        if tick % 50 == 0 {
            decoder.forget(&[dice.roll(64) as u32]);
            let id = dice.roll(64) as u32;
            decoder.know(&[Entry { id, table: 1, source: sender, term: 0 }], &[], tick).unwrap();
            decoder.newest();
            decoder.sample(&[(0, tick as f64), (1, f64::NAN), (2, f64::INFINITY)]);
        }
    }
    assert!(taken > 20, "{taken} messages were good by chance");
}
