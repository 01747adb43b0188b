//! The command line of `halley`.

use std::path::PathBuf;

use clap::Parser;
use shared::config::{BeforeMessage, DEFAULT_MEMBER_LIMIT};

/// Serves the Halley messaging API on 127.0.0.1, on an embedded DynamoDB and S3.
#[derive(Parser)]
#[command(version)]
pub struct Arguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// Keep nothing: the data is gone when the service ends.
    #[arg(long)]
    pub memory: bool,
    /// Where to keep the data.
    #[arg(long, value_name = "DIR", default_value = ".halley", conflicts_with = "memory")]
    pub data: PathBuf,
    /// The full-access API key, for scripts; by default one is made and kept with the data.
    #[arg(long, value_name = "KEY", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub api_key: Option<String>,
    /// Up to how many members a group moves conversations and counts unread messages; 0 for any number.
    #[arg(long, value_name = "MEMBERS", default_value_t = DEFAULT_MEMBER_LIMIT)]
    pub member_limit: u64,
    /// How many requests one user may make in a minute by auth tokens; 0 for any number.
    #[arg(long, value_name = "REQUESTS", default_value_t = 0)]
    pub requests_per_minute: u64,
    /// Speak https and wss too, on the same port, with a certificate of an authority that the data folder keeps.
    #[arg(long, conflicts_with = "memory")]
    pub tls: bool,
    /// Call webhooks and bots at any address, private ones too, and by http: for receivers on this machine.
    #[arg(long)]
    pub allow_private_webhooks: bool,
    /// Whether webhooks are asked before a message is stored, and whether one that they do not answer is sent.
    #[arg(long, value_name = "off|open|closed", default_value = "open", value_parser = before_message)]
    pub before_message: BeforeMessage,
    /// Let roles limit users to their friends; each send between users then looks whether these are friends.
    #[arg(long)]
    pub friends_only: bool,
    /// Print no line for each request.
    #[arg(long)]
    pub quiet: bool,
}

fn before_message(raw: &str) -> Result<BeforeMessage, String> {
    BeforeMessage::parse(Some(raw)).map_err(|error| error.to_string())
}
