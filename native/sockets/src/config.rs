//! Configuration values: what they are called, what they hold, setting and reading them.
//!
//! A value has a default for the whole library; some can be set for one listen socket (and so for what comes in there) and for one connection
//! too, which otherwise follow the next wider one for as long as they live. The library does not refuse a number that is too big or too
//! small: it quietly takes the nearest that it likes. So what it takes is found out when it opens (`learn`), for whoever asks to refuse.
use std::ffi::{c_char, c_void, CStr, CString};
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr::null;

use crate::network::Network;
use crate::raw::{self, kind, scope};
use crate::{Error, Library};

/// The highest number that the library gives to a configuration value.
const LAST_ID: i32 = 999;
/// Can be read, but the library keeps it out of its own table.
const MTU_DATA_SIZE: i32 = 33;
/// Once a connection has it, the library cannot take it back: it would read through a null pointer.
const CONNECTION_USER_DATA: i32 = 40;
/// `k_ESteamNetworkingGetConfigValue_BufferTooSmall`.
const TOO_SMALL: i32 = -3;

/// What a configuration value holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Int(i32),
    Int64(i64),
    Float(f32),
    Text(CString),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => value.fmt(f),
            Self::Int64(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => value.to_string_lossy().fmt(f),
        }
    }
}

impl Value {
    pub const fn kind(&self) -> i32 {
        match self {
            Self::Int(_) => kind::INT32,
            Self::Int64(_) => kind::INT64,
            Self::Float(_) => kind::FLOAT,
            Self::Text(_) => kind::STRING,
        }
    }

    /// What `SetConfigValue` wants to be pointed at.
    pub(crate) fn pointer(&self) -> *const c_void {
        match self {
            Self::Int(value) => (&raw const *value).cast(),
            Self::Int64(value) => (&raw const *value).cast(),
            Self::Float(value) => (&raw const *value).cast(),
            Self::Text(value) => value.as_ptr().cast(),
        }
    }

    /// What the library wrote for a value of `kind`; None for what holds no value (a function).
    fn read(kind: i32, bytes: &[u8]) -> Option<Self> {
        Some(match kind {
            kind::INT32 => Self::Int(i32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?)),
            kind::INT64 => Self::Int64(i64::from_ne_bytes(bytes.get(..8)?.try_into().ok()?)),
            kind::FLOAT => Self::Float(f32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?)),
            kind::STRING => Self::Text(CStr::from_bytes_until_nul(bytes).ok()?.to_owned()),
            _ => return None,
        })
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(f64::from(*value)),
            Self::Float(value) => Some(f64::from(*value)),
            Self::Int64(_) | Self::Text(_) => None,
        }
    }
}

/// A value to start a connection or listen socket with.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub id: i32,
    pub value: Value,
}

/// What `settings` say about a value; the last one counts.
pub(crate) fn given(settings: &[Setting], id: i32) -> Option<&Value> {
    settings.iter().rev().find(|setting| setting.id == id).map(|setting| &setting.value)
}

/// The settings in the library's form. It points into `settings`, so it lives no longer.
pub fn to_raw(settings: &[Setting]) -> Vec<MaybeUninit<raw::ConfigValue>> {
    settings.iter().map(one_to_raw).collect()
}

fn one_to_raw(setting: &Setting) -> MaybeUninit<raw::ConfigValue> {
    let mut out = MaybeUninit::<raw::ConfigValue>::zeroed();
    let to = out.as_mut_ptr();
    // SAFETY: all fields are inside `out`. The two enum-typed ones are written as the integers they are, and `out` is never read as a
    // Rust value: only the library looks at it.
    unsafe {
        (&raw mut (*to).m_eValue).cast::<i32>().write_unaligned(setting.id);
        (&raw mut (*to).m_eDataType).cast::<i32>().write_unaligned(setting.value.kind());
        let value = &raw mut (*to).m_val;
        match &setting.value {
            Value::Int(number) => value.cast::<i32>().write_unaligned(*number),
            Value::Int64(number) => value.cast::<i64>().write_unaligned(*number),
            Value::Float(number) => value.cast::<f32>().write_unaligned(*number),
            Value::Text(text) => value.cast::<*const c_char>().write_unaligned(text.as_ptr()),
        }
    }
    out
}

/// Where a value applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Global,
    ListenSocket(u32),
    Connection(u32),
}

