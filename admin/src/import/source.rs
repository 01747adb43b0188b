//! A server that speaks the contract, asked as its app: as fast as it lets us, and again where it did not answer.

mod files;
mod pages;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::outside::Reach;
use model::uid::Uid;
use serde_json::Value;
use shared::outside::{Answer, Outside, Unanswered};
use tokio::sync::Mutex;
use tokio::time::Instant;

pub use pages::Page;

/// How many items a page has.
const PER_PAGE: usize = 1_000;
/// The most bytes of an answer: lists of 1,000 of the largest messages are shorter.
const MOST_BYTES: usize = 128 << 20;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a request is made that fails.
const TRIES: u32 = 8;
/// How often one is made for which there is no room.
const TRIES_WITHOUT_ROOM: u32 = 100;
/// How long is waited before the second try; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest of these.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The longest time that a server may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Why something was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The server refuses it.
    #[error("{path} was answered {status} {code}: {message}")]
    Refused {
        /// What was asked for.
        path: String,
        /// The status.
        status: u16,
        /// The code.
        code: String,
        /// The sentence.
        message: String,
    },
    /// It does not answer.
    #[error("{0} was not answered: {1}")]
    Unanswered(String, Unanswered),
    /// It answers something else than the contract's JSON.
    #[error("{0} was answered by something else than the contract says")]
    Strange(String),
    /// Its list does not go on behind what it showed before: it would never end.
    #[error("{server}: {path} was answered by what was there before, so the list would never end")]
    Endless {
        /// Whose list it is.
        server: String,
        /// Which.
        path: String,
    },
}

impl ReadError {
    /// What the server calls it.
    pub fn code(&self) -> &str {
        match self {
            ReadError::Refused { code, .. } => code,
            ReadError::Unanswered(..) | ReadError::Strange(_) | ReadError::Endless { .. } => "no answer",
        }
    }

    /// Whether the server has no such thing, or does not let us see it: nothing that another try would change. That it takes our key
    /// no more is none: the rest of the app is there.
    pub fn is_refusal(&self) -> bool {
        let is_of_key = self.code().starts_with("AUTH_ERR");
        matches!(self, ReadError::Refused { status: 400..=404, .. }) && !is_of_key
    }
}

/// The server.
#[derive(Debug)]
pub struct Source {
    outside: Outside,
    /// For files, whose URLs are what users of that app wrote: nothing of our own network, unless the server is there itself.
    of_users: Outside,
    base: String,
    headers: Vec<(&'static str, String)>,
    /// How long it takes from one request to the next.
    interval: Duration,
    /// When the next request may be made.
    next: Mutex<Instant>,
    n_requests: AtomicU64,
    page_size: usize,
}

impl Source {
    /// The server at `base`, which ends with the version, asked so many times a minute at the most.
    pub fn new(base: &str, api_key: &str, app_id: Option<&str>, requests_per_minute: u32) -> Source {
        let headers = [("apikey", Some(api_key)), ("appid", app_id), ("accept", Some("application/json"))];
        Source {
            outside: Outside::new(Reach::Anywhere),
            of_users: Outside::new(files::reach(base)),
            base: base.trim_end_matches('/').to_owned(),
            headers: headers.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))).collect(),
            interval: Duration::from_secs(60) / requests_per_minute.max(1),
            next: Mutex::new(Instant::now()),
            n_requests: AtomicU64::new(0),
            page_size: PER_PAGE,
        }
    }

    /// The same server, asked for so many items at once.
    #[must_use]
    pub fn by_pages_of(self, page_size: usize) -> Source {
        Source { page_size, ..self }
    }

    /// How many items are asked for at once.
    pub fn page_size(&self) -> usize {
        self.page_size
    }

    fn endless(&self, path: &str) -> ReadError {
        ReadError::Endless { server: self.base.clone(), path: path.to_owned() }
    }

    /// How many requests were made.
    pub fn n_requests(&self) -> u64 {
        self.n_requests.load(Ordering::Relaxed)
    }

    /// What a path answers, as the app or as one of its users.
    pub async fn get(&self, path: &str, user: Option<&Uid>) -> Result<Value, ReadError> {
        let mut headers = self.headers.clone();
        headers.extend(user.map(|uid| ("onbehalfof", uid.to_string())));
        let (mut pause, mut tries, mut waits) = (FIRST_PAUSE, 0, 0);
        loop {
            self.wait_for_turn().await;
            let asked = self.outside.get(&format!("{}{path}", self.base), &headers, MOST_BYTES, PATIENCE).await;
            let failure = match asked {
                Ok(answer) if answer.status == 429 && waits < TRIES_WITHOUT_ROOM => {
                    waits += 1;
                    self.make_room(wait_of(&answer).unwrap_or(pause)).await;
                    continue;
                }
                Ok(answer) if answer.status < 500 => match read(path, &answer) {
                    // Something on the way may have answered, or cut it.
                    Err(strange @ ReadError::Strange(_)) => strange,
                    read => return read,
                },
                Ok(answer) => refusal(path, &answer),
                Err(unanswered) => ReadError::Unanswered(path.to_owned(), unanswered),
            };
            tries += 1;
            if TRIES <= tries {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits until a request may be made.
    async fn wait_for_turn(&self) {
        let turn = {
            let mut next = self.next.lock().await;
            let turn = (*next).max(Instant::now());
            *next = turn + self.interval;
            turn
        };
        tokio::time::sleep_until(turn).await;
        self.n_requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Lets no request be made for so long.
    async fn make_room(&self, wait: Duration) {
        let mut next = self.next.lock().await;
        *next = (*next).max(Instant::now() + wait);
    }
}

fn read(path: &str, answer: &Answer) -> Result<Value, ReadError> {
    if answer.status != 200 {
        return Err(refusal(path, answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| ReadError::Strange(path.to_owned()))
}

fn refusal(path: &str, answer: &Answer) -> ReadError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body.pointer(&format!("/error/{name}")).and_then(Value::as_str).unwrap_or_default();
    ReadError::Refused {
        path: path.to_owned(),
        status: answer.status,
        code: text("code").to_owned(),
        message: text("message").to_owned(),
    }
}

/// How long the server asks us to wait: by `Retry-After`, or no longer than its limits count by the time from when on there is room,
/// or by its sentence, which may have other numbers.
fn wait_of(answer: &Answer) -> Option<Duration> {
    let number = |name: &str| answer.header(name).and_then(|value| value.trim().parse::<u64>().ok());
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    if let Some(reset) = number("x-rate-limit-reset") {
        let wait = reset.saturating_sub(shared::clock::system().seconds().get());
        return Some(Duration::from_secs(wait).min(LONGEST_PAUSE));
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    let words = body.pointer("/error/message")?.as_str()?.split(|c: char| !c.is_ascii_digit());
    words.filter_map(|word| word.parse().ok()).next().map(Duration::from_secs).map(|wait| wait.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_ever() {
        let answer = |name: &str, value: &str| Answer {
            status: 429,
            headers: vec![(name.to_owned(), value.to_owned())],
            body: Vec::new(),
        };
        assert_eq!(wait_of(&answer("retry-after", "7")), Some(Duration::from_secs(7)));
        assert_eq!(wait_of(&answer("retry-after", &u64::MAX.to_string())), Some(LONGEST_WAIT));
    }
}
