//! How messages are shown to somebody: with what they refer to, with the viewer's own reactions, with what was asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::model::id::MessageId;
use crate::model::message::Message;
use crate::model::message_view::{MessageView, reference};
use crate::model::uid::Uid;

/// To whom messages are shown, and with what.
#[derive(Clone, Debug, Default)]
pub struct Viewing {
    /// The acting user; none is the app.
    pub viewer: Option<Uid>,
    /// Show tags.
    pub with_tags: bool,
    /// Leave quoted messages out.
    pub hide_quoted: bool,
    /// Show the tags of mentioned users.
    pub mentions_with_tags: bool,
    /// Show who of the mentioned users blocks the viewer or is blocked.
    pub mentions_with_blocks: bool,
}

impl Viewing {
    /// A single message as `viewer` sees it.
    pub fn of_one(viewer: Option<&Uid>) -> Viewing {
        Viewing { viewer: viewer.cloned(), with_tags: true, ..Viewing::default() }
    }

    /// One message as it is answered; see [`Viewing::all`].
    pub async fn one(&self, app: &App, message: &Message) -> Result<MessageView, ApiError> {
        let views = self.all(app, std::slice::from_ref(message)).await?;
        views.into_iter().next().ok_or_else(|| ApiError::message_not_found(message.id))
    }

    /// Messages as they are answered.
    ///
    /// Cost: nothing for plain messages; 1 round trip if any quotes or tells of another, 1 for a viewer if any has
    /// reactions, 1 if blocks are asked for; 1 read unit a message looked at.
    pub async fn all(&self, app: &App, messages: &[Message]) -> Result<Vec<MessageView>, ApiError> {
        let references = self.references(app, messages).await?;
        let held = self.held(app, messages.iter().chain(references.values())).await?;
        let blocks = self.blocks(app, messages).await?;
        let context = Context { viewing: self, references, held, blocks };
        Ok(messages.iter().map(|message| context.view(message)).collect())
    }

    /// An action message as it is answered, with the message that it is about as it is now.
    ///
    /// Cost: nothing, or 1 round trip for a viewer if that message has reactions.
    pub async fn telling(&self, app: &App, action: &Message, on: Message) -> Result<MessageView, ApiError> {
        let held = self.held(app, std::iter::once(&on)).await?;
        let references = HashMap::from([(on.id, on)]);
        Ok(Context { viewing: self, references, held, blocks: HashMap::new() }.view(action))
    }

    /// The messages that these quote or tell of; both are of the same conversation.
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
        Ok(found)
    }

    async fn held<'m>(
        &self,
        app: &App,
        messages: impl Iterator<Item = &'m Message>,
    ) -> Result<HashMap<MessageId, Vec<String>>, ApiError> {
        let Some(viewer) = &self.viewer else { return Ok(HashMap::new()) };
        let reacted = messages.filter(|message| !message.reactions.is_empty()).map(|message| message.id);
        let held = app.store.held_reactions(viewer, reacted).await?;
        Ok(held.into_iter().map(|(id, reactions)| (id, reactions.into_keys().collect())).collect())
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

/// A message that was sent just now, as its sender reads it in the answer. Looks nothing up.
pub fn sent(message: &Message, quoted: Option<&Message>) -> MessageView {
    let context = Context {
        viewing: &Viewing { with_tags: true, ..Viewing::default() },
        references: quoted.map(|quoted| (quoted.id, quoted.clone())).into_iter().collect(),
        held: HashMap::new(),
        blocks: HashMap::new(),
    };
    context.view(message)
}

/// Everything that rendering looked up.
struct Context<'a> {
    viewing: &'a Viewing,
    references: HashMap<MessageId, Message>,
    held: HashMap<MessageId, Vec<String>>,
    blocks: HashMap<Uid, [bool; 2]>,
}

impl Context<'_> {
    fn view(&self, message: &Message) -> MessageView {
        let mut view = self.plain(message);
        if let Some(id) = message.on {
            let on = match self.references.get(&id) {
                Some(on) => json!(self.plain(on).with_tags(on)),
                None => reference(message, id),
            };
            view = view.about(&on);
        }
        if self.viewing.with_tags {
            view = view.with_tags(message);
        }
        let quoted = message.quoted_message_id.and_then(|id| self.references.get(&id));
        view.quoting(quoted.map(|quoted| self.quoted(quoted)))
    }

    /// A quoted message. An action names the message that it is about without its content, which nobody looked up.
    fn quoted(&self, message: &Message) -> MessageView {
        let view = self.plain(message);
        match message.on {
            Some(id) => view.about(&reference(message, id)),
            None => view,
        }
    }

    fn plain(&self, message: &Message) -> MessageView {
        let mine = self.held.get(&message.id).map(Vec::as_slice).unwrap_or_default();
        let mut view = MessageView::of(message, mine);
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
