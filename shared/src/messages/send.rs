//! Sending: one message to one receiver, or to each of several (contract/messages.md, operation 1).

pub mod check;
mod many;
pub mod prepare;

use futures_util::future::{BoxFuture, FutureExt};

use crate::app::App;
use crate::error::ApiError;
use crate::files::attach::{self, Attached, Attachments, Claimant};
use crate::id_draws::IdDraws;
use crate::identity::{Identity, hex_sha256};
use crate::messages::mentions;
use crate::messages::render::{self, Viewing};
use crate::store::error::StoreError;
use crate::store::proof::ProofQuery;
use crate::store::send::{KnownUsers, Repeat, SendFacts, SendQuery, Standing, Stored};
use crate::store::upload::UploadClaim;
use crate::users::circles::Limits;
use crate::webhooks::before;
use model::conversation::ConversationId;
use model::entity;
use model::entity::Party;
use model::event::{Audience, Event, EventKind, Origin};
use model::file::UploadId;
use model::id::MessageId;
use model::message::{Message, Receiver};
use model::message_view::MessageView;
use model::new_message::Content;
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;

/// For how long a repeated `muid` with the same content is the same message.
const REPEAT_SECONDS: u64 = 24 * 60 * 60;

/// Who sends.
#[derive(Clone, Debug)]
pub enum Sender {
    /// The app.
    App,
    /// A user.
    User(Uid),
    /// A bot, which needs no membership.
    Bot(Uid),
}

impl From<Identity> for Sender {
    fn from(identity: Identity) -> Sender {
        match identity {
            Identity::App => Sender::App,
            Identity::User(uid) => Sender::User(uid),
        }
    }
}

impl Sender {
    /// The sender's UID, or the app's.
    pub fn uid(&self) -> Uid {
        match self {
            Sender::App => Uid::app_system(),
            Sender::User(uid) | Sender::Bot(uid) => uid.clone(),
        }
    }
}

/// One send, ready to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Send<'a> {
    /// Who sends.
    pub sender: &'a Sender,
    /// From where.
    pub origin: &'a Origin,
    /// What.
    pub content: &'a Content,
    /// The client's id of the send.
    pub muid: Option<&'a str>,
    /// The message that it replies to, in the conversation that the receiver is reached in.
    pub parent: Option<MessageId>,
    /// Users who were looked up before, for a send to several.
    pub known: Option<&'a KnownUsers>,
}

/// What decides a send to one receiver, looked up; nothing of it is decided yet.
#[derive(Debug)]
pub struct SendContext {
    conversation: ConversationId,
    attachments: Attachments,
    claim: UploadClaim,
    repeat: Option<Repeat>,
    limits: Limits,
    /// The store's answers; among them what proves who asks, if that was looked up too.
    pub facts: SendFacts,
}

