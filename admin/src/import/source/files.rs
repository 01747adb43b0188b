//! Files of messages. Their URLs are what users of the app wrote, who may be anybody.

use model::outside::Reach;
use serde_json::Value;
use shared::outside::{Answer, Unanswered};

use super::{FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, ReadError, Source, refusal, wait_of};

/// How often a file is asked for: of many of them nobody has the bytes any more.
const TRIES_OF_FILE: u32 = 3;

impl Source {
    /// The bytes behind a URL of a file: of this server with our key, where it asks for one, else without.
    pub async fn file(&self, url: &str, most: usize) -> Result<Vec<u8>, ReadError> {
        const REDIRECTS: usize = 5;
        let mut url = url.to_owned();
        for _ in 0..REDIRECTS {
            let is_protected = self.is_protected(&url);
            let answer = self.answer_of_file(&url, is_protected, most).await?;
            let further = match answer.status {
                300..=399 => answer.header("location").map(str::to_owned),
                200 if is_protected => protected_url(&answer.body),
                200 => return Ok(answer.body),
                _ => return Err(refusal(&url, &answer)),
            };
            url = match further {
                Some(further) => further,
                None if answer.status == 200 => return Ok(answer.body),
                None => return Err(refusal(&url, &answer)),
            };
        }
        Err(ReadError::Strange(url))
    }

    /// What the URL of a file answers: once more where there is no room, or no answer for now.
    async fn answer_of_file(&self, url: &str, with_key: bool, most: usize) -> Result<Answer, ReadError> {
        let headers = if with_key { self.headers.clone() } else { Vec::new() };
        let (mut pause, mut tries, mut waits) = (FIRST_PAUSE, 0, 0);
        loop {
            self.wait_for_turn().await;
            let failure = match self.of_users.get(url, &headers, most, PATIENCE).await {
                Ok(answer) if answer.status == 429 && waits < TRIES_OF_FILE => {
                    waits += 1;
                    // Other servers than this one hold up their own files alone, and not for long.
                    tokio::time::sleep(wait_of(&answer).unwrap_or(pause).min(LONGEST_PAUSE)).await;
                    continue;
                }
                Ok(answer) if answer.status < 500 => return Ok(answer),
                Ok(answer) => refusal(url, &answer),
                Err(never @ (Unanswered::BadTarget(_) | Unanswered::TooLong)) => {
                    return Err(ReadError::Unanswered(url.to_owned(), never));
                }
                Err(unanswered) => ReadError::Unanswered(url.to_owned(), unanswered),
            };
            tries += 1;
            if TRIES_OF_FILE <= tries {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Whether the vendor keeps this file from who has no key. One that was made openable says so by its token.
    ///
    /// Any user may write any URL into a message, so the key goes to the vendor's own host and to no other.
    fn is_protected(&self, url: &str) -> bool {
        let host = |url: &str| url.strip_prefix("https://")?.split('/').next().map(str::to_ascii_lowercase);
        let api = host(&self.base);
        let region = api.as_deref().and_then(|api| api.split_once(".api-")).map(|(_, region)| region);
        let files = region.map(|region| format!("files-{region}"));
        files.is_some() && host(url) == files && !url.contains("fat=")
    }
}

/// From where files may come: a server that is itself no public one has its files in its own network.
pub(super) fn reach(base: &str) -> Reach {
    if Reach::Public.target(base).is_ok() { Reach::Public } else { Reach::Anywhere }
}

/// Where a protected file is, as its address answers it.
fn protected_url(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    answer.pointer("/data/url").and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_to_the_host_of_the_vendors_files_alone() {
        let source = Source::new("https://a1.api-us.vendor.example/v3", "key", None, 1);
        assert!(source.is_protected("https://files-us.vendor.example/a1/media/photo.png"));
        for other in [
            "https://files-us.vendor.example/a1/media/photo.png?fat=token",
            "http://files-us.vendor.example/a1/media/photo.png",
            "https://files-us.vendor.example.evil.example/photo.png",
            "https://files-us.evil.example/photo.png",
            "https://files-us@evil.example/photo.png",
            "https://files-us.vendor.example@evil.example/photo.png",
            "https://evil.example\\files-us.vendor.example/photo.png",
            "https://files-us.vendor.example:444/photo.png",
        ] {
            assert!(!source.is_protected(other), "{other}");
        }
        assert!(
            !Source::new("https://chat.example/v3", "key", None, 1).is_protected("https://files-us.vendor.example/")
        );
    }

    #[test]
    fn files_of_a_public_server_come_from_nowhere_inside() {
        assert_eq!(reach("https://a1.api-us.vendor.example/v3"), Reach::Public);
        assert_eq!(reach("http://127.0.0.1:8080/v3"), Reach::Anywhere);
    }
}
