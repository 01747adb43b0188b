//! `halley-admin` on the table and the bucket of a service.

use admin::{AdminError, Arguments};
use clap::Parser;

use crate::Api;

impl Api {
    /// Runs the command; what it printed.
    pub async fn admin(&self, arguments: &[&str]) -> Result<String, AdminError> {
        self.admin_on("halley", arguments).await
    }

    /// Runs the command on another table.
    pub async fn admin_on(&self, table: &str, arguments: &[&str]) -> Result<String, AdminError> {
        let fixed = ["halley-admin", "--table", table, "--endpoint-url", self.dynamodb_url()];
        let mut out = Vec::new();
        let arguments = Arguments::try_parse_from(fixed.iter().chain(arguments)).unwrap();
        admin::run_as(arguments, Some(self.credentials()), &mut out).await?;
        Ok(String::from_utf8(out).unwrap())
    }
}
