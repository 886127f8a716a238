//! Which of many points are near one: a grid over them, made anew for each look.

/// Of the square of a distance: what is seen already counts as some 5 % nearer than it is, so that nothing flickers where
/// sight ends.
pub const STAYS: f32 = 0.9;

/// Coordinates are kept within ± this, so that sums and squares stay finite.
pub const FARTHEST: f32 = 1e9;

#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub x: f32,
    pub y: f32,
    pub slot: u32,
}

/// How far a viewer sees. Lengths are in the units of the coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// So many, the nearest ones.
    Nearest(usize),
    /// All up to this distance.
    Within(f32),
    /// All in the viewer's cell and the eight around it, of cells this wide.
    Cells(f32),
}

/// Points in the order of their cells, row by row.
#[derive(Debug, Default)]
pub struct Grid {
    low: [f32; 2],
    high: [f32; 2],
    cell: f32,
    size: [usize; 2],
    starts: Vec<u32>,
    points: Vec<Point>,
}

impl Grid {
    /// Takes `points` in place of those before.
    pub fn fill(&mut self, points: &[Point], range: Range) {
        (self.low, self.high) = bounds(points);
        let span = [self.high[0] - self.low[0], self.high[1] - self.low[1]];
        let count = points.len().max(1) as f32;
        let even = (span[0] * span[1] * 2.0 / count).sqrt().max(span[0].max(span[1]) * 2.0 / count); // two in a cell
        self.cell = match range {
            Range::Nearest(_) => even,
            Range::Within(width) | Range::Cells(width) => width.max(even / 2.0),
        };
        if self.cell <= 0.0 {
            self.cell = 1.0; // all at one place
        }
        self.size = span.map(|span| (span / self.cell) as usize + 1);
        self.sort(points);
    }

    fn sort(&mut self, points: &[Point]) {
        self.starts.clear();
        self.starts.resize(self.size[0] * self.size[1] + 1, 0);
        for point in points {
            let cell = self.cell_of(point);
            self.starts[cell + 1] += 1;
        }
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        self.points.clear();
        self.points.resize(points.len(), Point { x: 0.0, y: 0.0, slot: 0 });
        for point in points {
            let cell = self.cell_of(point);
            self.points[self.starts[cell] as usize] = *point;
            self.starts[cell] += 1; // now where the next cell begins
        }
    }

    fn cell_of(&self, point: &Point) -> usize {
        self.place(point.y, 1) * self.size[0] + self.place(point.x, 0)
    }

    fn place(&self, at: f32, axis: usize) -> usize {
        (((at - self.low[axis]) / self.cell) as usize).min(self.size[axis] - 1) // casting saturates: below is 0
    }

    /// Hands over at least the points with low ≤ coordinate ≤ high.
    fn each(&self, low: [f32; 2], high: [f32; 2], mut take: impl FnMut(&Point)) {
        if (0..2).any(|axis| high[axis] < self.low[axis] || low[axis] > self.high[axis]) {
            return;
        }
        let (left, right) = (self.place(low[0], 0), self.place(high[0], 0));
        for row in self.place(low[1], 1)..=self.place(high[1], 1) {
            let first = row * self.size[0];
            let start = (first + left).checked_sub(1).map_or(0, |before| self.starts[before]);
            self.points[start as usize..self.starts[first + right] as usize].iter().for_each(&mut take);
        }
    }

    /// Fills `keys` with what is in range of `at`, in no order: see `key`. `held`: whether a slot is seen already. Returns
    /// how far that reaches, as a square: of `Nearest` the farthest found, for ever when there are not so many.
    pub fn find(&self, at: [f32; 2], range: Range, held: impl Fn(u32) -> bool, keys: &mut Vec<u64>) -> f32 {
        keys.clear();
        match range {
            Range::Nearest(count) => {
                self.nearest(at, count, held, keys);
                let farthest = keys.iter().max().map_or(0.0, |key| distance(*key));
                return if keys.len() < count { f32::INFINITY } else { farthest };
            }
            Range::Within(most) => {
                let reach = most / STAYS.sqrt();
                self.each(at.map(|c| c - reach), at.map(|c| c + reach), |point| {
                    let square = measured(at, point, &held);
                    if square <= most * most {
                        keys.push(key(square, point.slot));
                    }
                });
            }
            Range::Cells(width) => {
                let reach = 2.0 * width;
                self.each(at.map(|c| c - reach), at.map(|c| c + reach), |point| {
                    if reaches(range, at, [point.x, point.y], 0.0) {
                        keys.push(key(measured(at, point, &held), point.slot));
                    }
                });
            }
        }
        0.0
    }

