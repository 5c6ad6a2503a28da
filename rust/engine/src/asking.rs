//! Asks the platform for owners on a thread of its own, so that no packet waits for it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use gasket_core::flow::FlowId;
use gasket_core::packet::FiveTuple;

use crate::host::Host;
use crate::{Command, Shared};

/// Questions that may wait; beyond, owners count as unknown.
const QUEUE: usize = 1024;

/// The thread's inbox. The thread ends when this is dropped.
pub(crate) struct Asking {
    questions: SyncSender<(FlowId, FiveTuple)>,
}

impl Asking {
    pub(crate) fn start(host: Arc<dyn Host>, shared: Arc<Shared>) -> io::Result<Self> {
        let (questions, inbox) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("gasket-owners".to_owned())
            .spawn(move || answer(&inbox, host.as_ref(), &shared))?;
        Ok(Self { questions })
    }

    /// Asks; `false` if the queue is full or the thread is gone, and the owner stays unknown.
    pub(crate) fn ask(&self, id: FlowId, tuple: FiveTuple) -> bool {
        match self.questions.try_send((id, tuple)) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }
}

fn answer(inbox: &Receiver<(FlowId, FiveTuple)>, host: &dyn Host, shared: &Shared) {
    while let Ok((id, tuple)) = inbox.recv() {
        let owner = host.owner(tuple.protocol, tuple.source, tuple.destination);
        shared.command(Command::Owner(id, owner));
    }
}
