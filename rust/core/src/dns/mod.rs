//! DNS: messages, blocked-name answers, and the memory of which name gave which address (RFC 1035).
