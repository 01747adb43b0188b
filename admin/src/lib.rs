//! What an operator does from a shell: keys, moving in and out, deleting one user.

use std::io::Write;

use aws_credential_types::Credentials;
use clap::{Parser, Subcommand};
use shared::aws::call::Calls;
use shared::store::{Endpoint, Store};

mod error;
mod export;
mod import;
mod keys;
mod progress;
mod users;
mod webhooks;

pub use error::AdminError;
use export::Export;
use import::Import;
use keys::{Name, Scope};
use model::uid::Uid;

/// What an operator of Halley does: API keys, moving in and out, deleting one user, sending webhooks again.
///
/// Credentials and region are found as the AWS command line finds them: AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID and
/// the others. Profiles with single sign-on or `aws login` need the build feature `sso`.
#[derive(Parser)]
#[command(name = "halley-admin", version)]
pub struct Arguments {
    /// The table: the output TableName of the stack.
    #[arg(long, value_name = "NAME", env = "HALLEY_TABLE")]
    table: String,
    /// A DynamoDB that is not in AWS, such as the embedded one of the local service, which prints its credentials.
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks that the table can be reached, and makes the first key, with full access.
    ///
    /// The table itself is made by `sam deploy`. The key is printed once and cannot be read again.
    Bootstrap,
    /// API keys: 25 at the most.
    #[command(subcommand)]
    Keys(Keys),
    /// What webhooks and bots did not take.
    #[command(subcommand)]
    Webhooks(Webhooks),
    /// Writes the whole app, or what is one user's, to files: JSON Lines, one file a kind (docs/moving.md).
    ///
    /// It reads the table, whatever goes on meanwhile: what was stored before it began is in it, unless it is deleted
    /// while it runs; what is stored later may be. Needs dynamodb:Scan, Query and BatchGetItem; for files s3:GetObject.
    Export(Export),
    /// Brings a whole app in, through the REST API of a server that speaks the same contract (docs/moving.md).
    ///
    /// Ids stay as they are, nobody is told anything, and a repeat writes nothing twice. Needs the permissions to read and
    /// write the table; to copy files s3:GetObject and PutObject.
    Import(Import),
    /// Deletes a user permanently, with everything that they wrote: it cannot be undone.
    ///
    /// It is what DELETE /users/{uid} with `permanent` does: at once nothing of theirs is shown, and the deployment's job
    /// removes what is stored. Needs the permissions of the function DeleteUser.
    DeleteUser {
        /// The user, deactivated or not.
        #[arg(value_name = "UID", value_parser = Uid::parse)]
        uid: Uid,
        /// Returns as soon as nothing of theirs is shown any more.
        #[arg(long)]
        no_wait: bool,
    },
}

#[derive(Subcommand)]
enum Keys {
    /// Makes a key and prints it, once: only its digest is stored.
    Create {
        /// What people call it, up to 100 characters.
        #[arg(long)]
        name: Name,
        /// fullAccess: everything. authOnly: create users and auth tokens.
        #[arg(long, value_enum)]
        scope: Scope,
    },
    /// Lists the keys: the beginnings of their digests, scopes, when they were made (Unix time), names.
    List,
    /// Revokes a key. Functions that used it within the last 60 seconds may accept it until those are over.
    Revoke {
        /// The key, or the beginning of its digest as `keys list` shows it, 8 characters at least.
        #[arg(value_name = "KEY|DIGEST")]
        key: String,
    },
}

#[derive(Subcommand)]
enum Webhooks {
    /// Sends everything again that the queue of failures keeps. Webhooks know by its id what they had before.
    ///
    /// Whatever fails again is kept again. Needs sqs:ReceiveMessage, sqs:DeleteMessage and lambda:InvokeFunction.
    Retry {
        /// The queue: the output FailedWebhooksUrl of the stack.
        #[arg(long, value_name = "URL")]
        queue: String,
    },
}

/// Does what the arguments say and writes the answer to `out`.
pub async fn run(arguments: Arguments, out: &mut impl Write) -> Result<(), AdminError> {
    run_as(arguments, None, out).await
}

/// [`run`] with these credentials, if there are any, instead of those that are found.
pub async fn run_as(
    arguments: Arguments,
    credentials: Option<Credentials>,
    out: &mut impl Write,
) -> Result<(), AdminError> {
    let Arguments { table, endpoint_url, command } = arguments;
    let endpoint = endpoint_url.map_or(Endpoint::Aws, Endpoint::Local);
    let aws = shared::aws::config_with(&endpoint, credentials).await;
    let store = Store::on(&aws, &table);
    let done = match command {
        Command::Bootstrap => keys::bootstrap(&store, out).await,
        Command::Keys(Keys::Create { name, scope }) => keys::create(&store, name, scope, out).await,
        Command::Keys(Keys::List) => keys::list(&store, out).await,
        Command::Keys(Keys::Revoke { key }) => keys::revoke(&store, &key, out).await,
        Command::Webhooks(Webhooks::Retry { queue }) => {
            webhooks::retry(Calls::new(aws, shared::clock::system), queue, out).await
        }
        Command::Export(asked) => export::export(aws, &store, &table, asked, out).await,
        Command::Import(asked) => import::import(aws, &store, asked, out).await,
        Command::DeleteUser { uid, no_wait } => users::delete(aws, store, &uid, !no_wait, out).await,
    };
    done.map_err(|error| error.about(&table))
}
