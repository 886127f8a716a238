//! What is known about a connection.
use std::net::SocketAddr;

use crate::address::{from_raw, identity_text};
use crate::raw;

/// A connection as it stands.
#[derive(Debug, Clone)]
pub struct Info {
    /// Who is on the other side, as in `str:alice`; "invalid" while unknown.
    pub identity: String,
    pub address: Option<SocketAddr>,
    /// The listen socket that it came in on, 0 when we opened it.
    pub listen_socket: u32,
    /// The program's own number, -1 until it was set.
    pub user_data: i64,
    /// `ESteamNetworkingConnectionState`; never enum-typed, a newer library may know more.
    pub state: i32,
    pub end_reason: i32,
    pub debug: String,
    pub description: String,
    pub flags: i32,
}

/// A connection went from one state to another.
#[derive(Debug, Clone)]
pub struct Change {
    pub connection: u32,
    pub old_state: i32,
    pub info: Info,
}

#[cfg(test)]
impl Change {
    /// For tests: of a connection with nobody in particular.
    pub fn example(connection: u32, old_state: i32, state: i32, listen_socket: u32) -> Self {
        let (identity, debug, description) = Default::default();
        let info = Info {
            identity,
            address: None,
            listen_socket,
            user_data: -1,
            state,
            end_reason: 0,
            debug,
            description,
            flags: 0,
        };
        Self { connection, old_state, info }
    }
}

impl Info {
    /// Copies what the library wrote.
    ///
    /// # Safety
    /// `info` points to a record that the library has filled.
    pub unsafe fn read(info: *const raw::Info) -> Self {
        // SAFETY: a filled record by our caller's promise; enum-typed fields are read as integers, others copied out whole.
        unsafe {
            let address = (&raw const (*info).m_addrRemote).read_unaligned();
            let debug = (&raw const (*info).m_szEndDebug).read();
            let description = (&raw const (*info).m_szConnectionDescription).read();
            Self {
                identity: identity_text(&raw const (*info).m_identityRemote),
                address: from_raw(&address),
                listen_socket: (*info).m_hListenSocket,
                user_data: (&raw const (*info).m_nUserData).read_unaligned(),
                state: raw::int_at(&raw const (*info).m_eState),
                end_reason: (*info).m_eEndReason,
                debug: raw::text(&debug),
                description: raw::text(&description),
                flags: (*info).m_nFlags,
            }
        }
    }
}

/// How a connection does right now. Rates are per second; what the library does not know yet is negative.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealTime {
    pub state: i32,
    /// Round trip in milliseconds.
    pub ping_ms: i32,
    /// Share of packets that arrive in order, 0 to 1, as we and as they see it.
    pub quality_local: f32,
    pub quality_remote: f32,
    pub out_packets: f32,
    pub out_bytes: f32,
    pub in_packets: f32,
    pub in_bytes: f32,
    /// The worst since the last time that somebody asked, in microseconds.
    pub max_jitter_us: i32,
    /// What we think the link takes, bytes a second.
    pub send_rate: i32,
    /// Bytes that wait to be sent, and reliable ones that were sent but not acknowledged.
    pub pending_unreliable: i32,
    pub pending_reliable: i32,
    pub sent_unacked_reliable: i32,
    /// Microseconds that a message sent now would wait.
    pub queue_us: i64,
}

impl RealTime {
    /// Copies what the library wrote.
    ///
    /// # Safety
    /// `status` points to a record that the library has filled.
    pub unsafe fn read(status: *const raw::RealTime) -> Self {
        // SAFETY: a filled record by our caller's promise; the state is read as an integer, the other fields are plain numbers.
        unsafe {
            Self {
                state: raw::int_at(&raw const (*status).m_eState),
                ping_ms: (*status).m_nPing,
                quality_local: (*status).m_flConnectionQualityLocal,
                quality_remote: (*status).m_flConnectionQualityRemote,
                out_packets: (*status).m_flOutPacketsPerSec,
                out_bytes: (*status).m_flOutBytesPerSec,
                in_packets: (*status).m_flInPacketsPerSec,
                in_bytes: (*status).m_flInBytesPerSec,
                max_jitter_us: (*status).m_usecMaxJitter,
                send_rate: (*status).m_nSendRateBytesPerSecond,
                pending_unreliable: (*status).m_cbPendingUnreliable,
                pending_reliable: (*status).m_cbPendingReliable,
                sent_unacked_reliable: (*status).m_cbSentUnackedReliable,
                queue_us: (*status).m_usecQueueTime,
            }
        }
    }
}

/// How one lane of a connection does right now, in bytes and microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lane {
    pub pending_unreliable: i32,
    pub pending_reliable: i32,
    pub sent_unacked_reliable: i32,
    pub queue_us: i64,
}

impl From<&raw::RealTimeLane> for Lane {
    fn from(lane: &raw::RealTimeLane) -> Self {
        Self {
            pending_unreliable: lane.m_cbPendingUnreliable,
            pending_reliable: lane.m_cbPendingReliable,
            sent_unacked_reliable: lane.m_cbSentUnackedReliable,
            queue_us: lane.m_usecQueueTime,
        }
    }
}
