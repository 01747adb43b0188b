//! Moving in from the files of an export.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use model::archive::{FileRecord, Header, Kind, Record};
use sha2::{Digest, Sha256};
use shared::files::bucket::Media;
use shared::imports::estimate::Estimate;
use shared::imports::importer::{ImportError, Importer};
use strum::IntoEnumIterator;

use super::state::State;
use crate::AdminError;
use crate::export::folder::name;
use crate::progress::Progress;

/// The files of an export, and what reads them.
#[derive(Debug)]
pub struct Archive<'a> {
    folder: &'a Path,
}

/// One of its files, line by line.
struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    /// The number of the line that was read last.
    number: u64,
}

impl Lines {
    /// The next record; none at the end.
    fn next(&mut self) -> Result<Option<(Record, usize)>, AdminError> {
        let mut line = String::new();
        self.number += 1;
        if self.reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let record = Record::parse(line.trim_end());
        let unreadable = |bad| AdminError::BadLine(self.path.display().to_string(), self.number, bad);
        Ok(Some((record.map_err(unreadable)?, line.len())))
    }
}

impl<'a> Archive<'a> {
    /// The export in a folder.
    pub fn open(folder: &'a Path) -> Archive<'a> {
        Archive { folder }
    }

    /// The files that are there, in the order in which they are read, each behind its header.
    fn files(&self) -> Result<Vec<(Kind, Lines)>, AdminError> {
        let mut files = Vec::new();
        for kind in Kind::iter() {
            let path = self.folder.join(name(kind));
            let Ok(file) = File::open(&path) else { continue };
            let mut lines = Lines { path, reader: BufReader::new(file), number: 0 };
            match lines.next()? {
                Some((Record::Header(Header { uid: Some(uid), .. }), _)) => return Err(AdminError::OneUser(uid)),
                Some((Record::Header(header), _)) if header.is_readable() => files.push((kind, lines)),
                Some((Record::Header(Header { format, version, .. }), _)) => {
                    return Err(ImportError::OtherVersion(format, version).into());
                }
                _ => return Err(AdminError::NoHeader(lines.path.display().to_string())),
            }
        }
        if files.is_empty() {
            return Err(AdminError::NoArchive(self.folder.display().to_string()));
        }
        Ok(files)
    }

    /// Writes all records that come behind those of an earlier run, and puts the files of messages into the bucket, if there
    /// is one.
    pub async fn import(
        &self,
        importer: &mut Importer<'_>,
        media: Option<&Media>,
        state: &mut State,
    ) -> Result<(), AdminError> {
        let done = state.place.clone().and_then(|place| {
            let (kind, number) = place.split_once(' ')?;
            Some((kind.parse::<Kind>().ok()?, number.parse::<u64>().ok()?))
        });
        for (kind, mut lines) in self.files()? {
            let n_done = match done {
                Some((at, _)) if kind < at => continue,
                Some((at, n_lines)) if kind == at => n_lines,
                _ => 0,
            };
            shared::log::say(kind);
            let mut progress = Progress::new("lines");
            while let Some((record, _)) = lines.next()? {
                if lines.number <= n_done {
                    continue;
                }
                if let (Record::File(file), Some(media)) = (&record, media) {
                    self.put(media, file).await?;
                }
                if importer.take(record).await? {
                    state.place = Some(format!("{kind} {}", lines.number - 1));
                    state.save()?;
                }
                progress.at(lines.number);
            }
            importer.write().await?;
            progress.end();
            state.place = Some(format!("{kind} {}", lines.number));
            state.save()?;
        }
        state.is_done = true;
        state.save()
    }

    async fn put(&self, media: &Media, file: &FileRecord) -> Result<(), AdminError> {
        let bytes = fs::read(self.folder.join(file.key.as_str()))?;
        let is_it = file.sha256.as_ref().is_none_or(|digest| *digest == hex::encode(Sha256::digest(&bytes)));
        if !is_it {
            return Err(AdminError::OtherFile(file.key.to_string()));
        }
        Ok(media.put(&file.key, &file.mime_type, Bytes::from(bytes)).await?)
    }

    /// Says what is in it, and what it would take to write it.
    pub fn estimate(&self, out: &mut impl Write) -> Result<(), AdminError> {
        let mut estimate = Estimate::default();
        for (_, mut lines) in self.files()? {
            while let Some((record, n_bytes)) = lines.next()? {
                estimate.count(&record, n_bytes);
            }
        }
        for (kind, n_records) in &estimate.records {
            writeln!(out, "{n_records:>12}  {kind}")?;
        }
        Ok(writeln!(out, "about {:.0} write units of DynamoDB", estimate.write_units)?)
    }
}
