//! Messages in batches: one call down for however many, one buffer up for however many.
use std::ffi::c_int;
use std::ptr::null_mut;

use crate::raw::{self, result};
use crate::{Error, Library};

/// Messages that one `SendMessages` takes: the library sorts them on its stack.
const SEND_CHUNK: usize = 1024;
/// Messages that are fetched at once.
const RECEIVE_CHUNK: usize = 256;
/// A batch ends here even when more lie waiting; the next call gets them.
const MOST_BYTES: usize = 16 << 20;
/// Room that a batch keeps for the next one.
const KEPT_BYTES: usize = 1 << 20;

/// Messages to send, as columns: message `i` is `sizes[i]` bytes of `data`, which holds them one behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    pub connections: &'a [u32],
    pub sizes: &'a [u32],
    pub flags: &'a [i32],
    /// One lane for each message, or none at all for lane 0.
    pub lanes: Option<&'a [u16]>,
    pub data: &'a [u8],
}

impl Outgoing<'_> {
    fn check(&self, results: usize) -> Result<(), Error> {
        let count = self.connections.len();
        let columns = [self.sizes.len(), self.flags.len(), self.lanes.map_or(count, <[u16]>::len), results];
        if columns.iter().any(|length| *length != count) {
            return Err(Error::Argument(format!("columns of different lengths: {count} connections, {columns:?}")));
        }
        let total: u64 = self.sizes.iter().map(|size| u64::from(*size)).sum();
        if total != self.data.len() as u64 {
            return Err(Error::Argument(format!("the sizes make {total} bytes, the data has {}", self.data.len())));
        }
        match self.flags.iter().position(|flags| flags & !raw::SEND_FLAGS != 0) {
            Some(i) => Err(Error::Argument(format!("messages[{i}] flags are none of SendFlags: {}", self.flags[i]))),
            None => Ok(()),
        }
    }
}

/// Received messages, as columns. Their data stands one behind the other in `data`, and `layout` says how long each is: `100s7s…`, as Python's
/// `struct` reads it, which makes all the `bytes` in one call.
#[derive(Debug, Default)]
pub struct Batch {
    pub connections: Vec<u32>,
    pub numbers: Vec<i64>,
    /// Seconds on the clock that was given to [`Library::open`].
    pub times: Vec<f64>,
    pub reliable: Vec<bool>,
    pub layout: Vec<u8>,
    pub data: Vec<u8>,
}

impl Batch {
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    pub fn clear(&mut self) {
        self.connections.clear();
        self.numbers.clear();
        self.times.clear();
        self.reliable.clear();
        self.layout.clear();
        self.data.clear();
        self.data.shrink_to(KEPT_BYTES);
    }
}

/// Where to receive from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Connection(u32),
    PollGroup(u32),
}

impl Library {
    /// Sends one message. The answer is an `EResult`: 1 when it was taken.
    pub fn send_one(&self, connection: u32, data: &[u8], flags: i32) -> Result<i32, Error> {
        if flags & !raw::SEND_FLAGS != 0 {
            return Err(Error::Argument(format!("flags are none of SendFlags: {flags}")));
        }
        if data.len() > raw::MAX_MESSAGE {
            return Ok(result::LIMIT_EXCEEDED);
        }
        // SAFETY: the data lives during the call, which copies it; the message number is not asked for.
        Ok(unsafe {
            let (data, size) = (data.as_ptr().cast(), data.len() as u32);
            (self.api.send_message_to_connection)(self.sockets, connection, data, size, flags, null_mut())
        })
    }

    /// Sends them in order and writes an `EResult` for each. Returns how many were refused.
    ///
    /// A message that a connection refuses takes the later ones for it (in the same chunk) with it: they get the same result, and
    /// nothing overtakes. A message of more than `raw::MAX_MESSAGE` bytes is refused alone.
    pub fn send(&self, batch: &Outgoing<'_>, results: &mut [i32]) -> Result<usize, Error> {
        batch.check(results.len())?;
        let mut begin = 0;
        for first in (0..batch.connections.len()).step_by(SEND_CHUNK) {
            let last = batch.connections.len().min(first + SEND_CHUNK);
            begin = self.send_chunk(batch, first, last, begin, &mut results[first..last]);
        }
        Ok(results.iter().filter(|result| **result != 1).count())
    }

    /// Sends messages `first..last`, whose data begins at `begin`, and returns where the data of the next one does.
    fn send_chunk(
        &self,
        batch: &Outgoing<'_>,
        first: usize,
        last: usize,
        mut begin: usize,
        results: &mut [i32],
    ) -> usize {
        let mut messages = [null_mut::<raw::Message>(); SEND_CHUNK];
        let mut numbers = [0_i64; SEND_CHUNK];
        for (slot, i) in (first..last).enumerate() {
            let end = begin + batch.sizes[i] as usize;
            let lane = batch.lanes.map_or(0, |lanes| lanes[i]);
            messages[slot] = self.message(batch.connections[i], &batch.data[begin..end], batch.flags[i], lane);
            begin = end;
        }
        let count = last - first;
        // SAFETY: `count` messages stand in the array, each null or made by the library just now; it takes them all over, and `numbers` has as many places.
        unsafe {
            (self.api.send_messages)(self.sockets, count as c_int, messages.as_mut_ptr(), numbers.as_mut_ptr(), true)
        };
        for (slot, i) in (first..last).enumerate() {
            results[slot] = match numbers[slot] {
                _ if messages[slot].is_null() => result::LIMIT_EXCEEDED,
                number if number > 0 => 1,
                0 => refused_before(&batch.connections[first..i], batch.connections[i], &results[..slot]),
                refusal => i32::try_from(-refusal).unwrap_or(result::FAIL),
            };
        }
        begin
    }

