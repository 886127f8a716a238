//! Hands the committed header to maturin, which looks for `header.h` in cargo's target directory.
use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=gamenet.h");
    let set = |name: &str| env::var(name).expect("cargo sets it for build scripts");
    let (out, profile, triple) = (set("OUT_DIR"), set("PROFILE"), set("TARGET"));
    // OUT_DIR lies below target/release or, with `--target`, target/<triple>/release; how deep depends on cargo's version.
    let above = Path::new(&out).ancestors().find(|folder| folder.ends_with(&profile)).and_then(Path::parent);
    let target = above.and_then(|folder| if folder.ends_with(&triple) { folder.parent() } else { Some(folder) });
    let Some(target) = target else {
        println!("cargo::warning=no target directory above {out}: maturin will look for a header in vain");
        return;
    };
    if Path::new("gamenet.h").is_file() {
        fs::copy("gamenet.h", target.join("header.h")).expect("the target directory can be written");
    }
}
