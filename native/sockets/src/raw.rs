//! The flat C functions, as one table of pointers.
//!
//! Every call goes through an [`Api`]: what GameNetworkingSockets and the Steam network's `libsteam_api` both have, under the same names. It is
//! filled from the library that is linked in, or from one that the user names (`steam.rs`). What only one of them has stands in
//! a table of its own: [`Own`] here, [`Steam`](crate::network::steam::Steam) there.
//!
//! The signatures are written out here instead of taken from bindgen for one reason: bindgen makes Rust enums of C enums, and a value it does not
//! know is undefined behaviour there. Here everything enum-typed is an `i32`, and enum-typed struct fields are read as integers
//! through pointers ([`int_at`]). Struct layouts do come from bindgen, so they follow the platform's packing.
use std::ffi::{c_char, c_int, c_void};

pub use gns_sys::{
    SteamNetAuthenticationStatus_t as AuthStatus, SteamNetConnectionInfo_t as Info,
    SteamNetConnectionRealTimeLaneStatus_t as RealTimeLane, SteamNetConnectionRealTimeStatus_t as RealTime,
    SteamNetConnectionStatusChangedCallback_t as StatusChanged, SteamNetworkingConfigValue_t as ConfigValue,
    SteamNetworkingIPAddr as IpAddr, SteamNetworkingIdentity as Identity, SteamNetworkingMessage_t as Message,
};

pub type Sockets = c_void;
pub type Utils = c_void;
pub type Handle = u32;
pub type StatusCallback = unsafe extern "C" fn(*mut StatusChanged);
pub type AuthCallback = unsafe extern "C" fn(*mut AuthStatus);
pub type LogCallback = unsafe extern "C" fn(c_int, *const c_char);
/// An `ISteamNetworkingConnectionSignaling`.
pub type Signaling = c_void;
pub type SendSignal = unsafe extern "C" fn(*mut c_void, Handle, *const Info, *const c_void, c_int) -> bool;
pub type ReleaseSignaling = unsafe extern "C" fn(*mut c_void);
pub type OnConnectRequest = unsafe extern "C" fn(*mut c_void, Handle, *const Identity, c_int) -> *mut Signaling;
pub type OnRejection = unsafe extern "C" fn(*mut c_void, *const Identity, *const c_void, c_int);

pub const ERROR_TEXT: usize = 1024;
/// The longest message that GameNetworkingSockets sends.
pub const MAX_MESSAGE: usize = 512 * 1024;
pub const RELIABLE: i32 = 8;
/// All send flags that mean something here: NoNagle, NoDelay, Reliable, UseCurrentThread.
pub const SEND_FLAGS: i32 = 1 | 4 | RELIABLE | 16;
/// The longest name of a connection, without its zero.
pub const MAX_NAME: usize = 31;

/// `ESteamNetworkingConfigScope`.
pub mod scope {
    pub const GLOBAL: i32 = 1;
    pub const LISTEN_SOCKET: i32 = 3;
    pub const CONNECTION: i32 = 4;
}

/// `ESteamNetworkingConfigDataType`.
pub mod kind {
    pub const INT32: i32 = 1;
    pub const INT64: i32 = 2;
    pub const FLOAT: i32 = 3;
    pub const STRING: i32 = 4;
    pub const POINTER: i32 = 5;
}

/// `ESteamNetworkingIdentityType`, those that are nobody.
pub mod identity {
    pub const INVALID: i32 = 0;
    pub const UNKNOWN: i32 = 4;
}

/// `ESteamNetworkingConnectionState`.
pub mod state {
    pub const NONE: i32 = 0;
    pub const CONNECTING: i32 = 1;
    pub const FINDING_ROUTE: i32 = 2;
    pub const CONNECTED: i32 = 3;
    pub const CLOSED_BY_PEER: i32 = 4;
    pub const PROBLEM_DETECTED_LOCALLY: i32 = 5;
}

/// `k_nSteamNetworkConnectionInfoFlags_…`.
pub mod flags {
    pub const UNAUTHENTICATED: i32 = 1;
    pub const UNENCRYPTED: i32 = 2;
}

/// `ESteamNetworkingConfigValue`, those that we look at ourselves.
pub mod config {
    pub const ALLOW_WITHOUT_AUTH: i32 = 23;
    pub const UNENCRYPTED: i32 = 34;
    pub const SYMMETRIC_CONNECT: i32 = 37;
    pub const LOCAL_VIRTUAL_PORT: i32 = 38;
    pub const ALLOW_WITHOUT_AUTH_LOCAL: i32 = 52;
}

/// `ESteamNetworkingSocketsDebugOutputType`, those that we say or listen to.
pub mod level {
    pub const BUG: i32 = 1;
    pub const ERROR: i32 = 2;
    pub const WARNING: i32 = 4;
    pub const MESSAGE: i32 = 5;
}

