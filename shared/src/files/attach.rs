//! Attaching: files that were uploaded, or that came with the request, become a message's own.
//!
//! Each file is looked at in S3 and copied exactly as it was seen to a place of its own, under which the message shows
//! it; then the message is stored in one transaction with the mark that the upload is used. A copy whose message was
//! refused is removed again, and one whose message never came when the note of it expires; the upload itself is left to the
//! bucket's lifecycle.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Map, Value};

use crate::app::App;
use crate::error::ApiError;
use crate::files::bucket::{FIRST_BYTES, Media, MediaError, Place};
use crate::store::upload::UploadClaim;
use model::attachment;
use model::file::{File, FileInfo, FileSize, MimeType, ObjectKey, UploadId};
use model::message::Category;
use model::new_message::{Content, part_index};
use model::problem::Code;
use model::time::Seconds;
use model::upload::Upload;
use model::user::User;

/// Where the file of an attachment is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// At a foreign URL, which is stored as given and never fetched.
    Web,
    /// In the bucket, put there by a client.
    Upload(UploadId),
    /// In the request, at this position.
    Part(usize),
}

/// The attachments of a send, placed but not yet looked at.
#[derive(Debug)]
pub struct Attachments {
    sources: Vec<Source>,
}

/// Who attaches, and what is known of their uploads.
#[derive(Debug)]
pub struct Claimant<'a> {
    /// The sender.
    pub sender: &'a User,
    /// The announcements of the uploads.
    pub found: &'a [Upload],
    /// What makes the uploads the message's own.
    pub claim: &'a UploadClaim,
    /// Whether the send may be a repeat of one that is going on. Then only the transaction can tell whether an upload
    /// was attached by that one or by a stranger.
    pub may_repeat: bool,
    /// When that is.
    pub now: Seconds,
}

/// What a message stores of its attachments.
#[derive(Debug)]
pub struct Attached {
    /// The message's `data`, with keys in the place of the URLs of its own files.
    pub data: Map<String, Value>,
    /// Its own files.
    pub files: Vec<File>,
    /// Under what the store knows them until the message is stored, if there are any.
    pub placing: Option<UploadId>,
}

/// For how long files that were placed wait for their message; an invocation is over long before.
const PLACED_SECONDS: u64 = 60 * 60;

impl Claimant<'_> {
    fn may_attach(&self, upload: &Upload) -> bool {
        upload.is_of(self.sender, self.now) && (self.may_repeat || upload.is_free_for(&self.claim.by))
    }
}

impl Attachments {
    /// Places the attachments of a send.
    pub fn of(content: &Content, media: &Media) -> Result<Attachments, ApiError> {
        let mut sources = Vec::new();
        let mut seen = BTreeSet::new();
        for given in attachment::all(&content.data) {
            let source = source(given, content, media)?;
            if matches!(source, Source::Web) {
                check_fit(content, given.get("mimeType").and_then(Value::as_str))?;
            } else if !seen.insert(format!("{source:?}")) {
                return Err(invalid("A file can be attached once."));
            }
            sources.push(source);
        }
        Ok(Attachments { sources })
    }

    /// The uploads among them.
    pub fn uploads(&self) -> Vec<UploadId> {
        let uploads = self.sources.iter().filter_map(|source| match source {
            Source::Upload(id) => Some(id.clone()),
            _ => None,
        });
        uploads.collect()
    }

    /// Checks each file of the content that they are of, and gives it its place.
    ///
    /// Cost: nothing without own files; else 2 S3 round trips for uploads, 1 for files that came with the request,
    /// whatever their number.
    pub async fn attach(&self, app: &App, content: &Content, claimant: &Claimant<'_>) -> Result<Attached, ApiError> {
        let mut data = content.data.clone();
        let infos = self.infos(content, claimant)?;
        let places = self.places(app)?;
        let placing = note(app, &places).await?;
        let placed = self.sources.iter().zip(&infos).zip(&places);
        let placed = join_all(placed.map(|((source, info), key)| place(app, content, source, info.zip(key.as_ref()))));
        let mut files = Vec::new();
        let mut refusal = None;
        let mut attachments = Vec::new();
        for ((given, info), placed) in attachment::all(&data).iter().zip(&infos).zip(placed.await) {
            match (placed, info) {
                (Ok(Some(file)), Some(info)) => {
                    attachments.push(attachment::describe(Some(given), info, file.key.as_str()));
                    files.push(file);
                }
                (Ok(_), _) => attachments.push(given.clone()),
                (Err(error), _) => refusal = Some(error),
            }
        }
        if let Some(refusal) = refusal {
            discard(app, &files).await;
            return Err(refusal);
        }
        if !files.is_empty() {
            data.insert(attachment::ATTACHMENTS.to_owned(), Value::Array(attachments));
            attachment::set_first_url(&mut data);
        }
        Ok(Attached { data, files, placing })
    }

