//! Files: what they are called, what they are, how large they are, where they are kept.

use std::fmt;

use bytes::Bytes;
use mime::Mime;
use serde::{Deserialize, Serialize};

/// What its sender says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileInfo {
    /// What it is called.
    pub name: FileName,
    /// What it is.
    pub mime_type: MimeType,
    /// How large it is.
    pub size: FileSize,
}

/// A file that a message shows, as stored with the message. Only keys that stand here are ever signed for, so that
/// nothing in `data`, which people write, opens another's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Where it is; also the stored `url` of its attachment.
    pub key: ObjectKey,
    /// What it is called when it is downloaded.
    pub name: FileName,
    /// What it is when it is downloaded.
    pub mime_type: MimeType,
}

/// A file that came with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What the request says of it.
    pub info: FileInfo,
    /// All of it.
    pub bytes: Bytes,
}

/// Why a value says nothing of a file. The sentences complete "The `<field>` field …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// Nothing is left of the name.
    #[error("must name a file.")]
    NoName,
    /// More than [`FileName::MAX`] characters.
    #[error("must not be longer than {} characters.", FileName::MAX)]
    LongName,
    /// Not `type/subtype`.
    #[error("must be a MIME type such as image/png.")]
    NoMimeType,
    /// Not a whole number of bytes from 1 to [`FileSize::MAX`].
    #[error("must be a whole number of bytes from 1 to {}.", FileSize::MAX)]
    BadSize,
    /// Not what this program writes.
    #[error("is no key of a file.")]
    NoKey,
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text as stored and answered.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadFile;

            fn try_from(raw: String) -> Result<$name, BadFile> {
                $name::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }
    };
}

text! {
    /// A file's name: 1 to [`FileName::MAX`] characters without folders. A label only, never part of a path or key.
    FileName
}

impl FileName {
    /// The most characters: what file systems take.
    pub const MAX: usize = 255;

    /// Reads a name. As in browsers, folders before it are dropped; so is what prints nothing or turns the writing
    /// around, by which `exe.gpj` would read `jpg.exe`.
    pub fn parse(raw: &str) -> Result<FileName, BadFile> {
        let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
        let is_hidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let name: String = last.chars().filter(|c| !is_hidden(*c)).collect();
        match name.trim() {
            "" | "." | ".." => Err(BadFile::NoName),
            name if FileName::MAX < name.chars().count() => Err(BadFile::LongName),
            name => Ok(FileName(name.to_owned())),
        }
    }

    /// What its extension says that it is; [`MimeType::unknown`] if that says nothing.
    pub fn mime_type(&self) -> MimeType {
        let guessed = mime_guess::from_ext(&self.extension()).first();
        guessed.and_then(|guessed| MimeType::parse(guessed.essence_str()).ok()).unwrap_or_else(MimeType::unknown)
    }

    /// What follows its last dot, in small letters; empty if that is no extension.
    pub fn extension(&self) -> String {
        const LONGEST: usize = 16;
        match self.0.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && end.len() <= LONGEST && end.chars().all(char::is_alphanumeric) => {
                end.to_lowercase()
            }
            _ => String::new(),
        }
    }
}

text! {
    /// A MIME type, with its parameters if it has any.
    MimeType
}

/// What browsers show in place.
const SHOWN_INLINE: [&str; 32] = [
    "audio/3gpp",
    "audio/aac",
    "audio/flac",
    "audio/m4a",
    "audio/mp3",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/wav",
    "audio/webm",
    "audio/x-m4a",
    "audio/x-wav",
    "image/apng",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/heic",
    "image/heif",
    "image/jpeg",
    "image/jpg",
    "image/pjpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "video/3gpp",
    "video/mp4",
    "video/mpeg",
    "video/ogg",
    "video/quicktime",
    "video/webm",
    "video/x-m4v",
];

impl MimeType {
    const MAX: usize = 255;

    /// Reads a MIME type; type and subtype are lowered.
    pub fn parse(raw: &str) -> Result<MimeType, BadFile> {
        let (essence, parameters) = raw.trim().split_at(raw.trim().find(';').unwrap_or(raw.trim().len()));
        let mime: Mime = essence.trim().parse().map_err(|_| BadFile::NoMimeType)?;
        // The crate also reads ranges such as `image/*`, and `image/`.
        let is_type = !mime.subtype().as_str().is_empty() && !mime.essence_str().contains('*');
        // The parameters travel in a signed header, so they must be what a header can hold.
        let is_header = parameters.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if !is_type || !is_header || MimeType::MAX < raw.len() {
            return Err(BadFile::NoMimeType);
        }
        Ok(MimeType(format!("{mime}{}", parameters.trim_end())))
    }

