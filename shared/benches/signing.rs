//! What it costs to show a page of 100 messages with a file each: `cargo bench -p shared`. The promise is 5 ms of CPU.

use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use shared::media::Media;
use shared::model::file::{File, FileName, MimeType, ObjectKey, UploadId};

const MESSAGES: usize = 100;
const ROUNDS: usize = 200;
const PROMISE: Duration = Duration::from_millis(5);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
    // As long as the session token of a function.
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", Some("t".repeat(1_000)), None, "bench");
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let media = Media::on(aws, "bench", 3_600);
    let files: Vec<File> = (0..MESSAGES).filter_map(|_| file()).collect();
    assert_eq!(files.len(), MESSAGES);

    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let links = runtime.block_on(media.links()).expect("credentials are given");
            let bytes: usize = files.iter().filter_map(|file| links.download_url(file).ok()).map(|url| url.len()).sum();
            assert!(MESSAGES * 1_000 < bytes);
            start.elapsed()
        })
        .collect();
    rounds.sort();
    let median = rounds.get(ROUNDS / 2).copied().unwrap_or_default();
    println!("signing {MESSAGES} downloads: median {median:?}, worst {:?}", rounds.last().copied().unwrap_or_default());
    assert!(cfg!(debug_assertions) || median < PROMISE, "the promise is {PROMISE:?}");
}

fn file() -> Option<File> {
    Some(File {
        key: ObjectKey::attached(&UploadId::draw().ok()?).ok()?,
        name: FileName::parse("🌳 holiday.png").ok()?,
        mime_type: MimeType::parse("image/png").ok()?,
    })
}