/// A configuration value that exists.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    pub id: i32,
    /// Valve's, without the prefix.
    pub name: String,
    /// What it holds (`raw::kind`).
    pub kind: i32,
    /// The narrowest thing that it can be set for (`raw::scope`).
    pub scope: i32,
    /// It follows from others and cannot be set.
    pub read_only: bool,
    /// As the library came; None for a function.
    pub default: Option<Value>,
    /// The lowest and the highest number that it takes.
    pub range: Option<(f64, f64)>,
}

impl Library {
    /// All configuration values that there are.
    pub fn options(&self) -> &[Described] {
        &self.options
    }

    /// Finds out what there is, and puts every value back to what the library came with. Only while it has no connections.
    pub(crate) fn learn(&self) -> Vec<Described> {
        let described = (1..=LAST_ID).filter_map(|id| self.describe(id)).map(|described| self.learn_one(described));
        described.filter(|described| described.default.is_some() || described.kind == kind::POINTER).collect()
    }

    /// The library's kind and object of a scope.
    fn raw_scope(&self, scope: Scope) -> (i32, isize) {
        match scope {
            Scope::Global => (scope::GLOBAL, 0),
            Scope::ListenSocket(handle) => (scope::LISTEN_SOCKET, self.living().listen_sockets.theirs(handle) as isize),
            Scope::Connection(handle) => (scope::CONNECTION, self.known(handle) as isize),
        }
    }

    /// Has another default than the library for one value from now on.
    pub(crate) fn take_for_default(&mut self, id: i32, value: Value) {
        self.write(Scope::Global, id, value.kind(), value.pointer());
        self.options.iter_mut().filter(|described| described.id == id).for_each(|it| it.default = Some(value.clone()));
    }

