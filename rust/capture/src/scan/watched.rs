//! What the examiner remembers of one flow.

use gasket_core::dns::stream::Questions;
use gasket_core::inspect::Said;
use gasket_core::inspect::content::Finding;
use gasket_core::inspect::datagram::DatagramInspector;
use gasket_core::inspect::stream::StreamInspector;
use gasket_core::policy::Verdict;

/// What is known of one flow.
pub(super) struct Watched {
    pub(super) inspector: Inspector,
    /// The name that DNS gave for the address.
    pub(super) name: Option<String>,
    /// A verdict against the flow as such, until something is told of the flow.
    pub(super) doom: Option<Verdict>,
    pub(super) time_ns: u64,
    /// The client's bytes judged so far.
    pub(super) judged: u64,
    /// Where the current request began.
    pub(super) unit_start: u64,
    /// Whether a body follows that belongs to the current request.
    awaits_body: bool,
    /// What was told of the current request already.
    pub(super) told: Vec<(Vec<String>, Vec<Finding>)>,
}

/// What reads the client's bytes.
pub(super) enum Inspector {
    /// With the bytes not judged yet.
    Stream(Box<StreamInspector>, Vec<u8>),
    /// DNS over TCP, likewise.
    StreamQuestions(Questions, Vec<u8>),
    Datagrams(Box<DatagramInspector>),
    Questions,
    Done,
}

impl Watched {
    pub(super) fn new(inspector: Inspector, name: Option<String>, time_ns: u64) -> Self {
        Self {
            inspector,
            name,
            doom: None,
            time_ns,
            judged: 0,
            unit_start: 0,
            awaits_body: false,
            told: Vec::new(),
        }
    }

    /// Notes that `len` further bytes, which say `said`, are judged.
    pub(super) fn begin(&mut self, said: &Said<'_>, len: u64) {
        let continues = match said {
            Said::HttpBody(_) => true,
            Said::Http(_) => self.awaits_body,
            _ => false,
        };
        if !continues {
            self.unit_start = self.judged;
            self.told.clear();
        }
        self.awaits_body =
            matches!(said, Said::Http(http) if !http.complete && http.body.is_empty());
        self.judged += len;
    }
}
