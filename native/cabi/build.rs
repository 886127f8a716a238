//! Hands the committed header to maturin, which looks for `header.h` in cargo's target directory.
use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=gamenet.h");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    // Cargo marks the root of its target directory with CACHEDIR.TAG; how deep OUT_DIR lies below it depends on `--target`.
    let Some(target) = Path::new(&out).ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()) else {
        println!("cargo::warning=no target directory above {out}: maturin will look for a header in vain");
        return;
    };
    if Path::new("gamenet.h").is_file() {
        fs::copy("gamenet.h", target.join("header.h")).expect("the target directory can be written");
    }
}
