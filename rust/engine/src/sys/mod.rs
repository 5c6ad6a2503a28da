//! The syscalls that std and the crates in use do not wrap. The only unsafe code of the engine.

mod netlink;

pub(crate) use netlink::open_sock_diag;
