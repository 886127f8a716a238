//! The 64 built-in prefix codes for unsigned numbers, each named by 6 bits.
//!
//! Rice codes for errors that fall off geometrically, Exp-Golomb codes for longer tails, the same behind a bit "is zero" for
//! fields that mostly rest. A prefix of `ESCAPE` ones is followed by the number itself in the field's width, so that
//! each code takes every error and its length is bounded (as in JPEG-LS, ITU-T T.87 A.5.3). Numbers that name no code are malformed.
use crate::bits::{BitReader, BitWriter, Malformed};

/// Ones that announce a number written plainly.
pub const ESCAPE: u32 = 12;

/// How many codes are named by 6 bits; those from `USED` on are free for later.
pub const USED: u8 = 58;

/// The first of those that plain rows leave out.
pub const RARE: u8 = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Nothing is written: the number is 0.
    Zero,
    /// The number itself in the field's width.
    Plain,
    /// `number >> k` ones, a zero, the lowest k bits.
    Rice(u32),
    /// j ones, a zero, k + j bits: the rest above 2^k · (2^j - 1), the largest such that is not above the number.
    Exp(u32),
    /// A zero for 0; a one, then the number - 1 as by `Exp`.
    ZeroExp(u32),
    /// Likewise, but rows that have nothing unusual leave the zero out (see `wire`): for fields that rarely change.
    Rare(u32),
}

impl Code {
    pub fn named(number: u8) -> Option<Code> {
        let k = u32::from(number.wrapping_sub(2)) % 16;
        match number {
            0 => Some(Code::Zero),
            1 => Some(Code::Plain),
            2..=17 => Some(Code::Rice(k)),
            18..=33 => Some(Code::Exp(k)),
            34..=49 => Some(Code::ZeroExp(k)),
            50..=57 => Some(Code::Rare(k)),
            _ => None,
        }
    }

    pub fn is_rare(self) -> bool {
        matches!(self, Code::Rare(_))
    }

    /// Bits that `write` takes; `Zero` takes numbers other than 0 for impossible.
    pub fn cost(self, number: u64, width: u32) -> u32 {
        match self {
            Code::Zero if number == 0 => 0,
            Code::Zero => u32::MAX / 2,
            Code::Plain => width,
            Code::Rice(k) if number >> k < u64::from(ESCAPE) => (number >> k) as u32 + 1 + k,
            Code::Rice(_) => ESCAPE + width,
            Code::Exp(k) => match group(number, k) {
                Some(j) => 2 * j + 1 + k,
                None => ESCAPE + width,
            },
            Code::ZeroExp(_) | Code::Rare(_) if number == 0 => 1,
            Code::ZeroExp(k) | Code::Rare(k) => 1 + Code::Exp(k).cost(number - 1, width),
        }
    }

    /// Writes a number below 2^width.
    #[inline]
    pub fn write(self, out: &mut BitWriter, number: u64, width: u32) {
        match self {
            Code::Zero => debug_assert_eq!(number, 0),
            Code::Plain => out.put(number, width),
            Code::Rice(k) if number >> k < u64::from(ESCAPE) => {
                let ones = (number >> k) as u32;
                let rest = number & ((1 << k) - 1);
                out.put(((1 << ones) - 1) | rest << (ones + 1), ones + 1 + k);
            }
            Code::Rice(_) => escape(out, number, width),
            Code::Exp(k) => match group(number, k) {
                Some(j) => {
                    let rest = number - (((1 << j) - 1) << k);
                    out.put(((1 << j) - 1) | rest << (j + 1), 2 * j + 1 + k);
                }
                None => escape(out, number, width),
            },
            Code::ZeroExp(_) | Code::Rare(_) if number == 0 => out.put(0, 1),
            Code::ZeroExp(k) | Code::Rare(k) => {
                out.put(1, 1);
                Code::Exp(k).write(out, number - 1, width);
            }
        }
    }

    /// Reads a number of at most `top`.
    #[inline]
    pub fn read(self, input: &mut BitReader<'_>, width: u32, top: u64) -> Result<u64, Malformed> {
        let number = self.read_any(input, width)?;
        if number > top {
            return Err(Malformed::ValueRange);
        }
        Ok(number)
    }

    #[inline]
    fn read_any(self, input: &mut BitReader<'_>, width: u32) -> Result<u64, Malformed> {
        match self {
            Code::Zero => Ok(0),
            Code::Plain => input.get(width),
            Code::Rice(k) => match input.ones(ESCAPE)? {
                ESCAPE => input.get(width),
                ones => Ok(u64::from(ones) << k | input.get(k)?),
            },
            Code::Exp(k) => match input.ones(ESCAPE)? {
                ESCAPE => input.get(width),
                j => Ok((((1 << j) - 1) << k) + input.get(k + j)?),
            },
            Code::ZeroExp(_) | Code::Rare(_) if input.get(1)? == 0 => Ok(0),
            Code::ZeroExp(k) | Code::Rare(k) => {
                Code::Exp(k).read_any(input, width)?.checked_add(1).ok_or(Malformed::ValueRange)
            }
        }
    }
}

/// j of `Code::Exp`, unless the number is escaped.
#[inline]
fn group(number: u64, k: u32) -> Option<u32> {
    let j = (number >> k).checked_add(1)?.ilog2();
    (j < ESCAPE).then_some(j)
}

fn escape(out: &mut BitWriter, number: u64, width: u32) {
    out.put((1 << ESCAPE) - 1, ESCAPE);
    out.put(number, width);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::mask;

    fn numbers(width: u32) -> Vec<u64> {
        let near = |bits: u32| [mask(bits).saturating_sub(1), mask(bits), mask(bits).wrapping_add(1)];
        (0..100).chain((0..=width).flat_map(near)).filter(|n| n & !mask(width) == 0).collect()
    }

    #[test]
    fn every_code_takes_every_number_and_tells_its_length() {
        for name in 1..USED {
            let code = Code::named(name).unwrap();
            for width in [1, 7, 17, 32, 33, 64] {
                for number in numbers(width) {
                    let mut out = BitWriter::default();
                    code.write(&mut out, number, width);
                    assert_eq!(out.len(), code.cost(number, width) as usize, "{code:?} {number} {width}");
                    let mut bytes = Vec::new();
                    out.write_to(&mut bytes);
                    let mut input = BitReader::new(&bytes);
                    assert_eq!(code.read(&mut input, width, mask(width)), Ok(number), "{code:?} {width}");
                    input.finish().unwrap();
                }
            }
        }
    }

    #[test]
    fn names_beyond_the_used_ones_are_no_codes() {
        assert!((USED..64).all(|name| Code::named(name).is_none()));
    }

    #[test]
    fn a_number_above_the_top_is_refused() {
        let mut out = BitWriter::default();
        Code::Plain.write(&mut out, 101, 7);
        let mut bytes = Vec::new();
        out.write_to(&mut bytes);
        assert_eq!(Code::Plain.read(&mut BitReader::new(&bytes), 7, 100), Err(Malformed::ValueRange));
        assert_eq!(Code::Plain.read(&mut BitReader::new(&bytes), 7, 101), Ok(101));
    }
}
