//! Zip archives: jars and aars are read, APKs are written.

mod read;
mod write;

pub(crate) use read::{Archive, Method};
pub(crate) use write::{ALIGNMENT, Member, Packing, write};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// The end record of an archive with more members or bytes than `END` can tell.
const END_64: u32 = 0x0606_4b50;
