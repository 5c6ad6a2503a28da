//! A letter to the vendor or to a data-protection authority, with gaps for the sender.

/// What the letter says.
pub(super) struct Letter<'a> {
    /// The local time in full.
    pub(super) time: &'a str,
    /// Who sent; none where that is not known.
    pub(super) sender: Option<&'a str>,
    /// The destination's name, or its address.
    pub(super) to: &'a str,
    /// Version of Gasket.
    pub(super) version: &'a str,
    /// What happened and what became of it.
    pub(super) sentence: &'a str,
    /// What was found, masked.
    pub(super) values: Option<&'a str>,
    /// Whether a rule with its sources is in the bundle.
    pub(super) has_rule: bool,
    /// Whether reconstructed packets are in the bundle.
    pub(super) has_packets: bool,
}

impl Letter<'_> {
    pub(super) fn text(&self) -> String {
        let kinds = self.values.map(|values| format!("  {values}\n"));
        let observed = format!(
            "On {}, on my device [MAKE AND MODEL], {} tried to send or sent data to {}. In the words of the program that \
             recorded it (Gasket {}):\n\n  {}\n{}",
            self.time,
            self.sender
                .unwrap_or("a program that could not be identified"),
            self.to,
            self.version,
            self.sentence,
            kinds.unwrap_or_default(),
        );
        let sources = if self.has_rule {
            "the rule in it names its public sources"
        } else {
            "no published account of the same is in it"
        };
        let packets = if self.has_packets {
            " The packets in it are a reconstruction from the record with identifiers masked, not a recording."
        } else {
            ""
        };
        format!(
            "DRAFT. Read it, fill in what stands in [BRACKETS], and strike what is not true for you. It is no legal advice.\n\n\
             To: [THE VENDOR, OR THE DATA-PROTECTION AUTHORITY OF YOUR COUNTRY]\nFrom: [YOUR NAME AND ADDRESS]\nDate: [DATE]\n\n\
             Subject: Data sent by a device without my knowledge\n\n\
             [GREETING]\n\n{observed}\n\
             I did not knowingly agree to this. [STRIKE IF YOU DID.]\n\n\
             To the vendor: please tell me which data about me or my device this program sends, to whom, for what purpose and on what \
             legal basis, how long they are kept, and how it can be stopped; and delete what was sent, where I can ask for that. \
             [IF THE EU'S OR THE UK'S GDPR APPLIES TO YOU: I ask for this under Articles 15 and 17 of the GDPR.]\n\n\
             To the authority: please look into whether this is lawful. [SAY WHETHER YOU ASKED THE VENDOR BEFORE, AND WHAT CAME OF IT.]\n\n\
             Enclosed is a bundle of evidence. What it shows was observed on one device; {sources}.{packets}\n\n\
             [YOUR NAME]\n",
        )
    }
}
