//! Options: what there is, setting and reading them.
use std::ffi::{c_char, CString};
use std::ptr::null;

use gamenet_sockets::config::{Scope, Setting, Value};
use gamenet_sockets::raw;

use super::{copy_text, guard_open, write_text};
use crate::guard::{borrow, borrow_mut, slice, slice_mut, text, Fault};

/// A value to start with: `kind` 1 takes `integer`, 3 `real`, 4 `text`.
#[repr(C)]
pub struct GnSetting {
    pub id: i32,
    pub kind: i32,
    pub integer: i32,
    pub real: f32,
    pub text: *const c_char,
}

/// An option that exists: its number, what it holds (`kind` as in `GnSetting`) and Valve's name.
#[repr(C)]
pub struct GnOption {
    pub id: i32,
    pub kind: i32,
    pub name: [c_char; 64],
}

impl GnSetting {
    /// # Safety
    /// `text` is zero-terminated when the kind says that it is used.
    unsafe fn read(&self) -> Result<Setting, Fault> {
        let value = match self.kind {
            raw::kind::INT32 => Value::Int(self.integer),
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

/// Connection 0 stands for the whole library.
const fn scope(connection: u32) -> Scope {
    match connection {
        0 => Scope::Global,
        handle => Scope::Connection(handle),
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
        for (to, from) in options.iter_mut().zip(&described) {
            *to = GnOption { id: from.id, kind: from.kind, name: [0; 64] };
            copy_text(&from.name, &mut to.name);
        }
        Ok(described.len() as i64)
    })
}

/// Sets an option of a connection, or with connection 0 the default for all.
///
/// # Safety
/// `setting` points to a setting as `GnSetting` says.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_set_option(connection: u32, setting: *const GnSetting) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let setting = unsafe { borrow(setting, "setting")?.read() }?;
        library.set_option(scope(connection), &setting)?;
        Ok(0)
    })
}

/// Reads an option of a connection, or with connection 0 the default: fills `setting` and, for a text, `buffer`.
///
/// # Safety
/// `setting` points to a writable setting, `buffer` to `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_get_option(
    connection: u32,
    id: i32,
    setting: *mut GnSetting,
    buffer: *mut c_char,
    size: usize,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (setting, buffer) = unsafe { (borrow_mut(setting, "setting")?, slice_mut(buffer, size, "buffer")?) };
        let value = library.option(scope(connection), id)?;
        *setting = GnSetting { id, kind: value.kind(), integer: 0, real: 0.0, text: null() };
        match value {
            Value::Int(integer) => setting.integer = integer,
            Value::Float(real) => setting.real = real,
            Value::Text(text) => {
                write_text(&text.to_string_lossy(), buffer);
            }
        }
        Ok(0)
    })
}
