//! Sending: one message to one receiver, or to each of several (contract/messages.md, operation 1).

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::{ApiError, Code};
use crate::identity::{Identity, hex_sha256};
use crate::model::conversation::ConversationId;
use crate::model::entity;
use crate::model::file::UploadId;
use crate::model::id::MessageId;
use crate::model::mention;
use crate::model::message::{Message, Receiver};
use crate::model::message_view::MessageView;
use crate::model::new_message::Content;
use crate::model::time::Seconds;
use crate::model::uid::Uid;
use crate::model::user::{User, UserView};
use crate::ops::attach::{self, Attached, Attachments, Claimant};
use crate::store::send::{Party, Repeat, SendFacts, SendQuery, Stored};
use crate::store::upload::Claim;

/// For how long a repeated `muid` with the same content is the same message.
const REPEAT_SECONDS: u64 = 24 * 60 * 60;
/// How often a new id is drawn for one that is taken; two in a row are as good as impossible.
const DRAWS: usize = 5;
/// How many of several receivers are served at once.
const AT_ONCE: usize = 8;

/// A message that was sent, with the one it quotes.
#[derive(Debug)]
pub struct Sent {
    message: Message,
    quoted: Option<Message>,
}

impl Sent {
    /// The message as its sender reads it in the answer.
    pub fn view(&self) -> MessageView {
        MessageView::of(&self.message).with_tags(&self.message).quoting(self.quoted.as_ref())
    }
}

/// One send, ready to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Send<'a> {
    /// Who sends.
    pub sender: &'a Identity,
    /// What.
    pub content: &'a Content,
    /// The client's id of the send.
    pub muid: Option<&'a str>,
}

impl Send<'_> {
    /// Sends to one receiver.
    ///
    /// Cost: 2 round trips and about 5 write units, whoever receives it; see `Store::send_facts` and
    /// `Store::store_message`.
    pub async fn to(&self, app: &App, receiver: &Receiver) -> Result<Sent, ApiError> {
        self.deliver(app, receiver, &UploadId::draw()?).await
    }

    /// Sends to one receiver, with the costs of [`Attachments::attach`] if it has files; `send` marks the uploads of all messages of one send.
    async fn deliver(&self, app: &App, receiver: &Receiver, send: &UploadId) -> Result<Sent, ApiError> {
        let now = Seconds::now();
        let attachments = Attachments::of(self.content, &app.media)?;
        let claim = Claim { uploads: attachments.uploads(), by: send.to_string() };
        let sender = self.sender.uid();
        let conversation = ConversationId::of(&sender, receiver);
        let mentioned = self.mentioned()?;
        let repeat = self.muid.map(|muid| self.repeat(muid, receiver, now));
        let facts = app
            .store
            .send_facts(&SendQuery {
                sender: &sender,
                receiver,
                conversation: &conversation,
                mentioned: &mentioned,
                quoted: self.content.quoted_message_id,
                repeat: repeat.as_ref(),
                uploads: &claim.uploads,
            })
            .await?;

        let sender = active_sender(self.sender, &facts)?;
        if let Some(earlier) = facts.earlier {
            return self.again(app, &conversation, earlier, facts.quoted).await;
        }
        let party = active_party(receiver, &facts)?;
        check_access(self.sender, receiver, &facts)?;
        let quoted = self.quoted(&facts)?;
        let mentions = mentions(&facts.mentioned, &sender)?;
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
        let mut message = Message {
            id: app.next_id(),
            conversation,
            sender: sender.uid,
            receiver: receiver.clone(),
            category: self.content.category,
            message_type: self.content.message_type.clone(),
            data,
            files,
            mentions,
            entities,
            tags: self.content.tags.clone(),
            muid: self.muid.map(str::to_owned),
            parent_id: None,
            quoted_message_id: self.content.quoted_message_id,
            updated_at: now,
        };
        for _ in 0..DRAWS {
            message.updated_at = message.sent_at();
            match app.store.store_message_with(&message, repeat.as_ref(), facts.is_open, &claim).await? {
                Stored::Done => return Ok(Sent { message, quoted: quoted.cloned() }),
                Stored::UploadTaken => {
                    attach::discard(app, &message.files).await;
                    return Err(attach::taken());
                }
                Stored::Repeats(earlier) => {
                    attach::discard(app, &message.files).await;
                    return self.again(app, &message.conversation, earlier, facts.quoted).await;
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
        let sent: Vec<(Receiver, Result<Sent, ApiError>)> = stream::iter(receivers.to_vec())
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
            slots.insert(receiver.as_str().to_owned(), super::members::slot(sent.as_ref().map(Sent::view)));
        }
        json!({ "uids": uids, "guids": guids })
    }

    fn mentioned(&self) -> Result<BTreeSet<Uid>, ApiError> {
        let text = self.content.data.get("text").and_then(Value::as_str).unwrap_or_default();
        let mentioned = mention::mentioned(text);
        if mention::MAX_LOOKED_UP < mentioned.len() { Err(too_many_mentions()) } else { Ok(mentioned) }
    }

    /// The digest is over all that makes a message what it is, so a `muid` with other content is another message.
    fn repeat(&self, muid: &str, receiver: &Receiver, now: Seconds) -> Repeat {
        let Content { category, message_type, data, tags, quoted_message_id, parts } = self.content;
        let mut canonical = vec![json!([muid, receiver, category, message_type, data, tags, quoted_message_id])];
        canonical.extend(parts.iter().map(|part| json!([part.info, hex_sha256(&part.bytes)])));
        let canonical = Value::Array(canonical);
        Repeat { digest: hex_sha256(canonical.to_string().as_bytes()), expires_at: now.plus(REPEAT_SECONDS) }
    }

    /// The quoted message must be of the same conversation.
    fn quoted<'f>(&self, facts: &'f SendFacts) -> Result<Option<&'f Message>, ApiError> {
        match (self.content.quoted_message_id, &facts.quoted) {
            (Some(id), None) => Err(ApiError::message_not_found(id)),
            (_, quoted) => Ok(quoted.as_ref()),
        }
    }

    /// The stored message again. Its head is moved again too, in case the first send failed just before that.
    async fn again(
        &self,
        app: &App,
        conversation: &ConversationId,
        earlier: MessageId,
        quoted: Option<Message>,
    ) -> Result<Sent, ApiError> {
        let (message, _) = app.store.message_for(conversation, earlier, None).await?;
        let message = message.ok_or_else(|| ApiError::message_not_found(earlier))?;
        app.store.move_head(&message).await?;
        Ok(Sent { message, quoted })
    }
}

