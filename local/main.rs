//! `cargo run`: Halley on this machine, in one command.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use lambda_http::Error;
use local::{Arguments, Data, Local, Options, TABLE};
use model::outside::Reach;
use shared::config::limited;
use shared::log::say;
use shared::webhooks::WebhookSettings;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error);
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

    // Whoever listened may be gone after the first line, such as `head`; the service goes on.
    let _ = introduce(&service, &mut io::stdout());
    stop_signal().await?;
    service.stop().await
}

/// Says where the service listens and how to begin.
fn introduce(service: &Local, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Halley listens on {}", service.base_url)?;
    writeln!(out, "API key: {}", service.api_key)?;
    writeln!(out, "Reference: {}", service.base_url.replace("/v3", "/docs"))?;
    if let Some(file) = service.authority.as_ref().and_then(|authority| authority.file.as_ref()) {
        let https = service.base_url.replace("http://", "https://");
        writeln!(out, "TLS: {https} for who trusts {}, as by NODE_EXTRA_CA_CERTS", file.display())?;
    }
    writeln!(out, "DynamoDB: {} (table {TABLE}), S3: {}", service.dynamodb_url, service.s3_url)?;
    let credentials = &service.credentials;
    let (key, secret) = (credentials.access_key_id(), credentials.secret_access_key());
    writeln!(out, "AWS tools: AWS_REGION=local AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}")?;
    writeln!(out, "\nSend a message:\n")?;
    writeln!(
        out,
        "curl {}/messages -H 'apikey: {}' -H 'onBehalfOf: cometchat-uid-1' \\",
        service.base_url, service.api_key
    )?;
    writeln!(out, "  -H 'content-type: application/json' \\")?;
    writeln!(out, r#"  -d '{{"receiver":"cometchat-uid-2","receiverType":"user","data":{{"text":"Hello"}}}}'"#)?;
    writeln!(out, "\nList it:\n")?;
    writeln!(
        out,
        "curl {}/users/cometchat-uid-2/messages -H 'apikey: {}' -H 'onBehalfOf: cometchat-uid-1'\n",
        service.base_url, service.api_key
    )
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
