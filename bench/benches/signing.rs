//! What it costs to sign the downloads of a page of 100 messages with a file each:
//! `cargo bench -p bench --profile bench-load --bench signing`. The promise is 5 ms of CPU.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use divan::Bencher;
use model::file::{File, FileName, MimeType, ObjectKey, UploadId};
use shared::files::bucket::Media;

const MESSAGES: usize = 100;

fn main() {
    divan::main();
}

#[divan::bench]
fn downloads_of_100_messages(bencher: Bencher) {
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
    bencher.bench_local(|| {
        let links = runtime.block_on(media.links()).expect("credentials are given");
        let bytes: usize = files.iter().filter_map(|file| links.download_url(file)).map(|url| url.len()).sum();
        assert!(MESSAGES * 1_000 < bytes);
    });
}

fn file() -> Option<File> {
    Some(File {
        key: ObjectKey::attached(&UploadId::new(1), 2),
        name: FileName::parse("🌳 holiday.png").ok()?,
        mime_type: MimeType::parse("image/png").ok()?,
    })
}