    /// What is known of a file of which nobody says anything.
    pub fn unknown() -> MimeType {
        MimeType("application/octet-stream".to_owned())
    }

    /// Whether it says anything.
    pub fn is_known(&self) -> bool {
        *self != MimeType::unknown()
    }

    /// Type and subtype.
    pub fn essence(&self) -> &str {
        self.0.split(';').next().unwrap_or_default().trim_end()
    }

    /// The type: `image` of `image/png`.
    pub fn kind(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// Whether a browser may show it: the pictures, sound and film that are known to hold no script. Whatever else there
    /// is, such as `image/svg+xml` and all other kinds of XML, is saved to disk.
    pub fn is_shown_inline(&self) -> bool {
        SHOWN_INLINE.contains(&self.essence())
    }
}

mod key;

pub use key::{ObjectKey, UploadId};

/// A number of bytes: 1 to [`FileSize::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct FileSize(u64);

impl FileSize {
    /// The most bytes of a file, and of all files of a message together: 100 MB.
    pub const MAX: u64 = 100 * 1024 * 1024;

    /// This many bytes.
    pub fn new(bytes: u64) -> Result<FileSize, BadFile> {
        if (1..=FileSize::MAX).contains(&bytes) { Ok(FileSize(bytes)) } else { Err(BadFile::BadSize) }
    }

    /// The number of bytes.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for FileSize {
    type Error = BadFile;

    fn try_from(bytes: u64) -> Result<FileSize, BadFile> {
        FileSize::new(bytes)
    }
}

impl From<FileSize> for u64 {
    fn from(size: FileSize) -> u64 {
        size.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("sign.png", Ok("sign.png"))]
    #[case::emoji("🌳 tree.png", Ok("🌳 tree.png"))]
    #[case::folders("../../etc/passwd", Ok("passwd"))]
    #[case::windows_folders("C:\\pictures\\a.png", Ok("a.png"))]
    #[case::line_break("a\r\nb.png", Ok("ab.png"))]
    #[case::turned_around("a\u{202e}gpj.exe", Ok("agpj.exe"))]
    #[case::parent("..", Err(BadFile::NoName))]
    #[case::folder_only("a/", Err(BadFile::NoName))]
    #[case::blank("  ", Err(BadFile::NoName))]
    fn file_name_parses(#[case] raw: &str, #[case] expected: Result<&str, BadFile>) {
        let name = FileName::parse(raw);
        assert_eq!(name.as_ref().map(FileName::as_str).map_err(|bad| *bad), expected);
    }

    #[rstest]
    #[case("sign.PNG", "png")]
    #[case("archive.tar.gz", "gz")]
    #[case("README", "")]
    #[case(".profile", "")]
    #[case("a. b", "")]
    fn an_extension_is_what_follows_the_last_dot(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(FileName::parse(name).unwrap().extension(), expected);
    }

    #[rstest]
    #[case("a.PNG", "image/png")]
    #[case("a.pdf", "application/pdf")]
    #[case("a.js", "text/javascript")]
    #[case("README", "application/octet-stream")]
    #[case("a.unheard-of", "application/octet-stream")]
    fn a_name_tells_a_mime_type(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(FileName::parse(name).unwrap().mime_type().as_str(), expected);
    }

    #[rstest]
    #[case::plain("image/png", Some("image/png"))]
    #[case::lowered("Image/PNG", Some("image/png"))]
    #[case::parameters("audio/webm; codecs=opus", Some("audio/webm; codecs=opus"))]
    #[case::word("unknown", None)]
    #[case::no_subtype("image/", None)]
    #[case::no_type("/png", None)]
    #[case::range("image/*", None)]
    #[case::suffix("image/svg+xml ; charset=utf-8", Some("image/svg+xml; charset=utf-8"))]
    #[case::line_break("text/plain;\r\nx: y", None)]
    fn mime_type_parses(#[case] raw: &str, #[case] expected: Option<&str>) {
        assert_eq!(MimeType::parse(raw).ok().as_ref().map(MimeType::as_str), expected);
    }

    #[test]
    fn a_hundred_megabytes_fit_and_one_byte_more_does_not() {
        assert!(FileSize::new(104_857_600).is_ok());
        assert_eq!(FileSize::new(104_857_601), Err(BadFile::BadSize));
        assert_eq!(FileSize::new(0), Err(BadFile::BadSize));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_names_hold_no_folder(raw: String) {
            let _ = (MimeType::parse(&raw), ObjectKey::parse(&raw));
            if let Ok(name) = FileName::parse(&raw) {
                prop_assert!(!name.as_str().contains(['/', '\\', '\n']));
                prop_assert_eq!(FileName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
