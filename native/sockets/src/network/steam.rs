//! The Steam network: the same calls, out of the user's own `libsteam_api`.
//!
//! Valve's redistributable belongs to who develops for Steam and may not be shipped by anybody else, so it is named when the sockets are opened.
//! What it shares with GameNetworkingSockets is in [`raw::Api`]; here is what it has besides, and where it differs:
//!
//! - The accessors of the two interfaces have their version in their name, and a library exports one version of each: the one of its SDK.
//! - `SendMessages` releases what it does not send. Since `ISteamNetworkingSockets` 013 it wants to be told so.
//! - `SteamAPI_InitFlat` says why Steam does not start. SDK 1.58 has that under the name of its inside alone, `SteamInternal_SteamAPI_Init`, and before
//!   there was only `SteamAPI_Init`, which says yes or no.
//! - Records are the same, byte for byte, from SDK 1.53 on (the test at the end counts them). Before that, messages had no lane, and there was
//!   no real-time status: such a library is refused.
//!
//! Once it has all symbols it stays loaded until the process ends. Steam's threads, its overlay and its exit handlers live in it, and no call
//! says when the last of them has left; and who opens it again gets the same one anyway.
//!
//! Source: the flat interface of the Steamworks SDK, 1.53 to 1.65.
use std::ffi::{c_char, c_int};
use std::path::Path;

use crate::config::{self, Setting};
use crate::network::loading::{Missing, Symbols};
use crate::raw::{self, functions, Api, ConfigValue, Handle, Identity, Message, Sockets, Utils};
use crate::Error;

/// How each version of the interface is got, newest first, and whether its `SendMessages` wants to be told that it may delete.
const VERSIONS: [(&str, bool); 2] =
    [("SteamAPI_SteamNetworkingSockets_SteamAPI_v013", true), ("SteamAPI_SteamNetworkingSockets_SteamAPI_v012", false)];

/// `ESteamAPIInitResult`.
mod init_result {
    pub const OK: i32 = 0;
    pub const NO_CLIENT: i32 = 2;
    pub const VERSION_MISMATCH: i32 = 3;
}

functions! {
    /// What only Steam has, under one name in all versions.
    loaded => Client {
        shutdown = SteamAPI_Shutdown();
        run_callbacks = SteamAPI_RunCallbacks();
        utils = SteamAPI_SteamNetworkingUtils_SteamAPI_v004() -> *mut Utils;
        init_relay_network_access = SteamAPI_ISteamNetworkingUtils_InitRelayNetworkAccess(*mut Utils);
        connect_p2p = SteamAPI_ISteamNetworkingSockets_ConnectP2P(*mut Sockets, *const Identity, c_int, c_int, *const ConfigValue) -> Handle;
        create_listen_socket_p2p = SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(*mut Sockets, c_int, c_int, *const ConfigValue) -> Handle;
    }
}

/// The function that starts Steam, by SDK.
enum Init {
    /// From 1.59: `SteamAPI_InitFlat`.
    Flat(unsafe extern "C" fn(*mut [c_char; raw::ERROR_TEXT]) -> i32),
    /// 1.58: `SteamInternal_SteamAPI_Init`. The first argument lists the interfaces that the C++ headers would use; who uses the flat ones passes null.
    Checking(unsafe extern "C" fn(*const c_char, *mut [c_char; raw::ERROR_TEXT]) -> i32),
    /// Before: `SteamAPI_Init`.
    Wordless(unsafe extern "C" fn() -> bool),
}

enum SendMessages {
    /// The last argument: delete what was not sent.
    Told(unsafe extern "C" fn(*mut Sockets, c_int, *mut *mut Message, *mut i64, bool)),
    Untold(unsafe extern "C" fn(*mut Sockets, c_int, *mut *mut Message, *mut i64)),
}

/// A `libsteam_api` that has all that we need.
pub struct Steam {
    pub client: Client,
    init: Init,
    sockets: unsafe extern "C" fn() -> *mut Sockets,
    send_messages: SendMessages,
}

