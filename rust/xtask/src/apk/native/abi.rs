//! The kinds of processor we build for, by every name the tools have for them.

use std::fmt;

/// A kind of processor, as Android names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Abi {
    /// 64-bit ARM: nearly every phone.
    Arm64,
    /// 32-bit ARM: phones of Android Go.
    Arm,
    /// 64-bit x86: emulators and some tablets.
    X86_64,
}

impl Abi {
    /// All of them, the commonest first.
    pub(crate) const ALL: [Self; 3] = [Self::Arm64, Self::Arm, Self::X86_64];

    /// Its folder inside an APK.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64-v8a",
            Self::Arm => "armeabi-v7a",
            Self::X86_64 => "x86_64",
        }
    }

    /// The one of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|abi| abi.name() == name)
    }

    /// What replaces the profile's level of optimisation. Phones get the fast code that benches measure; those of 32
    /// bits, of which few are left, code for size, so that both fit into 5 MB; emulators the smallest, of at most 3 MB.
    pub(super) fn optimisation(self) -> &'static str {
        match self {
            Self::Arm64 => "3",
            Self::Arm => "s",
            Self::X86_64 => "z",
        }
    }

    /// Rust's target.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-linux-android",
            Self::Arm => "armv7-linux-androideabi",
            Self::X86_64 => "x86_64-linux-android",
        }
    }

    /// Clang's target with our lowest API level, and what else says what code to make.
    pub(super) fn clang(self) -> &'static [&'static str] {
        match self {
            Self::Arm64 => &["--target=aarch64-linux-android26"],
            Self::Arm => &[
                "--target=armv7a-linux-androideabi26",
                "-mthumb",
                "-mfpu=vfpv3-d16",
                "-mfloat-abi=softfp",
            ],
            Self::X86_64 => &["--target=x86_64-linux-android26"],
        }
    }

    /// Where Android keeps the libraries of this width.
    pub(super) fn system_folder(self) -> &'static str {
        match self {
            Self::Arm64 | Self::X86_64 => "lib64",
            Self::Arm => "lib",
        }
    }
}

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
