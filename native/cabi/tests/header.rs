//! The committed header is what cbindgen makes of the sources, for every module of the crate.
use std::path::{Path, PathBuf};
use std::{env, fs};

fn generated() -> String {
    let mut text = Vec::new();
    cbindgen::generate(env!("CARGO_MANIFEST_DIR")).expect("the sources parse").write(&mut text);
    String::from_utf8(text).expect("C headers are ASCII")
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gamenet.h");
    let made = generated();
    if env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&path, &made).expect("the header can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, made, "gamenet.h has drifted: UPDATE_HEADER=1 cargo test --release -p gamenet-cabi --test header");
}

/// All Rust sources below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder exists").map(|entry| entry.expect("it can be read").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.into_iter().chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

#[test]
fn every_exported_function_is_guarded() {
    let mut exports = 0;
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        if file.ends_with("guard.rs") {
            continue; // its own two exports are what it is about
        }
        let text = fs::read_to_string(&file).expect("the module can be read");
        for export in text.split("#[no_mangle]").skip(1) {
            let (signature, body) = export.split_once('{').expect("a function has a body");
            let named = signature.contains("extern \"C\" fn gn_");
            assert!(named, "{}: exports are extern \"C\" and named gn_*:{signature}", file.display());
            let guarded = ["guard(", "guard_open("].iter().any(|guard| body.trim_start().starts_with(guard));
            assert!(guarded, "{}: not guarded:{signature}", file.display());
            exports += 1;
        }
    }
    assert!(exports > 50, "only {exports} exports were found");
}