/// The functions of the library at `path`, which stays loaded from then on.
pub fn load(path: &Path) -> Result<(Api, Steam), Error> {
    let symbols = Symbols::open(path)?;
    // SAFETY: what has these names has the types that the Steamworks SDK declares, which are written out here and in `raw.rs`, and the library is
    // kept before anything is called.
    let found = unsafe { find(&symbols) };
    let (api, steam) = found.map_err(|missing| Error::Unavailable(why_not_steam(&symbols.path, &missing)))?;
    symbols.keep();
    Ok((api, steam))
}

/// # Safety
/// What the library exports under the names of the Steamworks SDK are those functions.
unsafe fn find(symbols: &Symbols) -> Result<(Api, Steam), Missing> {
    // SAFETY: our caller's promise.
    unsafe {
        let init = symbols
            .function("SteamAPI_InitFlat")
            .map(Init::Flat)
            .or_else(|_| symbols.function("SteamInternal_SteamAPI_Init").map(Init::Checking))
            .or_else(|_| symbols.function("SteamAPI_Init").map(Init::Wordless))
            .map_err(|_| Missing("SteamAPI_InitFlat"))?;
        let known = VERSIONS.iter().find(|(accessor, _)| symbols.exports(accessor));
        let (accessor, told) = known.ok_or(Missing(VERSIONS[0].0))?;
        let name = "SteamAPI_ISteamNetworkingSockets_SendMessages";
        let send_messages = match told {
            true => SendMessages::Told(symbols.function(name)?),
            false => SendMessages::Untold(symbols.function(name)?),
        };
        let sockets = symbols.function(accessor)?;
        Ok((Api::loaded(symbols)?, Steam { client: Client::loaded(symbols)?, init, sockets, send_messages }))
    }
}

fn why_not_steam(path: &Path, Missing(symbol): &Missing) -> String {
    let path = path.display();
    let advice = match *symbol {
        "SteamAPI_InitFlat" => ": name the Steamworks SDK's libsteam_api.so, from redistributable_bin/linux64",
        symbol if symbol == VERSIONS[0].0 => {
            " and no version before it that is known here: take it from a Steamworks SDK between 1.53 and 1.65"
        }
        _ => ": take libsteam_api.so from a Steamworks SDK between 1.53 and 1.65",
    };
    format!("{path} has no {symbol}{advice}")
}

impl Steam {
    /// Starts Steam in this process; its own words when it does not.
    pub fn init(&self) -> Result<(), Error> {
        let mut words: [c_char; raw::ERROR_TEXT] = [0; raw::ERROR_TEXT];
        // SAFETY: the buffer has the size that Steam expects, and one `Library` is open at a time, so nobody else is starting it.
        let result = unsafe {
            match self.init {
                Init::Flat(init) => init(&mut words),
                Init::Checking(init) => init(std::ptr::null(), &mut words),
                Init::Wordless(init) => i32::from(!init()),
            }
        };
        match result {
            init_result::OK => Ok(()),
            other => Err(Error::Unavailable(why_not_started(other, raw::text(&words).trim()))),
        }
    }

    /// Both interfaces.
    pub fn interfaces(&self) -> Result<(*mut Sockets, *mut Utils), Error> {
        // SAFETY: Steam has started; the answer is null when the client does not have that version.
        let (sockets, utils) = unsafe { ((self.sockets)(), (self.client.utils)()) };
        if sockets.is_null() || utils.is_null() {
            return Err(Error::Unavailable(
                "the Steam client on this machine is older than this libsteam_api and lacks its networking: let Steam update itself".to_owned(),
            ));
        }
        Ok((sockets, utils))
    }

    /// Begins to connect to `identity` (a `steamid`) through Steam; 0 when Steam refuses.
    pub fn connect_p2p(
        &self,
        sockets: *mut Sockets,
        identity: &Identity,
        virtual_port: i32,
        settings: &[Setting],
    ) -> Handle {
        let options = config::to_raw(settings);
        let (count, first) = (options.len() as c_int, options.as_ptr().cast());
        // SAFETY: Steam has started, this is its interface, and identity and options live during the call, as do the options' texts.
        unsafe { (self.client.connect_p2p)(sockets, identity, virtual_port, count, first) }
    }

