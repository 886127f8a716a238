//! Configuration values: what they are called, what they hold, setting and reading them.
use std::ffi::{c_char, c_void, CStr, CString};
use std::mem::MaybeUninit;

use crate::raw::{self, kind, scope};
use crate::{Error, Library};

/// The highest number that the library gives to a configuration value.
const LAST_ID: i32 = 999;

/// What a configuration value holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Int(i32),
    Float(f32),
    Text(CString),
}

impl Value {
    pub const fn kind(&self) -> i32 {
        match self {
            Self::Int(_) => kind::INT32,
            Self::Float(_) => kind::FLOAT,
            Self::Text(_) => kind::STRING,
        }
    }

    /// What `SetConfigValue` wants to be pointed at.
    fn pointer(&self) -> *const c_void {
        match self {
            Self::Int(value) => (&raw const *value).cast(),
            Self::Float(value) => (&raw const *value).cast(),
            Self::Text(value) => value.as_ptr().cast(),
        }
    }
}

/// A value to start a connection or listen socket with.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub id: i32,
    pub value: Value,
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
    Connection(u32),
}

/// A configuration value's number, Valve's name and what it holds (`kind`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub id: i32,
    pub name: String,
    pub kind: i32,
}

impl Library {
    /// All configuration values that hold a number or a text.
    pub fn options(&self) -> Vec<Described> {
        (1..=LAST_ID)
            .filter_map(|id| self.describe(id))
            .filter(|o| [kind::INT32, kind::FLOAT, kind::STRING].contains(&o.kind))
            .collect()
    }

    fn describe(&self, id: i32) -> Option<Described> {
        let (mut kind, mut scope) = (0, 0);
        // SAFETY: both out pointers are to live integers, and the answer is null or a static zero-terminated name.
        let name = unsafe {
            let name = (self.api.get_config_value_info)(self.utils, id, &mut kind, &mut scope);
            if name.is_null() {
                return None;
            }
            CStr::from_ptr(name)
        };
        Some(Described { id, name: name.to_string_lossy().into_owned(), kind })
    }

    /// The library's kind and object of a scope.
    fn raw_scope(&self, scope: Scope) -> (i32, isize) {
        match scope {
            Scope::Global => (scope::GLOBAL, 0),
            Scope::Connection(handle) => (scope::CONNECTION, self.known(handle) as isize),
        }
    }

    /// Sets a value; the library refuses what is out of range or does not apply there.
    pub fn set_option(&self, scope: Scope, setting: &Setting) -> Result<(), Error> {
        let (kind, object) = self.raw_scope(scope);
        // SAFETY: the value is of the type that its kind says and lives during the call.
        let done = unsafe {
            (self.api.set_config_value)(
                self.utils,
                setting.id,
                kind,
                object,
                setting.value.kind(),
                setting.value.pointer(),
            )
        };
        if done {
            return Ok(());
        }
        if let Scope::Connection(handle) = scope {
            self.require_connection(handle)?;
        }
        let name = self.describe(setting.id).map_or_else(|| setting.id.to_string(), |o| o.name);
        let value = if name.contains("Pass") { "that".to_owned() } else { format!("{:?}", setting.value) };
        Err(Error::Argument(format!("GameNetworkingSockets refuses {value} for {name} here")))
    }

    /// The value in force.
    pub fn option(&self, scope: Scope, id: i32) -> Result<Value, Error> {
        let (scope_kind, object) = self.raw_scope(scope);
        let (mut kind, mut buffer, mut size) = (0_i32, vec![0_u8; 4096], 4096_usize);
        // SAFETY: the buffer's own size is passed, and the library writes at most that.
        let got = unsafe {
            (self.api.get_config_value)(
                self.utils,
                id,
                scope_kind,
                object,
                &mut kind,
                buffer.as_mut_ptr().cast(),
                &mut size,
            )
        };
        match (got > 0, kind, scope) {
            (true, kind::INT32, _) => Ok(Value::Int(i32::from_ne_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]))),
            (true, kind::FLOAT, _) => {
                Ok(Value::Float(f32::from_ne_bytes([buffer[0], buffer[1], buffer[2], buffer[3]])))
            }
            (true, kind::STRING, _) => {
                Ok(Value::Text(CStr::from_bytes_until_nul(&buffer).unwrap_or_default().to_owned()))
            }
            (false, _, Scope::Connection(handle)) => {
                self.require_connection(handle)?;
                Err(Error::Argument(format!("option {id} cannot be read on a connection")))
            }
            _ => Err(Error::Argument(format!("option {id} cannot be read"))),
        }
    }
}
