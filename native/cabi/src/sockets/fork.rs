//! What a fork leaves behind.
use crate::guard::guard;

/// In the child of a process in which the library was open: when the child exits, what the library has registered for that is passed over.
///
/// It would wait for a thread, or for a lock that a thread held, and neither is there any more: the child would hang, or abort. So the child ends
/// behind what was registered since the fork; what was buffered is written, and handlers that other C code registered before are passed over as well.
#[no_mangle]
pub extern "C" fn gn_sockets_left_behind() -> i64 {
    guard(|| {
        end::before_others();
        Ok(0)
    })
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod end {
    use std::ffi::{c_int, c_void};
    use std::ptr::null_mut;

    extern "C" {
        fn on_exit(function: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
        fn fflush(stream: *mut c_void) -> c_int;
        fn _exit(status: c_int) -> !;
    }

    extern "C" fn end(status: c_int, _: *mut c_void) {
        // SAFETY: null means all streams; and `_exit` may be called anywhere.
        unsafe {
            fflush(null_mut());
            _exit(status)
        }
    }

    pub fn before_others() {
        // SAFETY: the function has the signature that is called, lives for ever and needs no argument.
        unsafe { on_exit(end, null_mut()) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod end {
    /// Only glibc tells a handler the status to end with.
    pub fn before_others() {}
}
