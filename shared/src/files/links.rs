//! The download URLs of one answer.

use super::signer::Signer;
use model::file::File;

/// Makes the download URLs of one answer, all of the same second.
#[derive(Clone, Debug)]
pub struct Links {
    pub(super) signer: Signer,
    pub(super) seconds: u64,
}

impl Links {
    /// The URL of an attached file.
    pub fn download_url(&self, file: &File) -> Option<String> {
        self.signer.download_url(file, self.seconds).ok()
    }
}
