//! The keys of the embedded services: drawn for each data folder and kept with it, so that neither a web page nor another
//! user of this machine knows them.

use aws_credential_types::Credentials;
use lambda_http::Error;

use crate::folder::Folder;

/// In the form of the AWS command line: `AWS_SHARED_CREDENTIALS_FILE` may name it.
const FILE: &str = "aws-credentials";
const ACCESS_KEY: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";

/// Those kept in the folder, or else new ones, which are kept there.
pub fn of(folder: Option<&Folder>) -> Result<Credentials, Error> {
    let kept = folder.map(|folder| folder.kept(FILE)).transpose()?.flatten();
    if let Some(credentials) = kept.as_deref().and_then(read) {
        return Ok(credentials);
    }
    let (access_key, secret) = (format!("HALLEY{}", random(7)?.to_ascii_uppercase()), random(20)?);
    if let Some(folder) = folder {
        folder.keep(FILE, &format!("[default]\n{ACCESS_KEY} = {access_key}\n{SECRET} = {secret}\n"))?;
    }
    Ok(Credentials::new(access_key, secret, None, None, "local"))
}

fn read(text: &str) -> Option<Credentials> {
    let value = |name: &str| {
        let values = text.lines().filter_map(|line| line.split_once('=')).filter(|(key, _)| key.trim() == name);
        values.map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    };
    Some(Credentials::new(value(ACCESS_KEY)?, value(SECRET)?, None, None, "local"))
}

/// This many random bytes in hex.
pub fn random(n_bytes: usize) -> Result<String, Error> {
    let mut bytes = vec![0; n_bytes];
    getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
    Ok(hex::encode(bytes))
}