    /// Where each own file goes.
    fn places(&self, app: &App) -> Result<Vec<Option<ObjectKey>>, ApiError> {
        let place = |source: &Source| {
            Ok(match source {
                Source::Web => None,
                Source::Upload(id) => Some(ObjectKey::attached(id, app.random()?)),
                Source::Part(_) => Some(ObjectKey::attached(&app.draw_upload_id()?, app.random()?)),
            })
        };
        self.sources.iter().map(place).collect()
    }

    /// What is known of each own file before it is looked at.
    fn infos<'f>(
        &'f self,
        content: &'f Content,
        claimant: &Claimant<'f>,
    ) -> Result<Vec<Option<&'f FileInfo>>, ApiError> {
        let mut infos = Vec::new();
        for source in &self.sources {
            let info = match source {
                Source::Web => None,
                Source::Part(at) => content.parts.get(*at).map(|part| &part.info),
                Source::Upload(id) => {
                    let upload = claimant.found.iter().find(|upload| upload.id == *id);
                    let free = upload.filter(|upload| claimant.may_attach(upload));
                    Some(&free.ok_or_else(not_yours)?.info)
                }
            };
            if let Some(info) = info {
                check_fit(content, Some(info.mime_type.as_str()))?;
            }
            infos.push(info);
        }
        let total: u64 = infos.iter().flatten().map(|info| info.size.get()).sum();
        if FileSize::MAX < total {
            return Err(invalid("The files of a message must not be larger than 100 MB together."));
        }
        Ok(infos)
    }
}

/// Notes where files are about to be placed, so that they are found if their message never comes.
///
/// Cost: nothing without own files, else 1 round trip and 1 write unit.
async fn note(app: &App, places: &[Option<ObjectKey>]) -> Result<Option<UploadId>, ApiError> {
    let files: Vec<ObjectKey> = places.iter().flatten().cloned().collect();
    if files.is_empty() {
        return Ok(None);
    }
    let placing = app.draw_upload_id()?;
    app.store.note_placing(&placing, &files, app.now().plus(PLACED_SECONDS)).await?;
    Ok(Some(placing))
}

/// Looks at one file and puts it into its place.
async fn place(
    app: &App,
    content: &Content,
    source: &Source,
    own: Option<(&FileInfo, &ObjectKey)>,
) -> Result<Option<File>, ApiError> {
    let Some((info, key)) = own else { return Ok(None) };
    match source {
        Source::Upload(id) => copy_upload(app, id, info, key).await?,
        Source::Part(at) => put_part(app, content, *at, info, key).await?,
        Source::Web => return Ok(None),
    }
    Ok(Some(File { key: key.clone(), name: info.name.clone(), mime_type: info.mime_type.clone() }))
}

async fn put_part(app: &App, content: &Content, at: usize, info: &FileInfo, key: &ObjectKey) -> Result<(), ApiError> {
    let bytes = content.parts.get(at).map(|part| part.bytes.clone()).unwrap_or_default();
    check_bytes(info, bytes.get(..FIRST_BYTES).unwrap_or(&bytes))?;
    Ok(app.media.put(key, &info.mime_type, bytes).await?)
}

/// Removes what was placed for a message that was not stored. What stays is found by the note of it.
pub async fn discard(app: &App, files: &[File]) {
    let removed = join_all(files.iter().map(|file| app.media.delete_object(&file.key))).await;
    drop(removed);
}

