//! How far something long has come: one line that changes on a terminal, now and then a line elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a terminal is told.
const OFTEN: Duration = Duration::from_millis(200);
/// How often a log is told.
const SELDOM: Duration = Duration::from_secs(30);

/// Tells of one walk over many things.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    begun: Instant,
    told: Instant,
    n_done: u64,
    /// How many there are, if that is known.
    of: Option<u64>,
    is_terminal: bool,
}

impl Progress {
    /// Of a walk over `what`, such as "rows", that begins now.
    pub fn new(what: &'static str) -> Progress {
        let now = Instant::now();
        Progress { what, begun: now, told: now, n_done: 0, of: None, is_terminal: io::stderr().is_terminal() }
    }

    /// Of so many.
    #[must_use]
    pub fn of(self, n_all: u64) -> Progress {
        Progress { of: Some(n_all), ..self }
    }

    /// Notes that so many are done, and tells it if it is time to.
    pub fn at(&mut self, n_done: u64) {
        self.n_done = n_done;
        let often = if self.is_terminal { OFTEN } else { SELDOM };
        if often <= self.told.elapsed() {
            self.told = Instant::now();
            self.tell();
        }
    }

    /// The walk is over.
    pub fn end(self) {
        if self.is_terminal {
            self.tell();
            // Whether anybody listens decides nothing.
            let _ = writeln!(io::stderr());
        }
    }

    fn tell(&self) {
        const WIDTH: usize = 30;
        let Progress { what, n_done, .. } = self;
        let rate = *n_done as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        let said = match self.of {
            Some(of) => {
                let share = if of == 0 { 1.0 } else { (*n_done as f64 / of as f64).min(1.0) };
                let filled = (share * WIDTH as f64) as usize;
                format!(
                    "[{}{}] {n_done} of {of} {what}, {rate:.0} a second",
                    "#".repeat(filled),
                    " ".repeat(WIDTH - filled)
                )
            }
            None => format!("{n_done} {what}, {rate:.0} a second"),
        };
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K{said}");
        } else {
            shared::log::say(said);
        }
    }
}
