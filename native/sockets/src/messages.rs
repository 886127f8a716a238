//! Messages in batches: one call down for however many, one buffer up for however many.
use std::ffi::c_int;
use std::ptr::null_mut;

use crate::raw::{self, result};
use crate::rows::{Batch, Outgoing, Received};
use crate::{Error, Library};

/// Messages that one `SendMessages` takes: the library sorts them on its stack.
const SEND_CHUNK: usize = 1024;
/// Messages that are fetched at once.
const RECEIVE_CHUNK: usize = 256;
/// A batch ends here even when more lie waiting; the next call gets them.
const MOST_BYTES: usize = 16 << 20;

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
            return Err(no_flags("flags", flags));
        }
        if data.len() > raw::MAX_MESSAGE {
            return Ok(result::LIMIT_EXCEEDED);
        }
        if self.held([connection]).contains(&connection) {
            return Ok(result::INVALID_STATE);
        }
        // SAFETY: the data lives during the call, which copies it; the message number is not asked for.
        Ok(unsafe {
            let (data, size) = (data.as_ptr().cast(), data.len() as u32);
            (self.api.send_message_to_connection)(self.sockets, self.known(connection), data, size, flags, null_mut())
        })
    }

    /// Sends them in order and writes an `EResult` for each. Returns how many were refused.
    ///
    /// A message that a connection refuses takes the later ones for it (in the same chunk) with it: they get the same result, and
    /// nothing overtakes. A message of more than `raw::MAX_MESSAGE` bytes is refused alone.
    pub fn send(&self, messages: &[Outgoing<'_>], results: &mut [i32]) -> Result<usize, Error> {
        if messages.len() != results.len() {
            return Err(Error::Argument(format!("{} messages and {} results", messages.len(), results.len())));
        }
        if let Some(i) = messages.iter().position(|message| message.flags & !raw::SEND_FLAGS != 0) {
            return Err(no_flags(&format!("messages[{i}] flags"), messages[i].flags));
        }
        for (messages, results) in messages.chunks(SEND_CHUNK).zip(results.chunks_mut(SEND_CHUNK)) {
            self.send_chunk(messages, results);
        }
        Ok(results.iter().filter(|result| **result != 1).count())
    }

    fn send_chunk(&self, messages: &[Outgoing<'_>], results: &mut [i32]) {
        let mut native = [null_mut::<raw::Message>(); SEND_CHUNK];
        let mut numbers = [0_i64; SEND_CHUNK];
        let held = self.held(messages.iter().map(|message| message.connection));
        let living = self.living();
        for (slot, message) in native.iter_mut().zip(messages).filter(|(_, m)| !held.contains(&m.connection)) {
            *slot = self.allocate(&Outgoing { connection: living.known(message.connection), ..*message });
        }
        drop(living);
        let count = messages.len() as c_int;
        // SAFETY: `count` messages stand in the array, each null or made by the library just now; it takes them all over, and `numbers` has as many places.
        unsafe { self.network.send_messages(self.sockets, count, native.as_mut_ptr(), numbers.as_mut_ptr()) };
        for (i, message) in messages.iter().enumerate() {
            results[i] = match numbers[i] {
                _ if held.contains(&message.connection) => result::INVALID_STATE,
                _ if native[i].is_null() => result::LIMIT_EXCEEDED,
                number if number > 0 => 1,
                0 => refused_before(&messages[..i], message.connection, &results[..i]),
                refusal => i32::try_from(-refusal).unwrap_or(result::FAIL),
            };
        }
    }

    /// The message in the library's memory, or null when it is longer than the library takes.
    fn allocate(&self, message: &Outgoing<'_>) -> *mut raw::Message {
        let data = message.data;
        if data.len() > raw::MAX_MESSAGE {
            return null_mut();
        }
        // SAFETY: the library makes a message with room for the data (or gives null), and it is ours alone until it is sent.
        unsafe {
            let native = (self.api.allocate_message)(self.utils, data.len() as c_int);
            if let Some(native) = native.as_mut() {
                if !data.is_empty() {
                    std::ptr::copy_nonoverlapping(data.as_ptr(), native.m_pData.cast(), data.len());
                }
                native.m_conn = message.connection;
                native.m_nFlags = message.flags;
                native.m_idxLane = message.lane;
            }
            native
        }
    }

    /// Sends what waits for company (Nagle) on each connection; an `EResult` for each. Returns how many were refused.
    pub fn flush(&self, connections: &[u32], results: &mut [i32]) -> Result<usize, Error> {
        if connections.len() != results.len() {
            return Err(Error::Argument("as many results as connections are needed".to_owned()));
        }
        for (connection, result) in connections.iter().zip(results.iter_mut()) {
            // SAFETY: the library checks the handle.
            *result = unsafe { (self.api.flush_messages_on_connection)(self.sockets, self.known(*connection)) };
        }
        Ok(results.iter().filter(|result| **result != 1).count())
    }

    /// Replaces what is in `batch` by up to `limit` messages that wait at `source`.
    pub fn receive(&self, source: Source, limit: usize, batch: &mut Batch) -> Result<(), Error> {
        batch.clear();
        while batch.len() < limit && batch.rows().len() < MOST_BYTES {
            let wanted = (limit - batch.len()).min(RECEIVE_CHUNK);
            if self.receive_chunk(source, wanted, batch)? < wanted {
                break;
            }
        }
        Ok(())
    }

    fn receive_chunk(&self, source: Source, wanted: usize, batch: &mut Batch) -> Result<usize, Error> {
        let mut messages = [null_mut::<raw::Message>(); RECEIVE_CHUNK];
        let (receive, handle) = match source {
            Source::Connection(handle) => (self.api.receive_messages_on_connection, self.known(handle)),
            Source::PollGroup(handle) => (self.api.receive_messages_on_poll_group, self.living().groups.theirs(handle)),
        };
        let (fetched, kept) = self.fetch_proven(&mut messages, |messages| {
            // SAFETY: the array has at least `wanted` places, and the library checks the handle.
            unsafe { receive(self.sockets, handle, messages.as_mut_ptr(), wanted as c_int) }
        });
        let count = usize::try_from(fetched).map_err(|_| source.unknown())?;
        if count > 0 {
            // SAFETY: reading the library's clock has no conditions.
            self.clock.check(unsafe { (self.api.get_local_timestamp)(self.utils) });
        }
        for message in &messages[..kept] {
            self.take(*message, batch);
        }
        Ok(count)
    }

    /// Copies a received message into the batch and gives it back to the library.
    fn take(&self, message: *mut raw::Message, batch: &mut Batch) {
        // SAFETY: the library handed the message out just now: it is complete and ours until it is released, which happens here once.
        unsafe {
            let size = usize::try_from((*message).m_cbSize).unwrap_or(0);
            let data = if size > 0 { std::slice::from_raw_parts((*message).m_pData.cast::<u8>(), size) } else { &[] };
            batch.push(&Received {
                connection: (*message).m_conn,
                data,
                number: (*message).m_nMessageNumber,
                time: self.clock.seconds((*message).m_usecTimeReceived),
                reliable: (*message).m_nFlags & raw::RELIABLE != 0,
                lane: (*message).m_idxLane,
            });
            (self.api.release_message)(message);
        }
    }
}

impl Source {
    const fn unknown(self) -> Error {
        match self {
            Self::Connection(handle) => Error::UnknownHandle { what: "connection", handle },
            Self::PollGroup(handle) => Error::UnknownHandle { what: "poll group", handle },
        }
    }
}

fn no_flags(what: &str, given: i32) -> Error {
    Error::Argument(format!(
        "{what} are none of SendFlags: {given}. There are UNRELIABLE 0, UNRELIABLE_NO_NAGLE 1, UNRELIABLE_NO_DELAY 5, \
         RELIABLE 8 and RELIABLE_NO_NAGLE 9, each with USE_CURRENT_THREAD 16 more if wanted"
    ))
}

/// The result of a message that was not tried because an earlier one for the same connection had been refused.
fn refused_before(before: &[Outgoing<'_>], connection: u32, results: &[i32]) -> i32 {
    let last = before.iter().zip(results).rev().find(|(other, _)| other.connection == connection);
    last.map_or(result::FAIL, |(_, result)| *result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_tried_shares_the_fate_of_what_was_refused() {
        let to = |connection| Outgoing { connection, data: b"", flags: 8, lane: 0 };
        assert_eq!(refused_before(&[to(5), to(6), to(5)], 5, &[1, 1, 25]), 25);
        assert_eq!(refused_before(&[to(6)], 5, &[25]), result::FAIL);
    }
}
