//! The environment of a deployed function, read once at start. Nothing else of ours reads it; region and credentials are
//! read by the SDK, as [`crate::aws`] tells it to.

use std::env;

use model::socket_address::{BadSocketUrl, SocketUrl};

/// What a process is told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name of the table.
    pub table: String,
    /// The name of the bucket.
    pub bucket: String,
    /// For how long a download URL in an answer works.
    pub download_url_seconds: u64,
    /// In groups of more members messages do not move conversations nor count as unread; without it, in all they do.
    pub member_limit: Option<u64>,
    /// The name of the function that does jobs, where it may be invoked.
    pub run_job: Option<String>,
    /// The name of the function that tells webhooks, where it may be invoked.
    pub deliver_webhook: Option<String>,
    /// Whether webhooks may stop messages, and what a send does that they do not answer.
    pub before_message: BeforeMessage,
    /// Whether roles may limit users to their friends.
    pub friends_only: bool,
    /// What webhooks are told that the app is called.
    pub app_id: String,
    /// How many requests one user may make in a minute by auth tokens; without it, any number.
    pub request_limit: Option<u64>,
    /// The namespace of CloudWatch in which the function's metrics stand, if there are any.
    pub metrics: Option<String>,
    /// Where clients open their socket; without it, there is none.
    pub socket_url: Option<SocketUrl>,
}

