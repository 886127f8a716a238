//! Messages as rows of bytes, in MessagePack: each side makes or reads a whole batch of them in one call of its own C.
//!
//! Down comes an array of `[connection, data, flags]` or `[connection, data, flags, lane]`, packed by whatever library the caller has.
//! Up goes an array of `[connection, data, number, time, reliable, lane]`. It always has the same markers, so that a row is also a record of
//! fixed layout around its data: whoever wants the data in place finds it [`DATA`] bytes into the row, the first of which begins at [`FIRST`].
use rmp::decode::{read_array_len, read_bin_len, read_int, RmpRead};
use rmp::Marker;

use crate::Error;

/// Where the first row begins: behind the array's marker and the number of rows.
pub const FIRST: usize = 1 + 4;
/// Where a row's data begins: behind the array's marker, the connection and the data's length.
pub const DATA: usize = 1 + 5 + 5;
/// What stands behind the data: number, time, reliable, lane.
const BEHIND: usize = 9 + 9 + 1 + 3;
/// Room that a batch keeps for the next one.
const KEPT_BYTES: usize = 1 << 20;

/// A message to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing<'a> {
    pub connection: u32,
    pub data: &'a [u8],
    /// Valve's send flags.
    pub flags: i32,
    pub lane: u16,
}

/// A message that was received.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Received<'a> {
    pub connection: u32,
    pub data: &'a [u8],
    /// Counted by the sender, per lane.
    pub number: i64,
    /// Seconds on the clock that was given to `Library::open`.
    pub time: f64,
    pub reliable: bool,
    pub lane: u16,
}

impl<'a> Outgoing<'a> {
    /// All messages of a packed array; an error names the first that has another shape.
    pub fn all(rows: &'a [u8]) -> Result<Vec<Self>, Error> {
        let mut rest = rows;
        let count = read_array_len(&mut rest).map_err(|_| Error::Argument("messages are no array".to_owned()))?;
        // A row has at least four bytes: nobody makes us allocate for a count that cannot be true.
        let mut all = Vec::with_capacity((count as usize).min(rows.len() / 4));
        for i in 0..count {
            let row = Self::read(&mut rest);
            all.push(row.ok_or_else(|| Error::Argument(format!("messages[{i}] is no message")))?);
        }
        if rest.is_empty() {
            Ok(all)
        } else {
            Err(Error::Argument(format!("{} bytes behind the messages", rest.len())))
        }
    }

    fn read(rest: &mut &'a [u8]) -> Option<Self> {
        let columns = read_array_len(rest).ok()?;
        let connection = read_int(rest).ok()?;
        let data = read_data(rest)?;
        let flags = read_int(rest).ok()?;
        let lane = match columns {
            3 => 0,
            4 => read_int(rest).ok()?,
            _ => return None,
        };
        Some(Self { connection, data, flags, lane })
    }
}

/// Binary data, without copying it.
fn read_data<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let size = read_bin_len(rest).ok()? as usize;
    let (data, behind) = rest.split_at_checked(size)?;
    *rest = behind;
    Some(data)
}

/// Received messages, packed.
#[derive(Debug, Clone)]
pub struct Batch {
    rows: Vec<u8>,
    count: u32,
}

impl Default for Batch {
    fn default() -> Self {
        Self { rows: [&[Marker::Array32.to_u8()][..], &0_u32.to_be_bytes()].concat(), count: 0 }
    }
}

impl Batch {
    pub const fn len(&self) -> usize {
        self.count as usize
    }

    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The array of rows.
    pub fn rows(&self) -> &[u8] {
        &self.rows
    }

    pub fn messages(&self) -> impl Iterator<Item = Received<'_>> {
        let mut rest = &self.rows[FIRST..];
        std::iter::from_fn(move || Received::read(&mut rest))
    }

    pub fn clear(&mut self) {
        self.rows.truncate(FIRST);
        self.rows.shrink_to(KEPT_BYTES);
        self.count_up(0);
    }

    pub fn push(&mut self, message: &Received<'_>) {
        message.write(&mut self.rows);
        self.count_up(self.count + 1);
    }

    fn count_up(&mut self, count: u32) {
        self.count = count;
        self.rows[1..FIRST].copy_from_slice(&count.to_be_bytes());
    }
}

