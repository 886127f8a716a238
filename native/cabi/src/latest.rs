//! What the latest calls of a thread handed out.
use std::cell::{RefCell, RefMut};

/// Calls whose memory is kept.
const KEPT: usize = 4;

/// The memory behind what the last [`KEPT`] calls of a function gave to this thread.
///
/// One would do, were it not for Python: between a call and the copying of what it gave, a signal handler or a finaliser may run, and call the same
/// function on the same thread.
#[derive(Default)]
pub struct Latest<T> {
    slots: [T; KEPT],
    turn: usize,
}

impl<T> Latest<T> {
    /// The memory for a new call: that of the oldest.
    pub fn next(latest: &RefCell<Self>) -> RefMut<'_, T> {
        RefMut::map(latest.borrow_mut(), |latest| {
            latest.turn = (latest.turn + 1) % KEPT;
            &mut latest.slots[latest.turn]
        })
    }

    /// What the last call gave.
    pub fn last(&self) -> &T {
        &self.slots[self.turn]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_gave_stays_through_the_next_three() {
        let latest: RefCell<Latest<Vec<u8>>> = RefCell::default();
        let first = {
            let mut first = Latest::next(&latest);
            first.push(7);
            first.as_ptr()
        };
        for _ in 0..3 {
            *Latest::next(&latest) = vec![8];
        }
        // SAFETY: it is still there: that is what is tested.
        assert_eq!(unsafe { *first }, 7);
        assert_eq!(*Latest::next(&latest), [7], "it is the next to go");
    }
}
