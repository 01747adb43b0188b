//! Signed URLs (AWS Signature Version 4 in the query), made without a network call.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::error::MediaError;
use model::file::{File, FileSize, MimeType, ObjectKey};

/// What needs no escape in a query.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// What needs no escape in an extended header parameter (RFC 5987, `attr-char`).
const ATTR_CHAR: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'#').remove(b'$').remove(b'&').remove(b'+');

/// Signs URLs for one bucket, all of the same second.
#[derive(Clone, Debug)]
pub struct Signer {
    pub(super) identity: Identity,
    pub(super) region: String,
    pub(super) bucket: String,
    pub(super) base_url: String,
    pub(super) at: SystemTime,
}

impl Signer {
    /// A URL that takes exactly this many bytes of this type by `PUT`; S3 refuses anything else.
    pub fn upload_url(
        &self,
        key: &ObjectKey,
        size: FileSize,
        mime_type: &MimeType,
        seconds: u64,
    ) -> Result<String, MediaError> {
        let length = size.get().to_string();
        let headers = [("content-length", length.as_str()), ("content-type", mime_type.as_str())];
        self.url("PUT", key, &headers, &[], seconds)
    }

    /// A form (method `POST`) whose `file` field takes exactly this many bytes of this type, for clients that can only
    /// send forms: where to send it, and its other fields.
    pub fn upload_form(
        &self,
        key: &ObjectKey,
        size: FileSize,
        mime_type: &MimeType,
        seconds: u64,
    ) -> Result<(String, BTreeMap<&'static str, String>), MediaError> {
        let credentials = self.identity.data::<Credentials>().ok_or(MediaError::NoCredentials)?;
        let date = iso_date(self.at)?.replace(['-', ':'], "");
        let day = date.get(..8).unwrap_or_default();
        let scope = format!("{}/{day}/{}/s3/aws4_request", credentials.access_key_id(), self.region);
        let mut fields = BTreeMap::from([
            ("key", key.to_string()),
            ("Content-Type", mime_type.to_string()),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", scope),
            ("x-amz-date", date),
        ]);
        if let Some(token) = credentials.session_token() {
            fields.insert("x-amz-security-token", token.to_owned());
        }
        let mut conditions: Vec<Value> = fields.iter().map(|(name, value)| json!({ *name: value })).collect();
        conditions.extend([json!({ "bucket": self.bucket }), json!(["content-length-range", size.get(), size.get()])]);
        let expiration = iso_date(self.at + Duration::from_secs(seconds))?;
        let policy = json!({ "expiration": expiration, "conditions": conditions });
        let policy = BASE64_STANDARD.encode(policy.to_string());
        let signing_key = v4::generate_signing_key(credentials.secret_access_key(), self.at, &self.region, "s3");
        fields.insert("x-amz-signature", v4::calculate_signature(signing_key, policy.as_bytes()));
        fields.insert("policy", policy);
        Ok((self.base_url.trim_end_matches('/').to_owned(), fields))
    }

    /// A URL that gives a file with its name and type by `GET`.
    pub fn download_url(&self, file: &File, seconds: u64) -> Result<String, MediaError> {
        let disposition = disposition(file);
        let query = [
            ("response-content-disposition", disposition.as_str()),
            ("response-content-type", file.mime_type.as_str()),
        ];
        self.url("GET", &file.key, &[], &query, seconds)
    }

    fn url(
        &self,
        method: &str,
        key: &ObjectKey,
        headers: &[(&str, &str)],
        query: &[(&str, &str)],
        seconds: u64,
    ) -> Result<String, MediaError> {
        let unsigned = |problem: &dyn std::fmt::Display| MediaError::Unsigned(problem.to_string());
        let mut url = format!("{}{key}", self.base_url);
        for (name, value) in query {
            push_parameter(&mut url, name, value);
        }
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name("s3")
            .time(self.at)
            .settings(settings(seconds))
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let request =
            SignableRequest::new(method, url.as_str(), headers.iter().copied(), SignableBody::UnsignedPayload)
                .map_err(|error| unsigned(&error))?;
        let (instructions, _) = sign(request, &parameters).map_err(|error| unsigned(&error))?.into_parts();
        for (name, value) in instructions.params() {
            push_parameter(&mut url, name, value);
        }
        Ok(url)
    }
}

/// S3's variant of the signature: the path as it is, nothing said of the body.
fn settings(seconds: u64) -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.expires_in = Some(Duration::from_secs(seconds));
    settings
}

fn iso_date(at: SystemTime) -> Result<String, MediaError> {
    let second = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let second = DateTime::from_secs(i64::try_from(second).unwrap_or(i64::MAX));
    second.fmt(DateTimeFormat::DateTime).map_err(|error| MediaError::Unsigned(error.to_string()))
}

fn push_parameter(url: &mut String, name: &str, value: &str) {
    let separator = if url.contains('?') { '&' } else { '?' };
    // Writing to a String cannot fail.
    let _ = write!(url, "{separator}{name}={}", utf8_percent_encode(value, UNRESERVED));
}

/// How a browser treats the file (RFC 6266): pictures, sound and film it shows, all else it saves, so that no page or
/// script of a stranger runs. The name stands twice, once for programs that read ASCII only.
fn disposition(file: &File) -> String {
    let kind = if file.mime_type.is_shown_inline() { "inline" } else { "attachment" };
    let ascii: String = file
        .name
        .as_str()
        .chars()
        .map(|c| if (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%') { c } else { '_' })
        .collect();
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(file.name.as_str(), ATTR_CHAR))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use model::file::{FileName, UploadId};

    #[rstest]
    #[case::plain("sign.png", "image/png", "inline; filename=\"sign.png\"; filename*=UTF-8''sign.png")]
    #[case::emoji(
        "🌳 tree.png",
        "image/png",
        "inline; filename=\"_ tree.png\"; filename*=UTF-8''%F0%9F%8C%B3%20tree.png"
    )]
    #[case::quotes("a\"b.pdf", "application/pdf", "attachment; filename=\"a_b.pdf\"; filename*=UTF-8''a%22b.pdf")]
    #[case::script("x.svg", "image/svg+xml", "attachment; filename=\"x.svg\"; filename*=UTF-8''x.svg")]
    #[case::other_xml("x.xml", "image/x.custom+xml", "attachment; filename=\"x.xml\"; filename*=UTF-8''x.xml")]
    #[case::film_of_xml("x", "video/vnd.x+xml", "attachment; filename=\"x\"; filename*=UTF-8''x")]
    #[case::in_capitals("x.svg", "Image/SVG+XML;a=b", "attachment; filename=\"x.svg\"; filename*=UTF-8''x.svg")]
    #[case::page("x.html", "text/html", "attachment; filename=\"x.html\"; filename*=UTF-8''x.html")]
    #[case::film("x.mp4", "video/mp4; codecs=avc1", "inline; filename=\"x.mp4\"; filename*=UTF-8''x.mp4")]
    #[case::sound("x.ogg", "audio/ogg", "inline; filename=\"x.ogg\"; filename*=UTF-8''x.ogg")]
    fn a_download_keeps_its_name(#[case] name: &str, #[case] mime_type: &str, #[case] expected: &str) {
        let upload = UploadId::parse("0123456789abcdef0123456789abcdef").unwrap();
        let file = File {
            key: ObjectKey::attached(&upload, 2),
            name: FileName::parse(name).unwrap(),
            mime_type: MimeType::parse(mime_type).unwrap(),
        };
        assert_eq!(disposition(&file), expected);
    }
}
