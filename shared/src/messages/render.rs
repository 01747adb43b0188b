//! How messages are shown to somebody: with what they refer to, with the viewer's own reactions, with what was asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::try_join;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::files::links::Links;
use crate::identity::Actor;
use crate::messages::receipt_times::Seen;
use crate::messages::unread_replies;
use crate::store::save::Interactions;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::message::{Category, Message};
use model::message_view::{Interaction, MessageView, Personal, gone};
use model::page::IdRange;
use model::time::Seconds;
use model::uid::Uid;
use model::user;

/// To whom messages are shown, and with what.
#[derive(Clone, Debug, Default)]
pub struct Viewing {
    /// The acting user; none is the app.
    pub viewer: Option<Uid>,
    /// Where the acting user's life begins, if their UID was somebody else's before.
    pub born_id: Option<MessageId>,
    /// Show tags.
    pub with_tags: bool,
    /// Leave quoted messages out.
    pub hide_quoted: bool,
    /// Show the tags of mentioned users.
    pub mentions_with_tags: bool,
    /// Show who of the mentioned users blocks the viewer or is blocked.
    pub mentions_with_blocks: bool,
    /// Show which threads the viewer follows.
    pub with_subscriptions: bool,
    /// Leave out the quotes of what these users wrote.
    pub hidden_senders: BTreeSet<Uid>,
    /// States of the conversations that were read already, by their users.
    pub rows: Vec<(Uid, ParticipantState)>,
    /// What the viewer holds of reactions, where that is known already.
    pub holds: HashMap<MessageId, Vec<String>>,
    /// Show what everybody sees, and nothing that has to be looked up for the viewer.
    pub is_preview: bool,
}

impl Viewing {
    /// A single message as `viewer` sees it.
    pub fn of_one(viewer: Option<&Uid>) -> Viewing {
        Viewing { viewer: viewer.cloned(), with_tags: true, ..Viewing::default() }
    }

    /// Messages as everybody in their conversation sees them: for texts that go to many.
    pub fn of_nobody() -> Viewing {
        Viewing { with_tags: true, is_preview: true, ..Viewing::default() }
    }

    /// The same for this actor.
    pub fn by(self, actor: &Actor) -> Viewing {
        let born_id = actor.user().and_then(|user| user.born_id);
        Viewing { viewer: actor.uid().cloned(), born_id, ..self }
    }

    /// One message as it is answered; see [`Viewing::all`].
    pub async fn one(&self, app: &App, message: &Message) -> Result<MessageView, ApiError> {
        let views = self.all(app, std::slice::from_ref(message)).await?;
        views.into_iter().next().ok_or_else(|| ApiError::message_not_found(message.id))
    }

    /// The same, with what was read of their conversations already.
    pub fn knowing(self, rows: Vec<(Uid, ParticipantState)>) -> Viewing {
        Viewing { rows, ..self }
    }

    /// Messages as they are answered. Nothing is looked up for what they do not have.
    ///
    /// Cost: what their receipts need, see [`Seen::of`]; at the same time, in 1 round trip each: a query of a read unit if
    /// any was ever saved, 1 read unit for each with reactions, 1 for each form, 1 for each that is quoted or told of and 1
    /// round trip more if these have reactions; 1 to 2 round trips if any has replies; 1 if blocks are asked for.
    pub async fn all(&self, app: &App, messages: &[Message]) -> Result<Vec<MessageView>, ApiError> {
        let referred = async {
            let references = self.references(app, messages).await?;
            let held = self.held(app, references.values()).await?;
            Ok::<_, ApiError>((references, held))
        };
        let ((references, held), held_here, blocks, personal) = try_join!(
            referred,
            self.held(app, messages.iter()),
            self.blocks(app, messages),
            self.personal(app, messages)
        )?;
        let held = self.holds.clone().into_iter().chain(held).chain(held_here).collect();
        let links = &app.media.links().await?;
        let context = Context { viewing: self, links, references, held, blocks };
        let views = messages.iter().zip(personal).map(|(message, personal)| context.view(message).to_viewer(personal));
        Ok(views.collect())
    }

