//! The committed header is what cbindgen makes of the sources, for every module of the crate.
use std::{env, fs, path::Path};

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

#[test]
fn every_exported_function_is_guarded() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in ["codec.rs", "sockets.rs"] {
        let text = fs::read_to_string(source.join(file)).expect("the module exists");
        for export in text.split("#[no_mangle]").skip(1) {
            let (signature, body) = export.split_once('{').expect("a function has a body");
            assert!(
                signature.contains("extern \"C\" fn gn_"),
                "{file}: exports are extern \"C\" and named gn_*:{signature}"
            );
            let guarded = ["guard(", "guard_open("].iter().any(|guard| body.trim_start().starts_with(guard));
            assert!(guarded, "{file}: not guarded:{signature}");
        }
    }
}
