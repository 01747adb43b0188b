//! How far an import has come, in a file: whoever starts it again goes on there.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use model::id::MessageId;
use serde::{Deserialize, Serialize};
use strum::EnumIter;

use crate::AdminError;

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
    /// What each user sees: how far they have read, what they saved and tagged.
    Views,
    /// What is pinned for everybody, and why messages may be reported.
    Rest,
}

/// How far an import has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// From where it reads.
    pub from: String,
    /// What it reads.
    pub step: Step,
    /// Where in that it is.
    #[serde(default)]
    pub place: Option<String>,
    /// The newest message when it began: what users have not seen up to there they removed from their view.
    #[serde(default)]
    pub newest: Option<MessageId>,
    /// The last message that was brought in.
    #[serde(default)]
    pub last: Option<MessageId>,
    /// Whether all is done.
    #[serde(default)]
    pub is_done: bool,
    /// How many things of which kind could not be read.
    #[serde(default)]
    pub unread: BTreeMap<String, u64>,
    #[serde(skip)]
    path: PathBuf,
}

impl State {
    /// As the file says it, or at the beginning if there is none.
    pub fn open(path: &Path, from: &str) -> Result<State, AdminError> {
        let fresh = State {
            from: from.to_owned(),
            step: Step::Roles,
            place: None,
            newest: None,
            last: None,
            is_done: false,
            unread: BTreeMap::new(),
            path: path.to_owned(),
        };
        let Ok(text) = fs::read_to_string(path) else { return Ok(fresh) };
        let state: State = serde_json::from_str(&text).map_err(|_| AdminError::BadState(path.display().to_string()))?;
        if state.from != from {
            return Err(AdminError::OtherState(path.display().to_string(), state.from));
        }
        Ok(State { path: path.to_owned(), ..state })
    }

    /// The state of a run that goes on, or of one that begins to catch up with what was done.
    #[must_use]
    pub fn begin(self, catches_up: bool) -> State {
        match self.is_done && catches_up {
            true => {
                State { step: Step::Roles, place: None, newest: None, is_done: false, unread: BTreeMap::new(), ..self }
            }
            false => self,
        }
    }

    /// Keeps it: what is written stays whole, whenever this is cut off.
    pub fn save(&self) -> Result<(), AdminError> {
        let beside = self.path.with_extension("part");
        let mut file = fs::File::create(&beside)?;
        file.write_all(serde_json::to_string_pretty(self).map_err(std::io::Error::from)?.as_bytes())?;
        file.sync_all()?;
        Ok(fs::rename(beside, &self.path)?)
    }

    /// Notes that something could not be read.
    pub fn miss(&mut self, what: impl Into<String>) {
        *self.unread.entry(what.into()).or_default() += 1;
    }
}