    /// The parts of each of `messages` that only the viewer sees.
    async fn personal(&self, app: &App, messages: &[Message]) -> Result<Vec<Personal>, ApiError> {
        if self.is_preview {
            return Ok(vec![Personal::default(); messages.len()]);
        }
        let Some(viewer) = &self.viewer else {
            let seen = Seen::of(app, None, messages, &self.rows).await?;
            let personal = messages.iter().map(|message| seen.by_all(message));
            return Ok(personal.map(|receipts| Personal { receipts, ..Personal::default() }).collect());
        };
        let interactive = messages.iter().filter(|message| message.category == Category::Interactive);
        let threads = messages.iter().filter(|message| self.with_subscriptions && has_thread(message));
        let threads: Vec<MessageId> = threads.map(|message| message.id).collect();
        let (seen, unread, mut saved, interactions, subscribed) = try_join!(
            Seen::of(app, Some(viewer), messages, &self.rows),
            unread_replies::count(app, viewer, messages, &self.rows),
            saved(app, viewer, messages),
            async { Ok(app.store.interactions(viewer, self.born_id, interactive.map(|message| message.id)).await?) },
            async { Ok(app.store.subscribed(viewer, &threads).await?) },
        )?;
        let personal = messages.iter().map(|message| Personal {
            receipts: seen.by_all(message),
            my_receipt: seen.by(viewer, message),
            unread_replies: unread.get(&message.id).map_or(0, |unread| unread.replies),
            saved_at: saved.remove(&message.id),
            interactions: interactions.get(&message.id).map(interacted).unwrap_or_default(),
            is_subscribed: threads.contains(&message.id).then(|| subscribed.contains(&message.id)),
        });
        Ok(personal.collect())
    }

    /// An action message as it is answered, with the message that it is about as it is now.
    ///
    /// Cost: as that of [`Viewing::all`] for one message.
    pub async fn action(&self, app: &App, action: &Message, on: &Message) -> Result<MessageView, ApiError> {
        let on = self.one(app, on).await?;
        let links = app.media.links().await?;
        Ok(Context::empty(self, &links).view(action).about(&json!(on)))
    }

    /// The messages that these quote or are the action messages of; both are of the same conversation.
    async fn references(&self, app: &App, messages: &[Message]) -> Result<HashMap<MessageId, Message>, ApiError> {
        let mut found: HashMap<MessageId, Message> = HashMap::new();
        let mut wanted: BTreeMap<MessageId, &Message> = BTreeMap::new();
        for message in messages {
            let quoted = message.quoted_message_id.filter(|_| !self.hide_quoted);
            wanted.extend(message.on.into_iter().chain(quoted).map(|id| (id, message)));
        }
        let keys = wanted.iter().map(|(id, message)| (&message.conversation, *id));
        for message in app.store.messages_by_id(keys).await? {
            found.insert(message.id, message);
        }
        found.retain(|_, message| !self.is_former(message));
        Ok(found)
    }

    /// Whether a message is from a conversation that a former owner of the viewer's UID had.
    fn is_former(&self, message: &Message) -> bool {
        matches!(message.conversation, ConversationId::Users(..)) && user::is_former(self.born_id, message.id)
    }

    async fn held<'m>(
        &self,
        app: &App,
        messages: impl Iterator<Item = &'m Message>,
    ) -> Result<HashMap<MessageId, Vec<String>>, ApiError> {
        let Some(viewer) = &self.viewer else { return Ok(HashMap::new()) };
        let reacted = messages.filter(|message| !message.reactions.is_empty()).map(|message| message.id);
        let reacted = reacted.filter(|id| !self.holds.contains_key(id));
        let held = app.store.held_reactions(viewer, reacted).await?;
        let mine = |reactions: HashMap<String, MessageId>| {
            let mine = reactions.into_iter().filter(|(_, id)| !user::is_former(self.born_id, *id));
            mine.map(|(reaction, _)| reaction).collect()
        };
        Ok(held.into_iter().map(|(id, reactions)| (id, mine(reactions))).collect())
    }

    async fn blocks(&self, app: &App, messages: &[Message]) -> Result<HashMap<Uid, [bool; 2]>, ApiError> {
        let Some(viewer) = self.viewer.as_ref().filter(|_| self.mentions_with_blocks) else {
            return Ok(HashMap::new());
        };
        let mentioned: BTreeSet<Uid> = messages
            .iter()
            .flat_map(|message| message.mentions.keys())
            .filter_map(|uid| Uid::parse(uid).ok())
            .collect();
        Ok(app.store.blocks_between(viewer, &mentioned).await?)
    }
}

