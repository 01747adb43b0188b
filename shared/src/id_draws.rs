//! Drawing ids for messages of one conversation, until one is stored.

use crate::app::App;
use crate::store::error::StoreError;
use crate::store::tries::Tries;
use model::id::MessageId;

/// The ids that are drawn for what is to be stored in one conversation: each above all before it and above what the
/// conversation is known to hold. The store refuses an id that is not.
pub struct IdDraws<'a> {
    app: &'a App,
    last: Option<MessageId>,
    tries: Tries,
}

impl<'a> IdDraws<'a> {
    /// Draws above `last`, if an id of the conversation is known.
    pub fn above(app: &'a App, last: Option<MessageId>) -> IdDraws<'a> {
        IdDraws { app, last, tries: Tries::begin() }
    }

    /// Another id.
    pub fn draw(&mut self) -> MessageId {
        let drawn = self.app.next_id_after(self.last);
        self.last = Some(drawn);
        drawn
    }

    /// Waits before what was refused is tried with another id, or gives up; `last` is how far the conversation has come, if
    /// the refusal tells.
    pub async fn again(&mut self, last: Option<MessageId>) -> Result<(), StoreError> {
        self.tries.again().await?;
        self.last = self.last.max(last);
        Ok(())
    }
}
