//! The files of an export: `<kind>.jsonl` for each kind, a header first, and the files of messages by their keys.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use model::archive::{FileRecord, Header, Kind, Manifest, Record};
use model::file::FileSize;
use sha2::{Digest, Sha256};
use shared::files::bucket::Media;

use crate::AdminError;
use crate::error::OfFile;

/// How files end that are not whole yet.
pub const UNFINISHED: &str = "part";
/// How files of records end.
pub const LINES: &str = "jsonl";

/// The folder that an export is written to.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    header: Header,
    /// From where files come, if they are wanted.
    media: Option<Media>,
    writers: BTreeMap<Kind, Lines>,
}

/// One of its files.
#[derive(Debug)]
struct Lines {
    path: PathBuf,
    writer: BufWriter<File>,
    n_records: u64,
}

impl Lines {
    fn create(path: PathBuf) -> Result<Lines, AdminError> {
        let writer = BufWriter::new(File::create_new(&path).of(&path)?);
        Ok(Lines { path, writer, n_records: 0 })
    }

    fn write(&mut self, record: &Record) -> Result<(), AdminError> {
        let line = record.line().map_err(std::io::Error::from);
        line.and_then(|line| writeln!(self.writer, "{line}")).of(&self.path)
    }

    /// Gives the file its name, now that it is whole.
    fn finish(mut self, path: &Path) -> Result<(), AdminError> {
        let whole = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        whole.and_then(|()| fs::rename(&self.path, path)).of(path)
    }
}

impl Folder {
    /// A folder that nothing was written to yet.
    pub fn create(path: &Path, header: Header, media: Option<Media>) -> Result<Folder, AdminError> {
        fs::create_dir_all(path).of(path)?;
        if fs::read_dir(path).of(path)?.next().is_some() {
            return Err(AdminError::NotEmpty(path.display().to_string()));
        }
        Ok(Folder { path: path.to_owned(), header, media, writers: BTreeMap::new() })
    }

    /// Writes a record, and the files that it names.
    pub async fn write(&mut self, record: &Record) -> Result<(), AdminError> {
        if let (Record::Message(message), true) = (record, self.media.is_some()) {
            for file in &message.files {
                match self.copy(file).await? {
                    Some(copied) => self.put(&copied.into())?,
                    None => shared::log::say(format_args!("The bucket has no {} of message {}.", file.key, message.id)),
                }
            }
        }
        self.put(record)
    }

    fn put(&mut self, record: &Record) -> Result<(), AdminError> {
        let kind = record.kind();
        if !self.writers.contains_key(&kind) {
            let mut lines = Lines::create(self.unfinished(&name(kind)))?;
            lines.write(&self.header.clone().into())?;
            self.writers.insert(kind, lines);
        }
        if let Some(lines) = self.writers.get_mut(&kind) {
            lines.write(record)?;
            lines.n_records += 1;
        }
        Ok(())
    }

    /// Copies a file of a message from the bucket to its key in the folder; nothing if the bucket has none.
    async fn copy(&self, file: &model::file::File) -> Result<Option<FileRecord>, AdminError> {
        let Some(media) = &self.media else { return Ok(None) };
        let Some(mut body) = media.read(&file.key).await? else { return Ok(None) };
        let path = self.path.join(file.key.as_str());
        let made = fs::create_dir_all(path.parent().unwrap_or(&self.path)).and_then(|()| File::create(&path));
        let (mut copy, mut digest, mut size) = (made.of(&path)?, Sha256::new(), 0_u64);
        while let Some(bytes) = body.next().await? {
            copy.write_all(&bytes).of(&path)?;
            digest.update(&bytes);
            size += bytes.len() as u64;
        }
        let sha256 = Some(hex::encode(digest.finalize()));
        let described = |size| FileRecord { key: file.key.clone(), size, mime_type: file.mime_type.clone(), sha256 };
        Ok(FileSize::new(size).ok().map(described))
    }

    /// Gives the files their names, now that they are whole, and writes the manifest; how many records there are of each kind.
    pub fn finish(mut self) -> Result<Vec<(Kind, u64)>, AdminError> {
        let mut written = Vec::new();
        for (kind, lines) in std::mem::take(&mut self.writers) {
            written.push((kind, lines.n_records));
            lines.finish(&self.path.join(name(kind)))?;
        }
        let files = written.iter().map(|(kind, n_records)| (name(*kind), *n_records)).collect();
        let manifest = serde_json::to_string_pretty(&Manifest { header: self.header.clone(), files });
        let mut lines = Lines::create(self.unfinished(Manifest::FILE))?;
        let text = manifest.map_err(std::io::Error::from);
        text.and_then(|text| writeln!(lines.writer, "{text}")).of(&lines.path)?;
        lines.finish(&self.path.join(Manifest::FILE))?;
        Ok(written)
    }

    fn unfinished(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.{UNFINISHED}"))
    }
}

/// What the file of a kind is called.
pub fn name(kind: Kind) -> String {
    format!("{kind}.{LINES}")
}
