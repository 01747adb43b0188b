//! The download URLs of one answer.

use super::error::MediaError;
use super::signer::Signer;
use crate::model::file::File;

tokio::task_local! {
    static LINKS: Links;
}

/// Makes the download URLs of one answer, all of the same second.
#[derive(Clone, Debug)]
pub struct Links {
    pub(super) signer: Signer,
    pub(super) seconds: u64,
}

impl Links {
    /// The URL of an attached file.
    pub fn download_url(&self, file: &File) -> Result<String, MediaError> {
        self.signer.download_url(file, self.seconds)
    }

    /// Runs `work` so that every message that it shows has download URLs. Around each request and not a parameter of
    /// each view: a message is shown in so many places, inside others too, that one of them would forget it.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        LINKS.scope(self, work).await
    }
}

/// The URL of an attached file in the answer that is being made; none outside of a request.
pub fn download_url(file: &File) -> Option<String> {
    LINKS.try_with(|links| links.download_url(file).ok()).ok().flatten()
}
