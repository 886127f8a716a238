//! How ready we are to prove who we are: the reference's statuses, truthfully.
//!
//! The open library knows two of them: it cannot try, and from the first certificate on all is well for ever, expired or not. So the statuses are
//! kept here, from what was really done, by the table [`STEPS`]; docs/sockets/authentication.md shows it. On the Steam network the
//! library's own are passed on instead, and nothing of this is used.
//!
//! Values in, values out: who calls hands in the moment (seconds since 1970) and gets the change to tell, if there is one.
use crate::certificate::lasts;
use crate::queues::AuthChange;

/// `ESteamNetworkingAvailability`, those that are ever so here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    CannotTry = -102,
    Failed = -101,
    Previously = -100,
    Retrying = -10,
    NeverTried = 1,
    Waiting = 2,
    Attempting = 3,
    Current = 100,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `init_authentication()` while no authority is trusted.
    BeginAlone,
    /// `init_authentication()` while one is.
    Begin,
    /// `trust()`.
    Trust,
    /// `certificate_request()`.
    Request,
    /// `set_certificate()` with a good one.
    Accept,
    /// `set_certificate()` with one that is refused.
    Refuse,
    /// The certificate's end has come, but for the last second.
    Expire,
}

use Status::{Attempting, CannotTry, Current, Failed, NeverTried, Previously, Retrying, Waiting};
use Step::{Accept, Begin, BeginAlone, Expire, Refuse, Request, Trust};

/// From, what happens, to. What does not stand here changes nothing.
pub const STEPS: &[(Status, Step, Status)] = &[
    (NeverTried, BeginAlone, CannotTry),
    (NeverTried, Begin, Waiting),
    (NeverTried, Request, Attempting),
    (NeverTried, Refuse, Failed),
    (CannotTry, Trust, Waiting),
    (CannotTry, Request, Attempting),
    (CannotTry, Refuse, Failed),
    (Waiting, Request, Attempting),
    (Waiting, Refuse, Failed),
    (Attempting, Accept, Current),
    (Attempting, Refuse, Failed),
    (Failed, Request, Retrying),
    (Failed, Accept, Current),
    (Retrying, Accept, Current),
    (Retrying, Refuse, Failed), // or Previously, once one was good
    (Current, Expire, Previously),
    (Previously, Request, Retrying),
    (Previously, Accept, Current),
];

/// Where `step` leads from `status`; `ever` says whether a certificate was good before.
pub fn after(status: Status, step: Step, ever: bool) -> Status {
    let listed = STEPS.iter().find(|(from, what, _)| (*from, *what) == (status, step));
    match listed.map_or(status, |(_, _, to)| *to) {
        Failed if ever => Previously,
        to => to,
    }
}

/// The certificate that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
struct InUse {
    identity: String,
    expiry: u32,
}

/// What was done, and where it led.
#[derive(Debug)]
pub struct Authentication {
    status: Status,
    in_use: Option<InUse>,
    /// Why the newest certificate was refused.
    refusal: Option<String>,
    ever: bool,
}

impl Default for Authentication {
    fn default() -> Self {
        Self { status: NeverTried, in_use: None, refusal: None, ever: false }
    }
}

impl Authentication {
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Whether a certificate is in use at `now` on which the library can rely.
    pub fn ready(&self, now: u64) -> bool {
        self.in_use.as_ref().is_some_and(|used| lasts(used.expiry, now))
    }

    /// `init_authentication()`.
    pub fn begin(&mut self, trusting: bool, now: u64) -> Option<AuthChange> {
        self.step(if trusting { Begin } else { BeginAlone }, now)
    }

    /// `trust()`.
    pub fn trust(&mut self, now: u64) -> Option<AuthChange> {
        self.step(Trust, now)
    }

    /// `certificate_request()`.
    pub fn request(&mut self, now: u64) -> Option<AuthChange> {
        self.step(Request, now)
    }

    /// `set_certificate()` with a good one.
    pub fn accept(&mut self, identity: &str, expiry: u32, now: u64) -> Option<AuthChange> {
        self.in_use = Some(InUse { identity: identity.to_owned(), expiry });
        (self.refusal, self.ever) = (None, true);
        self.step(Accept, now)
    }

    /// `set_certificate()` with one that is refused. The one in use stays so.
    pub fn refuse(&mut self, why: &str, now: u64) -> Option<AuthChange> {
        self.refusal = Some(why.to_owned());
        self.step(Refuse, now)
    }

    /// Looks at the clock.
    pub fn look(&mut self, now: u64) -> Option<AuthChange> {
        if self.status == Current && !self.ready(now) {
            self.step(Expire, now)
        } else {
            None
        }
    }

