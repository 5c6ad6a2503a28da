//! A phone's life, read from the input, goes as the reference says.

use crate::phone;

/// What a script of this length does is as much as one run should.
const LONGEST: usize = 1024;

/// The promises of [`phone::run`].
pub(super) fn phone(data: &[u8]) {
    phone::run(&data[..data.len().min(LONGEST)]);
}
