//! Names the library for the phone's linker.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // For Android rustc calls the linker itself, without a C compiler that would set the name.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("android") {
        println!("cargo::rustc-cdylib-link-arg=-soname=libgasket_jni.so");
    }
}
