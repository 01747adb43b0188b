//! Sending: one message to one receiver, or to each of several (contract/messages.md, operation 1).

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

use super::render::{self, Viewing};
use crate::app::App;
use crate::error::{ApiError, Code};
use crate::identity::{Identity, hex_sha256};
use crate::model::conversation::ConversationId;
use crate::model::entity;
use crate::model::file::UploadId;
use crate::model::id::MessageId;
use crate::model::mention;
use crate::model::message::{Category, Message, Receiver};
use crate::model::message_view::MessageView;
use crate::model::new_message::Content;
use crate::model::time::Seconds;
use crate::model::uid::Uid;
use crate::model::user::{User, UserView};
use crate::ops::attach::{self, Attached, Attachments, Claimant};
use crate::store::error::StoreError;
use crate::store::send::{Party, Repeat, SendFacts, SendQuery, Stored};
use crate::store::upload::Claim;

/// For how long a repeated `muid` with the same content is the same message.
const REPEAT_SECONDS: u64 = 24 * 60 * 60;
/// How often a new id is drawn for one that is taken; two in a row are as good as impossible.
const DRAWS: usize = 5;
/// How many of several receivers are served at once.
const AT_ONCE: usize = 8;

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// The app.
    App,
    /// A user.
    User(&'a Uid),
    /// A bot, which needs no membership.
    Bot(&'a Uid),
}

impl<'a> From<&'a Identity> for Sender<'a> {
    fn from(identity: &'a Identity) -> Sender<'a> {
        identity.user().map_or(Sender::App, Sender::User)
    }
}

impl Sender<'_> {
    fn uid(self) -> Uid {
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
    pub sender: Sender<'a>,
    /// What.
    pub content: &'a Content,
    /// The client's id of the send.
    pub muid: Option<&'a str>,
    /// The message that it replies to, in the conversation that the receiver is reached in.
    pub parent: Option<MessageId>,
}

impl Send<'_> {
    /// Sends to one receiver.
    ///
    /// Cost: 2 round trips and about 5 write units, whoever receives it; see `Store::send_facts` and
    /// `Store::store_message`.
    pub async fn to(&self, app: &App, receiver: &Receiver) -> Result<MessageView, ApiError> {
        self.deliver(app, receiver, &UploadId::draw()?).await
    }

    /// Sends to one receiver, with the costs of [`Attachments::attach`] if it has files; `send` marks the uploads of all
    /// messages of one send.
    async fn deliver(&self, app: &App, receiver: &Receiver, send: &UploadId) -> Result<MessageView, ApiError> {
        let now = Seconds::now();
        let attachments = Attachments::of(self.content, &app.media)?;
        let claim = Claim { uploads: attachments.uploads(), by: send.to_string() };
        let sender = self.sender.uid();
        let conversation = ConversationId::of(&sender, receiver);
        let mentioned = mentioned(&self.content.data)?;
        let repeat = self.muid.map(|muid| self.repeat(muid, receiver, now));
        let facts = app
            .store
            .send_facts(&SendQuery {
                sender: &sender,
                receiver,
                conversation: &conversation,
                mentioned: &mentioned,
                quoted: self.content.quoted_message_id,
                parent: self.parent,
                as_bot: matches!(self.sender, Sender::Bot(_)),
                repeat: repeat.as_ref(),
                uploads: &claim.uploads,
            })
            .await?;

        let sender = active_sender(self.sender, &facts)?;
        if let Some(earlier) = facts.earlier {
            return self.again(app, &conversation, earlier).await;
        }
        let party = active_party(receiver, &facts)?;
        check_access(self.sender, receiver, &facts)?;
        self.check_parent(&facts)?;
        let quoted = self.quoted(&facts)?;
        let mentions = mentions(&facts.mentioned, &sender.uid)?;
        let entities = entity::entities([
            ("sender", entity::user(&sender, None)),
            (
                "receiver",
                match party {
                    Party::User(user) => entity::user(user, Some(&conversation)),
                    Party::Group(group) => entity::group(group),
                },
            ),
        ]);
        // Last, because what it places has to be removed when the send is refused.
        let claimant =
            Claimant { sender: &sender.uid, found: &facts.uploads, claim: &claim, may_repeat: repeat.is_some() };
        let Attached { data, files } = attachments.attach(app, &claimant).await?;
        let mut message = Message::new(
            app.next_id(),
            conversation,
            sender.uid,
            receiver.clone(),
            (self.content.category, self.content.message_type.clone()),
            data,
            entities,
        );
        message.files = files;
        message.mentions = mentions;
        message.tags = self.content.tags.clone();
        message.muid = self.muid.map(str::to_owned);
        message.parent_id = self.parent;
        message.quoted_message_id = self.content.quoted_message_id;
        for _ in 0..DRAWS {
            message.updated_at = message.sent_at();
            match app.store.store_message_with(&message, repeat.as_ref(), facts.is_open, &claim).await? {
                Stored::Done => return Ok(render::sent(&message, quoted)),
                Stored::Repeats(earlier) => {
                    attach::discard(app, &message.files).await;
                    return self.again(app, &message.conversation, earlier).await;
                }
                Stored::ParentGone => {
                    attach::discard(app, &message.files).await;
                    return Err(self.parent.map_or_else(|| StoreError::Conflict.into(), ApiError::message_not_found));
                }
                Stored::UploadTaken => {
                    attach::discard(app, &message.files).await;
                    return Err(attach::taken());
                }
                Stored::IdTaken => message.id = app.next_id(),
            }
        }
        attach::discard(app, &message.files).await;
        Err(ApiError::new(Code::OperationFailed, "No free message id was found. Try again."))
    }

    /// Sends to each receiver by itself: one that fails does not fail the others.
    ///
    /// Answers `{"uids": {uid: {success, data|error}}, "guids": {…}}`.
    pub async fn to_each(&self, app: &App, receivers: &[Receiver]) -> Value {
        let send = &UploadId::draw();
        let sent: Vec<(Receiver, Result<MessageView, ApiError>)> = stream::iter(receivers.to_vec())
            .map(|receiver| async move {
                let sent = match send {
                    // Without entropy each send draws, and fails, by itself.
                    Ok(send) => self.deliver(app, &receiver, send).await,
                    Err(_) => self.to(app, &receiver).await,
                };
                (receiver, sent)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let (mut uids, mut guids) = (Map::new(), Map::new());
        for (receiver, sent) in sent {
            let slots = if matches!(receiver, Receiver::User(_)) { &mut uids } else { &mut guids };
            slots.insert(receiver.as_str().to_owned(), super::members::slot(sent.as_ref()));
        }
        json!({ "uids": uids, "guids": guids })
    }

    /// The digest is over all that makes a message what it is, so a `muid` with other content is another message.
    fn repeat(&self, muid: &str, receiver: &Receiver, now: Seconds) -> Repeat {
        let Content { category, message_type, data, tags, quoted_message_id, parts } = self.content;
        let sent = json!([muid, receiver, category, message_type, data, tags, quoted_message_id, self.parent]);
        let mut canonical = vec![sent];
        canonical.extend(parts.iter().map(|part| json!([part.info, hex_sha256(&part.bytes)])));
        let canonical = Value::Array(canonical);
        Repeat { digest: hex_sha256(canonical.to_string().as_bytes()), expires_at: now.plus(REPEAT_SECONDS) }
    }

    fn check_parent(&self, facts: &SendFacts) -> Result<(), ApiError> {
        match (self.parent, &facts.parent) {
            (Some(id), None) => Err(ApiError::message_not_found(id)),
            (_, Some(parent)) if parent.parent_id.is_some() => {
                let message = format!("The message {} is a reply itself; reply to its parent.", parent.id);
                Err(ApiError::new(Code::MessageThreadNesting, message))
            }
            (_, Some(parent)) if matches!(parent.category, Category::Action | Category::Call) => {
                let message = format!("A message of category {} has no thread.", parent.category);
                Err(ApiError::new(Code::WrongMessageThreadCategory, message))
            }
            _ => Ok(()),
        }
    }

    /// The quoted message must be of the same conversation, and one that somebody wrote.
    fn quoted<'f>(&self, facts: &'f SendFacts) -> Result<Option<&'f Message>, ApiError> {
        match (self.content.quoted_message_id, &facts.quoted) {
            (Some(id), None) => Err(ApiError::message_not_found(id)),
            (_, Some(quoted)) if matches!(quoted.category, Category::Action | Category::Call) => {
                Err(ApiError::field("quotedMessageId", "names a message that tells of an act and cannot be quoted."))
            }
            (_, quoted) => Ok(quoted.as_ref()),
        }
    }

    /// The stored message again. Its head is moved again too, in case the first send failed just before that.
    async fn again(
        &self,
        app: &App,
        conversation: &ConversationId,
        earlier: MessageId,
    ) -> Result<MessageView, ApiError> {
        let (message, _) = app.store.message_for(conversation, earlier, None).await?;
        let message = message.ok_or_else(|| ApiError::message_not_found(earlier))?;
        app.store.move_head(&message).await?;
        Viewing::of_one(Some(&message.sender)).one(app, &message).await
    }
}

