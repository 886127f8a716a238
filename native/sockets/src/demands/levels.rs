//! How much `IP_AllowWithoutAuth` and `IPLocalHost_AllowWithoutAuth` demand, by who said what about them.
use std::net::SocketAddr;

use crate::config::{given, Setting, Value};
use crate::raw::config;

/// `IP_AllowWithoutAuth` and `IPLocalHost_AllowWithoutAuth` as they count: 0 demands a proof, 1 asks for one, 2 does without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    pub all: i32,
    /// The looser of the two counts for peers on this machine.
    pub local: i32,
}

impl Levels {
    /// Nothing is demanded.
    pub const NONE: Self = Self { all: 2, local: 2 };

    /// What counts towards a peer at `address`; None for peers that are reached by signals.
    pub fn towards(self, address: Option<SocketAddr>) -> i32 {
        match address {
            Some(address) if address.ip().to_canonical().is_loopback() => self.all.max(self.local),
            _ => self.all,
        }
    }

    /// What the library is told for a listen socket, where it does not take 0. With 1 it says in its log what is wrong with a certificate, but
    /// needs one of ours for every connection that comes in (when we have a name): without, it is told 2.
    pub const fn for_listening(self, able: bool) -> i32 {
        match self.all {
            2.. => 2,
            _ if able => 1,
            _ => 2,
        }
    }
}

/// What somebody said about the two; what was left open follows the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    all: Option<i32>,
    local: Option<i32>,
}

impl Policy {
    /// As `settings` say; the last one counts.
    pub fn of(settings: &[Setting]) -> Self {
        let level = |id| given(settings, id).map(level);
        Self { all: level(config::ALLOW_WITHOUT_AUTH), local: level(config::ALLOW_WITHOUT_AUTH_LOCAL) }
    }

    /// With one value changed, or with None following the default again. Other values change nothing.
    #[must_use]
    pub fn with(self, id: i32, value: Option<&Value>) -> Self {
        let level = value.map(level);
        match id {
            config::ALLOW_WITHOUT_AUTH => Self { all: level, ..self },
            config::ALLOW_WITHOUT_AUTH_LOCAL => Self { local: level, ..self },
            _ => self,
        }
    }

    pub fn over(self, default: Levels) -> Levels {
        Levels { all: self.all.unwrap_or(default.all), local: self.local.unwrap_or(default.local) }
    }
}

/// `value` as the library takes it: into its range. What is no whole number is not let loosen anything.
pub fn level(value: &Value) -> i32 {
    match value {
        Value::Int(value) => (*value).clamp(0, 2),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Levels = Levels { all: 0, local: 0 };
    const LOOSE: Levels = Levels { all: 2, local: 0 };

    #[test]
    fn settings_stand_above_the_default_and_the_last_one_counts() {
        let set = |id, value| Setting { id, value: Value::Int(value) };
        let settings = [set(config::ALLOW_WITHOUT_AUTH, 1), set(99, 5), set(config::ALLOW_WITHOUT_AUTH, 0)];
        assert_eq!(Policy::of(&settings).over(LOOSE), STRICT);
        let local = Policy::of(&[set(config::ALLOW_WITHOUT_AUTH_LOCAL, 1)]);
        assert_eq!(local.over(LOOSE), Levels { all: 2, local: 1 });
        assert_eq!(local.with(config::ALLOW_WITHOUT_AUTH_LOCAL, None).over(LOOSE), LOOSE);
    }

    #[test]
    fn this_machine_is_this_machine_however_its_address_is_written() {
        let levels = Levels { all: 0, local: 2 };
        for (address, level) in [("127.0.0.1:9", 2), ("[::1]:9", 2), ("[::ffff:127.0.0.1]:9", 2), ("192.0.2.1:9", 0)] {
            assert_eq!(levels.towards(Some(address.parse().unwrap())), level, "{address}");
        }
    }

    #[test]
    fn what_the_library_takes_for_zero_is_zero() {
        let text = Value::Text(c"2".to_owned());
        for value in [Value::Int(-3), Value::Int(i32::MIN), Value::Float(2.0), text] {
            assert_eq!(level(&value), 0);
        }
        assert_eq!([level(&Value::Int(1)), level(&Value::Int(77))], [1, 2]);
    }

    #[test]
    fn a_listen_socket_is_opened_with_what_the_library_takes() {
        let told = |all, able| Levels { all, local: 0 }.for_listening(able);
        assert_eq!([told(0, true), told(1, true), told(2, true)], [1, 1, 2]);
        assert_eq!([told(0, false), told(1, false), told(2, false)], [2, 2, 2]);
    }
}
