//! What several topics arrange or look at.

use model::archive::{ConversationRecord, Record};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::entity;
use model::group::{Group, NewGroup};
use model::id::MessageId;
use model::message::{Category, Message, Receiver};
use model::time::Seconds;
use model::uid::Uid;
use model::user::{NewUser, User};
use serde_json::{Value, json};
use shared::store::import::BroughtMessages;
use tests::{Actor, Answer, Api};

/// The first moment that arranged messages are sent at; long ago, so that nothing sent meanwhile comes before it.
pub const DAWN: u64 = 1_760_000_000;

/// The people of a group with every role, and around it.
pub const ROLES: [&str; 7] = ["owner", "admin", "moderator", "sender", "participant", "outsider", "banned"];

/// The group `club`, in which each of [`ROLES`] is what they are called.
pub async fn club(api: &Api) -> String {
    for role in ROLES {
        api.user(role).await;
    }
    let members = json!({
        "admins": ["admin"], "moderators": ["moderator"], "participants": ["sender", "participant"],
        "usersToBan": ["banned"],
    });
    let group = json!({ "guid": "club", "name": "Club", "type": "public", "owner": "owner", "members": members });
    api.app().post("/groups", group).await.expect_ok();
    "club".to_owned()
}

/// A service with the group `barn`, public and owned by ash, with one member of each rank; `gorse` is banned, `heath` and
/// `fern` are strangers.
pub async fn barn() -> Api {
    let api = Api::start().await;
    for uid in ["ash", "admin", "mod", "part", "gorse", "heath", "fern"] {
        api.user(uid).await;
    }
    let members = json!({
        "admins": ["admin"], "moderators": ["mod"], "participants": ["part"], "usersToBan": ["gorse"],
    });
    let group = json!({ "guid": "barn", "name": "Barn", "type": "public", "owner": "ash", "members": members });
    api.app().post("/groups", group).await.expect_ok();
    api
}

/// Who stands in a table of cases: the app, or a user.
pub fn who<'a>(api: &'a Api, name: &str) -> Actor<'a> {
    if name == "app" { api.app() } else { api.on_behalf_of(name) }
}

/// Checks an answer against a row of a table: a success, or a status and code.
#[track_caller]
pub fn expect(answer: Answer, refusal: Option<(u16, &str)>) -> Value {
    match refusal {
        None => answer.expect_data(),
        Some((status, code)) => answer.expect_error(status, code),
    }
}

/// Every item of a list, page by page in one direction, in the order of their ids.
pub async fn walk(actor: &Actor<'_>, path: &str, query: &str, affix: &str, limit: usize) -> Vec<Value> {
    const MOST_PAGES: usize = 200;
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let page = actor.get(format!("{path}?{query}&affix={affix}&limit={limit}{cursor}")).await.expect_ok();
        let found = page["data"].as_array().unwrap().clone();
        assert!(found.len() <= limit, "{path}?{query}: {} items on a page of {limit}", found.len());
        items = if affix == "append" { [items, found].concat() } else { [found, items].concat() };
        let step = &page["meta"][if affix == "append" { "next" } else { "previous" }];
        if step.is_null() {
            return items;
        }
        assert_eq!(step["affix"], affix, "{path}?{query}");
        cursor = format!("&id={}", step["id"]);
    }
    panic!("{path}?{query}: the pages never end");
}

/// A text message that was sent `second` seconds after [`DAWN`], to be changed further and stored.
pub fn text_at(second: u64, from: &str, receiver: &Receiver, text: &str) -> Message {
    let sender = Uid::parse(from).unwrap();
    // Ids fall into shards by their low bits.
    let id = MessageId::new(MessageId::first_of(Seconds::new(DAWN + second)).number() + second * 11).unwrap();
    let conversation = ConversationId::of(&sender, receiver);
    let data = json!({ "text": text }).as_object().unwrap().clone();
    let kind = (Category::Message, "text".to_owned());
    let to = match receiver {
        Receiver::User(uid) => entity::user(&somebody(uid.as_str()), Some(&conversation)),
        Receiver::Group(guid) => entity::group(&some_group(guid.as_str())),
    };
    let entities = entity::entities([("sender", entity::user(&somebody(from), None)), ("receiver", to)]);
    Message::new(id, conversation, sender, receiver.clone(), kind, data, entities)
}

fn some_group(guid: &str) -> Group {
    let body = json!({ "guid": guid, "name": guid });
    NewGroup::parse(body.as_object().unwrap(), Seconds::new(DAWN)).unwrap().group
}

/// A user who was never stored.
pub fn somebody(uid: &str) -> User {
    let body = json!({ "uid": uid, "name": uid });
    NewUser::parse(body.as_object().unwrap(), Seconds::new(DAWN)).unwrap().user
}

/// Brings in a message as it is, with its sender, and its users' rows of the conversation.
pub async fn store(api: &Api, message: &Message) {
    let uid = message.sender.as_str();
    if message.sender != Uid::app_system() && api.app().get(format!("/users/{uid}")).await.status != 200 {
        api.app().post("/users", json!({ "uid": uid, "name": uid })).await.expect_ok();
    }
    let brought = api.store().import_messages(std::slice::from_ref(message), true).await.unwrap();
    assert_eq!(brought, BroughtMessages::default());
    let opened = |uid: &Uid| {
        let state = ParticipantState {
            joined_at: Some(message.sent_at()),
            ..ParticipantState::new(message.conversation.clone())
        };
        Record::from(ConversationRecord::new(uid.clone(), state))
    };
    let rows: Vec<Record> = message.conversation.users().into_iter().map(opened).collect();
    api.store().import_rows(&rows).await.unwrap();
}

/// The items of the table, and the answers of every route on which `reader` could see `id`, that hold `text`.
pub async fn traces(api: &Api, reader: &Actor<'_>, lists: &[&str], text: &str) -> Vec<String> {
    let mut traces = Vec::new();
    for path in lists {
        for query in ["limit=1000", "limit=1000&category=action", "limit=1000&onlyDeleted=true&withTags=true"] {
            let answer = reader.get(format!("{path}?{query}")).await.expect_ok();
            if answer.to_string().contains(text) {
                traces.push(format!("{path}?{query}: {answer}"));
            }
        }
    }
    let items = api.table().await;
    assert!(!items.is_empty());
    traces.extend(items.into_iter().map(|item| item.to_string()).filter(|item| item.contains(text)));
    traces
}

/// The summary of a message's reactions: what, how often, and whether by the reader too.
pub fn reactions(message: &Value) -> Vec<(&str, u64, bool)> {
    let entries = message["data"]["reactions"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries
        .iter()
        .map(|entry| {
            let by_me = entry.get("reactedByMe").is_some_and(|flag| *flag == json!(true));
            (entry["reaction"].as_str().unwrap(), entry["count"].as_u64().unwrap(), by_me)
        })
        .collect()
}

/// Makes a user a bot.
pub async fn bot(api: &Api, uid: &str) {
    let body = json!({ "uid": uid, "webhookURL": "https://hooks.example/bot" });
    api.app().post("/bots", body).await.expect_ok();
}
