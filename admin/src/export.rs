//! The whole app, or what is one user's, as files of JSON Lines: `model::archive`, one file a kind.

pub(crate) mod folder;
mod one_user;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use aws_config::SdkConfig;
use clap::Args;
use futures_util::stream::{self, TryStreamExt};
use model::archive::Header;
use model::uid::Uid;
use shared::store::archive::{Records, Segment};
use shared::store::{Store, metered};
use tokio::time::Instant;

use crate::AdminError;
use crate::import::bucket_of;
use crate::progress::Progress;
use folder::Folder;

/// How often it is looked whether deletions are done.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is exported, and where to.
#[derive(Args)]
pub struct Export {
    /// The folder to write to; it is made, and may hold nothing yet.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Only what is this user's: for who asks for their data.
    #[arg(long, value_name = "UID", value_parser = Uid::parse)]
    user: Option<Uid>,
    /// The files of messages too, from the bucket, which is the output BucketName of the stack.
    #[arg(long, value_name = "BUCKET")]
    files: Option<String>,
    /// An S3 that is not in AWS, such as the embedded one of the local service.
    #[arg(long, value_name = "URL")]
    s3_endpoint_url: Option<String>,
    /// How many parts of the table are read side by side.
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    segments: u16,
    /// So many read units a second at the most, so that the app goes on beside it; without it, as fast as it can.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    read_units_per_second: Option<u32>,
}

/// Writes an export, and says what is in it.
///
/// Cost: a read of the whole table, strongly consistent, and 1 read unit for each conversation on each page of it; of one
/// user that of [`one_user::write`]. With files 1 GET for each.
pub async fn export(
    aws: SdkConfig,
    store: &Store,
    table: &str,
    asked: Export,
    out: &mut impl Write,
) -> Result<(), AdminError> {
    let media = asked.files.as_deref().map(|bucket| bucket_of(aws, bucket, asked.s3_endpoint_url.as_deref()));
    let mut header = Header::new(table, shared::clock::system().seconds());
    header.uid.clone_from(&asked.user);
    let mut folder = Folder::create(&asked.to, header, media)?;
    wait_for_deletions(store).await?;
    let written = async {
        match &asked.user {
            Some(uid) => one_user::write(store, uid, &mut folder).await,
            None => write_all(store, &asked, &mut folder).await,
        }
    };
    let (written, cost) = metered(f64::MAX, written).await;
    written?;
    for (kind, n_records) in folder.finish()? {
        writeln!(out, "{n_records:>12}  {kind}")?;
    }
    Ok(writeln!(out, "{:.0} read units", cost.read_units)?)
}

/// What a deletion that goes on has not removed yet is not to be exported: it would be there again where it is read.
async fn wait_for_deletions(store: &Store) -> Result<(), AdminError> {
    let mut is_said = false;
    while !store.next_turns().await?.is_empty() {
        if !std::mem::replace(&mut is_said, true) {
            shared::log::say("Waiting for deletions that go on.");
        }
        tokio::time::sleep(PATIENCE).await;
    }
    Ok(())
}

async fn write_all(store: &Store, asked: &Export, folder: &mut Folder) -> Result<(), AdminError> {
    let segments = (0..asked.segments).map(|index| Segment { index, of: asked.segments });
    let parts = segments.map(|segment| Box::pin(pages(store, segment)));
    let mut pages = stream::select_all(parts);
    let (mut progress, start, mut n_rows) = (Progress::new("rows"), Instant::now(), 0);
    while let Some(Records { records, n_rows: n_more, .. }) = pages.try_next().await? {
        for record in records {
            folder.write(&record).await?;
        }
        n_rows += n_more;
        progress.at(n_rows as u64);
        if let Some(limit) = asked.read_units_per_second {
            let due = start + Duration::from_secs_f64(shared::store::spent().read_units / f64::from(limit));
            tokio::time::sleep_until(due).await;
        }
    }
    progress.end();
    Ok(())
}

/// The pages of a part of the table; each is read when it is asked for, so there is never more than one in memory.
fn pages(store: &Store, segment: Segment) -> impl stream::Stream<Item = Result<Records, AdminError>> + '_ {
    stream::try_unfold(Some(None), move |place| async move {
        let Some(rest) = place else { return Ok(None) };
        let page = store.records(segment, rest).await?;
        let next = page.rest.clone().map(Some);
        Ok(Some((page, next)))
    })
}
