//! Functions out of a shared library that the user names.
use std::path::{Path, PathBuf};

use libloading::Library;

use crate::Error;

/// A symbol that a library does not export.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing(pub &'static str);

/// A shared library that was opened, and where it is.
#[derive(Debug)]
pub struct Symbols {
    library: Library,
    pub path: PathBuf,
}

impl Symbols {
    /// Opens the library at `path`: a path, or a bare name that the system's loader looks for where it looks for libraries, after the current
    /// folder.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let path =
            if path.exists() { std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() };
        // SAFETY: opening runs the library's initialisers. It is the user's own choice of library, as an import of an extension module is.
        match unsafe { Library::new(&path) } {
            Ok(library) => Ok(Self { library, path }),
            Err(error) => Err(Error::Unavailable(why_not_opened(&path, &error.to_string()))),
        }
    }

    pub fn exports(&self, symbol: &str) -> bool {
        // SAFETY: the address is only compared with null.
        unsafe { self.library.get::<Option<unsafe extern "C" fn()>>(symbol.as_bytes()) }
            .is_ok_and(|found| found.is_some())
    }

    /// The function that the library exports as `symbol`.
    ///
    /// # Safety
    /// `F` is a function pointer of that function's type, and is not called once `self` is dropped.
    pub unsafe fn function<F: Copy>(&self, symbol: &'static str) -> Result<F, Missing> {
        const { assert!(size_of::<Option<F>>() == size_of::<*const ()>(), "F is a function pointer") };
        // SAFETY: an `Option` of a function pointer is null or that function, whose type is our caller's promise.
        let found = unsafe { self.library.get::<Option<F>>(symbol.as_bytes()) };
        found.ok().and_then(|found| *found).ok_or(Missing(symbol))
    }

    /// Leaves the library loaded until the process ends.
    pub fn keep(self) {
        std::mem::forget(self.library);
    }
}

fn why_not_opened(path: &Path, words: &str) -> String {
    let shown = path.display();
    if path.is_dir() {
        format!("{shown} is a folder: name the library in it")
    } else if path.exists() {
        format!("{shown} cannot be loaded: it is no shared library for this machine ({words})")
    } else if path.components().count() > 1 {
        format!("there is no file {shown}")
    } else {
        format!(
            "there is no file {shown} here, and the system's loader does not find it ({words}): write the path to it"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &str) -> String {
        Symbols::open(Path::new(path)).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_opened_is_named_with_the_reason() {
        assert_eq!(refusal("/nowhere/libsteam_api.so"), "there is no file /nowhere/libsteam_api.so");
        assert!(
            refusal("libnowhere_steam_api.so").contains("write the path"),
            "{}",
            refusal("libnowhere_steam_api.so")
        );
        assert!(refusal("src").ends_with("src is a folder: name the library in it"), "{}", refusal("src"));
        assert!(refusal("Cargo.toml").contains("no shared library for this machine"), "{}", refusal("Cargo.toml"));
    }

    #[test]
    fn a_symbol_is_found_or_named() {
        let symbols = Symbols::open(Path::new("libc.so.6")).unwrap();
        assert!(symbols.exports("getpid") && !symbols.exports("SteamAPI_Shutdown"));
        // SAFETY: this is the signature of C's `getpid`, and the library lives to the end of the test.
        let getpid = unsafe { symbols.function::<unsafe extern "C" fn() -> i32>("getpid") }.unwrap();
        // SAFETY: `getpid` has no conditions.
        assert_eq!(unsafe { getpid() }, std::process::id() as i32);
        // SAFETY: it is not called.
        let missing = unsafe { symbols.function::<unsafe extern "C" fn()>("SteamAPI_Shutdown") };
        assert_eq!(missing.unwrap_err(), Missing("SteamAPI_Shutdown"));
    }
}