impl Send<'_> {
    /// Sends to one receiver.
    ///
    /// Cost: 2 round trips and about 6 write units, whoever receives it; see `Store::send_facts` and
    /// `Store::store_message`.
    pub async fn to(&self, app: &App, receiver: &Receiver) -> Result<MessageView, ApiError> {
        self.make(app, receiver, &app.draw_upload_id()?).await
    }

    /// `send` marks the uploads of all messages of one send.
    async fn make(&self, app: &App, receiver: &Receiver, send: &UploadId) -> Result<MessageView, ApiError> {
        self.deliver(app, receiver, self.load_context(app, receiver, send, None).await?).await
    }

    /// Looks up what decides the send, and `proof`. It writes nothing, so it may run before it is known who asks.
    ///
    /// Cost: see `Store::send_facts` and [`check::limits_of`].
    pub async fn load_context(
        &self,
        app: &App,
        receiver: &Receiver,
        send: &UploadId,
        proof: Option<&ProofQuery>,
    ) -> Result<SendContext, ApiError> {
        let attachments = Attachments::of(self.content, &app.media)?;
        let claim = UploadClaim { uploads: attachments.uploads(), by: send.to_string(), placing: None };
        let sender = self.sender.uid();
        let conversation = ConversationId::of(&sender, receiver);
        let repeat = self.muid.map(|muid| self.repeat(muid, receiver, app.now()));
        let limits = check::limits_of(app, self.sender).await?;
        let query = SendQuery {
            sender: &sender,
            receiver,
            conversation: &conversation,
            mentioned: &mentions::mentioned(&self.content.data)?,
            known: self.known,
            quoted: self.content.quoted_message_id,
            parent: self.parent,
            as_bot: matches!(self.sender, Sender::Bot(_)),
            asks_for_friend: limits.are_any(),
            stores: true,
            repeat: repeat.as_ref(),
            uploads: &claim.uploads,
            proof,
            now: app.now(),
        };
        let facts = app.store.send_facts(&query).await?;
        Ok(SendContext { conversation, attachments, claim, repeat, limits, facts })
    }

    /// Sends what was looked up for this receiver. Boxed, so that it is compiled once for all that send.
    ///
    /// Cost: `Store::store_message`'s, and that of [`Attachments::attach`] if it has files.
    pub fn deliver<'a>(
        &'a self,
        app: &'a App,
        receiver: &'a Receiver,
        known: SendContext,
    ) -> BoxFuture<'a, Result<MessageView, ApiError>> {
        self.delivered(app, receiver, known).boxed()
    }

    async fn delivered(&self, app: &App, receiver: &Receiver, known: SendContext) -> Result<MessageView, ApiError> {
        let SendContext { conversation, attachments, claim, repeat, limits, facts } = known;
        let sender = check::active_sender(self.sender, &facts)?;
        let party = check::active_party(self.sender, receiver, &facts)?;
        check::check_access(self.sender, receiver, &facts, &limits)?;
        // Not before: the answer is the message as it is now, which is for those who may still write there.
        if let Some(earlier) = facts.earlier {
            return self.again(app, &conversation, earlier).await;
        }
        let repeat = repeat.map(|repeat| Repeat { born_id: sender.born_id, ..repeat });
        check::check_parent(self.parent, &facts)?;
        let quoted = check::quoted(self.content.quoted_message_id, &facts)?;
        let mentions = mentions::mentions(&facts.mentioned, &sender.uid)?;
        let entities = entities(&sender, party, &conversation);
        let members_count = party.members_count();
        // Last, because what it places has to be removed when the send is refused.
        let claimant = Claimant {
            sender: &sender,
            found: &facts.uploads,
            claim: &claim,
            may_repeat: repeat.is_some(),
            now: app.now(),
        };
        let Attached { data, files, placing } = attachments.attach(app, self.content, &claimant).await?;
        let claim = UploadClaim { placing, ..claim.clone() };
        let kind = (self.content.category, self.content.message_type.clone());
        let mut draws = IdDraws::above(app, facts.last_id);
        let message = Message::new(draws.draw(), conversation, sender.uid, receiver.clone(), kind, data, entities);
        let mut message = Message { members_count, files, mentions, ..self.described(message) };
        if let Err(refusal) = before::ask(app, &mut message, quoted).await {
            attach::discard(app, &message.files).await;
            return Err(refusal);
        }
        let stored = self.store(app, draws, &mut message, repeat.as_ref(), facts.standing, &claim).await?;
        if stored != Stored::Done {
            attach::discard(app, &message.files).await;
        }
        match stored {
            Stored::Done => render::sent(app, &message, quoted).await,
            Stored::Repeats(earlier) => self.again(app, &message.conversation, earlier).await,
            Stored::ParentGone => {
                Err(self.parent.map_or_else(|| StoreError::Conflict.into(), ApiError::message_not_found))
            }
            Stored::UploadTaken => Err(attach::taken()),
            Stored::LookAgain(last) => self.deliver_anew(app, receiver, claim, last).await,
            Stored::DrawAgain(_) => Err(StoreError::Conflict.into()),
        }
    }

    /// The message with what the body says of it beside its content.
    fn described(&self, message: Message) -> Message {
        Message {
            tags: self.content.tags.clone(),
            muid: self.muid.map(str::to_owned),
            parent_id: self.parent,
            quoted_message_id: self.content.quoted_message_id,
            ..message
        }
    }

    /// Looks everything up again, as the conversation was deleted up to `last` since, and sends into what begins anew.
    async fn deliver_anew(
        &self,
        app: &App,
        receiver: &Receiver,
        claim: UploadClaim,
        last: Option<MessageId>,
    ) -> Result<MessageView, ApiError> {
        let mut known = self.load_context(app, receiver, &app.draw_upload_id()?, None).await?;
        known.claim.by = claim.by;
        known.facts.last_id = known.facts.last_id.max(last);
        Box::pin(self.deliver(app, receiver, known)).await
    }

    /// Stores the message under an id above all that its conversation holds. [`Stored::DrawAgain`] is the end of it: others
    /// were in the way for too long.
    async fn store(
        &self,
        app: &App,
        mut draws: IdDraws<'_>,
        message: &mut Message,
        repeat: Option<&Repeat>,
        standing: Standing,
        claim: &UploadClaim,
    ) -> Result<Stored, ApiError> {
        loop {
            message.updated_at = message.sent_at();
            let kind = EventKind::MessageSent { message: message.id };
            let audience = Audience::Conversation(message.conversation.clone());
            let event = Event::new(message.id, self.origin, audience, kind);
            match app.store.store_message(message, repeat, standing, claim, &event).await? {
                Stored::DrawAgain(last) if draws.again(last).await.is_ok() => message.id = draws.draw(),
                stored => return Ok(stored),
            }
        }
    }

    /// The digest is over all that makes a message what it is, so a `muid` with other content is another message.
    fn repeat(&self, muid: &str, receiver: &Receiver, now: Seconds) -> Repeat {
        let Content { category, message_type, data, tags, quoted_message_id, parts } = self.content;
        let parts: Vec<_> = parts.iter().map(|part| (&part.info, hex_sha256(&part.bytes))).collect();
        let sent = (muid, receiver, category, message_type, data, tags, quoted_message_id, self.parent, parts);
        let canonical = serde_json::to_vec(&sent).expect("our types have string keys and no failing Serialize");
        let digest = hex_sha256(&canonical);
        Repeat { digest, expires_at: now.plus(REPEAT_SECONDS), born_id: None }
    }

    /// The stored message again.
    async fn again(
        &self,
        app: &App,
        conversation: &ConversationId,
        earlier: MessageId,
    ) -> Result<MessageView, ApiError> {
        let message = app.store.message(conversation, earlier).await?;
        let message = message.ok_or_else(|| ApiError::message_not_found(earlier))?;
        Viewing::of_one(Some(&message.sender)).one(app, &message).await
    }
}

/// What a message shows of its sender and receiver for ever.
pub(crate) fn entities(sender: &User, party: &Party, conversation: &ConversationId) -> entity::Entities {
    let receiver = match party {
        Party::User(user) => entity::user(user, Some(conversation)),
        Party::Group(group) => entity::group(group),
    };
    entity::entities([("sender", entity::user(sender, None)), ("receiver", receiver)])
}
