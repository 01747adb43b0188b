//! Answers as fewer bytes, for clients that say that they take gzip (RFC 9110, 12.5.3). API Gateway's HTTP APIs compress
//! nothing themselves.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use lambda_http::{Body, Request};

use super::request;
use super::response::Response;

/// What is smaller stays as it is, in bytes: it fits into one packet either way, and compressing takes up to 0.1 ms whatever it is.
pub const SMALLEST: usize = 1_024;

/// The answer as this client takes it in the fewest bytes.
///
/// Lambda's 6 MB hold here too: it is given bytes as Base64, so an answer is compressed only where even that is shorter than
/// its text.
pub fn compressed(req: &Request, mut response: Response) -> Response {
    let Body::Text(text) = response.body() else { return response };
    if text.len() < SMALLEST {
        return response;
    }
    let gzip = takes_gzip(req).then(|| gzip(text.as_bytes())).filter(|gzip| base64_len(gzip.len()) < text.len());
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(gzip) = gzip {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        *response.body_mut() = Body::Binary(gzip);
    }
    response
}

/// `bytes` as gzip, soon rather than small: see docs/performance.md.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.expect("a vector takes all that is written")
}

const fn base64_len(n_bytes: usize) -> usize {
    n_bytes.div_ceil(3) * 4
}

/// Whether the client takes gzip, and likes it as much as what is not encoded. Who says nothing may not know it.
fn takes_gzip(req: &Request) -> bool {
    let accepted = request::header(req, ACCEPT_ENCODING.as_str()).unwrap_or_default();
    let quality = |codings: &[&str]| {
        let mut weighed = accepted.split(',').map(weighed);
        let found = weighed.find(|(said, _)| codings.iter().any(|coding| coding.eq_ignore_ascii_case(said)));
        found.map(|(_, quality)| quality)
    };
    let gzip = quality(&["gzip", "x-gzip"]).or_else(|| quality(&["*"])).unwrap_or_default();
    0.0 < gzip && quality(&["identity"]).unwrap_or_default() <= gzip
}

/// A coding of the header and how much the client likes it, from 0 to 1. One whose weight cannot be read is not accepted.
fn weighed(said: &str) -> (&str, f32) {
    let Some((coding, weight)) = said.split_once(';') else { return (said.trim(), 1.0) };
    let weight = weight.trim().trim_start_matches(['q', 'Q']).strip_prefix('=').and_then(|weight| weight.parse().ok());
    (coding.trim(), weight.filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or_default())
}
