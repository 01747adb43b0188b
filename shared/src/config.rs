//! The environment of a deployed function, read once at start. Nothing else of ours reads it; region and credentials are
//! read by the SDK, as [`crate::aws`] tells it to.

use std::env;

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
    /// It is no number of members.
    #[error("the environment variable {0} must be a whole number; 0 means no limit")]
    NoMembers(&'static str),
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
/// What the contract says of groups.
pub const DEFAULT_MEMBER_LIMIT: u64 = 300;

/// For how long a download URL works unless configured otherwise.
pub const DEFAULT_DOWNLOAD_URL_SECONDS: u64 = 60 * 60;
/// S3's own limit: a week.
pub const MAX_DOWNLOAD_URL_SECONDS: u64 = 7 * 24 * 60 * 60;
const MIN_DOWNLOAD_URL_SECONDS: u64 = 60;

impl Config {
    /// Every variable that all functions read, for the test that compares them with the template.
    pub const VARIABLES: [&str; 4] = [TABLE_NAME, BUCKET_NAME, DOWNLOAD_URL_SECONDS, CONVERSATION_MEMBER_LIMIT];

    /// Reads the environment.
    pub fn from_env() -> Result<Config, BadVariable> {
        let required = |name| variable(name).ok_or(BadVariable::Missing(name));
        Ok(Config {
            table: required(TABLE_NAME)?,
            bucket: required(BUCKET_NAME)?,
            download_url_seconds: download_url_seconds(variable(DOWNLOAD_URL_SECONDS).as_deref())?,
            member_limit: member_limit(variable(CONVERSATION_MEMBER_LIMIT).as_deref())?,
            run_job: variable(RUN_JOB_FUNCTION),
        })
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

fn member_limit(raw: Option<&str>) -> Result<Option<u64>, BadVariable> {
    let Some(raw) = raw.filter(|raw| !raw.is_empty()) else { return Ok(Some(DEFAULT_MEMBER_LIMIT)) };
    let limit = raw.parse().map_err(|_| BadVariable::NoMembers(CONVERSATION_MEMBER_LIMIT))?;
    Ok(limited(limit))
}

/// A member limit as it is written: 0 is none.
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
        assert_eq!(member_limit(raw).ok(), expected);
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
