//! AWS Signature Version 4 of what comes to the embedded DynamoDB and to `@connections`. Whoever does not hold the keys of this
//! service, such as a web page in the developer's browser, reaches nothing.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use aws_sigv4::sign::v4;
use axum::http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use shared::identity::hex_sha256;

/// By how much the clocks of client and service may differ: nobody repeats an old request later.
const MAX_SKEW: Duration = Duration::from_secs(15 * 60);
/// What AWS encodes of a path that is encoded already, so that `%` becomes `%25`. S3 alone does not.
const OF_A_PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request without a query, as it came.
pub struct Signed<'r> {
    /// In capitals.
    pub method: &'r str,
    /// Percent-encoded.
    pub path: &'r str,
    /// All of them.
    pub headers: &'r HeaderMap,
    /// To its end.
    pub body: &'r [u8],
}

/// Why a request is not carried out: the names that AWS has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// There is no signature, or none that can be read.
    Missing,
    /// It is made with another access key.
    UnknownKey,
    /// It is wrong, or too old.
    Wrong,
}

impl Unsigned {
    /// The name of the error and a sentence.
    pub fn told(self) -> (&'static str, &'static str) {
        match self {
            Unsigned::Missing => ("MissingAuthenticationTokenException", "Sign the request with Signature Version 4."),
            Unsigned::UnknownKey => (
                "UnrecognizedClientException",
                "This is not the access key of this service, which prints it at its start.",
            ),
            Unsigned::Wrong => ("InvalidSignatureException", "The signature does not match, or the clocks do not."),
        }
    }
}

/// The parts of an `Authorization` header.
struct Shown<'a> {
    access_key: &'a str,
    /// Day, region, service and the constant end.
    scope: &'a str,
    region: &'a str,
    service: &'a str,
    signed: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Shown<'a> {
    fn parse(header: &'a str) -> Option<Shown<'a>> {
        let mut fields = header.strip_prefix("AWS4-HMAC-SHA256")?.split(',').map(str::trim);
        let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
        let (credential, signed, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
        let (access_key, scope) = credential.split_once('/')?;
        let mut parts = scope.split('/').skip(1);
        let (region, service) = (parts.next()?, parts.next()?);
        Some(Shown { access_key, scope, region, service, signed: signed.split(';').collect(), signature })
    }
}

/// Whether a request is signed with `credentials`, with at least these headers: who changes one makes another request.
pub fn check(
    request: &Signed<'_>,
    covered: &[&str],
    credentials: &Credentials,
    now: SystemTime,
) -> Result<(), Unsigned> {
    let headers = request.headers;
    let shown = text(headers, "authorization").and_then(Shown::parse).ok_or(Unsigned::Missing)?;
    let date = text(headers, "x-amz-date").ok_or(Unsigned::Missing)?;
    if shown.access_key != credentials.access_key_id() {
        return Err(Unsigned::UnknownKey);
    }
    let at = time(date).ok_or(Unsigned::Wrong)?;
    let skew = now.duration_since(at).or_else(|_| at.duration_since(now)).unwrap_or(Duration::MAX);
    if MAX_SKEW < skew || !covered.iter().all(|name| shown.signed.contains(name)) {
        return Err(Unsigned::Wrong);
    }
    let canonical = canonical(request, &shown.signed).ok_or(Unsigned::Wrong)?;
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{}\n{}", shown.scope, hex_sha256(canonical.as_bytes()));
    let key = v4::generate_signing_key(credentials.secret_access_key(), at, shown.region, shown.service);
    let expected = v4::calculate_signature(key, to_sign.as_bytes());
    // Digests, so that the time tells nothing of how much is right.
    if Sha256::digest(expected) == Sha256::digest(shown.signature) { Ok(()) } else { Err(Unsigned::Wrong) }
}

/// The request as AWS writes it down before signing.
fn canonical(request: &Signed<'_>, signed: &[&str]) -> Option<String> {
    let path = utf8_percent_encode(request.path, &OF_A_PATH);
    let mut canonical = format!("{}\n{path}\n\n", request.method);
    for name in signed {
        let values: Option<Vec<String>> =
            request.headers.get_all(*name).iter().map(|value| Some(collapsed(value.to_str().ok()?))).collect();
        canonical.push_str(&format!("{name}:{}\n", values.filter(|values| !values.is_empty())?.join(",")));
    }
    Some(format!("{canonical}\n{}\n{}", signed.join(";"), hex_sha256(request.body)))
}

fn collapsed(value: &str) -> String {
    value.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `20260101T000000Z`.
fn time(date: &str) -> Option<SystemTime> {
    let part = |from: usize, to: usize| date.get(from..to);
    let (day, clock) = (part(0, 8)?, part(9, 15)?);
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        day.get(..4)?,
        day.get(4..6)?,
        day.get(6..)?,
        clock.get(..2)?,
        clock.get(2..4)?,
        clock.get(4..)?
    );
    SystemTime::try_from(DateTime::from_str(&iso, DateTimeFormat::DateTime).ok()?).ok()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
