//! Chance, and arguments made of it: everything that a call may read or write really is memory, whatever it holds.
use std::ffi::{c_char, CString};
use std::ptr::null;

/// xorshift64*: the same seed gives the same calls.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        (self.number() >> 11) % sides
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len() as u64) as usize]
    }

    /// A number that is small, at an edge, or anything.
    pub fn integer(&mut self) -> i64 {
        match self.roll(8) {
            0..=3 => self.roll(40) as i64 - 5,
            4..=5 => self.pick(&[i64::MIN, i64::MAX, i64::from(i32::MIN), i64::from(i32::MAX), 1 << 32, 1 << 16, 255]),
            6 => self.roll(100_000) as i64,
            _ => self.number() as i64,
        }
    }

    pub fn float(&mut self) -> f64 {
        match self.roll(4) {
            0 => self.pick(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, -0.0]),
            1 => f64::from_bits(self.number()),
            _ => (self.roll(20_000) as f64 - 10_000.0) / 16.0,
        }
    }

    /// How many items a call is told of: mostly few; now and then so many that they cannot be, which is refused before any is looked at.
    pub fn count(&mut self) -> usize {
        match self.roll(60) {
            0 => self.pick(&[usize::MAX, usize::MAX / 2 + 1]),
            1..=3 => self.roll(300) as usize,
            4..=9 => 0,
            _ => 1 + self.roll(6) as usize,
        }
    }

    /// `count` items of memory; once in a while null. Impossible counts get none.
    pub fn items<T>(&mut self, count: usize, mut make: impl FnMut(&mut Dice) -> T) -> Items<T> {
        let kept = if count < usize::MAX / 2 { count } else { 0 };
        Items { kept: (0..kept).map(|_| make(self)).collect(), null: self.once_in(60) }
    }

    /// One of `usual`, or bytes of any kind up to the first zero; once in a while null.
    pub fn text(&mut self, usual: &[&str]) -> Text {
        let bytes: Vec<u8> = match self.roll(12) {
            0 => return Text(None),
            1..=2 => (0..self.roll(60)).map(|_| 1 + self.roll(255) as u8).collect(),
            3 => vec![b'a'; 1 << self.roll(16)],
            4 => {
                let mut bytes = self.pick(usual).as_bytes().to_vec();
                let place = self.roll(bytes.len() as u64 + 1) as usize;
                bytes.insert(place, 1 + self.roll(255) as u8);
                bytes
            }
            _ => self.pick(usual).as_bytes().to_vec(),
        };
        Text(CString::new(bytes).ok())
    }
}

/// An array as an argument. It lives as long as this.
pub struct Items<T> {
    pub kept: Box<[T]>,
    null: bool,
}

impl<T> Items<T> {
    pub fn pointer(&self) -> *const T {
        if self.null {
            null()
        } else {
            self.kept.as_ptr()
        }
    }

    pub fn pointer_mut(&mut self) -> *mut T {
        if self.null {
            std::ptr::null_mut()
        } else {
            self.kept.as_mut_ptr()
        }
    }
}

/// A text as an argument. It lives as long as this.
pub struct Text(Option<CString>);

impl Text {
    pub fn pointer(&self) -> *const c_char {
        self.0.as_ref().map_or(null(), |text| text.as_ptr())
    }
}

/// `count` items at `data`, every byte of which was read, so that a sanitizer sees what is none.
///
/// # Safety
/// They are what a call has just handed out, and have no padding: that is what is tested.
pub unsafe fn look<'a, T>(data: *const T, count: usize) -> &'a [T] {
    if count == 0 {
        return &[];
    }
    // SAFETY: our caller's promise; bytes have no alignment.
    let (items, bytes) = unsafe {
        (std::slice::from_raw_parts(data, count), std::slice::from_raw_parts(data.cast::<u8>(), count * size_of::<T>()))
    };
    std::hint::black_box(bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>());
    items
}
