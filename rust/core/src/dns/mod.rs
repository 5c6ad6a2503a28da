//! DNS (RFC 1035): reading messages, answering on the device, and remembering which name gave
//! which address.
//!
//! Messages come from apps and from resolvers, so both ends may be hostile: [`message::Message`]
//! is the only way in, and everything else takes a parsed message.

pub mod answer;
pub mod decoy;
pub mod forward;
pub mod memory;
pub mod message;
mod name;
mod record;
pub mod stream;
mod wire;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod samples;
