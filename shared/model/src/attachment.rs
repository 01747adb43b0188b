//! `data.attachments`: how an attachment is stored, how it is answered, and whether it is what it claims to be.

use serde_json::{Map, Value, json};

use super::file::{File, FileInfo, MimeType, ObjectKey};

/// The key of `data` that holds the attachments.
pub const ATTACHMENTS: &str = "attachments";
const URL: &str = "url";

/// The attachments in `data`; none if there is no array.
pub fn all(data: &Map<String, Value>) -> &[Value] {
    data.get(ATTACHMENTS).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The URL of an attachment.
pub fn url(attachment: &Value) -> Option<&str> {
    attachment.get(URL).and_then(Value::as_str)
}

/// The attachment that a client is to put into its message for a file at `url`. What else it adds is kept.
pub fn describe(given: Option<&Value>, info: &FileInfo, url: &str) -> Value {
    let mut attachment = given.and_then(Value::as_object).cloned().unwrap_or_default();
    let own = json!({
        URL: url,
        "name": info.name,
        "mimeType": info.mime_type,
        "extension": info.name.extension(),
        "size": info.size,
    });
    if let Value::Object(own) = own {
        attachment.extend(own);
    }
    Value::Object(attachment)
}

/// Sets `data.url`, which clients read, to the first attachment's.
pub fn set_first_url(data: &mut Map<String, Value>) {
    if let Some(first) = all(data).first().and_then(url).map(str::to_owned) {
        data.insert(URL.to_owned(), Value::String(first));
    }
}

/// Puts what `link` makes of each of the message's own files in the place of its key.
pub fn show(data: &mut Map<String, Value>, files: &[File], link: impl Fn(&File) -> Option<String>) {
    if files.is_empty() {
        return;
    }
    change_urls(data, |url| files.iter().find(|file| file.key.as_str() == url).and_then(&link));
}

/// The reverse of [`show`], for an edit that sends an answered message back: URLs of the message's own files become
/// their keys again, or they would stop working an hour later.
pub fn hide(data: &mut Map<String, Value>, files: &[File], key_of: impl Fn(&str) -> Option<ObjectKey>) {
    if files.is_empty() {
        return;
    }
    change_urls(data, |url| {
        key_of(url).filter(|key| files.iter().any(|file| file.key == *key)).map(|key| key.to_string())
    });
}

/// Puts what `shorter` makes of each URL in its place, if anything.
pub fn shorten(data: &mut Map<String, Value>, shorter: impl Fn(&str) -> Option<String>) {
    let attachments = data.get_mut(ATTACHMENTS).and_then(Value::as_array_mut);
    let urls = attachments.into_iter().flatten().filter_map(|attachment| attachment.get_mut(URL));
    for url in urls {
        if let Some(short) = url.as_str().and_then(&shorter) {
            *url = Value::String(short);
        }
    }
    if let Some(short) = data.get(URL).and_then(Value::as_str).and_then(&shorter) {
        data.insert(URL.to_owned(), Value::String(short));
    }
}

fn change_urls(data: &mut Map<String, Value>, change: impl Fn(&str) -> Option<String>) {
    let attachments = data.get_mut(ATTACHMENTS).and_then(Value::as_array_mut);
    for attachment in attachments.into_iter().flatten() {
        if let Some(Value::String(url)) = attachment.get_mut(URL)
            && let Some(changed) = change(url)
        {
            *url = changed;
        }
    }
    set_first_url(data);
}

/// Whether an attachment of this MIME type may stand in a message of this type. A `file` may be anything.
pub fn fits(message_type: &str, mime_type: &MimeType) -> bool {
    !matches!(message_type, "image" | "audio" | "video") || message_type == mime_type.kind()
}

/// The pictures that always show what they are, so that not being recognised means being something else.
const CERTAIN: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"];

/// Whether the first bytes of a file are what its MIME type says, as far as they tell.
///
/// A picture must be of its very format. Sound and film share their containers (WebM, MP4, Ogg), so each passes for
/// the other, and sound may have no mark at all. Files of other types are not looked at.
pub fn is_what_it_says(mime_type: &MimeType, first_bytes: &[u8]) -> bool {
    let found = infer::get(first_bytes).map(|kind| canonical(kind.mime_type()));
    let found_kind = found.and_then(|found| found.split_once('/')).map(|(kind, _)| kind);
    match (mime_type.kind(), found) {
        ("image", Some(found)) => found == canonical(mime_type.essence()) || is_unlisted(mime_type, found_kind),
        ("image", None) => !CERTAIN.contains(&canonical(mime_type.essence())),
        ("audio" | "video", Some(_)) => matches!(found_kind, Some("audio" | "video")),
        _ => true,
    }
}

/// A picture of a format that has no mark of its own here, such as the raw formats built on TIFF.
fn is_unlisted(mime_type: &MimeType, found_kind: Option<&str>) -> bool {
    let is_known = infer::is_mime_supported(mime_type.essence()) || CERTAIN.contains(&canonical(mime_type.essence()));
    !is_known && found_kind == Some("image")
}

/// One name for types that have several.
fn canonical(essence: &str) -> &str {
    match essence {
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        "image/x-png" | "image/apng" => "image/png",
        "image/x-ms-bmp" | "image/x-bmp" => "image/bmp",
        "image/heic" | "image/heif-sequence" | "image/heic-sequence" => "image/heif",
        "image/x-icon" => "image/vnd.microsoft.icon",
        essence => essence,
    }
}

/// The MIME type that the first bytes tell.
pub fn told_type(first_bytes: &[u8]) -> MimeType {
    infer::get(first_bytes).and_then(|kind| MimeType::parse(kind.mime_type()).ok()).unwrap_or_else(MimeType::unknown)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::file::{FileName, UploadId};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";
    const WEBM: &[u8] = b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm";
    const PDF: &[u8] = b"%PDF-1.7\n";

    #[rstest]
    #[case::png("image/png", PNG, true)]
    #[case::jpg("image/jpg", JPEG, true)]
    #[case::other_picture("image/png", JPEG, false)]
    #[case::document("image/png", PDF, false)]
    #[case::page("image/png", b"<html><script>", false)]
    #[case::drawing("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'>", true)]
    #[case::sound_in_a_film_container("audio/webm;codecs=opus", WEBM, true)]
    #[case::film("video/webm", WEBM, true)]
    #[case::picture_as_film("video/mp4", PNG, false)]
    #[case::sound_without_mark("audio/mpeg", b"\xff\xe3\0\0", true)]
    #[case::not_looked_at("application/pdf", PNG, true)]
    fn first_bytes_tell(#[case] mime_type: &str, #[case] bytes: &[u8], #[case] expected: bool) {
        assert_eq!(is_what_it_says(&MimeType::parse(mime_type).unwrap(), bytes), expected);
    }

    fn file(random: u128) -> File {
        File {
            key: ObjectKey::attached(&UploadId::new(1), random),
            name: FileName::parse("a.png").unwrap(),
            mime_type: MimeType::parse("image/png").unwrap(),
        }
    }

    fn data(urls: [&str; 2]) -> Map<String, Value> {
        let data = json!({ "attachments": [{ "url": urls[0] }, { "url": urls[1] }], "url": urls[0] });
        data.as_object().unwrap().clone()
    }

    #[test]
    fn only_files_of_the_message_are_shown() {
        let (own, other) = (file(2), file(3));
        let stored = data([other.key.as_str(), own.key.as_str()]);
        let mut shown = stored.clone();
        show(&mut shown, std::slice::from_ref(&own), |_| Some("signed".to_owned()));
        assert_eq!(shown, data([other.key.as_str(), "signed"]));

        hide(&mut shown, std::slice::from_ref(&own), |url| (url == "signed").then(|| own.key.clone()));
        assert_eq!(shown, stored);
    }
}
