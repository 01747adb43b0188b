//! The permanent deletion of a user.
//!
//! Where it goes on is told by the user's own rows, which go last of what they lead to. Only inside a group, whose other
//! messages stay, and in the list of all groups, which is walked for a bot, does the checkpoint say it.

use super::{Rest, messages, traces};
use crate::app::App;
use crate::error::ApiError;
use crate::groups::leave;
use crate::store::bot::BotDeletion;
use crate::store::id_index::IdIndex;
use crate::store::sweep::{Budget, Left};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::job::Job;
use model::uid::{Guid, Uid};

/// How many conversations are looked at together.
const CONVERSATIONS_AT_ONCE: usize = 100;

/// Where a deletion goes on.
#[derive(Default)]
struct Place {
    step: Step,
    /// Behind which conversation of those that are to be closed.
    closed: Option<ConversationId>,
    /// In which group, and behind which of its messages.
    group: Option<(Guid, Option<MessageId>)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Step {
    /// Nothing of their one-to-one conversations is there any more.
    #[default]
    Closing,
    /// What they wrote goes, conversation by conversation.
    Conversations,
    /// A bot writes into groups of which it is no member.
    AllGroups,
}

impl Place {
    fn of(job: &Job) -> Place {
        let mut parts = job.checkpoint.as_deref().unwrap_or_default().splitn(3, ' ');
        let (step, name, id) = (parts.next(), parts.next(), parts.next());
        let group = || Some((Guid::parse(name?).ok()?, id.and_then(|id| MessageId::parse(id).ok())));
        match step {
            Some("conversations") => Place { step: Step::Conversations, closed: None, group: group() },
            Some("groups") => Place { step: Step::AllGroups, closed: None, group: group() },
            _ => Place { closed: name.and_then(|name| ConversationId::parse_stored(name).ok()), ..Place::default() },
        }
    }

