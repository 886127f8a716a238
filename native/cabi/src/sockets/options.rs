//! Options: what there is, setting and reading them.
use std::ffi::{c_char, CString};
use std::ptr::null;

use gamenet_sockets::config::{Described, Scope, Setting, Value};
use gamenet_sockets::raw;

use super::{copy_text, guard_open, write_text};
use crate::guard::{borrow, borrow_mut, slice, slice_mut, text, Fault};

/// An option's value: `kind` 1 and 2 (32 and 64 bits) have it in `integer`, 3 in `real`, 4 in `text`; 5 is a function and has none.
#[repr(C)]
pub struct GnSetting {
    pub id: i32,
    pub kind: i32,
    pub integer: i64,
    pub real: f32,
    pub text: *const c_char,
}

/// An option that exists, with Valve's name and number.
#[repr(C)]
pub struct GnOption {
    pub id: i32,
    /// As in `GnSetting`.
    pub kind: i32,
    /// 1: the whole library's alone. 4: of a listen socket or a connection too.
    pub scope: i32,
    pub read_only: bool,
    /// Whether `lowest` and `highest` say what it takes.
    pub ranged: bool,
    pub lowest: f64,
    pub highest: f64,
    /// The default, as in `GnSetting`. A text is cut to fit.
    pub integer: i64,
    pub real: f32,
    pub text: [c_char; 64],
    pub name: [c_char; 64],
}

impl From<&Described> for GnOption {
    fn from(from: &Described) -> Self {
        let (lowest, highest) = from.range.unwrap_or_default();
        let mut out = Self {
            id: from.id,
            kind: from.kind,
            scope: from.scope,
            read_only: from.read_only,
            ranged: from.range.is_some(),
            lowest,
            highest,
            integer: 0,
            real: 0.0,
            text: [0; 64],
            name: [0; 64],
        };
        copy_text(&from.name, &mut out.name);
        match &from.default {
            Some(Value::Int(number)) => out.integer = i64::from(*number),
            Some(Value::Int64(number)) => out.integer = *number,
            Some(Value::Float(number)) => out.real = *number,
            Some(Value::Text(text)) => copy_text(&text.to_string_lossy(), &mut out.text),
            None => {}
        }
        out
    }
}

impl GnSetting {
    /// # Safety
    /// `text` is zero-terminated when the kind says that it is used.
    unsafe fn read(&self) -> Result<Setting, Fault> {
        let value = match self.kind {
            raw::kind::INT32 => {
                Value::Int(i32::try_from(self.integer).map_err(|_| Fault::argument("more than 32 bits"))?)
            }
            raw::kind::INT64 => Value::Int64(self.integer),
            raw::kind::FLOAT => Value::Float(self.real),
            // SAFETY: our caller's promise; `CString::new` cannot find a zero in what ended at the first one.
            raw::kind::STRING => Value::Text(CString::new(unsafe { text(self.text, "text") }?).unwrap_or_default()),
            other => return Err(Fault::argument(format!("no option holds kind {other}"))),
        };
        Ok(Setting { id: self.id, value })
    }
}

/// # Safety
/// As [`slice`], and each setting's text as in [`GnSetting::read`].
pub(super) unsafe fn settings(settings: *const GnSetting, count: usize) -> Result<Vec<Setting>, Fault> {
    // SAFETY: our caller's promise.
    unsafe { slice(settings, count, "settings")?.iter().map(|setting| setting.read()).collect() }
}

/// What `kind` (1 the library, 3 a listen socket, 4 a connection) and `handle` stand for.
fn scope(kind: i32, handle: u32) -> Result<Scope, Fault> {
    match kind {
        raw::scope::GLOBAL => Ok(Scope::Global),
        raw::scope::LISTEN_SOCKET => Ok(Scope::ListenSocket(handle)),
        raw::scope::CONNECTION => Ok(Scope::Connection(handle)),
        other => Err(Fault::argument(format!("no option has scope {other}"))),
    }
}

/// Writes the options that exist, at most `count`; returns how many there are.
///
/// # Safety
/// `options` has room for `count`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_options(options: *mut GnOption, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let options = unsafe { slice_mut(options, count, "options") }?;
        let described = library.options();
        for (to, from) in options.iter_mut().zip(described) {
            *to = from.into();
        }
        Ok(described.len() as i64)
    })
}

/// Sets an option of what `kind` and `handle` stand for: 1 the library (any handle), 3 a listen socket, 4 a connection.
///
/// # Safety
/// `setting` points to a setting as `GnSetting` says.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_set_option(kind: i32, handle: u32, setting: *const GnSetting) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let setting = unsafe { borrow(setting, "setting")?.read() }?;
        library.set_option(scope(kind, handle)?, &setting)?;
        Ok(0)
    })
}

/// Lets an option follow the next wider scope again, or for the library be the default; scopes as in `gn_sockets_set_option`.
#[no_mangle]
pub extern "C" fn gn_sockets_clear_option(kind: i32, handle: u32, id: i32) -> i64 {
    guard_open(|library| {
        library.clear_option(scope(kind, handle)?, id)?;
        Ok(0)
    })
}

/// Reads an option; scopes as in `gn_sockets_set_option`. Fills `setting` and, for a text, `buffer`. Returns how long a text is uncut.
///
/// # Safety
/// `setting` points to a writable setting, `buffer` to `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_get_option(
    kind: i32,
    handle: u32,
    id: i32,
    setting: *mut GnSetting,
    buffer: *mut c_char,
    size: usize,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (setting, buffer) = unsafe { (borrow_mut(setting, "setting")?, slice_mut(buffer, size, "buffer")?) };
        let value = library.option(scope(kind, handle)?, id)?;
        *setting = GnSetting { id, kind: value.kind(), integer: 0, real: 0.0, text: null() };
        match value {
            Value::Int(integer) => setting.integer = i64::from(integer),
            Value::Int64(integer) => setting.integer = integer,
            Value::Float(real) => setting.real = real,
            Value::Text(text) => return Ok(write_text(&text.to_string_lossy(), buffer)),
        }
        Ok(0)
    })
}
