//! States that no route makes, written straight into the table.

use futures_util::{StreamExt, TryStreamExt, stream};
use model::id::MessageId;
use model::message::Message;
use model::time::Seconds;
use model::uid::Uid;
use model::user::{NewUser, User};
use serde_json::{Value, json};

use model::event::{Audience, Event, EventKind, Origin};
use shared::store::block::{BlockChange, Blocking};
use shared::store::friend::Befriending;
use shared::store::import::{Brought, BroughtMessages};
use shared::store::send::{Standing, Stored};
use shared::store::upload::UploadClaim;
use shared::store::user::UserCreation;

use crate::{Actor, Api};

/// How many writes are under way at once.
const AT_ONCE: usize = 16;

impl Api {
    /// Makes `uid` block `other`.
    pub async fn block(&self, uid: &str, other: &str) {
        let user = self.store().user(&Uid::parse(uid).unwrap()).await.unwrap().unwrap();
        let other = Uid::parse(other).unwrap();
        let event = app_event(&user.uid, EventKind::UserBlocked { other: other.clone() });
        let blocks = [BlockChange { other, event }];
        let blocked = self.store().block_all(&user, &blocks, shared::clock::system().seconds()).await.unwrap();
        assert_eq!(blocked, Blocking::Done);
    }

    /// Makes two users friends.
    pub async fn befriend(&self, uid: &str, other: &str) {
        let user = async |uid: &str| self.store().user(&Uid::parse(uid).unwrap()).await.unwrap().unwrap();
        let (user, other) = (user(uid).await, user(other).await);
        let event = app_event(&user.uid, EventKind::FriendAdded { other: other.uid.clone() });
        let now = shared::clock::system().seconds();
        assert_eq!(self.store().befriend(&user, &other, &event, now).await.unwrap(), Befriending::Done);
    }

    /// Writes a text straight into an item of the table, whatever the types of the API say.
    pub async fn overwrite(&self, item: &Value, attribute: &str, text: &str) {
        self.overwrite_with(item, attribute, json!({ "S": text })).await;
    }

    /// [`Api::overwrite`] with any value, as DynamoDB writes it.
    pub async fn overwrite_with(&self, item: &Value, attribute: &str, value: Value) {
        let update = json!({
            "TableName": "halley",
            "Key": { "pk": item["pk"], "sk": item["sk"] },
            "UpdateExpression": "SET #attribute = :value",
            "ExpressionAttributeNames": { "#attribute": attribute },
            "ExpressionAttributeValues": { ":value": value },
        });
        self.dynamodb("UpdateItem", &update);
    }

    /// Lets it be long since anybody wrote to another user.
    pub async fn let_time_pass_since_writes(&self) {
        for item in self.table().await {
            for mark in ["wroteAt", "firstWroteAt", "secondWroteAt"] {
                if !item[mark].is_null() {
                    self.overwrite_with(&item, mark, json!({ "N": "1700000000" })).await;
                }
            }
        }
    }

    /// Lets the time of the items with this sort key be over, and removes them as DynamoDB does; says how many.
    pub async fn expire(&self, sk: &str) -> usize {
        for item in self.table().await.into_iter().filter(|item| item["sk"]["S"] == sk) {
            let update = json!({
                "TableName": "halley",
                "Key": { "pk": item["pk"], "sk": item["sk"] },
                "UpdateExpression": "SET expiresAt = :over",
                "ExpressionAttributeValues": { ":over": { "N": "1700000000" } },
            });
            self.local.dynamodb("UpdateItem", &update).expect("the update succeeds");
        }
        self.local.expire().expect("the removal succeeds")
    }

