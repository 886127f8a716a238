//! What every exported function goes through: panics and faults become an error code and a sentence.
//!
//! How to add a function to the boundary (in `codec.rs` or a file of `sockets/`):
//!
//! ```ignore
//! /// The sum of `count` bytes at `data`.
//! #[no_mangle]
//! pub unsafe extern "C" fn gn_codec_sum(data: *const u8, count: usize) -> i64 {
//!     guard(|| {
//!         // SAFETY: the caller passes a buffer of `count` bytes that lives during the call.
//!         let bytes = unsafe { slice(data, count, "data") }?;
//!         Ok(bytes.iter().map(|b| i64::from(*b)).sum())
//!     })
//! }
//! ```
//!
//! 1. The name is `gn_<module>_*`, the body one `guard(…)` (or `guard_open(…)`, which goes through it), the result an `i64`: a count, a value or 0 when well (never negative),
//!    one of the `GN_E_*` codes when not. Other results go out through pointers.
//! 2. Arguments and `#[repr(C)]` structs use fixed-width types, raw pointers and `usize`; no Rust enum crosses, only integers.
//! 3. Write the header anew: `UPDATE_HEADER=1 cargo test --release -p gamenet-cabi --test header`, and commit `gamenet.h`.
//! 4. `maturin develop --release` builds it into the environment; in Python it is `_bridge.lib.gn_codec_sum(…)`, and
//!    `_bridge.check(code)` raises the fault as a Python exception with its sentence (`gamenet/_bridge.py`).
//!
//! An object that Python holds goes out as a raw pointer from `own` (an opaque `struct` in the header) and is taken back once by `disown`;
//! `_bridge.hold(pointer, destroy)` ties that to the Python object's life.
#![allow(dead_code)] // a helper that only one module needs today stays for the other
use std::any::Any;
use std::cell::RefCell;
use std::ffi::{c_char, CStr, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::latest::Latest;

/// A bug on our side: the code panicked. The state behind it may be half changed.
pub const GN_E_PANIC: i64 = -1;
/// An argument is missing, out of range or not what the function takes.
pub const GN_E_ARGUMENT: i64 = -2;
/// What the call needs is not open (any more).
pub const GN_E_CLOSED: i64 = -3;
/// What can be open only once is open already.
pub const GN_E_OPEN: i64 = -4;
/// A handle that nothing stands behind.
pub const GN_E_HANDLE: i64 = -5;
/// Bytes from outside that do not follow the format.
pub const GN_E_MALFORMED: i64 = -6;
/// A limit that the caller set, or that the format has, would be passed.
pub const GN_E_LIMIT: i64 = -7;
/// The operating system or the library underneath refused.
pub const GN_E_REFUSED: i64 = -8;
/// The address is taken by somebody else.
pub const GN_E_IN_USE: i64 = -9;
/// The Steam network's library cannot be used.
pub const GN_E_UNAVAILABLE: i64 = -10;

/// A certificate, a request, a root or a key that is not good.
pub const GN_E_CERTIFICATE: i64 = -11;
/// A proof of identity is asked for that cannot be given or checked yet.
pub const GN_E_UNPROVEN: i64 = -12;
/// An identity that cannot be, or cannot be connected to.
pub const GN_E_IDENTITY: i64 = -13;
/// An option's value that it does not take, there or then.
pub const GN_E_OPTION: i64 = -14;

/// Why a guarded function did not do its work: one of the codes above and a sentence for a person.
#[derive(Debug)]
pub struct Fault {
    code: i64,
    message: String,
}

impl Fault {
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(GN_E_ARGUMENT, message)
    }
}

thread_local! {
    static SENTENCES: RefCell<Latest<CString>> = RefCell::default();
}

fn remember(fault: Fault) -> i64 {
    let message = CString::new(fault.message.replace('\0', " ")).unwrap_or_default();
    SENTENCES.with(|latest| *Latest::next(latest) = message);
    fault.code
}

fn panic_text(payload: Box<dyn Any + Send>) -> String {
    let said =
        payload.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| payload.downcast_ref::<String>().cloned());
    format!("gamenet's native part has a bug: {}", said.unwrap_or_else(|| "it panicked without a word".to_owned()))
}

/// Runs `body`; a fault or a panic becomes its code, and its sentence is kept for `gn_last_error` on this thread.
///
/// A panic inside leaves no broken Rust value visible that later calls could trip over unsafely: whatever the body touches
/// is either its own, behind a lock that notices poisoning, or an object whose methods are safe Rust.
pub fn guard(body: impl FnOnce() -> Result<i64, Fault>) -> i64 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(fault)) => remember(fault),
        Err(payload) => remember(Fault::new(GN_E_PANIC, panic_text(payload))),
    }
}

/// The sentence of the last fault on this thread (UTF-8, never null), valid through the next three faults on it.
#[no_mangle]
pub extern "C" fn gn_last_error() -> *const c_char {
    SENTENCES.with(|latest| latest.borrow().last().as_ptr())
}