/// Which of `messages` a user has saved.
async fn saved(app: &App, viewer: &Uid, messages: &[Message]) -> Result<HashMap<MessageId, Seconds>, ApiError> {
    let ids = || messages.iter().filter(|message| message.is_saved).map(|message| message.id);
    let range = ids().min().zip(ids().max()).and_then(|(first, last)| IdRange::new(first, last));
    match range {
        Some(range) => Ok(app.store.saved(viewer, range).await?),
        None => Ok(HashMap::new()),
    }
}

/// Whether a message may be the parent of a thread.
fn has_thread(message: &Message) -> bool {
    message.parent_id.is_none() && !matches!(message.category, Category::Action | Category::Call)
}

fn interacted(done: &Interactions) -> Vec<Interaction> {
    let elements = done.elements();
    elements.map(|(id, at)| Interaction { element_id: id.to_owned(), interacted_at: at }).collect()
}

/// A message that was sent just now, as its sender reads it in the answer. Looks nothing up.
pub async fn sent(app: &App, message: &Message, quoted: Option<&Message>) -> Result<MessageView, ApiError> {
    let links = app.media.links().await?;
    let viewing = Viewing { with_tags: true, ..Viewing::default() };
    let references = quoted.map(|quoted| (quoted.id, quoted.clone())).into_iter().collect();
    Ok(Context { references, ..Context::empty(&viewing, &links) }.view(message))
}

/// Everything that rendering looked up.
struct Context<'a> {
    viewing: &'a Viewing,
    links: &'a Links,
    references: HashMap<MessageId, Message>,
    held: HashMap<MessageId, Vec<String>>,
    blocks: HashMap<Uid, [bool; 2]>,
}

impl<'a> Context<'a> {
    fn empty(viewing: &'a Viewing, links: &'a Links) -> Context<'a> {
        Context { viewing, links, references: HashMap::new(), held: HashMap::new(), blocks: HashMap::new() }
    }

    fn view(&self, message: &Message) -> MessageView {
        let mut view = self.plain(message);
        if let Some(id) = message.on {
            let on = match self.references.get(&id) {
                Some(on) => json!(self.plain(on).with_tags(on)),
                None => gone(message, id),
            };
            view = view.about(&on);
        }
        if self.viewing.with_tags {
            view = view.with_tags(message);
        }
        let quoted = message.quoted_message_id.filter(|_| !self.viewing.hide_quoted);
        let quoted = quoted.and_then(|id| self.references.get(&id));
        let quoted = quoted.filter(|quoted| !self.viewing.hidden_senders.contains(&quoted.sender));
        view.quoting(quoted.map(|quoted| self.plain(quoted)))
    }

    fn plain(&self, message: &Message) -> MessageView {
        let mine = self.held.get(&message.id).map(Vec::as_slice).unwrap_or_default();
        let mut view = MessageView::of(message, mine, |file| self.links.download_url(file));
        for (uid, user) in view.mentions_mut() {
            if !self.viewing.mentions_with_tags {
                user.remove("tags");
            }
            let [blocked_by_me, has_blocked_me] =
                Uid::parse(uid).ok().and_then(|uid| self.blocks.get(&uid).copied()).unwrap_or_default();
            for (name, is_so) in [("blockedByMe", blocked_by_me), ("hasBlockedMe", has_blocked_me)] {
                if is_so {
                    user.insert(name.to_owned(), Value::Bool(true));
                }
            }
        }
        view
    }
}