    /// A user who was deactivated; acts with a token of theirs.
    pub async fn deactivated_user(&self, uid: &str) -> Actor<'_> {
        let user = self.token_user(uid).await;
        self.app().delete(format!("/users/{uid}"), json!({})).await.expect_ok();
        user
    }

    /// Creates many users at once.
    pub async fn users(&self, uids: &[String]) {
        self.users_of(uids.iter().map(|uid| json!({ "uid": uid, "name": uid }))).await;
    }

    /// [`Api::users`] by the bodies that would create them.
    pub async fn users_of(&self, bodies: impl IntoIterator<Item = Value>) {
        let bodies: Vec<Value> = bodies.into_iter().collect();
        let create = |body: Value| async move {
            let user = new_user(&body);
            let event = app_event(&user.uid, EventKind::UserCreated { uid: user.uid.clone() });
            self.store().create_user(&user, &event, None, shared::clock::system()).await
        };
        let n_users = bodies.len();
        let created: Vec<UserCreation> =
            stream::iter(bodies).map(create).buffer_unordered(AT_ONCE).try_collect().await.unwrap();
        assert_eq!(created, vec![UserCreation::Done; n_users]);
    }

    /// Stores further messages like `sent`, one for each of these seconds, with the texts `m0`, `m1`, …; returns
    /// their ids.
    pub async fn history(&self, sent: &Value, seconds: impl IntoIterator<Item = u64>) -> Vec<u64> {
        self.history_of(sent, seconds, |n| format!("m{n}")).await
    }

    /// [`Api::history`] with other texts.
    pub async fn history_of(
        &self,
        sent: &Value,
        seconds: impl IntoIterator<Item = u64>,
        text: fn(usize) -> String,
    ) -> Vec<u64> {
        let sent = self.stored(sent).await;
        let copies = seconds.into_iter().enumerate().map(|(n, second)| copy(&sent, n, second, text(n)));
        let copies: Vec<Message> = copies.collect();
        let ids = copies.iter().map(|message| message.id.number()).collect();
        let brought = self.store().import_messages(&copies, true).await.unwrap();
        assert_eq!(brought, BroughtMessages::default());
        ids
    }

    /// Brings in a reply to `parent` from right behind it, and lets the parent count it; returns its id.
    pub async fn reply(&self, parent: &Value) -> u64 {
        let parent = self.stored(parent).await;
        let reply = Message { id: parent.id.after().unwrap(), parent_id: Some(parent.id), ..parent.clone() };
        let counting = Message { reply_count: parent.reply_count + 1, ..parent };
        assert_eq!(self.store().import_change(&counting).await.unwrap(), Brought::Done);
        let brought = self.store().import_messages(std::slice::from_ref(&reply), true).await.unwrap();
        assert_eq!(brought, BroughtMessages::default());
        reply.id.number()
    }

    /// Stores a message like this one, sent by a function whose clock is so many seconds ahead; returns its id.
    pub async fn sent_ahead(&self, like: &Value, seconds: u64) -> u64 {
        let like = self.stored(like).await;
        let id = MessageId::first_of(like.sent_at().plus(seconds));
        let ahead = Message { id, updated_at: id.sent_at(), ..like };
        let (claim, event) = (UploadClaim::default(), sent_event(&ahead));
        let stored = self.store().store_message(&ahead, None, Standing::OPEN, &claim, &event).await.unwrap();
        assert_eq!(stored, Stored::Done);
        id.number()
    }

    async fn stored(&self, sent: &Value) -> Message {
        let id = MessageId::new(sent["id"].as_u64().unwrap()).unwrap();
        let conversation = self.store().conversation_of(id).await.unwrap().unwrap();
        self.store().message(&conversation, id).await.unwrap().unwrap()
    }
}

/// Ids of one second differ by the place in the history, so the order in it is the order given.
fn copy(sent: &Message, n: usize, second: u64, text: String) -> Message {
    let id = MessageId::new(MessageId::first_of(Seconds::new(second)).number() + n as u64).unwrap();
    let mut copy = Message { id, updated_at: id.sent_at(), ..sent.clone() };
    copy.data.insert("text".to_owned(), json!(text));
    copy
}

fn new_user(body: &Value) -> User {
    NewUser::parse(body.as_object().unwrap(), shared::clock::system().seconds()).unwrap().user
}

/// What the app does to a user.
pub fn app_event(uid: &Uid, kind: EventKind) -> Event {
    let id = MessageId::last_of(shared::clock::system());
    Event::new(id, &Origin { actor: Uid::app_system(), device: None }, Audience::User(uid.clone()), kind)
}

/// The event of a message that was sent past the API.
pub fn sent_event(message: &Message) -> Event {
    let origin = Origin { actor: message.sender.clone(), device: None };
    let audience = Audience::Conversation(message.conversation.clone());
    Event::new(message.id, &origin, audience, EventKind::MessageSent { message: message.id })
}