/// `EResult`, those that the sockets give.
pub mod result {
    pub const OK: i32 = 1;
    pub const FAIL: i32 = 2;
    pub const NO_CONNECTION: i32 = 3;
    pub const INVALID_PARAM: i32 = 8;
    pub const INVALID_STATE: i32 = 11;
    pub const LIMIT_EXCEEDED: i32 = 25;
}

/// Tables of C functions, each field with its symbol: `linked` ones can be filled from what is part of this binary, `loaded` ones from a shared
/// library that was opened.
macro_rules! functions {
    ($(#[$doc:meta])* $($way:ident),+ => $table:ident $rows:tt) => {
        functions!(@table [$(#[$doc])*] $table $rows);
        $(functions!(@$way $table $rows);)+
    };
    (@table [$($doc:tt)*] $table:ident { $($field:ident = $symbol:ident($($type:ty),*) $(-> $result:ty)?;)* }) => {
        $($doc)*
        pub struct $table {
            $(pub $field: unsafe extern "C" fn($($type),*) $(-> $result)?,)*
        }
    };
    (@linked $table:ident { $($field:ident = $symbol:ident($($type:ty),*) $(-> $result:ty)?;)* }) => {
        impl $table {
            /// From what is part of this binary.
            pub fn linked() -> Self {
                extern "C" {
                    $(fn $symbol($(_: $type),*) $(-> $result)?;)*
                }
                Self { $($field: $symbol,)* }
            }
        }
    };
    (@loaded $table:ident { $($field:ident = $symbol:ident($($type:ty),*) $(-> $result:ty)?;)* }) => {
        impl $table {
            /// From a shared library.
            ///
            /// # Safety
            /// What it exports under these names are functions of these types.
            pub(crate) unsafe fn loaded(from: &$crate::network::loading::Symbols) -> Result<Self, $crate::network::loading::Missing> {
                // SAFETY: our caller's promise.
                unsafe { Ok(Self { $($field: from.function(stringify!($symbol))?,)* }) }
            }
        }
    };
}
pub(crate) use functions;

functions! {
    /// What both networks have.
    linked, loaded => Api {
        create_listen_socket_ip = SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(*mut Sockets, *const IpAddr, c_int, *const ConfigValue) -> Handle;
        connect_by_ip_address = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(*mut Sockets, *const IpAddr, c_int, *const ConfigValue) -> Handle;
        accept_connection = SteamAPI_ISteamNetworkingSockets_AcceptConnection(*mut Sockets, Handle) -> i32;
        close_connection = SteamAPI_ISteamNetworkingSockets_CloseConnection(*mut Sockets, Handle, c_int, *const c_char, bool) -> bool;
        close_listen_socket = SteamAPI_ISteamNetworkingSockets_CloseListenSocket(*mut Sockets, Handle) -> bool;
        get_listen_socket_address = SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(*mut Sockets, Handle, *mut IpAddr) -> bool;
        create_socket_pair = SteamAPI_ISteamNetworkingSockets_CreateSocketPair(*mut Sockets, *mut Handle, *mut Handle, bool, *const Identity, *const Identity) -> bool;
        set_connection_name = SteamAPI_ISteamNetworkingSockets_SetConnectionName(*mut Sockets, Handle, *const c_char);
        get_connection_name = SteamAPI_ISteamNetworkingSockets_GetConnectionName(*mut Sockets, Handle, *mut c_char, c_int) -> bool;
        set_connection_user_data = SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(*mut Sockets, Handle, i64) -> bool;
        get_connection_user_data = SteamAPI_ISteamNetworkingSockets_GetConnectionUserData(*mut Sockets, Handle) -> i64;
        configure_connection_lanes = SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(*mut Sockets, Handle, c_int, *const c_int, *const u16) -> i32;

        send_message_to_connection = SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(*mut Sockets, Handle, *const c_void, u32, c_int, *mut i64) -> i32;
        flush_messages_on_connection = SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(*mut Sockets, Handle) -> i32;
        receive_messages_on_connection = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(*mut Sockets, Handle, *mut *mut Message, c_int) -> c_int;
        receive_messages_on_poll_group = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(*mut Sockets, Handle, *mut *mut Message, c_int) -> c_int;
        release_message = SteamAPI_SteamNetworkingMessage_t_Release(*mut Message);
        allocate_message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(*mut Utils, c_int) -> *mut Message;

        create_poll_group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(*mut Sockets) -> Handle;
        destroy_poll_group = SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(*mut Sockets, Handle) -> bool;
        set_connection_poll_group = SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(*mut Sockets, Handle, Handle) -> bool;

        get_connection_info = SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(*mut Sockets, Handle, *mut Info) -> bool;
        get_connection_real_time_status = SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(*mut Sockets, Handle, *mut RealTime, c_int, *mut RealTimeLane) -> i32;
        get_detailed_connection_status = SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(*mut Sockets, Handle, *mut c_char, c_int) -> c_int;
        get_identity = SteamAPI_ISteamNetworkingSockets_GetIdentity(*mut Sockets, *mut Identity) -> bool;
        init_authentication = SteamAPI_ISteamNetworkingSockets_InitAuthentication(*mut Sockets) -> i32;
        get_authentication_status = SteamAPI_ISteamNetworkingSockets_GetAuthenticationStatus(*mut Sockets, *mut AuthStatus) -> i32;
        run_callbacks = SteamAPI_ISteamNetworkingSockets_RunCallbacks(*mut Sockets);

        get_local_timestamp = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(*mut Utils) -> i64;
        set_debug_output_function = SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(*mut Utils, i32, Option<LogCallback>);
        set_connection_status_callback = SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(*mut Utils, Option<StatusCallback>) -> bool;
        set_auth_status_callback = SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged(*mut Utils, Option<AuthCallback>) -> bool;
        set_config_value = SteamAPI_ISteamNetworkingUtils_SetConfigValue(*mut Utils, i32, i32, isize, i32, *const c_void) -> bool;
        get_config_value = SteamAPI_ISteamNetworkingUtils_GetConfigValue(*mut Utils, i32, i32, isize, *mut i32, *mut c_void, *mut usize) -> i32;
        get_config_value_info = SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(*mut Utils, i32, *mut i32, *mut i32) -> *const c_char;
    }
}

functions! {
    /// What only GameNetworkingSockets has, or has with other parameters.
    linked => Own {
        init = GameNetworkingSockets_Init(*const Identity, *mut [c_char; ERROR_TEXT]) -> bool;
        kill = GameNetworkingSockets_Kill();
        set_lock_wait_warning_threshold = SteamNetworkingSockets_SetLockWaitWarningThreshold(i64);
        sockets = SteamAPI_SteamNetworkingSockets_v009() -> *mut Sockets;
        utils = SteamAPI_SteamNetworkingUtils_v003() -> *mut Utils;
        send_messages = SteamAPI_ISteamNetworkingSockets_SendMessages(*mut Sockets, c_int, *mut *mut Message, *mut i64, bool);
        get_certificate_request = SteamAPI_ISteamNetworkingSockets_GetCertificateRequest(*mut Sockets, *mut c_int, *mut c_void, *mut [c_char; ERROR_TEXT]) -> bool;
        set_certificate = SteamAPI_ISteamNetworkingSockets_SetCertificate(*mut Sockets, *const c_void, c_int, *mut [c_char; ERROR_TEXT]) -> bool;
        create_listen_socket_p2p = SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(*mut Sockets, c_int, c_int, *const ConfigValue) -> Handle;
        connect_p2p_custom_signaling = SteamAPI_ISteamNetworkingSockets_ConnectP2PCustomSignaling(*mut Sockets, *mut Signaling, *const Identity, c_int, c_int, *const ConfigValue) -> Handle;
        create_custom_signaling = SteamAPI_ISteamNetworkingSockets_CreateCustomSignaling(*mut c_void, SendSignal, Option<ReleaseSignaling>) -> *mut Signaling;
        received_p2p_custom_signal = SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal2(*mut Sockets, *const c_void, c_int, *mut c_void, OnConnectRequest, OnRejection) -> bool;
    }
}

functions! {
    /// Identities to and from text: pure functions over one record, which is the same on both networks. Ours do it on both, because Steam's
    /// `ParseString` is not told the record's size.
    linked => Identities {
        to_string = SteamAPI_SteamNetworkingIdentity_ToString(*const Identity, *mut c_char, usize);
        parse = SteamAPI_SteamNetworkingIdentity_ParseString(*mut Identity, usize, *const c_char) -> bool;
    }
}

/// The enum-typed field at `field`, as the integer that it is.
///
/// # Safety
/// `field` points to four readable bytes (any alignment).
pub unsafe fn int_at<T>(field: *const T) -> i32 {
    const { assert!(size_of::<T>() == 4, "a C enum of GameNetworkingSockets has four bytes") };
    // SAFETY: four readable bytes by our caller's promise; every bit pattern is an i32.
    unsafe { field.cast::<i32>().read_unaligned() }
}

/// The text in a C array of bytes, up to its first zero or its end. What is not UTF-8 is replaced.
pub fn text(bytes: &[c_char]) -> String {
    let bytes: Vec<u8> = bytes.iter().map(|b| *b as u8).take_while(|b| *b != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
