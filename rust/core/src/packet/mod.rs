//! Checked views of and builders for IP packets (`smoltcp::wire` inside).
