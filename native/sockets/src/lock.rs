//! The library's own lock, which nearly every call of it takes and its thread holds while it reads packets.
//!
//! It reads until no packet is left, so while a flood lasts the lock is free for moments only: one call was seen to wait as long as the flood did.
//! What is not urgent is therefore done when the lock is free, and left for another time when it is not.
use std::ffi::{c_char, c_int};

extern "C" {
    #[link_name = "_ZN25SteamNetworkingSocketsLib25SteamNetworkingGlobalLock4LockEPKc"]
    fn lock(tag: *const c_char);
    #[link_name = "_ZN25SteamNetworkingSocketsLib25SteamNetworkingGlobalLock7TryLockEPKci"]
    fn try_lock(tag: *const c_char, milliseconds: c_int) -> bool;
    #[link_name = "_ZN25SteamNetworkingSocketsLib25SteamNetworkingGlobalLock6UnlockEv"]
    fn unlock();
}

/// How long the lock is waited for when what is to be done can wait, in milliseconds.
const PATIENCE_MS: c_int = 2;

/// Runs `work`, which must not panic, while no thread of the library does anything.
pub fn locked<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: a lock of the library's, for threads like ours, which may take it again meanwhile; the tag is a constant text. It is let go below.
    unsafe { lock(c"gamenet".as_ptr()) };
    let done = work();
    // SAFETY: this thread took it just now.
    unsafe { unlock() };
    done
}

/// As [`locked`]; false when the library has no time now.
pub fn if_free(work: impl FnOnce()) -> bool {
    // SAFETY: as in `locked`.
    if !unsafe { try_lock(c"gamenet".as_ptr(), PATIENCE_MS) } {
        return false;
    }
    work();
    // SAFETY: this thread took it just now.
    unsafe { unlock() };
    true
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread::scope;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::queues::alone;
    use crate::{Library, Opening};

    /// Whoever waits for the lock all the same fails, and does not hang.
    const HELD: Duration = Duration::from_secs(10);

    fn until(began: Instant, mut condition: impl FnMut() -> bool) {
        while !condition() {
            assert!(began.elapsed().as_secs() < 20, "waited in vain");
            std::thread::yield_now();
        }
    }

    /// Runs `work` while another thread holds the lock, as the library's own does during a flood.
    fn while_it_is_held(work: impl FnOnce()) {
        let ((taken, is_taken), (done, is_done)) = (channel(), channel::<()>());
        scope(|threads| {
            threads.spawn(move || locked(|| taken.send(()).is_ok() && is_done.recv_timeout(HELD).is_err()));
            is_taken.recv().unwrap();
            work();
            drop(done);
        });
    }

    #[test]
    fn a_pump_does_not_wait_for_the_lock_and_who_came_in_is_told_when_it_is_free() {
        let _alone = alone();
        let library = Library::open(&Opening { identity: "str:alice", log_level: 4, now: 0.0 }).unwrap();
        let listen = library.listen("127.0.0.1:0".parse().unwrap(), &[]).unwrap();
        let ours = library.connect(library.listen_address(listen).unwrap(), &[]).unwrap();
        let began = Instant::now();
        // Who knows the round trip has sent its request; and then the library's thread looks for packets before it lets go of the lock.
        until(began, || library.real_time(ours).is_some_and(|status| status.ping_ms >= 0));
        while_it_is_held(|| {
            let changes = library.run_callbacks().changes;
            assert!(changes.iter().all(|change| change.info.listen_socket == 0), "{changes:?}");
        });
        until(began, || library.run_callbacks().changes.iter().any(|change| change.info.listen_socket == listen));
    }

    #[test]
    fn what_can_wait_is_done_only_while_nobody_holds_the_lock() {
        let _alone = alone();
        while_it_is_held(|| assert!(!if_free(|| panic!("done"))));
        let mut done = false;
        assert!(if_free(|| done = true) && done);
    }
}
