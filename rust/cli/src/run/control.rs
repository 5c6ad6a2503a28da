//! The talk between `gasket run` and its inner half: short messages, some with descriptors.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use rustix::process::{PidfdFlags, PidfdGetfdFlags};

/// Longest message, in bytes; a longer failure text is cut.
const MAX_MESSAGE: usize = 4096;

/// Descriptors that one message can carry.
const MAX_DESCRIPTORS: usize = 2;

/// What the two halves say to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// Outer to inner: the program's standard input (one descriptor).
    Stdin,
    /// Inner to outer: all is set up; the TUN and a `NETLINK_SOCK_DIAG` socket (two descriptors).
    Ready,
    /// Inner to outer: this machine lacks something.
    Missing(String),
    /// Inner to outer: something else went wrong.
    Failed(String),
    /// Outer to inner: the engine runs, the program may start.
    Go,
}

impl Message {
    fn encode(&self) -> Vec<u8> {
        let (kind, text) = match self {
            Self::Stdin => (b'i', ""),
            Self::Ready => (b'r', ""),
            Self::Missing(text) => (b'm', text.as_str()),
            Self::Failed(text) => (b'f', text.as_str()),
            Self::Go => (b'g', ""),
        };
        let mut bytes = vec![kind];
        bytes.extend(text.bytes().take(MAX_MESSAGE - 1));
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, text) = bytes.split_first()?;
        let text = || String::from_utf8_lossy(text).into_owned();
        Some(match kind {
            b'i' => Self::Stdin,
            b'r' => Self::Ready,
            b'm' => Self::Missing(text()),
            b'f' => Self::Failed(text()),
            b'g' => Self::Go,
            _ => return None,
        })
    }
}

/// One end of the talk.
#[derive(Debug)]
pub(super) struct Control(OwnedFd);

impl Control {
    /// Both ends; the second is for the inner half.
    pub(super) fn pair() -> io::Result<(Self, OwnedFd)> {
        // Whole messages, and the end of file when the other half is gone.
        let (ours, theirs) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok((Self(ours), theirs))
    }

    /// The end that came over as `socket`.
    pub(super) fn over(socket: OwnedFd) -> Self {
        Self(socket)
    }

    /// Says `message` and hands over `descriptors`.
    pub(super) fn send(&self, message: &Message, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let bytes = message.encode();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors))
        {
            return Err(io::Error::other("too many descriptors for one message"));
        }
        // Without SIGPIPE: a vanished other half is an error to be told.
        rustix::net::sendmsg(
            &self.0,
            &[IoSlice::new(&bytes)],
            &mut ancillary,
            SendFlags::NOSIGNAL,
        )?;
        Ok(())
    }

    /// The other half's next message; `None` when it is gone.
    pub(super) fn receive(&self) -> io::Result<Option<(Message, Vec<OwnedFd>)>> {
        let mut bytes = [0; MAX_MESSAGE];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            match rustix::net::recvmsg(
                &self.0,
                &mut [IoSliceMut::new(&mut bytes)],
                &mut ancillary,
                RecvFlags::CMSG_CLOEXEC,
            ) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other?,
            }
        };
        let mut descriptors = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                descriptors.extend(received);
            }
        }
        match bytes.get(..received.bytes) {
            None | Some([]) => Ok(None),
            Some(bytes) => Message::decode(bytes)
                .map(|message| Some((message, descriptors)))
                .ok_or_else(|| io::Error::other("the other half of gasket spoke nonsense")),
        }
    }
}

/// An owned duplicate of a descriptor that some library shows only as a number. The library must
/// still hold it, or the answer is an error or another file.
pub(crate) fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    // The one call that turns a number into an owned descriptor without `unsafe`: taking it out of
    // a process, here our own.
    let process = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty())?;
    Ok(rustix::process::pidfd_getfd(
        process.as_fd(),
        number,
        PidfdGetfdFlags::empty(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsRawFd;

    #[test]
    fn messages_and_descriptors_arrive_whole() {
        let (ours, theirs) = Control::pair().expect("a socket pair");
        let theirs = Control::over(theirs);
        let (reader, writer) = io::pipe().expect("a pipe");
        ours.send(&Message::Ready, &[reader.as_fd(), writer.as_fd()])
            .expect("sent");
        ours.send(&Message::Missing("a thing".to_owned()), &[])
            .expect("sent");
        drop(writer);
        let (message, mut descriptors) = theirs.receive().expect("received").expect("a message");
        assert_eq!((message, descriptors.len()), (Message::Ready, 2));
        let mut writer = std::fs::File::from(descriptors.remove(1));
        writer.write_all(b"x").expect("the pipe still works");
        let (message, _) = theirs.receive().expect("received").expect("a message");
        assert_eq!(message, Message::Missing("a thing".to_owned()));
        drop(ours);
        assert!(theirs.receive().expect("received").is_none());
    }

    #[test]
    fn a_number_becomes_an_owned_descriptor() {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let copy = duplicate(reader.as_raw_fd()).expect("a duplicate");
        drop(reader);
        writer.write_all(b"y").expect("someone still reads");
        let text = io::read_to_string(io::Read::take(std::fs::File::from(copy), 1));
        assert_eq!(text.expect("read"), "y");
        assert!(duplicate(-1).is_err());
    }
}
