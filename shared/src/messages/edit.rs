//! Edits (contract/messages.md, operation 6).

use model::edit::Edit;
use model::event::{Audience, EventKind};
use model::message::Message;
use model::message_view::MessageView;
use model::tags::Tags;
use model::uid::Uid;
use serde_json::{Map, Value};

use super::access::{self, Opened};
use super::change_notice::{self, require_right};
use super::mentions;
use crate::app::App;
use crate::error::ApiError;
use crate::files::attach;
use crate::id_draws::IdDraws;
use crate::identity::Caller;
use crate::store::message_change::Changed;
use model::id::MessageId;

/// Edits a message and returns the action message. What is wrong with the edit is said to those who may read the message.
///
/// Cost: 3 round trips, 1 more if the text mentions anybody; 8 write units for messages of 1 KB.
pub async fn edit(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    edit: Result<Edit, ApiError>,
) -> Result<MessageView, ApiError> {
    let mut opened = access::message_to_change(app, caller, id).await?;
    let edit = edit?;
    let mut draws = IdDraws::above(app, Some(opened.message.id));
    loop {
        require_right(app, &opened).await?;
        let Opened { actor, message: before, .. } = &opened;
        let (data, tags) = edited(app, before, edit.clone())?;
        let mentioned = mentions::mentioned(&data)?;
        let mentioned = match mentioned.is_empty() {
            true => Vec::new(),
            false => app.store.users(&mentioned.iter().collect::<Vec<&Uid>>()).await?,
        };
        let action = change_notice::action(draws.draw(), actor, before, "edited");
        let mut after = before.clone();
        after.mentions = mentions::mentions(&mentioned, &before.sender)?;
        after.data = data;
        after.tags = tags;
        after.edited_at = Some(action.sent_at());
        after.edited_by = Some(action.sender.clone());
        after.updated_at = action.sent_at();
        after.revision += 1;
        let kind = EventKind::MessageEdited { message: before.id, action: action.id };
        let event = app.event(&actor.origin(), Audience::Conversation(before.conversation.clone()), kind);
        let last = match app.store.edit_message(before, &after, &action, opened.writer(), &event).await? {
            Changed::Done => return change_notice::view(app, &opened, &action, &after).await,
            Changed::DrawAgain(last) => last,
            Changed::Stale => None,
        };
        draws.again(last).await?;
        // Whoever was in the way may also have ended what lets the actor edit.
        opened = opened.again(app).await?;
    }
}

/// The `data` and tags after the edit. Clients send the download URLs of files back, so files are named by URLs while
/// the edit is applied, and by keys again when it is stored.
fn edited(app: &App, before: &Message, mut edit: Edit) -> Result<(Map<String, Value>, Tags), ApiError> {
    let mut shown = before.data.clone();
    attach::name_by_url(&app.media, &mut shown, &before.files);
    if let Some(data) = edit.data_mut() {
        // Without their signatures, which would count as a part of the `data`.
        attach::restore(&app.media, data, &before.files);
        attach::name_by_url(&app.media, data, &before.files);
    }
    let (mut data, tags) = edit.applied(shown, before)?;
    attach::restore(&app.media, &mut data, &before.files);
    attach::require_nothing_new(&app.media, &data, &before.files)?;
    Ok((data, tags))
}
