//! `cargo run`: Halley on this machine, in one command.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use lambda_http::Error;
use local::{Data, Local, Options, PATIENCE, TABLE};
use shared::config::{DEFAULT_MEMBER_LIMIT, limited};

/// Serves the Halley messaging API on 127.0.0.1, on an embedded DynamoDB and S3.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
    /// Keep nothing: the data is gone when the service ends.
    #[arg(long)]
    memory: bool,
    /// Where to keep the data.
    #[arg(long, value_name = "DIR", default_value = ".halley", conflicts_with = "memory")]
    data: PathBuf,
    /// The full-access API key, for scripts; by default one is made and kept with the data.
    #[arg(long, value_name = "KEY", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    api_key: Option<String>,
    /// Up to how many members a group moves conversations and counts unread messages; 0 for any number.
    #[arg(long, value_name = "MEMBERS", default_value_t = DEFAULT_MEMBER_LIMIT)]
    member_limit: u64,
    /// Print no line for each request.
    #[arg(long)]
    quiet: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Error> {
    let data = if arguments.memory { Data::Memory } else { Data::Folder(arguments.data) };
    let log = if arguments.quiet { shared::log::to_nowhere() } else { shared::log::to_stdout() };
    let member_limit = limited(arguments.member_limit);
    let (port, api_key) = (arguments.port, arguments.api_key);
    let options = Options { port, data, api_key, member_limit, patience: PATIENCE, log, wiring: None };
    let service = Local::start(options).await?;

    println!("Halley listens on {}", service.base_url);
    println!("API key: {}", service.api_key);
    println!("Reference: {}", service.base_url.replace("/v3", "/docs"));
    println!("DynamoDB: {} (table {TABLE}), S3: {}", service.dynamodb_url, service.s3_url);
    let credentials = &service.credentials;
    let (key, secret) = (credentials.access_key_id(), credentials.secret_access_key());
    println!("AWS tools: AWS_REGION=local AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}");
    println!("\nSend a message:\n");
    println!("curl {}/messages -H 'apikey: {}' -H 'onBehalfOf: cometchat-uid-1' \\", service.base_url, service.api_key);
    println!("  -H 'content-type: application/json' \\");
    println!(r#"  -d '{{"receiver":"cometchat-uid-2","receiverType":"user","data":{{"text":"Hello"}}}}'"#);
    println!("\nList it:\n");
    println!(
        "curl {}/users/cometchat-uid-2/messages -H 'apikey: {}' -H 'onBehalfOf: cometchat-uid-1'\n",
        service.base_url, service.api_key
    );
    stop_signal().await?;
    service.stop().await
}

/// Ctrl-C, or the signal with which a supervisor ends a process.
async fn stop_signal() -> Result<(), Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
    }
}
