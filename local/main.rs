//! `cargo run`: Halley on this machine, in one command.

use std::process::ExitCode;

use clap::Parser;
use lambda_http::Error;
use local::{Arguments, Data, Local, Options, TABLE};
use model::outside::Reach;
use shared::config::limited;
use shared::webhooks::WebhookSettings;

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
    let log = if arguments.quiet { shared::log::to_nowhere() } else { shared::log::to_stdout(None) };
    let options = Options {
        port: arguments.port,
        api_key: arguments.api_key,
        member_limit: limited(arguments.member_limit),
        request_limit: limited(arguments.requests_per_minute),
        tls: arguments.tls,
        friends_only: arguments.friends_only,
        webhooks: WebhookSettings::default()
            .reaching(if arguments.allow_private_webhooks { Reach::Anywhere } else { Reach::Public })
            .asking(arguments.before_message),
        log,
        ..Options::on(data)
    };
    let service = Local::start(options).await?;

    println!("Halley listens on {}", service.base_url);
    println!("API key: {}", service.api_key);
    println!("Reference: {}", service.base_url.replace("/v3", "/docs"));
    if let Some(file) = service.authority.as_ref().and_then(|authority| authority.file.as_ref()) {
        let https = service.base_url.replace("http://", "https://");
        println!("TLS: {https} for who trusts {}, as by NODE_EXTRA_CA_CERTS", file.display());
    }
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