/// Whether this sender may send to this receiver, for operations that only prepare a send.
///
/// Cost: 1 round trip, 5 or 6 read units.
pub async fn require_may_send(app: &App, sender: &Identity, receiver: &Receiver) -> Result<(), ApiError> {
    let uid = sender.uid();
    let query = SendQuery {
        sender: &uid,
        receiver,
        conversation: &ConversationId::of(&uid, receiver),
        mentioned: &BTreeSet::new(),
        quoted: None,
        parent: None,
        // Bots send into groups that they are no members of, and the body does not say whether one is to send.
        as_bot: true,
        repeat: None,
        uploads: &[],
    };
    let facts = app.store.send_facts(&query).await?;
    active_sender(Sender::from(sender), &facts)?;
    active_party(receiver, &facts)?;
    check_access(if facts.is_bot { Sender::Bot(&uid) } else { Sender::from(sender) }, receiver, &facts)
}

fn active_sender(sender: Sender<'_>, facts: &SendFacts) -> Result<User, ApiError> {
    let user = || facts.sender.clone().filter(User::is_active);
    match sender {
        Sender::App => Ok(User::app_system()),
        Sender::User(uid) => user().ok_or_else(|| ApiError::uid_not_found(uid)),
        Sender::Bot(uid) => {
            let not_found = || ApiError::new(Code::BotNotFound, format!("There is no bot {uid}."));
            user().filter(|_| facts.is_bot).ok_or_else(not_found)
        }
    }
}

