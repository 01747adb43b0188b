//! Moving in: a whole app, from the files of an export, or read through the plain REST API of any server that speaks the
//! contract (contract/import.md, "Reading a whole app through REST").

mod archive;
mod details;
mod estimate;
mod files;
mod messages;
mod parts;
mod people;
mod places;
mod recipients;
mod source;
mod state;
mod steps;
mod view;
mod views;
mod wire;

use std::io::Write;
use std::path::{Path, PathBuf};

use aws_config::SdkConfig;
use clap::Args;
use model::time::Seconds;
use shared::files::bucket::Media;
use shared::imports::importer::{Before, Importer};
use shared::imports::report::Report;
use shared::store::{Store, metered};

use crate::AdminError;
use archive::Archive;
pub use source::ReadError;
use source::Source;
use state::State;
use steps::Mover;

/// From where an app moves in, and how.
#[derive(Args)]
pub struct Import {
    /// The API that it is read from, with its version, such as https://APPID.api-us.cometchat.io/v3; or the folder of an
    /// export.
    #[arg(long, value_name = "URL|FOLDER")]
    from: String,
    /// The REST API key of the app that it is read from, with the scope fullAccess, which the import sends as the header `apikey`: the
    /// vendor's dashboard lists it as such ("REST API Key", no "Auth Key"). Of another Halley a key of that one, as `bootstrap` or
    /// `keys create --scope fullAccess` printed it. Not needed for the folder of an export.
    #[arg(long, value_name = "REST_API_KEY", env = "HALLEY_IMPORT_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Its id, where the URL does not name it: sent as the header `appid`. Another Halley needs none.
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
    /// The file that keeps how far this has come: started again with it, it goes on there.
    #[arg(long, value_name = "FILE", default_value = "halley-import.json")]
    state: PathBuf,
    /// So many requests a minute at the most. The vendor takes 20,000 of all who use the app.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_minute: u32,
    /// So many items are asked for at once: 1,000 is the most that the contract lets.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    page_size: u16,
    /// Copies the files of messages into this bucket, the output BucketName of the stack; without it they stay where they
    /// are, and messages name their URLs.
    #[arg(long, value_name = "BUCKET")]
    copy_files: Option<String>,
    /// An S3 that is not in AWS, such as the embedded one of the local service.
    #[arg(long, value_name = "URL")]
    s3_endpoint_url: Option<String>,
    /// Reads users, groups and messages only, writes nothing, and says what the import would take.
    #[arg(long)]
    dry_run: bool,
    /// Catches up: users, groups and messages that changed since then (Unix time), and what is new. For a moment before the
    /// switch; what changed here since is left alone.
    #[arg(long, value_name = "SECONDS")]
    since: Option<u64>,
}

/// Reads an app and writes it into the table; says what was written, and what could not be read.
pub async fn import(aws: SdkConfig, store: &Store, asked: Import, out: &mut impl Write) -> Result<(), AdminError> {
    let media = asked.copy_files.as_deref().map(|bucket| bucket_of(aws, bucket, asked.s3_endpoint_url.as_deref()));
    if asked.from.starts_with("http") {
        over_rest(store, media, asked, out).await
    } else {
        from_files(store, media, asked, out).await
    }
}

async fn over_rest(store: &Store, media: Option<Media>, asked: Import, out: &mut impl Write) -> Result<(), AdminError> {
    let api_key = asked.api_key.as_deref().ok_or(AdminError::NoApiKey)?;
    let source = Source::new(&asked.from, api_key, asked.app_id.as_deref(), asked.requests_per_minute);
    let source = source.by_pages_of(asked.page_size.into());
    let since = asked.since.map(Seconds::new);
    if asked.dry_run {
        return estimate::estimate(&source, since, asked.requests_per_minute, out).await;
    }
    let state = State::open(&asked.state, &asked.from, asked.since)?;
    if state.is_done {
        return Ok(writeln!(out, "All of it was brought in before; --since catches up.")?);
    }
    state.save()?;
    let before = if since.is_some() { Before::CatchUp } else { Before::Stay };
    let importer = Importer::new(store, before);
    let mut mover = Mover::new(&source, importer, media, state, since);
    let (moved, cost) = metered(f64::MAX, mover.run()).await;
    moved?;
    mover.say(out)?;
    Ok(writeln!(out, "{:.0} write units", cost.write_units)?)
}

async fn from_files(
    store: &Store,
    media: Option<Media>,
    asked: Import,
    out: &mut impl Write,
) -> Result<(), AdminError> {
    if asked.since.is_some() {
        return Err(AdminError::SinceOfFiles);
    }
    let archive = Archive::open(Path::new(&asked.from))?;
    archive.verify(media.is_some())?;
    if asked.dry_run {
        return archive.estimate(out);
    }
    let mut state = State::open(&asked.state, &archive.name(), None)?;
    if state.is_done {
        return Ok(writeln!(out, "All of it was brought in before.")?);
    }
    state.save()?;
    let mut importer = Importer::new(store, Before::Stay);
    let (written, cost) = metered(f64::MAX, archive.import(&mut importer, media.as_ref(), &mut state)).await;
    written?;
    say(importer.report(), out)?;
    Ok(writeln!(out, "{:.0} write units", cost.write_units)?)
}

/// Says what was written and what was not.
fn say(report: &Report, out: &mut impl Write) -> Result<(), AdminError> {
    for (kind, n_records) in &report.written {
        writeln!(out, "{n_records:>12}  {kind}")?;
    }
    for (kind, n_records) in &report.ended {
        writeln!(out, "{n_records:>12}  {kind}, which are there no more")?;
    }
    for refusal in &report.refusals {
        writeln!(out, "not written: the {} {}: {}", refusal.kind, refusal.what, refusal.why)?;
    }
    Ok(())
}

pub(crate) fn bucket_of(aws: SdkConfig, bucket: &str, endpoint_url: Option<&str>) -> Media {
    let aws = match endpoint_url {
        Some(url) => aws.into_builder().endpoint_url(url).build(),
        None => aws,
    };
    Media::on(aws, bucket, 0).patient()
}