    fn describe(&self, id: i32) -> Option<Described> {
        let described = |name, kind, scope| Described {
            id,
            name,
            kind,
            scope,
            read_only: id == MTU_DATA_SIZE,
            default: None,
            range: None,
        };
        let (mut kind, mut scope) = (0, 0);
        // SAFETY: both out pointers are to live integers, and the answer is null or a static zero-terminated name.
        let name = unsafe {
            let name = (self.api.get_config_value_info)(self.utils, id, &mut kind, &mut scope);
            (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
        };
        match name {
            None if id == MTU_DATA_SIZE => {
                Some(described("MTU_DataSize".to_owned(), raw::kind::INT32, raw::scope::CONNECTION))
            }
            name => name.map(|name| described(name, kind, scope)),
        }
    }

    /// Steam's values are the user's own: they are read, and nothing is tried on them.
    fn learn_one(&self, described: Described) -> Described {
        if described.kind == kind::POINTER {
            return described;
        }
        let ours = matches!(self.network, Network::Own(_)) && !described.read_only;
        if ours {
            self.write(Scope::Global, described.id, described.kind, null());
        }
        let default = self.read(Scope::Global, &described);
        let range = default.as_ref().filter(|_| ours).and_then(|default| self.range(&described, default));
        Described { default, range, ..described }
    }

    /// What becomes of the lowest and the highest number; `default` is put back.
    fn range(&self, described: &Described, default: &Value) -> Option<(f64, f64)> {
        let (lowest, highest) = match default {
            Value::Int(_) => (Value::Int(i32::MIN), Value::Int(i32::MAX)),
            Value::Float(_) => (Value::Float(f32::MIN), Value::Float(f32::MAX)),
            Value::Int64(_) | Value::Text(_) => return None,
        };
        let becomes = |value: &Value| {
            self.write(Scope::Global, described.id, value.kind(), value.pointer());
            self.read(Scope::Global, described)?.number()
        };
        let range = (becomes(&lowest), becomes(&highest));
        self.write(Scope::Global, described.id, default.kind(), default.pointer());
        Some((range.0?, range.1?))
    }

    fn described(&self, id: i32) -> Result<&Described, Error> {
        let found = self.options.iter().find(|described| described.id == id && described.kind != kind::POINTER);
        found.ok_or_else(|| Error::Option(format!("GameNetworkingSockets has no option {id} that holds a value")))
    }

    /// That there is such a thing as `scope` says, and that the value can be set or read for it.
    fn require(&self, scope: Scope, described: &Described) -> Result<(), Error> {
        match scope {
            Scope::Global => return Ok(()),
            Scope::Connection(handle) => self.require_connection(handle)?,
            Scope::ListenSocket(handle) if self.living().listen_sockets.theirs(handle) != 0 => {}
            Scope::ListenSocket(handle) => return Err(Error::UnknownHandle { what: "listen socket", handle }),
        }
        match described.scope {
            scope::CONNECTION => Ok(()),
            _ => Err(Error::Option(format!("option {} is the whole library's, not one connection's", described.name))),
        }
    }

    /// Sets a value. A number out of range becomes the nearest in range; what cannot be changed (any more) is refused.
    pub fn set_option(&self, scope: Scope, setting: &Setting) -> Result<(), Error> {
        let described = self.described(setting.id)?;
        self.require(scope, described)?;
        let told = self.before_setting(scope, setting)?;
        let write = || self.write(scope, told.id, told.value.kind(), told.value.pointer());
        self.done(self.setting(scope, setting.id, Some(&setting.value), write), described)
    }

    /// Goes back to following the next wider scope; for the library, to the default.
    pub fn clear_option(&self, scope: Scope, id: i32) -> Result<(), Error> {
        let described = self.described(id)?;
        self.require(scope, described)?;
        if id == CONNECTION_USER_DATA && matches!(scope, Scope::Connection(_)) {
            return Err(Error::Option("option ConnectionUserData of a connection cannot be taken back".to_owned()));
        }
        if let (true, Ok(follows)) = (scope != Scope::Global, self.option(Scope::Global, id)) {
            self.before_setting(scope, &Setting { id, value: follows })?; // what it would follow may be refused there
        }
        let ours = scope == Scope::Global && id == raw::config::ALLOW_WITHOUT_AUTH_LOCAL;
        let default = described.default.as_ref().filter(|_| ours);
        let to = default.map_or(null(), Value::pointer);
        self.done(self.setting(scope, id, None, || self.write(scope, id, described.kind, to)), described)
    }

    fn done(&self, done: bool, described: &Described) -> Result<(), Error> {
        match (done, described.read_only) {
            (true, _) => Ok(()),
            (false, true) => Err(Error::Option(format!("option {} can only be read", described.name))),
            (false, false) => Err(Error::Option(format!(
                "option {} cannot be changed here any more: give it when the connection or listen socket is made",
                described.name
            ))),
        }
    }

    /// The value in force.
    pub fn option(&self, scope: Scope, id: i32) -> Result<Value, Error> {
        let described = self.described(id)?;
        self.require(scope, described)?;
        let cannot = || Error::Option(format!("option {} cannot be read here", described.name));
        let read = self.read(scope, described).ok_or_else(cannot)?;
        Ok(self.as_it_was_set(scope, id, read))
    }

    /// The value that will be in force with these settings: what they say, else the one in force in `scope`.
    pub(crate) fn option_with(&self, settings: &[Setting], scope: Scope, id: i32) -> Option<Value> {
        given(settings, id).cloned().or_else(|| self.option(scope, id).ok())
    }

    /// As `option_with`; None for what is no whole number.
    pub(crate) fn number_with(&self, settings: &[Setting], scope: Scope, id: i32) -> Option<i32> {
        match self.option_with(settings, scope, id) {
            Some(Value::Int(number)) => Some(number),
            _ => None,
        }
    }

    /// `value` points to what `kind` says, or is null: then the value is cleared.
    pub(crate) fn write(&self, scope: Scope, id: i32, kind: i32, value: *const c_void) -> bool {
        let (scope, object) = self.raw_scope(scope);
        // SAFETY: the value is of the type that its kind says and lives during the call.
        unsafe { (self.api.set_config_value)(self.utils, id, scope, object, kind, value) }
    }

    fn read(&self, scope: Scope, described: &Described) -> Option<Value> {
        let (scope, object) = self.raw_scope(scope);
        let (mut kind, mut bytes) = (described.kind, vec![0_u8; 256]);
        loop {
            let mut size = bytes.len();
            let buffer = bytes.as_mut_ptr().cast();
            // SAFETY: the buffer's own size is passed, and the library writes at most that.
            let got = unsafe {
                (self.api.get_config_value)(self.utils, described.id, scope, object, &mut kind, buffer, &mut size)
            };
            match got {
                TOO_SMALL if size > bytes.len() => bytes.resize(size, 0),
                got if got > 0 => return Value::read(kind, &bytes),
                _ => return None,
            }
        }
    }
}
