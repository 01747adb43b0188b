//! What goes wrong beside any request is said to who started the service.

use std::fmt::Display;
use std::io::{self, Write};

/// Says a line. Whether anybody still listens decides nothing: a pipe into `head` is closed while the service goes on.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