impl<'a> Received<'a> {
    fn write(&self, rows: &mut Vec<u8>) {
        let size = self.data.len() as u32; // the library's messages have at most `raw::MAX_MESSAGE` bytes
        rows.reserve(DATA + self.data.len() + BEHIND);
        rows.push(Marker::FixArray(6).to_u8());
        rows.push(Marker::U32.to_u8());
        rows.extend_from_slice(&self.connection.to_be_bytes());
        rows.push(Marker::Bin32.to_u8());
        rows.extend_from_slice(&size.to_be_bytes());
        rows.extend_from_slice(self.data);
        rows.push(Marker::I64.to_u8());
        rows.extend_from_slice(&self.number.to_be_bytes());
        rows.push(Marker::F64.to_u8());
        rows.extend_from_slice(&self.time.to_be_bytes());
        rows.push(if self.reliable { Marker::True } else { Marker::False }.to_u8());
        rows.push(Marker::U16.to_u8());
        rows.extend_from_slice(&self.lane.to_be_bytes());
    }

    fn read(rest: &mut &'a [u8]) -> Option<Self> {
        read_array_len(rest).ok()?;
        let (connection, data) = (read_int(rest).ok()?, read_data(rest)?);
        let (number, time) = (read_int(rest).ok()?, rmp::decode::read_f64(rest).ok()?);
        let reliable = rest.read_u8().ok()? == Marker::True.to_u8();
        Some(Self { connection, data, number, time, reliable, lane: read_int(rest).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_has_its_data_in_place() {
        let one = Received { connection: 7, data: b"abc", number: -1, time: 1.5, reliable: true, lane: 2 };
        let other =
            Received { connection: u32::MAX, data: b"", number: i64::MAX, time: 0.0, reliable: false, lane: u16::MAX };
        let mut batch = Batch::default();
        batch.push(&one);
        batch.push(&other);
        assert_eq!(&batch.rows()[FIRST + DATA..FIRST + DATA + 3], b"abc");
        assert_eq!(batch.rows().len(), FIRST + 2 * (DATA + BEHIND) + 3);
        assert_eq!(batch.messages().collect::<Vec<_>>(), [one, other]);
        batch.clear();
        assert_eq!((batch.len(), batch.rows()), (0, [0xdd, 0, 0, 0, 0].as_slice()));
    }

    #[test]
    fn messages_have_three_columns_or_four() {
        let rows = [0x92, 0x93, 0x05, 0xc4, 1, b'a', 0x08, 0x94, 0xcd, 1, 0, 0xc4, 0, 0xcc, 9, 0x02];
        let messages = Outgoing::all(&rows).unwrap();
        assert_eq!(messages[0], Outgoing { connection: 5, data: b"a", flags: 8, lane: 0 });
        assert_eq!(messages[1], Outgoing { connection: 256, data: b"", flags: 9, lane: 2 });
    }

    #[test]
    fn what_is_no_message_is_named() {
        let wrong: [&[u8]; 8] = [
            b"",
            b"\xc0",
            b"\x91",                              // announced and not there
            b"\x91\x92\x05\xc4\x00",              // two columns
            b"\x91\x93\x05\xa1a\x08",             // text
            b"\x91\x93\xff\xc4\x00\x08",          // a negative connection
            b"\x91\x93\x05\xc6\xff\xff\xff\xffa", // more data than there is
            b"\x90\x00",                          // something behind
        ];
        for rows in wrong {
            assert!(Outgoing::all(rows).is_err(), "{rows:?}");
        }
        let said = Outgoing::all(b"\x92\x93\x05\xc4\x00\x08\x93\x05\xc4\x00\xc3").unwrap_err().to_string();
        assert_eq!(said, "messages[1] is no message");
        assert!(Outgoing::all(b"\xdd\xff\xff\xff\xff").is_err(), "four milliards of messages in five bytes");
    }
}
