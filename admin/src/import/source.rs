//! A server that speaks the contract, asked as its app: as fast as it lets us, again where it did not answer, and page after
//! page.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::id::MessageId;
use model::outside::Reach;
use model::uid::Uid;
use serde_json::Value;
use shared::outside::{Answer, Outside, Unanswered};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::wire;

/// How many items a page has.
pub const PER_PAGE: usize = 1_000;
/// How many reactions a page has.
const REACTIONS_PER_PAGE: usize = 100;
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
}

impl ReadError {
    /// What the server calls it.
    pub fn code(&self) -> &str {
        match self {
            ReadError::Refused { code, .. } => code,
            ReadError::Unanswered(..) | ReadError::Strange(_) => "no answer",
        }
    }

    /// Whether the server has no such thing, or does not let us see it: nothing that another try would change.
    pub fn is_refusal(&self) -> bool {
        matches!(self, ReadError::Refused { status: 400..=404, .. })
    }
}

/// A page of a list by number.
#[derive(Debug)]
pub struct Page {
    /// Its items.
    pub items: Vec<Value>,
    /// Where the list goes on, if it does.
    pub next: Option<String>,
}

/// The server.
#[derive(Debug)]
pub struct Source {
    outside: Outside,
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
                Ok(answer) if answer.status < 500 => return read(path, &answer),
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

    /// The bytes behind a URL of a file: of this server with our key, where it asks for one, else without.
    pub async fn file(&self, url: &str, most: usize) -> Result<Vec<u8>, ReadError> {
        const REDIRECTS: usize = 5;
        let mut url = url.to_owned();
        for _ in 0..REDIRECTS {
            self.wait_for_turn().await;
            let headers = if self.is_protected(&url) { self.headers.clone() } else { Vec::new() };
            let answer = self.outside.get(&url, &headers, most, PATIENCE).await;
            let answer = answer.map_err(|unanswered| ReadError::Unanswered(url.clone(), unanswered))?;
            let further = match answer.status {
                300..=399 => answer.header("location").map(str::to_owned),
                200 if self.is_protected(&url) => protected_url(&answer.body),
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

    /// Whether the vendor keeps this file from who has no key. One that was made openable says so by its token.
    fn is_protected(&self, url: &str) -> bool {
        let host = url.split('/').nth(2).unwrap_or_default();
        host.starts_with("files-") && !url.contains("fat=")
    }

    /// A page of a list by number, from where another one said that it goes on.
    ///
    /// A list ends with a page that is shorter than what was asked for, unless the server says itself where it goes on.
    pub async fn page(&self, list: &str, place: Option<&str>, user: Option<&Uid>) -> Result<Page, ReadError> {
        let place = place.unwrap_or("page=1");
        let mut answer = self.get(&format!("{}perPage={}&{place}", open(list), self.page_size), user).await?;
        let items = items(list, &mut answer)?;
        let next = match (answer.pointer("/meta/next").filter(|next| next.is_object()), place.split_once('=')) {
            (Some(next), _) => Some(parameters(next)),
            (None, _) if items.len() < self.page_size => None,
            (None, Some(("page", number))) => number.parse().ok().map(|number: u64| format!("page={}", number + 1)),
            (None, Some(("offset", before))) => {
                before.parse().ok().map(|before: usize| format!("offset={}", before + items.len()))
            }
            (None, _) => None,
        };
        Ok(Page { items, next })
    }

    /// All of a list by number.
    pub async fn all(&self, list: &str, user: Option<&Uid>) -> Result<Vec<Value>, ReadError> {
        let (mut all, mut place) = (Vec::new(), None);
        loop {
            let Page { items, next } = self.page(list, place.as_deref(), user).await?;
            all.extend(items);
            place = next;
            if place.is_none() {
                return Ok(all);
            }
        }
    }

    /// The messages of a list that come after one, or from the first one on, rising; none at its end.
    ///
    /// A page may be shorter than what was asked for, because an answer is of so many bytes; an empty one is the end, unless
    /// it says itself where the list goes on.
    pub async fn messages(
        &self,
        list: &str,
        after: Option<MessageId>,
        user: Option<&Uid>,
    ) -> Result<Vec<Value>, ReadError> {
        let mut after = after;
        loop {
            // From where ids begin nobody says; times do.
            let cursor = after.map_or("sentAt=0".to_owned(), |id| format!("id={id}"));
            let path = format!("{}limit={}&affix=append&{cursor}", open(list), self.page_size);
            let mut answer = self.get(&path, user).await?;
            let items = items(list, &mut answer)?;
            let next = answer.pointer("/meta/next").and_then(|next| wire::id(next, "id"));
            if !items.is_empty() || next.is_none() || next == after {
                return Ok(items);
            }
            after = next;
        }
    }

    /// All reactions to a message.
    pub async fn reactions(&self, message: MessageId) -> Result<Vec<Value>, ReadError> {
        let list = format!("/messages/{message}/reactions?limit={REACTIONS_PER_PAGE}&affix=append");
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut answer = self.get(&format!("{list}{cursor}"), None).await?;
            let some = items(&list, &mut answer)?;
            let last = some.last().and_then(|last| wire::id(last, "id"));
            let is_last = some.len() < REACTIONS_PER_PAGE;
            all.extend(some);
            match last {
                Some(last) if !is_last => cursor = format!("&id={last}"),
                _ => return Ok(all),
            }
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

fn open(list: &str) -> String {
    format!("{list}{}", if list.contains('?') { '&' } else { '?' })
}

fn parameters(next: &Value) -> String {
    let fields = next.as_object().into_iter().flatten().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={}", wire::encoded(&value))
    });
    fields.collect::<Vec<_>>().join("&")
}

fn items(path: &str, answer: &mut Value) -> Result<Vec<Value>, ReadError> {
    match answer.get_mut("data").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(ReadError::Strange(path.to_owned())),
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

/// How long the server asks us to wait: by `Retry-After`, by the time from when on there is room, or by its sentence.
fn wait_of(answer: &Answer) -> Option<Duration> {
    let number = |name: &str| answer.header(name).and_then(|value| value.trim().parse::<u64>().ok());
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    if let Some(reset) = number("x-rate-limit-reset") {
        return Some(Duration::from_secs(reset.saturating_sub(shared::clock::system().seconds().get())));
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    let words = body.pointer("/error/message")?.as_str()?.split(|c: char| !c.is_ascii_digit());
    words.filter_map(|word| word.parse().ok()).next().map(Duration::from_secs)
}

/// Where a protected file is, as its address answers it.
fn protected_url(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    answer.pointer("/data/url").and_then(Value::as_str).map(str::to_owned)
}