fn check_access(sender: Sender<'_>, receiver: &Receiver, facts: &SendFacts) -> Result<(), ApiError> {
    if let (Receiver::Group(guid), Sender::User(uid)) = (receiver, sender) {
        super::read::require_member(&facts.membership, guid, uid)?;
    }
    if facts.sender_blocks {
        let message = format!("The receiver {} is blocked by the sender.", receiver.as_str());
        return Err(ApiError::new(Code::BlockedReceiver, message));
    }
    if facts.receiver_blocks {
        let message = format!("The receiver {} has blocked the sender.", receiver.as_str());
        return Err(ApiError::new(Code::BlockedSender, message));
    }
    Ok(())
}

fn active_party<'f>(receiver: &Receiver, facts: &'f SendFacts) -> Result<&'f Party, ApiError> {
    match (receiver, &facts.receiver) {
        (Receiver::User(uid), Some(Party::User(user))) if !user.is_active() => Err(ApiError::uid_not_found(uid)),
        (_, Some(party)) => Ok(party),
        (Receiver::User(uid), None) => Err(ApiError::uid_not_found(uid)),
        (Receiver::Group(guid), None) => Err(ApiError::guid_not_found(guid)),
    }
}

/// The distinct UIDs that a text or caption mentions, known or not.
pub fn mentioned(data: &Map<String, Value>) -> Result<BTreeSet<Uid>, ApiError> {
    let text = data.get("text").and_then(Value::as_str).unwrap_or_default();
    let mentioned = mention::mentioned(text);
    if mention::MAX_LOOKED_UP < mentioned.len() { Err(too_many_mentions()) } else { Ok(mentioned) }
}

/// The users that the text mentions and that exist, as the sender sees them; with their tags, which are shown on demand.
pub fn mentions(mentioned: &[User], sender: &Uid) -> Result<Map<String, Value>, ApiError> {
    let known: Vec<&User> = mentioned.iter().filter(|user| user.is_active()).collect();
    if mention::MAX_MENTIONED < known.len() {
        return Err(too_many_mentions());
    }
    let view = |user: &User| json!(UserView::of(user).with_tags(&user.tags).seen_by(sender));
    Ok(known.into_iter().map(|user| (user.uid.to_string(), view(user))).collect())
}

fn too_many_mentions() -> ApiError {
    ApiError::field("data.text", format!("must not mention more than {} users.", mention::MAX_MENTIONED))
}
