//! Bits, the lowest first: the first bit written is the lowest of the first byte.

/// Why bytes are not what an honest peer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    Truncated,
    Trailing,
    Padding,
    UnknownTable,
    UnknownCode,
    SectionOrder,
    IdRange,
    ValueRange,
    TickRange,
    TooLong,
}

impl Malformed {
    pub const ALL: [Malformed; 10] = [
        Malformed::Truncated,
        Malformed::Trailing,
        Malformed::Padding,
        Malformed::UnknownTable,
        Malformed::UnknownCode,
        Malformed::SectionOrder,
        Malformed::IdRange,
        Malformed::ValueRange,
        Malformed::TickRange,
        Malformed::TooLong,
    ];

    /// A sentence for a log.
    pub fn text(self) -> &'static str {
        match self {
            Malformed::Truncated => "the message ends in the middle of a row",
            Malformed::Trailing => "bytes follow the end of the message",
            Malformed::Padding => "the padding bits are not zero",
            Malformed::UnknownTable => "a section names a table that does not exist",
            Malformed::UnknownCode => "a section names a prefix code that does not exist",
            Malformed::SectionOrder => "sections are not in ascending order of table and term",
            Malformed::IdRange => "an entity id is beyond 32 bits",
            Malformed::ValueRange => "a value is out of its field's range",
            Malformed::TickRange => "the tick is out of range",
            Malformed::TooLong => "the message is longer than any may be",
        }
    }
}

/// The lowest `bits` bits set; `bits` is at most 64.
#[inline]
pub fn mask(bits: u32) -> u64 {
    u64::MAX.checked_shr(64 - bits).unwrap_or(0)
}

/// Writes numbers into 64-bit words.
#[derive(Debug, Default, Clone)]
pub struct BitWriter {
    words: Vec<u64>,
    last: u64,
    used: u32,
}

impl BitWriter {
    /// Bits written so far.
    pub fn len(&self) -> usize {
        self.words.len() * 64 + self.used as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn clear(&mut self) {
        self.words.clear();
        (self.last, self.used) = (0, 0);
    }

    /// Writes the lowest `bits` (at most 64) of `value`, whose other bits must be zero.
    #[inline]
    pub fn put(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= 64 && value & !mask(bits) == 0);
        self.last |= value << self.used;
        let total = self.used + bits;
        if total >= 64 {
            self.words.push(self.last);
            self.last = value.checked_shr(64 - self.used).unwrap_or(0);
            self.used = total - 64;
        } else {
            self.used = total;
        }
    }

    /// Writes the first `bits` bits of `words`, whose bits beyond must be zero.
    #[inline]
    pub fn put_words(&mut self, words: &[u64], bits: usize) {
        let whole = bits / 64;
        words[..whole].iter().for_each(|word| self.put(*word, 64));
        if bits % 64 > 0 {
            self.put(words[whole], (bits % 64) as u32);
        }
    }

    pub fn append(&mut self, other: &BitWriter) {
        self.put_words(&other.words, other.words.len() * 64);
        self.put(other.last, other.used);
    }

    /// Fills up the last word with zeros and gives the number of whole words.
    pub fn align(&mut self) -> usize {
        if self.used > 0 {
            self.words.push(self.last);
            (self.last, self.used) = (0, 0);
        }
        self.words.len()
    }

    /// The whole words written.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Appends what was written, padded with zero bits to a whole byte.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        self.words.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        bytes.extend_from_slice(&self.last.to_le_bytes()[..(self.used as usize).div_ceil(8)]);
    }
}

/// Reads numbers; total: it never panics and never reads past the end.
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    fn left(&self) -> usize {
        self.bytes.len() * 8 - self.position
    }

    #[inline]
    fn window(&self) -> u64 {
        let tail = &self.bytes[self.position / 8..];
        let mut window = [0; 16];
        match tail.first_chunk::<16>() {
            Some(chunk) => window = *chunk,
            None => window[..tail.len()].copy_from_slice(tail),
        }
        (u128::from_le_bytes(window) >> (self.position % 8)) as u64
    }

    /// The next `bits` (at most 64) as a number.
    #[inline]
    pub fn get(&mut self, bits: u32) -> Result<u64, Malformed> {
        if bits as usize > self.left() {
            return Err(Malformed::Truncated);
        }
        let value = self.window() & mask(bits);
        self.position += bits as usize;
        Ok(value)
    }

    /// How many ones come next, at most `limit` (below 64); the zero that ends fewer than `limit` is taken too.
    #[inline]
    pub fn ones(&mut self, limit: u32) -> Result<u32, Malformed> {
        let count = self.window().trailing_ones().min(limit);
        self.get(if count < limit { count + 1 } else { limit })?;
        Ok(count)
    }

    /// Checks that nothing but zero bits up to the end of the byte follows.
    pub fn finish(mut self) -> Result<(), Malformed> {
        if self.left() >= 8 {
            return Err(Malformed::Trailing);
        }
        match self.get(self.left() as u32)? {
            0 => Ok(()),
            _ => Err(Malformed::Padding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let numbers: Vec<(u64, u32)> =
            (0..500u64).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15), (i % 65) as u32)).collect();
        let mut out = BitWriter::default();
        numbers.iter().for_each(|(value, bits)| out.put(value & mask(*bits), *bits));
        let mut bytes = Vec::new();
        out.write_to(&mut bytes);
        assert_eq!(bytes.len(), out.len().div_ceil(8));
        let mut reader = BitReader::new(&bytes);
        for (value, bits) in numbers {
            assert_eq!(reader.get(bits), Ok(value & mask(bits)));
        }
        reader.finish().unwrap();
    }

    #[test]
    fn copies_are_exact_at_every_offset() {
        for offset in 0..64 {
            let mut part = BitWriter::default();
            part.put(0xDEAD_BEEF_0123_4567, 64);
            part.put(0x2A, 7);
            let mut out = BitWriter::default();
            out.put(mask(offset), offset);
            out.append(&part);
            let mut bytes = Vec::new();
            out.write_to(&mut bytes);
            let mut reader = BitReader::new(&bytes);
            assert_eq!(reader.get(offset), Ok(mask(offset)));
            assert_eq!((reader.get(64), reader.get(7)), (Ok(0xDEAD_BEEF_0123_4567), Ok(0x2A)));
        }
    }

    #[test]
    fn the_end_is_an_error_and_stays_one() {
        let mut reader = BitReader::new(&[0xFF]);
        assert_eq!(reader.get(9), Err(Malformed::Truncated));
        assert_eq!(reader.ones(12), Err(Malformed::Truncated));
        assert_eq!(reader.ones(3), Ok(3));
        assert_eq!(reader.clone().finish(), Err(Malformed::Padding));
        assert_eq!(reader.get(5), Ok(31));
        assert_eq!(reader.get(1), Err(Malformed::Truncated));
        reader.finish().unwrap();
        assert_eq!(BitReader::new(&[0, 0]).finish(), Err(Malformed::Trailing));
    }
}