    fn step(&mut self, step: Step, now: u64) -> Option<AuthChange> {
        let before = self.status;
        self.status = after(before, step, self.ever);
        (before != self.status).then(|| AuthChange { status: self.status as i32, debug: self.words(now) })
    }

    /// The status in a sentence, with what to do.
    pub fn words(&self, now: u64) -> String {
        let refused = self.refusal.as_ref().map(|why| format!("the newest certificate was refused: {why}"));
        let said = match (self.status, &self.in_use) {
            (NeverTried, _) => "nobody asked for authentication yet: init_authentication() begins it".to_owned(),
            (CannotTry, _) => "no authority is trusted here: trust(root), with the root of the game's".to_owned(),
            (Waiting, _) => "a certificate is needed: carry certificate_request() to the authority, and give what \
                it answers to set_certificate()"
                .to_owned(),
            (Attempting, _) => "set_certificate() is waited for: the authority has to answer the request".to_owned(),
            (Retrying, _) => "set_certificate() is waited for, once more".to_owned(),
            (Failed, _) => "carry a new certificate_request() to the authority".to_owned(),
            (Previously, _) => "the certificate has expired: carry certificate_request() to the authority".to_owned(),
            (Current, Some(used)) => {
                format!("{} is proven for {} s more", used.identity, u64::from(used.expiry).saturating_sub(now))
            }
            (Current, None) => "proven".to_owned(),
        };
        match refused {
            Some(refused) => format!("{said} ({refused})"),
            None => said,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statuses told along the way.
    fn told(steps: &[Option<AuthChange>]) -> Vec<i32> {
        steps.iter().flatten().map(|change| change.status).collect()
    }

    #[test]
    fn the_usual_way_tells_each_status_once() {
        let mut ours = Authentication::default();
        assert_eq!(ours.status(), NeverTried);
        let steps = [
            ours.begin(false, 0),
            ours.begin(false, 0),
            ours.trust(0),
            ours.trust(0),
            ours.request(0),
            ours.request(0),
            ours.accept("str:alice", 100, 0),
            ours.look(98),
            ours.look(99),
            ours.look(100),
            ours.request(100),
            ours.accept("str:alice", 200, 100),
        ];
        assert_eq!(told(&steps), [-102, 2, 3, 100, -100, -10, 100]);
    }

    #[test]
    fn a_renewal_in_time_is_no_change() {
        let mut ours = Authentication::default();
        ours.request(0);
        ours.accept("str:alice", 100, 0);
        assert_eq!(told(&[ours.request(50), ours.accept("str:alice", 200, 50), ours.look(150)]), [0; 0]);
        assert!(ours.ready(198) && !ours.ready(199), "the library looks at its clock a moment after us");
    }

    #[test]
    fn a_refused_certificate_fails_unless_an_older_one_is_good() {
        let mut ours = Authentication::default();
        assert_eq!(told(&[ours.request(0), ours.refuse("forged", 0), ours.refuse("forged", 0)]), [3, -101]);
        assert!(ours.words(0).contains("forged"));
        assert_eq!(told(&[ours.request(0), ours.accept("str:alice", 100, 0), ours.refuse("torn", 1)]), [-10, 100]);
        assert_eq!(ours.words(10), "str:alice is proven for 90 s more (the newest certificate was refused: torn)");
        assert_eq!(told(&[ours.look(100), ours.request(100), ours.refuse("torn", 100)]), [-100, -10, -100]);
    }

    #[test]
    fn asking_to_begin_again_undoes_nothing() {
        let mut ours = Authentication::default();
        ours.request(0);
        assert_eq!(told(&[ours.begin(false, 0), ours.begin(true, 0)]), [0; 0]);
        ours.accept("str:alice", 100, 0);
        assert_eq!(told(&[ours.begin(true, 0), ours.trust(0)]), [0; 0]);
    }

    #[test]
    fn every_status_has_a_way_in_and_a_way_on() {
        let all = [CannotTry, Failed, Previously, Retrying, NeverTried, Waiting, Attempting, Current];
        for status in all {
            assert!(status == NeverTried || STEPS.iter().any(|(_, _, to)| *to == status), "{status:?}");
            assert!(STEPS.iter().any(|(from, _, _)| *from == status), "{status:?}");
        }
        for (i, (from, step, to)) in STEPS.iter().enumerate() {
            assert_ne!(from, to);
            assert!(!STEPS[..i].iter().any(|(f, s, _)| (f, s) == (from, step)), "{from:?} {step:?} stands twice");
        }
    }
}
