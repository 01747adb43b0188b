//! The environment of a deployed function, read once at start.

use std::env;

/// What a process is told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name of the table.
    pub table: String,
}

/// A variable that is not there.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct Missing(&'static str);

/// The variable that names the table.
pub const TABLE_NAME: &str = "TABLE_NAME";

impl Config {
    /// Every variable that is read, for the test that compares them with the template.
    pub const VARIABLES: [&str; 1] = [TABLE_NAME];

    /// Reads the environment.
    pub fn from_env() -> Result<Config, Missing> {
        Ok(Config { table: env::var(TABLE_NAME).map_err(|_| Missing(TABLE_NAME))? })
    }
}