    /// A message in the library's memory, or null when it is longer than the library takes.
    fn message(&self, connection: u32, data: &[u8], flags: i32, lane: u16) -> *mut raw::Message {
        if data.len() > raw::MAX_MESSAGE {
            return null_mut();
        }
        // SAFETY: the library makes a message with room for the data (or gives null), and it is ours alone until it is sent.
        unsafe {
            let message = (self.api.allocate_message)(self.utils, data.len() as c_int);
            if let Some(message) = message.as_mut() {
                if !data.is_empty() {
                    std::ptr::copy_nonoverlapping(data.as_ptr(), message.m_pData.cast(), data.len());
                }
                message.m_conn = connection;
                message.m_nFlags = flags;
                message.m_idxLane = lane;
            }
            message
        }
    }

    /// Sends what waits for company (Nagle) on each connection; an `EResult` for each. Returns how many were refused.
    pub fn flush(&self, connections: &[u32], results: &mut [i32]) -> Result<usize, Error> {
        if connections.len() != results.len() {
            return Err(Error::Argument("as many results as connections are needed".to_owned()));
        }
        for (connection, result) in connections.iter().zip(results.iter_mut()) {
            // SAFETY: the library checks the handle.
            *result = unsafe { (self.api.flush_messages_on_connection)(self.sockets, *connection) };
        }
        Ok(results.iter().filter(|result| **result != 1).count())
    }

    /// Replaces what is in `batch` by up to `limit` messages that wait at `source`.
    pub fn receive(&self, source: Source, limit: usize, batch: &mut Batch) -> Result<(), Error> {
        batch.clear();
        // SAFETY: reading the library's clock has no conditions.
        self.clock.check(unsafe { (self.api.get_local_timestamp)(self.utils) });
        while batch.len() < limit && batch.data.len() < MOST_BYTES {
            let wanted = (limit - batch.len()).min(RECEIVE_CHUNK);
            if self.receive_chunk(source, wanted, batch)? < wanted {
                break;
            }
        }
        Ok(())
    }

    fn receive_chunk(&self, source: Source, wanted: usize, batch: &mut Batch) -> Result<usize, Error> {
        let mut messages = [null_mut::<raw::Message>(); RECEIVE_CHUNK];
        // SAFETY: the array has at least `wanted` places, and the library checks the handle.
        let count = unsafe {
            match source {
                Source::Connection(handle) => (self.api.receive_messages_on_connection)(
                    self.sockets,
                    handle,
                    messages.as_mut_ptr(),
                    wanted as c_int,
                ),
                Source::PollGroup(handle) => (self.api.receive_messages_on_poll_group)(
                    self.sockets,
                    handle,
                    messages.as_mut_ptr(),
                    wanted as c_int,
                ),
            }
        };
        let count = usize::try_from(count).map_err(|_| source.unknown())?;
        for message in &messages[..count] {
            self.take(*message, batch);
        }
        Ok(count)
    }

    /// Copies a received message into the batch and gives it back to the library.
    fn take(&self, message: *mut raw::Message, batch: &mut Batch) {
        // SAFETY: the library handed the message out just now: it is complete and ours until it is released, which happens here once.
        unsafe {
            let size = usize::try_from((*message).m_cbSize).unwrap_or(0);
            if size > 0 {
                batch.data.extend_from_slice(std::slice::from_raw_parts((*message).m_pData.cast::<u8>(), size));
            }
            batch.connections.push((*message).m_conn);
            batch.numbers.push((*message).m_nMessageNumber);
            batch.times.push(self.clock.seconds((*message).m_usecTimeReceived));
            batch.reliable.push((*message).m_nFlags & raw::RELIABLE != 0);
            write_size(&mut batch.layout, size);
            (self.api.release_message)(message);
        }
    }
}

/// Appends `size` in digits and an `s`.
fn write_size(layout: &mut Vec<u8>, size: usize) {
    let begin = layout.len();
    layout.push(b's');
    let mut rest = size;
    loop {
        layout.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    layout[begin..].reverse();
}

impl Source {
    const fn unknown(self) -> Error {
        match self {
            Self::Connection(handle) => Error::UnknownHandle { what: "connection", handle },
            Self::PollGroup(handle) => Error::UnknownHandle { what: "poll group", handle },
        }
    }
}

/// The result of a message that was not tried because an earlier one for the same connection had been refused.
fn refused_before(connections: &[u32], connection: u32, results: &[i32]) -> i32 {
    let before = connections.iter().zip(results).rev().find(|(other, _)| **other == connection);
    before.map_or(result::FAIL, |(_, result)| *result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_python_reads_them() {
        let mut layout = Vec::new();
        for size in [0, 7, 10, 524_288] {
            write_size(&mut layout, size);
        }
        assert_eq!(layout, b"0s7s10s524288s");
    }

    #[test]
    fn what_was_not_tried_shares_the_fate_of_what_was_refused() {
        assert_eq!(refused_before(&[5, 6, 5], 5, &[1, 1, 25]), 25);
        assert_eq!(refused_before(&[6], 5, &[25]), result::FAIL);
    }

    #[test]
    fn columns_that_do_not_fit_together_are_refused() {
        let good = Outgoing { connections: &[5], sizes: &[2], flags: &[8], lanes: None, data: b"ab" };
        assert!(good.check(1).is_ok());
        assert!(good.check(2).is_err());
        for wrong in [
            Outgoing { sizes: &[3], ..good },
            Outgoing { sizes: &[], ..good },
            Outgoing { flags: &[8, 8], ..good },
            Outgoing { flags: &[2], ..good },
            Outgoing { lanes: Some(&[]), ..good },
            Outgoing { sizes: &[u32::MAX], ..good },
        ] {
            assert!(wrong.check(1).is_err(), "{wrong:?}");
        }
    }
}
