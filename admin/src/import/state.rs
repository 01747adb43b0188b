//! How far an import has come, in a file: whoever starts it again goes on there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use model::id::MessageId;
use serde::{Deserialize, Serialize};
use strum::EnumIter;

use super::places::RunsFile;
use crate::AdminError;
use crate::error::OfFile;

/// What is read, in this order: what later steps name is there by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, EnumIter, strum::Display)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "lowercase")]
pub enum Step {
    /// Roles.
    Roles,
    /// Users.
    Users,
    /// Bots.
    Bots,
    /// Friends and blocks.
    Relations,
    /// Groups, their members and bans.
    Groups,
    /// Messages of all conversations, reactions, pins, receipts of all.
    Messages,
    /// To catch up: reactions and pins of all messages, compared.
    Differences,
    /// What each user sees: how far they have read, what they saved and tagged.
    Views,
    /// What members of groups received of which no list tells.
    Recipients,
    /// In which order they see conversations whose last messages are gone.
    Places,
    /// What is pinned for everybody, and why messages may be reported.
    Rest,
}

/// How far an import has come.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// From where it reads.
    pub from: String,
    /// What it reads.
    pub step: Step,
    /// Where in that it is.
    #[serde(default)]
    pub place: Option<String>,
    /// The last that is done of the page that is there.
    #[serde(default)]
    pub within: Option<String>,
    /// The newest message when it began: what users have not seen up to there they removed from their view.
    #[serde(default)]
    pub newest: Option<MessageId>,
    /// The last message that was brought in.
    #[serde(default)]
    pub last: Option<MessageId>,
    /// Whether all is done.
    #[serde(default)]
    pub is_done: bool,
    /// Since when it looks for changes, if it catches up.
    #[serde(default)]
    pub since: Option<u64>,
    /// How many things of which kind could not be read.
    #[serde(default)]
    pub unread: BTreeMap<String, u64>,
    #[serde(skip)]
    path: PathBuf,
    /// Held while this program runs, so that no other one takes the same steps.
    #[serde(skip)]
    _lock: Option<fs::File>,
}

impl State {
    /// As the file says it, or at the beginning if there is none, or if this run catches up with one that is done.
    pub fn open(path: &Path, from: &str, since: Option<u64>) -> Result<State, AdminError> {
        let fresh = State {
            from: from.to_owned(),
            step: Step::Roles,
            place: None,
            within: None,
            newest: None,
            last: None,
            is_done: false,
            since,
            unread: BTreeMap::new(),
            path: path.to_owned(),
            _lock: Some(locked(path)?),
        };
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(fresh),
            Err(error) if error.kind() == ErrorKind::InvalidData => String::new(),
            read => read.of(path)?,
        };
        let name = || path.display().to_string();
        let state: State = serde_json::from_str(&text).map_err(|_| AdminError::BadState(name()))?;
        if state.from != from {
            return Err(AdminError::OtherState(name(), state.from));
        }
        match state.is_done {
            true if since.is_some() => Ok(State { last: state.last, ..fresh }),
            false if state.since != since => Err(AdminError::OtherRun(name(), state.since)),
            _ => Ok(State { path: fresh.path, _lock: fresh._lock, ..state }),
        }
    }

    /// The file in which it keeps how lists stand.
    pub fn runs(&self) -> RunsFile {
        RunsFile::beside(&self.path)
    }

    /// Keeps it: what is written stays whole, whenever this is cut off.
    pub fn save(&self) -> Result<(), AdminError> {
        let beside = beside(&self.path, "part");
        let write = || {
            let mut file = fs::File::create(&beside)?;
            file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &self.path)
        };
        write().of(&self.path)
    }

    /// Notes that something could not be read.
    pub fn miss(&mut self, what: impl Into<String>) {
        self.miss_some(what, 1);
    }

    /// Notes that some things of a kind could not be read, if there are any.
    pub fn miss_some(&mut self, what: impl Into<String>, n: usize) {
        if 0 < n {
            *self.unread.entry(what.into()).or_default() += n as u64;
        }
    }
}

/// A file beside that of the state, of which no other state's has the name.
pub fn beside(state: &Path, ends_with: &str) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(".");
    name.push(ends_with);
    name.into()
}

/// A file beside that of the state, locked until it is closed, by whatever end. The state's own is another one each time it is saved.
fn locked(path: &Path) -> Result<fs::File, AdminError> {
    let file = fs::File::create(beside(path, "lock")).of(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(AdminError::Busy(path.display().to_string())),
        Err(fs::TryLockError::Error(error)) => Err(error).of(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two moves may have states in one folder that differ by what their names end with.
    #[test]
    fn no_two_states_share_what_is_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let states =
            ["move.ash", "move.birch", "move.places", "move.part", "move.lock"].map(|name| folder.path().join(name));
        let open = |path: &PathBuf| State::open(path, "https://chat.example/v3", None);
        for path in &states {
            let state = open(path).unwrap();
            state.save().unwrap();
            state.runs().remove().unwrap();
        }
        let opened = states.each_ref().map(|path| open(path).unwrap());
        assert!(opened.iter().all(|state| state.step == Step::Roles));
    }
}