/// A variable that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadVariable {
    /// It is not there.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// It is no number of seconds that S3 takes.
    #[error("the environment variable {0} must be a whole number from 60 to {MAX_DOWNLOAD_URL_SECONDS}")]
    NoSeconds(&'static str),
    /// It is no number that something is limited to.
    #[error("the environment variable {0} must be a whole number; 0 means no limit")]
    NoLimit(&'static str),
    /// It is none of the words that it may be.
    #[error("{0} must be off, open or closed")]
    NoBeforeMessage(&'static str),
    /// It is neither of the words that it may be.
    #[error("{0} must be off or on")]
    NoSwitch(&'static str),
    /// It is no URL of sockets.
    #[error("the environment variable {0} {1}")]
    NoSocketUrl(&'static str, BadSocketUrl),
}

/// The variable that names the table.
pub const TABLE_NAME: &str = "TABLE_NAME";
/// The variable that names the bucket.
pub const BUCKET_NAME: &str = "BUCKET_NAME";
/// The variable that says for how many seconds a download URL works; [`DEFAULT_DOWNLOAD_URL_SECONDS`] without it.
pub const DOWNLOAD_URL_SECONDS: &str = "DOWNLOAD_URL_SECONDS";

/// The variable that says up to how many members a group moves conversations and counts unread messages, 0 for any
/// number; [`DEFAULT_MEMBER_LIMIT`] without it.
pub const CONVERSATION_MEMBER_LIMIT: &str = "CONVERSATION_MEMBER_LIMIT";
/// The variable that names the function that does jobs; `deliver-events` has it only.
pub const RUN_JOB_FUNCTION: &str = "RUN_JOB_FUNCTION";
/// The variable that names the function that tells webhooks; those have it that may invoke it.
pub const DELIVER_WEBHOOK_FUNCTION: &str = "DELIVER_WEBHOOK_FUNCTION";
/// The variable that says whether webhooks are asked before a message is stored: `off`, as without it; `open`, so that a
/// message that none of them answers in time is sent; or `closed`, so that it is refused.
pub const BEFORE_MESSAGE: &str = "BEFORE_MESSAGE";
/// The variable that says whether roles may limit users to their friends: `on`, or `off`, as without it.
pub const FRIENDS_ONLY: &str = "FRIENDS_ONLY";
/// The variable that says what webhooks are told that the app is called; [`DEFAULT_APP_ID`] without it.
pub const APP_ID: &str = "APP_ID";
/// The variable that says how many requests one user may make in a minute by auth tokens, 0 for any number, as without it.
pub const REQUESTS_PER_MINUTE: &str = "REQUESTS_PER_MINUTE";
/// The variable that names the namespace of metrics, `off` for none, as without it.
pub const METRICS_NAMESPACE: &str = "METRICS_NAMESPACE";
/// The variable that says where clients open their socket; empty for nowhere.
pub const SOCKET_URL: &str = "SOCKET_URL";
/// What an app is called that has no other name.
pub const DEFAULT_APP_ID: &str = "halley";
/// What the contract says of groups.
pub const DEFAULT_MEMBER_LIMIT: u64 = 300;

/// For how long a download URL works unless configured otherwise.
pub const DEFAULT_DOWNLOAD_URL_SECONDS: u64 = 60 * 60;
/// S3's own limit: a week.
pub const MAX_DOWNLOAD_URL_SECONDS: u64 = 7 * 24 * 60 * 60;
const MIN_DOWNLOAD_URL_SECONDS: u64 = 60;

impl Config {
    /// Every variable that all functions read, for the test that compares them with the template.
    pub const VARIABLES: [&str; 10] = [
        TABLE_NAME,
        BUCKET_NAME,
        DOWNLOAD_URL_SECONDS,
        CONVERSATION_MEMBER_LIMIT,
        REQUESTS_PER_MINUTE,
        METRICS_NAMESPACE,
        SOCKET_URL,
        BEFORE_MESSAGE,
        FRIENDS_ONLY,
        APP_ID,
    ];

    /// Reads the environment.
    pub fn from_env() -> Result<Config, BadVariable> {
        let limit_of = |name, default| limit(name, variable(name).as_deref(), default);
        let required = |name| variable(name).ok_or(BadVariable::Missing(name));
        Ok(Config {
            table: required(TABLE_NAME)?,
            bucket: required(BUCKET_NAME)?,
            download_url_seconds: download_url_seconds(variable(DOWNLOAD_URL_SECONDS).as_deref())?,
            member_limit: limit_of(CONVERSATION_MEMBER_LIMIT, Some(DEFAULT_MEMBER_LIMIT))?,
            run_job: variable(RUN_JOB_FUNCTION),
            deliver_webhook: variable(DELIVER_WEBHOOK_FUNCTION),
            before_message: BeforeMessage::parse(variable(BEFORE_MESSAGE).as_deref())?,
            friends_only: switch(FRIENDS_ONLY, variable(FRIENDS_ONLY).as_deref())?,
            app_id: variable(APP_ID).unwrap_or_else(|| DEFAULT_APP_ID.to_owned()),
            request_limit: limit_of(REQUESTS_PER_MINUTE, None)?,
            metrics: variable(METRICS_NAMESPACE).filter(|namespace| !["", "off"].contains(&namespace.as_str())),
            socket_url: socket_url(variable(SOCKET_URL).as_deref())?,
        })
    }
}

/// Whether webhooks are asked before a message is stored, and what becomes of one that none of them answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BeforeMessage {
    /// Nobody is asked, and no send looks for whom to ask.
    #[default]
    Off,
    /// It is sent.
    Open,
    /// It is refused.
    Closed,
}

impl BeforeMessage {
    /// Reads one of `off`, `open` and `closed`; nothing is `off`.
    pub fn parse(raw: Option<&str>) -> Result<BeforeMessage, BadVariable> {
        match raw {
            None | Some("" | "off") => Ok(BeforeMessage::Off),
            Some("open") => Ok(BeforeMessage::Open),
            Some("closed") => Ok(BeforeMessage::Closed),
            Some(_) => Err(BadVariable::NoBeforeMessage(BEFORE_MESSAGE)),
        }
    }

    /// Whether anybody is asked.
    pub fn is_on(self) -> bool {
        self != BeforeMessage::Off
    }
}

/// The value of a variable, if it is set.
#[expect(clippy::disallowed_methods, reason = "everybody else asks here")]
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn download_url_seconds(raw: Option<&str>) -> Result<u64, BadVariable> {
    let Some(raw) = raw.filter(|raw| !raw.is_empty()) else { return Ok(DEFAULT_DOWNLOAD_URL_SECONDS) };
    raw.parse()
        .ok()
        .filter(|seconds| (MIN_DOWNLOAD_URL_SECONDS..=MAX_DOWNLOAD_URL_SECONDS).contains(seconds))
        .ok_or(BadVariable::NoSeconds(DOWNLOAD_URL_SECONDS))
}

fn socket_url(raw: Option<&str>) -> Result<Option<SocketUrl>, BadVariable> {
    let url = raw.filter(|raw| !raw.is_empty()).map(SocketUrl::parse).transpose();
    url.map_err(|problem| BadVariable::NoSocketUrl(SOCKET_URL, problem))
}

fn switch(name: &'static str, raw: Option<&str>) -> Result<bool, BadVariable> {
    match raw {
        None | Some("" | "off") => Ok(false),
        Some("on") => Ok(true),
        Some(_) => Err(BadVariable::NoSwitch(name)),
    }
}

fn limit(name: &'static str, raw: Option<&str>, default: Option<u64>) -> Result<Option<u64>, BadVariable> {
    let Some(raw) = raw.filter(|raw| !raw.is_empty()) else { return Ok(default) };
    let limit = raw.parse().map_err(|_| BadVariable::NoLimit(name))?;
    Ok(limited(limit))
}

/// A limit as it is written: 0 is none.
pub fn limited(limit: u64) -> Option<u64> {
    (0 < limit).then_some(limit)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::unset(None, Some(Some(300)))]
    #[case::empty(Some(""), Some(Some(300)))]
    #[case::none(Some("0"), Some(None))]
    #[case::another(Some("2000"), Some(Some(2_000)))]
    #[case::a_word(Some("all"), None)]
    fn the_member_limit_is_read(#[case] raw: Option<&str>, #[case] expected: Option<Option<u64>>) {
        assert_eq!(limit(CONVERSATION_MEMBER_LIMIT, raw, Some(DEFAULT_MEMBER_LIMIT)).ok(), expected);
    }

    #[rstest]
    #[case::unset(None, Some(None))]
    #[case::none(Some("0"), Some(None))]
    #[case::some(Some("600"), Some(Some(600)))]
    #[case::a_word(Some("many"), None)]
    fn the_request_limit_is_read(#[case] raw: Option<&str>, #[case] expected: Option<Option<u64>>) {
        assert_eq!(limit(REQUESTS_PER_MINUTE, raw, None).ok(), expected);
    }

    #[rstest]
    #[case::unset(None, Some(false))]
    #[case::empty(Some(""), Some(false))]
    #[case::off(Some("off"), Some(false))]
    #[case::on(Some("on"), Some(true))]
    #[case::another_word(Some("yes"), None)]
    fn a_switch_is_read(#[case] raw: Option<&str>, #[case] expected: Option<bool>) {
        assert_eq!(switch(FRIENDS_ONLY, raw).ok(), expected);
    }

    #[rstest]
    #[case::unset(None, Some(3_600))]
    #[case::empty(Some(""), Some(3_600))]
    #[case::a_week(Some("604800"), Some(604_800))]
    #[case::more_than_s3_signs(Some("604801"), None)]
    #[case::nothing_left(Some("0"), None)]
    #[case::a_word(Some("hour"), None)]
    fn the_lifetime_of_download_urls_is_read(#[case] raw: Option<&str>, #[case] expected: Option<u64>) {
        assert_eq!(download_url_seconds(raw).ok(), expected);
    }
}