    fn rest(&self) -> Rest {
        let group = || match &self.group {
            Some((guid, Some(id))) => format!(" {guid} {id}"),
            Some((guid, None)) => format!(" {guid}"),
            None => String::new(),
        };
        Rest::More(Some(match self.step {
            Step::Closing => {
                let closed = self.closed.as_ref().map(|closed| format!(" {}", closed.stored()));
                format!("closing{}", closed.unwrap_or_default())
            }
            Step::Conversations => format!("conversations{}", group()),
            Step::AllGroups => format!("groups{}", group()),
        }))
    }
}

/// Removes some of what is a user's.
pub(super) async fn delete_some(app: &App, uid: &Uid, job: &Job, budget: &mut Budget) -> Result<Rest, ApiError> {
    let mut place = Place::of(job);
    let is_left = app.store.remove_own_rows(uid, budget).await? == Left::Perhaps
        || close(app, uid, &mut place, budget).await? == Left::Perhaps
        || leave_conversations(app, uid, job, &mut place, budget).await? == Left::Perhaps
        || leave_all_groups(app, uid, job, &mut place, budget).await? == Left::Perhaps
        || app.store.remove_rest_of_user(uid, budget).await? == Left::Perhaps;
    if is_left {
        return Ok(place.rest());
    }
    app.store.end_user(uid, app.now_millis(), job).await?;
    Ok(Rest::Nothing)
}

/// Closes the one-to-one conversations that the mark left open, because they were too many.
async fn close(app: &App, uid: &Uid, place: &mut Place, budget: &mut Budget) -> Result<Left, ApiError> {
    while place.step == Step::Closing {
        if budget.is_spent() {
            return Ok(Left::Perhaps);
        }
        let after = place.closed.as_ref();
        let (some, is_all) =
            app.store.conversations_after(uid, after, CONVERSATIONS_AT_ONCE.min(budget.left())).await?;
        for conversation in some.iter().filter(|conversation| matches!(conversation, ConversationId::Users(..))) {
            app.store.close_conversation(conversation).await?;
        }
        budget.spend(some.len().max(1));
        place.closed = some.last().cloned().or(place.closed.take());
        if is_all {
            *place = Place { step: Step::Conversations, ..Place::default() };
        }
    }
    Ok(Left::Nothing)
}

/// Goes through the conversations of which the user has rows; the row of each goes last.
async fn leave_conversations(
    app: &App,
    uid: &Uid,
    job: &Job,
    place: &mut Place,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    while place.step == Step::Conversations {
        if budget.is_spent() {
            return Ok(Left::Perhaps);
        }
        let (some, _) = app.store.conversations_after(uid, None, 1).await?;
        let left = match some.first() {
            Some(ConversationId::Group(guid)) => leave_group(app, uid, guid, job, place, budget).await?,
            Some(conversation) => delete_pair(app, uid, conversation, budget).await?,
            None => {
                *place = Place { step: Step::AllGroups, ..Place::default() };
                Left::Nothing
            }
        };
        if left == Left::Perhaps {
            return Ok(Left::Perhaps);
        }
        budget.spend(1);
    }
    Ok(Left::Nothing)
}

/// Deletes a conversation between two users, one of whom is deleted.
async fn delete_pair(
    app: &App,
    uid: &Uid,
    conversation: &ConversationId,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    app.store.close_conversation(conversation).await?;
    if messages::delete_some(app, conversation, MessageId::MAX, budget).await? == Left::Perhaps
        || app.store.remove_some_marks(conversation, MessageId::MAX, budget).await? == Left::Perhaps
    {
        return Ok(Left::Perhaps);
    }
    if let Some(other) = conversation.other_than(uid) {
        traces::forget_pins_of(app, other, uid).await?;
    }
    app.store.end_closed(conversation, app.next_id()).await?;
    Ok(Left::Nothing)
}

/// Removes what a user wrote and left in a group, and that they had a part in it.
async fn leave_group(
    app: &App,
    uid: &Uid,
    guid: &Guid,
    job: &Job,
    place: &mut Place,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    leave::forget(app, &job.origin(), guid, uid).await?;
    let mut behind = place.group.take().filter(|(at, _)| at == guid).and_then(|(_, id)| id);
    if traces::remove_from_messages(app, uid, guid, job, &mut behind, budget).await? == Left::Perhaps
        || app.store.remove_from_group(uid, guid, budget).await? == Left::Perhaps
    {
        place.group = Some((guid.clone(), behind));
        return Ok(Left::Perhaps);
    }
    Ok(Left::Nothing)
}

/// Goes through all groups, if the user is a bot.
async fn leave_all_groups(
    app: &App,
    uid: &Uid,
    job: &Job,
    place: &mut Place,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    if !app.store.is_bot(uid).await? {
        return Ok(Left::Nothing);
    }
    // The group at which the last slice stopped is gone on with; it is the first behind the one before it.
    let mut at = place.group.as_ref().map(|(guid, _)| guid.clone());
    let mut is_begun = at.is_some();
    loop {
        let guid = match at.clone().filter(|_| is_begun) {
            Some(guid) => Some(guid),
            None => next_group(app, at.as_ref()).await?,
        };
        let Some(guid) = guid else { break };
        is_begun = false;
        if budget.is_spent() || leave_group(app, uid, &guid, job, place, budget).await? == Left::Perhaps {
            place.group = place.group.take().filter(|(standing, _)| *standing == guid).or(Some((guid, None)));
            return Ok(Left::Perhaps);
        }
        budget.spend(1);
        at = Some(guid);
    }
    match app.store.delete_bot(uid).await? {
        BotDeletion::Done | BotDeletion::NoBot => Ok(Left::Nothing),
    }
}

async fn next_group(app: &App, after: Option<&Guid>) -> Result<Option<Guid>, ApiError> {
    let page = app.store.id_page(IdIndex::Groups, "", after.map(Guid::as_str), false, 1).await?;
    Ok(page.names.first().and_then(|name| Guid::parse(name).ok()))
}