    /// Listens for who connects through Steam; 0 when Steam refuses.
    pub fn listen_p2p(&self, sockets: *mut Sockets, virtual_port: i32, settings: &[Setting]) -> Handle {
        let options = config::to_raw(settings);
        let (count, first) = (options.len() as c_int, options.as_ptr().cast());
        // SAFETY: as in `connect_p2p`.
        unsafe { (self.client.create_listen_socket_p2p)(sockets, virtual_port, count, first) }
    }

    /// Sends `count` messages, which are Steam's from then on, sent or not.
    ///
    /// # Safety
    /// As of Valve's `SendMessages`: `count` messages, each null or made by `AllocateMessage` of this library, and as many places for results.
    pub unsafe fn send_messages(
        &self,
        sockets: *mut Sockets,
        count: c_int,
        messages: *mut *mut Message,
        results: *mut i64,
    ) {
        // SAFETY: our caller's promise.
        unsafe {
            match self.send_messages {
                SendMessages::Told(send) => send(sockets, count, messages, results, true),
                SendMessages::Untold(send) => send(sockets, count, messages, results),
            }
        }
    }
}

fn why_not_started(result: i32, words: &str) -> String {
    let said = match words {
        "" => String::new(),
        words => format!(" ({words})"),
    };
    let advice = match result {
        init_result::NO_CLIENT => "start the Steam client and log in",
        init_result::VERSION_MISMATCH => "let the Steam client update itself",
        _ => "is the Steam client running and up to date, and does it know which game this is? Start it from Steam or, while you develop, put the number of your app in a file steam_appid.txt in the folder that you start it in",
    };
    format!("Steam does not start{said}: {advice}")
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;
    use crate::raw::{AuthStatus, Info, IpAddr, RealTime, StatusChanged};

    /// Sizes and places in the Steamworks SDK's headers, which pack these records to four bytes on Linux and macOS.
    #[test]
    #[cfg(all(unix, target_pointer_width = "64"))]
    fn records_are_laid_out_as_steam_lays_them_out() {
        assert_eq!((size_of::<IpAddr>(), size_of::<Identity>(), size_of::<ConfigValue>()), (18, 136, 16));
        assert_eq!((size_of::<Info>(), size_of::<StatusChanged>(), size_of::<AuthStatus>()), (696, 704, 260));
        assert_eq!((size_of::<RealTime>(), size_of::<Message>()), (120, 216));
        assert_eq!((offset_of!(StatusChanged, m_info), offset_of!(StatusChanged, m_eOldState)), (4, 700));
        assert_eq!((offset_of!(Info, m_hListenSocket), offset_of!(Info, m_addrRemote)), (144, 148));
        assert_eq!((offset_of!(Info, m_eState), offset_of!(Info, m_eEndReason)), (176, 180));
        assert_eq!((offset_of!(Info, m_szEndDebug), offset_of!(Info, m_szConnectionDescription)), (184, 312));
        assert_eq!(offset_of!(Info, m_nFlags), 440);
        assert_eq!(offset_of!(RealTime, m_usecQueueTime), 48);
        assert_eq!((offset_of!(Message, m_cbSize), offset_of!(Message, m_conn)), (8, 12));
        assert_eq!((offset_of!(Message, m_usecTimeReceived), offset_of!(Message, m_nMessageNumber)), (160, 168));
        assert_eq!((offset_of!(Message, m_nFlags), offset_of!(Message, m_idxLane)), (196, 208));
    }

    #[test]
    fn a_library_that_is_not_steams_is_told_by_what_it_lacks() {
        let said = load(Path::new("libc.so.6")).map(|_| ()).unwrap_err().to_string();
        assert!(
            said.contains("libc.so.6 has no SteamAPI_InitFlat: name the Steamworks SDK's libsteam_api.so"),
            "{said}"
        );
    }

    #[test]
    fn steams_own_words_are_told_with_advice() {
        let said = why_not_started(init_result::NO_CLIENT, "Steam is probably not running.");
        assert_eq!(said, "Steam does not start (Steam is probably not running.): start the Steam client and log in");
        assert!(why_not_started(1, "").starts_with("Steam does not start: is the Steam client running"));
    }
}
