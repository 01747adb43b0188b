//! Moving in from the files of an export.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use model::archive::{BadRecord, FileRecord, Header, Kind, Manifest, Record};
use sha2::{Digest, Sha256};
use shared::files::bucket::Media;
use shared::imports::estimate::Estimate;
use shared::imports::importer::{ImportError, Importer};
use strum::IntoEnumIterator;

use super::state::State;
use crate::AdminError;
use crate::error::OfFile;
use crate::export::folder::{LINES, UNFINISHED, name};
use crate::progress::Progress;

/// More bytes than any line of an export has: the largest are a user's pinned conversations and messages.
const MOST_BYTES: u64 = 8 << 20;

/// The files of an export, and what reads them.
#[derive(Debug)]
pub struct Archive<'a> {
    folder: &'a Path,
    manifest: Manifest,
}

/// One of its files, line by line.
struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    /// The number of the line that was read last.
    number: u64,
}

impl Lines {
    fn open(path: PathBuf) -> Result<Lines, AdminError> {
        let reader = BufReader::new(File::open(&path).of(&path)?);
        Ok(Lines { path, reader, number: 0 })
    }

    /// The next record; none at the end.
    fn next(&mut self) -> Result<Option<(Record, usize)>, AdminError> {
        let mut line = Vec::new();
        self.number += 1;
        if self.reader.by_ref().take(MOST_BYTES).read_until(b'\n', &mut line).of(&self.path)? == 0 {
            return Ok(None);
        }
        let record = match line.len() as u64 {
            MOST_BYTES => Err(BadRecord::TooLong),
            _ => std::str::from_utf8(&line).map_err(|_| BadRecord::NoText),
        };
        let record = record.and_then(|text| Record::parse(text.trim_end()));
        let unreadable = |bad| AdminError::BadLine(self.path.display().to_string(), self.number, bad);
        Ok(Some((record.map_err(unreadable)?, line.len())))
    }

    /// How many lines are left that have their end.
    fn count(mut self) -> Result<u64, AdminError> {
        let mut n_lines = 0;
        loop {
            let part = self.reader.fill_buf().of(&self.path)?;
            if part.is_empty() {
                return Ok(n_lines);
            }
            n_lines += part.iter().filter(|byte| **byte == b'\n').count() as u64;
            let n_bytes = part.len();
            self.reader.consume(n_bytes);
        }
    }
}

impl<'a> Archive<'a> {
    /// The whole export in a folder.
    pub fn open(folder: &'a Path) -> Result<Archive<'a>, AdminError> {
        let shown = |path: &Path| path.display().to_string();
        let mut files = BTreeSet::new();
        for entry in fs::read_dir(folder).map_err(|_| AdminError::NoArchive(shown(folder)))? {
            let path = entry.of(folder)?.path();
            match path.extension().and_then(OsStr::to_str) {
                Some(UNFINISHED) => return Err(AdminError::Unfinished(shown(&path))),
                Some(LINES) => drop(files.insert(path)),
                _ => {}
            }
        }
        let path = folder.join(Manifest::FILE);
        let manifest = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(AdminError::NoManifest(shown(folder))),
            read => read.of(&path)?,
        };
        let manifest = serde_json::from_slice(&manifest);
        let manifest: Manifest = manifest.map_err(|error| AdminError::BadManifest(shown(&path), error))?;
        readable(&manifest.header)?;
        for kind in Kind::iter().filter(|kind| manifest.files.contains_key(&name(*kind))) {
            let path = folder.join(name(kind));
            if !files.remove(&path) {
                return Err(AdminError::Missing(shown(&path)));
            }
        }
        let is_unknown = |name: &&String| !Kind::iter().any(|kind| self::name(kind) == **name);
        let unknown = manifest.files.keys().find(is_unknown).map(|name| folder.join(name));
        match files.pop_first().or(unknown) {
            Some(path) => Err(AdminError::Unnamed(shown(&path))),
            None => Ok(Archive { folder, manifest }),
        }
    }

    /// Which export it is: another one may come to be in the same folder.
    pub fn name(&self) -> String {
        let Header { app, created_at, .. } = &self.manifest.header;
        format!("{}, what {app} was at {}", self.folder.display(), created_at.get())
    }

    /// The files in the order in which they are read, each behind its header.
    fn files(&self) -> Result<Vec<(Kind, Lines)>, AdminError> {
        let mut files = Vec::new();
        for kind in Kind::iter().filter(|kind| self.manifest.files.contains_key(&name(*kind))) {
            let mut lines = Lines::open(self.folder.join(name(kind)))?;
            match lines.next()? {
                Some((Record::Header(header), _)) => readable(&header)?,
                _ => return Err(AdminError::NoHeader(lines.path.display().to_string())),
            }
            files.push((kind, lines));
        }
        Ok(files)
    }

    /// Looks whether all is there that the manifest names, and with `with_media` all files of messages, before anything is
    /// written.
    pub fn verify(&self, with_media: bool) -> Result<(), AdminError> {
        for (kind, lines) in self.files()? {
            let (path, expected) = (lines.path.display().to_string(), self.manifest.files.get(&name(kind)));
            let (found, expected) = (lines.count()?, expected.copied().unwrap_or_default());
            if found != expected {
                return Err(AdminError::WrongCount(path, found, expected));
            }
        }
        for (_, mut lines) in self.files()?.into_iter().filter(|(kind, _)| with_media && *kind == Kind::File) {
            while let Some((record, _)) = lines.next()? {
                let Record::File(file) = record else { continue };
                let path = self.folder.join(file.key.as_str());
                match fs::metadata(&path) {
                    Err(_) => return Err(AdminError::Missing(path.display().to_string())),
                    Ok(found) if found.len() != file.size.get() => {
                        return Err(AdminError::OtherFile(file.key.to_string()));
                    }
                    Ok(_) => {}
                }
            }
        }
        Ok(())
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
        let path = self.folder.join(file.key.as_str());
        let bytes = fs::read(&path).of(&path)?;
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

/// Refuses what this program does not read, and what is no app.
fn readable(header: &Header) -> Result<(), AdminError> {
    if !header.is_readable() {
        return Err(ImportError::OtherVersion(header.format.clone(), header.version).into());
    }
    match &header.uid {
        Some(uid) => Err(AdminError::OneUser(uid.clone())),
        None => Ok(()),
    }
}