/// For an edit: turns the keys of this very message's files into the URLs that name them, unsigned.
pub fn name_by_url(media: &Media, data: &mut Map<String, Value>, files: &[File]) {
    attachment::show(data, files, |file| Some(media.url(&file.key)));
}

/// For an edit: refuses attachments in the bucket that are none of the message's files. An edit attaches nothing, and
/// their URLs would stop working.
pub fn require_nothing_new(media: &Media, data: &Map<String, Value>, files: &[File]) -> Result<(), ApiError> {
    let is_own = |url: &str| files.iter().any(|file| file.key.as_str() == url);
    let is_known = |url: &str| is_own(url) || (part_index(url).is_none() && media.place(url) == Place::Foreign);
    if attachment::all(data).iter().filter_map(attachment::url).all(is_known) {
        return Ok(());
    }
    Err(invalid("An edit attaches no further files; send another message."))
}

/// For an edit: turns the download URLs in `data` that open files of this very message into the stored form again.
pub fn restore(media: &Media, data: &mut Map<String, Value>, files: &[File]) {
    attachment::hide(data, files, |url| match media.place(url) {
        Place::Attached(key) => Some(key),
        _ => None,
    });
}

async fn copy_upload(app: &App, id: &UploadId, info: &FileInfo, key: &ObjectKey) -> Result<(), ApiError> {
    let uploaded = id.key();
    let seen = app.media.inspect(&uploaded).await?;
    let seen = seen.ok_or_else(|| invalid("An attached file was not uploaded, or not to its end."))?;
    if seen.size != info.size.get() || !is_same_type(&seen.content_type, &info.mime_type) {
        return Err(invalid("An attached file is not the one that was announced."));
    }
    check_bytes(info, &seen.first_bytes)?;
    match app.media.copy(&uploaded, &seen, key).await {
        Ok(()) => Ok(()),
        Err(MediaError::Changed) => Err(invalid("An attached file was uploaded again meanwhile.")),
        Err(error) => Err(error.into()),
    }
}

fn source(given: &Value, content: &Content, media: &Media) -> Result<Source, ApiError> {
    let url = attachment::url(given).unwrap_or_default();
    if let Some(at) = part_index(url) {
        return match content.parts.get(at) {
            Some(_) => Ok(Source::Part(at)),
            None => Err(invalid("Every attachment needs an http or https URL.")),
        };
    }
    match media.place(url) {
        Place::Foreign => Ok(Source::Web),
        Place::Upload(id) => Ok(Source::Upload(id)),
        // Its URL would stop working within the hour.
        Place::Attached(_) => Err(invalid("A file of another message is attached by uploading it again.")),
        Place::Unknown => Err(not_yours()),
    }
}

/// The type of a media message and the MIME types of its attachments must fit. A foreign one may leave it out, or say
/// something that is none, as bots do.
fn check_fit(content: &Content, mime_type: Option<&str>) -> Result<(), ApiError> {
    let Some(mime_type) = mime_type.and_then(|raw| MimeType::parse(raw).ok()) else { return Ok(()) };
    if content.category != Category::Message || attachment::fits(&content.message_type, &mime_type) {
        return Ok(());
    }
    let message = format!("A message of type {} takes no {} attachment.", content.message_type, mime_type.essence());
    Err(invalid(&message))
}

fn check_bytes(info: &FileInfo, first_bytes: &[u8]) -> Result<(), ApiError> {
    if attachment::is_what_it_says(&info.mime_type, first_bytes) {
        return Ok(());
    }
    Err(invalid(&format!("The content of an attached file is not {}.", info.mime_type.essence())))
}

fn is_same_type(stored: &str, announced: &MimeType) -> bool {
    MimeType::parse(stored).is_ok_and(|stored| stored.essence() == announced.essence())
}

/// The same for an upload that does not exist, is another's, is used or is over its time.
fn not_yours() -> ApiError {
    invalid("An attachment is no upload of the sender, or was attached before.")
}

/// The refusal of an upload that another send attached at the same moment.
pub fn taken() -> ApiError {
    not_yours()
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(Code::InvalidMediaMessage, message)
}
