//! The file in which it is kept what stands together in lists.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Run;
use crate::AdminError;
use crate::error::OfFile;
use crate::import::state::beside;

/// The file in which runs are kept, a line each.
#[derive(Debug)]
pub struct RunsFile {
    path: PathBuf,
}

impl RunsFile {
    /// The one beside the file of a state.
    pub fn beside(state: &Path) -> RunsFile {
        RunsFile { path: beside(state, "places") }
    }

    /// Adds runs. They are there when this returns, also if the machine goes down.
    pub fn add(&self, runs: &[Run]) -> Result<(), AdminError> {
        if runs.is_empty() {
            return Ok(());
        }
        // Behind the rest of a line that was cut off.
        let mut lines = b"\n".to_vec();
        let write = |lines: &mut Vec<u8>| {
            for run in runs {
                serde_json::to_writer(&mut *lines, run)?;
                lines.push(b'\n');
            }
            let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
            file.write_all(lines)?;
            file.sync_all()
        };
        write(&mut lines).of(&self.path)
    }

    /// What was added. A line that was cut off was added again by whoever went on.
    pub fn read(&self) -> Result<Vec<Run>, AdminError> {
        let file = match fs::File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.of(&self.path)?,
        };
        let mut runs = Vec::new();
        for line in BufReader::new(file).split(b'\n') {
            runs.extend(serde_json::from_slice::<Run>(&line.of(&self.path)?).ok());
        }
        Ok(runs)
    }

    /// Forgets all of it.
    pub fn remove(&self) -> Result<(), AdminError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error).of(&self.path),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::conversation::ConversationId;
    use model::id::MessageId;
    use model::uid::Uid;
    use serde_json::json;

    use super::*;
    use crate::import::places::runs;

    #[test]
    fn a_line_that_was_cut_off_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = RunsFile::beside(&folder.path().join("state.json"));
        assert!(file.read().unwrap().is_empty());
        let row = |conversation| (ConversationId::parse_stored(conversation).unwrap(), json!({ "updatedAt": 1 }));
        let list = ["group#orchard", "user#ash#birch"].map(row);
        let rows = || runs(&list, &Uid::parse("ash").unwrap(), MessageId::MAX);
        file.add(&rows()).unwrap();
        let whole = fs::read(&file.path).unwrap();
        fs::write(&file.path, &whole[..whole.len() / 2]).unwrap();
        file.add(&rows()).unwrap();
        assert_eq!(file.read().unwrap().len(), 1);
        file.remove().unwrap();
        file.remove().unwrap();
    }
}
