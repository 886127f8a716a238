//! Reads the benchmark's trace (../trace.py describes the file).
#![allow(dead_code)]

pub struct Trace {
    data: Vec<u8>,
    pub entities: usize,
    pub clients: usize,
    /// How many slots a client sees; 0: all.
    pub seen: usize,
    pub ticks: usize,
    pub ids: usize,
    block: usize,
}

pub struct Tick {
    pub id: Vec<u32>,
    pub qx: Vec<u16>,
    pub qy: Vec<u16>,
    pub qr: Vec<u16>,
    pub qvx: Vec<i16>,
    pub qvy: Vec<i16>,
    pub hp: Vec<u8>,
    pub st: Vec<u8>,
    pub moving: Vec<u8>,
    /// [client][slot], ascending.
    vis: Vec<u16>,
    all: Vec<u16>,
    seen: usize,
}

impl Tick {
    /// The slots that a client sees.
    pub fn view(&self, client: usize) -> &[u16] {
        match self.seen {
            0 => &self.all,
            seen => &self.vis[client * seen..][..seen],
        }
    }
}

struct Columns<'a>(&'a [u8]);

impl Columns<'_> {
    fn skip(&mut self, bytes: usize) {
        self.0 = &self.0[bytes..];
    }

    fn take<T, const N: usize>(&mut self, count: usize, number: impl Fn([u8; N]) -> T) -> Vec<T> {
        let (head, rest) = self.0.split_at(N * count);
        self.0 = rest;
        head.chunks_exact(N).map(|bytes| number(bytes.try_into().unwrap())).collect()
    }
}

impl Trace {
    pub fn open(path: &str) -> Trace {
        let data = std::fs::read(path).expect("a trace");
        assert_eq!(&data[..8], b"RTRACE1\0");
        let number = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().unwrap()) as usize;
        let (entities, clients, seen, ticks) = (number(12), number(16), number(20), number(24));
        let (ids, block) = (number(36), number(40));
        Trace { data, entities, clients, seen, ticks, ids, block }
    }

    pub fn name(&self, id: u32) -> String {
        let bytes = &self.data[64 + (id as usize - 1) * 16..][..16];
        String::from_utf8(bytes.iter().copied().take_while(|byte| *byte != 0).collect()).unwrap()
    }

    pub fn tick(&self, tick: usize) -> Tick {
        let e = self.entities;
        let mut columns = Columns(&self.data[64 + self.ids * 16 + tick * self.block..]);
        let id = columns.take(e, u32::from_le_bytes);
        columns.skip(5 * 4 * e);
        let mut short = || columns.take(e, u16::from_le_bytes);
        let (qx, qy, qr) = (short(), short(), short());
        let (qvx, qvy) = (columns.take(e, i16::from_le_bytes), columns.take(e, i16::from_le_bytes));
        let mut byte = || columns.take(e, |byte: [u8; 1]| byte[0]);
        let (hp, st, moving) = (byte(), byte(), byte());
        let used = 4 * e + 20 * e + 10 * e + 3 * e;
        columns.skip(used.next_multiple_of(4) - used);
        let vis = columns.take(self.clients * self.seen, u16::from_le_bytes);
        Tick { id, qx, qy, qr, qvx, qvy, hp, st, moving, vis, all: (0..e as u16).collect(), seen: self.seen }
    }
}