    fn nearest(&self, at: [f32; 2], count: usize, held: impl Fn(u32) -> bool, keys: &mut Vec<u64>) {
        if count == 0 {
            return;
        }
        let in_cell = self.points.len() as f32 / (self.size[0] * self.size[1]) as f32;
        let mut reach = self.cell * ((count as f32 / in_cell.max(f32::MIN_POSITIVE)).sqrt() * 0.6 + 1.0);
        loop {
            keys.clear();
            let (low, high) = (at.map(|c| c - reach), at.map(|c| c + reach));
            self.each(low, high, |point| keys.push(key(measured(at, point, &held), point.slot)));
            let whole = (0..2).all(|axis| low[axis] <= self.low[axis] && high[axis] >= self.high[axis]);
            if keys.len() >= count {
                let farthest = distance(*keys.select_nth_unstable(count - 1).1);
                if whole || farthest <= reach * reach * STAYS {
                    return keys.truncate(count);
                }
                reach = reach.max((farthest / STAYS).sqrt()) * 1.01 + self.cell * 0.01;
            } else if whole {
                return;
            } else {
                reach *= 2.0;
            }
        }
    }
}

/// Of a slot that is so far away, by the square of its distance: keys ascend by distance and then by slot.
pub fn key(square: f32, slot: u32) -> u64 {
    u64::from(square.to_bits()) << 32 | u64::from(slot)
}

pub fn slot(key: u64) -> u32 {
    key as u32
}

fn distance(key: u64) -> f32 {
    f32::from_bits((key >> 32) as u32)
}

/// Of the distance.
pub fn square(from: [f32; 2], to: [f32; 2]) -> f32 {
    let (x, y) = (to[0] - from[0], to[1] - from[1]);
    x * x + y * y
}

/// Whether a range reaches from one place to another; `reach`: what `Grid::find` returned.
pub fn reaches(range: Range, from: [f32; 2], to: [f32; 2], reach: f32) -> bool {
    match range {
        Range::Nearest(_) => square(from, to) < reach,
        Range::Within(most) => square(from, to) <= most * most,
        Range::Cells(width) => (0..2).all(|axis| {
            let off = (to[axis] / width).floor() - (from[axis] / width).floor();
            off.abs() <= 1.0
        }),
    }
}

/// The square of the distance, less for what is seen already.
fn measured(at: [f32; 2], point: &Point, held: &impl Fn(u32) -> bool) -> f32 {
    let square = square(at, [point.x, point.y]);
    if held(point.slot) {
        square * STAYS
    } else {
        square
    }
}

fn bounds(points: &[Point]) -> ([f32; 2], [f32; 2]) {
    let Some(first) = points.first() else { return ([0.0; 2], [0.0; 2]) };
    points.iter().fold(([first.x, first.y], [first.x, first.y]), |(low, high), point| {
        ([low[0].min(point.x), low[1].min(point.y)], [high[0].max(point.x), high[1].max(point.y)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random, from 0 to 1.
    fn random(seed: &mut u64) -> f32 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 40) as f32 / (1u64 << 24) as f32
    }

    fn cloud(count: usize, shape: usize, seed: &mut u64) -> Vec<Point> {
        let spread = [[4000.0, 4000.0], [4000.0, 0.0], [0.0, 0.0], [FARTHEST, 3.0]][shape];
        let point = |slot| Point { x: random(seed) * spread[0] - 500.0, y: random(seed) * spread[1], slot };
        (0..count as u32).map(point).collect()
    }

    fn plainly(points: &[Point], at: [f32; 2], range: Range, held: impl Fn(u32) -> bool) -> Vec<u64> {
        let mut keys: Vec<u64> = points.iter().map(|point| key(measured(at, point, &held), point.slot)).collect();
        keys.sort_unstable();
        match range {
            Range::Nearest(count) => keys.truncate(count),
            Range::Within(most) => keys.retain(|key| distance(*key) <= most * most),
            Range::Cells(width) => keys.retain(|key| {
                let point = &points[slot(*key) as usize];
                [(point.x, at[0]), (point.y, at[1])]
                    .iter()
                    .all(|(a, b)| ((a / width).floor() - (b / width).floor()).abs() <= 1.0)
            }),
        }
        keys
    }

    #[test]
    fn what_the_grid_finds_is_what_a_plain_search_finds() {
        let mut seed = 7;
        for round in 0..600 {
            let points = cloud([0, 1, 2, 40, 300][round % 5], round / 5 % 4, &mut seed);
            let range = match round % 3 {
                0 => Range::Nearest([0, 1, 7, 50, 1000][round / 3 % 5]),
                1 => Range::Within([0.0, 1.0, 300.0, 1e8][round / 3 % 4]),
                _ => Range::Cells([1.0, 256.0, 1e8][round / 3 % 3]),
            };
            let mut grid = Grid::default();
            grid.fill(&points, range);
            for _ in 0..8 {
                let at = [random(&mut seed) * 6000.0 - 1500.0, random(&mut seed) * 6000.0 - 1500.0];
                let held = |slot: u32| slot % 3 == 0;
                let mut keys = vec![99];
                grid.find(at, range, held, &mut keys);
                keys.sort_unstable();
                assert_eq!(keys, plainly(&points, at, range, held), "{round} {range:?} {at:?}");
            }
        }
    }

    #[test]
    fn a_view_far_outside_finds_the_nearest_all_the_same() {
        let points = cloud(100, 0, &mut 3);
        let mut grid = Grid::default();
        grid.fill(&points, Range::Nearest(5));
        let mut keys = Vec::new();
        grid.find([-FARTHEST, FARTHEST], Range::Nearest(5), |_| false, &mut keys);
        assert_eq!(keys.len(), 5);
    }
}
