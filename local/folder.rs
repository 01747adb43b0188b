//! The folder that keeps a service's data: for its owner only, and for one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use lambda_http::Error;

use crate::tls;

/// What nobody but the owner reads: messages, keys, credentials.
pub const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
const DATABASE: &str = "dynamodb.sqlite";
const LOCK: &str = "lock";
/// The invocations that failed for good, a line each.
pub const FAILED: &str = "failed-invocations.jsonl";
const S3: &str = "s3";

/// A folder that this process holds until it ends, however it does.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The lock goes with the handle.
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and takes it.
    pub fn open(path: &Path) -> Result<Folder, Error> {
        let told = |error: io::Error| format!("The data folder {} cannot be used: {error}.", path.display());
        let is_new = !path.exists();
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path).map_err(told)?;
        let lock = private_file(&path.join(LOCK)).map_err(told)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.display();
                return Err(format!(
                    "The data folder {path} is in use by another Halley; stop it, or name another by --data."
                )
                .into());
            }
            Err(TryLockError::Error(error)) => return Err(told(error).into()),
        }
        let folder = Folder { path: path.to_owned(), _lock: lock };
        folder.close_to_others(is_new).map_err(told)?;
        Ok(folder)
    }

    /// Folders of earlier versions were open to others. What else somebody keeps in theirs is not ours to close.
    fn close_to_others(&self, is_new: bool) -> io::Result<()> {
        let names = [LOCK, S3, FAILED, "api-key", "aws-credentials", tls::CERTIFICATE, tls::KEY];
        let is_ours = |name: &str| name.starts_with(DATABASE) || names.contains(&name);
        let mut all_ours = true;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            match name.to_str().filter(|name| is_ours(name)) {
                Some(S3) => set_mode(&entry.path(), FOLDER_MODE)?,
                Some(_) => set_mode(&entry.path(), FILE_MODE)?,
                None => all_ours = false,
            }
        }
        if is_new || all_ours {
            set_mode(&self.path, FOLDER_MODE)?;
        }
        Ok(())
    }

    /// The file of the database; SQLite gives those that it puts beside it the same mode.
    pub fn database(&self) -> io::Result<PathBuf> {
        let path = self.path.join(DATABASE);
        private_file(&path)?;
        Ok(path)
    }

    /// The folder of the buckets.
    pub fn s3(&self) -> io::Result<PathBuf> {
        let path = self.path.join(S3);
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&path)?;
        Ok(path)
    }

    /// Where a file is.
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The text of a file, if it is there and holds any.
    pub fn kept(&self, name: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.path.join(name)) {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a text in a file.
    pub fn keep(&self, name: &str, text: &str) -> io::Result<()> {
        let mut file = private_file(&self.path.join(name))?;
        file.set_len(0)?;
        file.write_all(text.as_bytes())
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(FILE_MODE).open(path)
}

/// Gives a file this mode. SQLite takes the files beside its database away when it ends, also those of a process that is just
/// ending.
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    match fs::set_permissions(path, Permissions::from_mode(mode)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