/// Whether this sender may send to this receiver, for operations that only prepare a send.
///
/// Cost: 1 round trip, 5 read units.
pub async fn require_may_send(app: &App, sender: &Identity, receiver: &Receiver) -> Result<(), ApiError> {
    let uid = sender.uid();
    let query = SendQuery {
        sender: &uid,
        receiver,
        conversation: &ConversationId::of(&uid, receiver),
        mentioned: &BTreeSet::new(),
        quoted: None,
        repeat: None,
        uploads: &[],
    };
    let facts = app.store.send_facts(&query).await?;
    active_sender(sender, &facts)?;
    active_party(receiver, &facts)?;
    check_access(sender, receiver, &facts)
}

fn active_sender(sender: &Identity, facts: &SendFacts) -> Result<User, ApiError> {
    match sender {
        Identity::App => Ok(User::app_system()),
        Identity::User(uid) => facts.sender.clone().filter(User::is_active).ok_or_else(|| ApiError::uid_not_found(uid)),
    }
}

fn check_access(sender: &Identity, receiver: &Receiver, facts: &SendFacts) -> Result<(), ApiError> {
    if let (Receiver::Group(guid), Some(uid)) = (receiver, sender.user()) {
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

/// The users that the text mentions and that exist, as the sender sees them.
fn mentions(mentioned: &[User], sender: &User) -> Result<Map<String, Value>, ApiError> {
    let known: Vec<&User> = mentioned.iter().filter(|user| user.is_active()).collect();
    if mention::MAX_MENTIONED < known.len() {
        return Err(too_many_mentions());
    }
    let views = known.into_iter().map(|user| (user.uid.to_string(), json!(UserView::of(user).seen_by(&sender.uid))));
    Ok(views.collect())
}

fn too_many_mentions() -> ApiError {
    ApiError::field("data.text", format!("must not mention more than {} users.", mention::MAX_MENTIONED))
}
