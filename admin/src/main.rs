//! `halley-admin`: the API keys of a deployment.

use std::process::ExitCode;

use admin::Arguments;
use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match admin::run(Arguments::parse(), &mut std::io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shared::log::say(&error);
            ExitCode::FAILURE
        }
    }
}
