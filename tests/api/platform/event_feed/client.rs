//! A client of one user or of the app: it holds what it was shown, hears what it is told, and looks up again nothing else.

use std::collections::BTreeSet;

use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind};
use model::message::Receiver;
use model::uid::Uid;
use serde_json::{Value, json};
use tests::Actor;

use super::kind_of;
use super::lookups::{self, Lookup};
use super::state::{Found, Reader, State, Thing};

#[derive(Clone)]
pub struct Client<'a> {
    pub reader: Reader<'a>,
    pub state: State,
}

impl<'a> Client<'a> {
    pub async fn start(actor: Actor<'a>) -> Client<'a> {
        let reader = Reader { actor };
        Client { state: reader.everything().await, reader }
    }

    fn holds(&self, thing: Thing) -> bool {
        self.state.contains_key(&thing)
    }

    /// Whether an event is for this client. Members are those who were so when it happened, whom it makes so, and who ends
    /// being so by it; the app hears everything.
    async fn is_told(&self, event: &Event) -> bool {
        let uid = self.reader.uid();
        self.reader.is_app()
            || match &event.audience {
                Audience::Everybody => true,
                Audience::User(user) => user.as_str() == uid,
                Audience::Users(one, other) => [one.as_str(), other.as_str()].contains(&uid),
                Audience::Group(guid) | Audience::Conversation(ConversationId::Group(guid)) => {
                    let group = Thing::Group(guid.to_string());
                    self.holds(group) || self.becomes_member(event).await
                }
                Audience::Conversation(users) => Uid::parse(uid).is_ok_and(|uid| users.is_between(&uid)),
            }
    }

    /// Whether the event is of their own membership: named, or that of who owns a new group.
    async fn becomes_member(&self, event: &Event) -> bool {
        match &event.kind {
            EventKind::Member { uid, .. } => uid.as_str() == self.reader.uid(),
            EventKind::GroupCreated { guid } => {
                let group = self.reader.group(guid.as_str()).await;
                group.iter().any(|(_, group)| group["owner"] == self.reader.uid())
            }
            _ => false,
        }
    }

    /// Is told those of the events that are for this client.
    pub async fn hear_all(&mut self, events: impl IntoIterator<Item = &Event>) {
        for event in events {
            if self.is_told(event).await {
                for lookup in lookups::of(event, self.reader.uid()) {
                    self.look_up(lookup).await;
                }
            }
        }
    }

    /// Whether this client would not hold what is shown if it heard the events without those of a kind.
    pub async fn needs(&self, kind: &str, events: &[Event], shown: &State) -> bool {
        let mut other = self.clone();
        other.hear_all(events.iter().filter(|event| kind_of(event) != kind)).await;
        other.state != *shown
    }

    async fn look_up(&mut self, lookup: Lookup) {
        match lookup {
            Lookup::Message(id) => self.look_up_message(id).await,
            Lookup::Messages { conversation, from, to, sender } => {
                let sender = sender.map(|sender| json!(sender));
                self.look_up_messages(&conversation, |message| {
                    let id = message["id"].as_u64().unwrap();
                    (from..=to).contains(&id) && sender.as_ref().is_none_or(|sender| message["sender"] == *sender)
                })
                .await;
            }
            Lookup::Conversation(conversation) => self.look_up_conversation(&conversation).await,
            Lookup::ConversationWith(with) => self.look_up_conversation_with(&with).await,
            Lookup::Group(guid) => {
                let found = self.reader.group(guid.as_str()).await;
                self.replace(found, |thing, _| *thing == Thing::Group(guid.to_string()));
            }
            Lookup::Member(guid, uid) => self.look_up_member(guid.as_str(), uid.as_str()).await,
            Lookup::AllOfGroup(guid) => self.look_up_all_of_group(guid.as_str()).await,
            Lookup::User(uid) => self.look_up_user(&uid).await,
            Lookup::AllThatShows(uid) => self.look_up_all_that_shows(&uid).await,
            Lookup::Block(by, other) => self.look_up_block(by.as_str(), other.as_str()).await,
            Lookup::Friends(uid, other) => {
                self.look_up_friend(uid.as_str(), other.as_str()).await;
                self.look_up_friend(other.as_str(), uid.as_str()).await;
            }
            Lookup::Token(uid, digest) => {
                let found = self.reader.tokens(uid.as_str()).await;
                self.replace(found, |thing, _| *thing == Thing::Token(digest.clone()));
            }
            Lookup::SystemPins => self.look_up_system_pins().await,
            Lookup::Everything => self.state = self.reader.everything().await,
        }
    }

    /// Puts what was found in the place of a part of the state, and leaves all else.
    fn replace(&mut self, found: Found, part: impl Fn(&Thing, &Value) -> bool) {
        self.state.retain(|thing, value| !part(thing, value));
        self.state.extend(found.into_iter().filter(|(thing, value)| part(thing, value)));
    }

    async fn look_up_message(&mut self, id: u64) {
        let mut ids = self.with_parent(id);
        self.look_up_one_message(id).await;
        ids.append(&mut self.with_parent(id));
        let shows = |message: &Value| {
            let shown = [&message["quotedMessageId"], &message["data"]["entities"]["on"]["entity"]["id"]];
            shown.into_iter().any(|shown| shown.as_u64().is_some_and(|shown| ids.contains(&shown)))
        };
        let mut others: BTreeSet<u64> =
            self.messages().filter(|(_, message)| shows(message)).map(|(other, _)| other).collect();
        others.extend(&ids);
        others.remove(&id);
        for other in others {
            self.look_up_one_message(other).await;
        }
    }

    async fn look_up_one_message(&mut self, id: u64) {
        let found = self.reader.message(id).await;
        self.replace(found, |thing, _| *thing == Thing::Message(id));
    }

    /// A message, and what it replies to.
    fn with_parent(&self, id: u64) -> BTreeSet<u64> {
        let parent = self.state.get(&Thing::Message(id)).and_then(|message| message["parentId"].as_u64());
        parent.into_iter().chain([id]).collect()
    }

    pub fn messages(&self) -> impl Iterator<Item = (u64, &Value)> {
        self.state.iter().filter_map(|(thing, value)| match thing {
            Thing::Message(id) => Some((*id, value)),
            _ => None,
        })
    }

    /// The messages of a conversation that `named` takes, and what they reply to: it counts unread replies.
    async fn look_up_messages(&mut self, conversation: &ConversationId, named: impl Fn(&Value) -> bool) {
        let of = json!(conversation.to_string());
        let is_named = |message: &Value| message["conversationId"] == of && named(message);
        let parents: BTreeSet<u64> = self
            .messages()
            .filter(|(_, message)| is_named(message))
            .filter_map(|(_, message)| message["parentId"].as_u64())
            .collect();
        let found = self.reader.messages_of(&conversation.to_string()).await;
        self.replace(found, |thing, value| match thing {
            Thing::Message(id) => is_named(value) || parents.contains(id),
            _ => false,
        });
    }

    async fn look_up_conversation(&mut self, conversation: &ConversationId) {
        let id = conversation.to_string();
        let found = self.reader.conversation(&id).await;
        self.replace(found, |thing, _| *thing == Thing::Conversation(id.clone()));
    }

    async fn look_up_conversation_with(&mut self, with: &Receiver) {
        if !self.reader.is_app() {
            let uid = Uid::parse(self.reader.uid()).unwrap();
            self.look_up_conversation(&ConversationId::of(&uid, with)).await;
        }
    }

    async fn look_up_member(&mut self, guid: &str, uid: &str) {
        let found = self.reader.members(guid).await;
        self.replace(found, |thing, _| match thing {
            Thing::Member(of, who) | Thing::Ban(of, who) => of == guid && who == uid,
            _ => false,
        });
    }

    async fn look_up_all_of_group(&mut self, guid: &str) {
        let conversation = format!("group_{guid}");
        let mut found = self.reader.group(guid).await;
        // Who does not belong to it holds nothing of it.
        if !found.is_empty() {
            found.extend(self.reader.members(guid).await);
            found.extend(self.reader.conversation(&conversation).await);
            found.extend(self.reader.messages_of(&conversation).await);
        }
        self.replace(found, |thing, value| match thing {
            Thing::Group(of) | Thing::Member(of, _) | Thing::Ban(of, _) => of == guid,
            Thing::Conversation(of) => *of == conversation,
            Thing::Message(_) => value["conversationId"] == conversation,
            _ => false,
        });
    }

    async fn look_up_user(&mut self, uid: &Uid) {
        let found = self.reader.user(uid.as_str()).await;
        self.replace(found, |thing, _| match thing {
            Thing::User(of) | Thing::DeactivatedUser(of) => of == uid.as_str(),
            _ => false,
        });
        self.look_up_conversation_with(&Receiver::User(uid.clone())).await;
        let shown: Vec<Thing> = self.state.keys().cloned().collect();
        for thing in shown {
            match &thing {
                Thing::Member(guid, who) | Thing::Ban(guid, who) if who == uid.as_str() => {
                    self.look_up_member(guid, who).await;
                }
                Thing::Block(by, other) if other == uid.as_str() => self.look_up_block(by, other).await,
                Thing::Friend(of, other) if other == uid.as_str() => self.look_up_friend(of, other).await,
                _ => {}
            }
        }
        self.look_up_system_pins().await;
    }

    async fn look_up_all_that_shows(&mut self, uid: &Uid) {
        let shown = json!(uid).to_string();
        let found: Found = self.reader.everything().await.into_iter().collect();
        let things = self.state.keys().chain(found.iter().map(|(thing, _)| thing));
        let groups: BTreeSet<String> = things
            .filter_map(|thing| match thing {
                Thing::Member(guid, who) if who == uid.as_str() => Some(guid.clone()),
                _ => None,
            })
            .collect();
        let shows = |thing: &Thing, value: &Value| match thing {
            Thing::Group(_) => value.to_string().contains(&shown),
            Thing::Conversation(id) => {
                groups.iter().any(|guid| *id == format!("group_{guid}")) || value.to_string().contains(&shown)
            }
            // Those of them name only whom they blocked, or who is their friend.
            Thing::Block(by, other) | Thing::Friend(by, other) => [by, other].contains(&&uid.to_string()),
            Thing::SystemPins => true,
            _ => value.to_string().contains(&shown),
        };
        // Also what showed them before, and shows them no more.
        let all = self.state.iter().chain(found.iter().map(|(thing, value)| (thing, value)));
        let part: BTreeSet<Thing> =
            all.filter(|(thing, value)| shows(thing, value)).map(|(thing, _)| thing.clone()).collect();
        self.replace(found, |thing, _| part.contains(thing));
    }

    async fn look_up_block(&mut self, by: &str, other: &str) {
        let found = self.reader.blocks(by).await;
        self.replace(found, |thing, _| *thing == Thing::Block(by.to_owned(), other.to_owned()));
    }

    async fn look_up_friend(&mut self, of: &str, other: &str) {
        let found = self.reader.friends(of).await;
        self.replace(found, |thing, _| *thing == Thing::Friend(of.to_owned(), other.to_owned()));
    }

    async fn look_up_system_pins(&mut self) {
        let found = self.reader.system_pins().await;
        self.replace(found, |thing, _| *thing == Thing::SystemPins);
    }
}
