//! What has been seen in lives.

/// What has been seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Steps taken.
    pub steps: u64,
    /// Connections opened by apps.
    pub connections: u64,
    /// Requests and datagrams that had to be blocked, and were.
    pub blocked: u64,
    /// Warnings told.
    pub warned: u64,
    /// Flows refused as such.
    pub refused: u64,
    /// Bytes of apps that reached servers.
    pub up: u64,
    /// Bytes of servers that reached apps.
    pub down: u64,
    /// Datagrams that reached servers.
    pub datagrams: u64,
    /// Questions that reached the upstream resolver.
    pub questions: u64,
    /// Questions to the user.
    pub asked: u64,
    /// Requests that joined one.
    pub joined: u64,
    /// Questions answered by yes while they were open.
    pub allowed: u64,
    /// Questions answered by no while they were open.
    pub denied: u64,
    /// Questions that nobody answered in time.
    pub ran_out: u64,
    /// Requests blocked by a no, or for want of an answer.
    pub refused_by_user: u64,
    /// Requests blocked because the same had been refused before.
    pub as_before: u64,
    /// Requests whose connection ended while they waited.
    pub given_up: u64,
    /// Requests of which it was too much to ask.
    pub too_many: u64,
    /// Those of them that came after too many that had not been allowed.
    pub exhausted: u64,
    /// Datagrams blocked because nobody waits for them.
    pub unasked: u64,
    /// Answers to a number of no question.
    pub answers_to_nothing: u64,
    /// Most flows at a time.
    pub most_flows: usize,
    /// Most packets for the apps that waited at a time.
    pub most_packets: usize,
}

impl Figures {
    /// Adds those of another life.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.connections += other.connections;
        self.blocked += other.blocked;
        self.warned += other.warned;
        self.refused += other.refused;
        self.up += other.up;
        self.down += other.down;
        self.datagrams += other.datagrams;
        self.questions += other.questions;
        self.asked += other.asked;
        self.joined += other.joined;
        self.allowed += other.allowed;
        self.denied += other.denied;
        self.ran_out += other.ran_out;
        self.refused_by_user += other.refused_by_user;
        self.as_before += other.as_before;
        self.given_up += other.given_up;
        self.too_many += other.too_many;
        self.exhausted += other.exhausted;
        self.unasked += other.unasked;
        self.answers_to_nothing += other.answers_to_nothing;
        self.most_flows = self.most_flows.max(other.most_flows);
        self.most_packets = self.most_packets.max(other.most_packets);
    }
}