/// Panics on purpose, so that a test can see what becomes of it.
#[no_mangle]
pub extern "C" fn gn_panic() -> i64 {
    guard(|| panic!("asked to panic"))
}

fn missing(name: &str) -> Fault {
    Fault::argument(format!("{name} is null"))
}

fn check_size<T>(count: usize, name: &str) -> Result<(), Fault> {
    match count.checked_mul(size_of::<T>()) {
        Some(bytes) if bytes <= isize::MAX as usize => Ok(()),
        _ => Err(Fault::argument(format!("{name} cannot have {count} items"))),
    }
}

/// `count` items at `data`, which may be null only when there are none.
///
/// # Safety
/// When `data` is not null, `count` initialised and aligned items stand there and do not change during `'a`.
pub unsafe fn slice<'a, T>(data: *const T, count: usize, name: &str) -> Result<&'a [T], Fault> {
    check_size::<T>(count, name)?;
    match (data.is_null(), count) {
        (true, 0) => Ok(&[]),
        (true, _) => Err(missing(name)),
        // SAFETY: not null, the size fits, and the rest is what our own caller promised.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(data, count) }),
    }
}

/// `count` writable items at `data`, which may be null only when there are none.
///
/// # Safety
/// When `data` is not null, `count` initialised and aligned items stand there and nobody else touches them during `'a`.
pub unsafe fn slice_mut<'a, T>(data: *mut T, count: usize, name: &str) -> Result<&'a mut [T], Fault> {
    check_size::<T>(count, name)?;
    match (data.is_null(), count) {
        (true, 0) => Ok(&mut []),
        (true, _) => Err(missing(name)),
        // SAFETY: as in `slice`, and exclusive by our caller's promise.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts_mut(data, count) }),
    }
}

/// The object at `object`.
///
/// # Safety
/// When `object` is not null, a valid `T` stands there and is not written to during `'a`.
pub unsafe fn borrow<'a, T>(object: *const T, name: &str) -> Result<&'a T, Fault> {
    // SAFETY: null is told apart by `as_ref`; the rest is what our own caller promised.
    unsafe { object.as_ref() }.ok_or_else(|| missing(name))
}

/// The object at `object`, to change.
///
/// # Safety
/// When `object` is not null, a valid `T` stands there and nobody else touches it during `'a`.
pub unsafe fn borrow_mut<'a, T>(object: *mut T, name: &str) -> Result<&'a mut T, Fault> {
    // SAFETY: null is told apart by `as_mut`; the rest is what our own caller promised.
    unsafe { object.as_mut() }.ok_or_else(|| missing(name))
}

/// The UTF-8 text at `text`, which ends at its first zero byte.
///
/// # Safety
/// When `text` is not null, it is a zero-terminated string that does not change during `'a`.
pub unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str, Fault> {
    if text.is_null() {
        return Err(missing(name));
    }
    // SAFETY: not null, and zero-terminated by our caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| Fault::argument(format!("{name} is not UTF-8")))
}

/// Gives `object` to the other side.
pub fn own<T>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}

/// Takes back and drops what `own` gave out; null is nothing.
///
/// # Safety
/// `object` came from `own::<T>` and was not taken back before.
pub unsafe fn disown<T>(object: *mut T) {
    if !object.is_null() {
        // SAFETY: it came from `Box::into_raw` in `own` and is taken back only once, as our caller promised.
        drop(unsafe { Box::from_raw(object) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last() -> String {
        // SAFETY: `gn_last_error` gives a zero-terminated string that lives until this thread's next fault.
        unsafe { CStr::from_ptr(gn_last_error()) }.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_panic_becomes_a_code_and_a_sentence() {
        assert_eq!(gn_panic(), GN_E_PANIC);
        assert!(last().ends_with("asked to panic"), "{}", last());
    }

    #[test]
    fn a_fault_keeps_its_code_and_sentence() {
        assert_eq!(guard(|| Err(Fault::new(GN_E_HANDLE, "no connection 7"))), GN_E_HANDLE);
        assert_eq!(last(), "no connection 7");
    }

    #[test]
    fn null_is_an_empty_slice_only_when_nothing_is_expected() {
        // SAFETY: null pointers are what is being tested; nothing is read through them.
        unsafe {
            assert!(slice::<u8>(std::ptr::null(), 0, "data").is_ok());
            assert!(slice::<u8>(std::ptr::null(), 1, "data").is_err());
            assert!(slice::<u64>(std::ptr::null(), usize::MAX, "data").is_err());
        }
    }

    #[test]
    fn a_message_with_a_zero_byte_is_still_told() {
        assert_eq!(guard(|| Err(Fault::argument("a\0b"))), GN_E_ARGUMENT);
        assert_eq!(last(), "a b");
    }
}
