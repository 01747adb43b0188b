//! What a new local service holds: five users, a group with them, a bot user and an API key.

use lambda_http::Error;
use model::api_key::{ApiKey, KeyScope};
use model::bot::Bot;
use model::event::{Audience, EventKind};
use model::group::NewGroup;
use model::outside::Reach;
use model::user::NewUser;
use serde_json::{Value, json};
use shared::app::App;
use shared::groups::create;
use shared::identity::{Actor, hex_sha256};
use shared::store::limited::Creation;
use shared::store::user::UserCreation;

use crate::credentials::random;
use crate::folder::Folder;

/// The users, by the UIDs that the vendor's own samples use.
const USERS: [(&str, &str); 6] = [
    ("cometchat-uid-1", "Andrew Joseph"),
    ("cometchat-uid-2", "George Alan"),
    ("cometchat-uid-3", "Nancy Grace"),
    ("cometchat-uid-4", "Susan Marie"),
    ("cometchat-uid-5", "John Paul"),
    (BOT, "Halley's helper"),
];
/// The user who is a bot; its webhook is not called until it is enabled.
const BOT: &str = "halley-bot";
/// The group of the first five.
const GROUP: &str = "cometchat-guid-1";

/// The file of the API key in the data folder.
const API_KEY: &str = "api-key";

/// Who one may be on the pages of this service: the seeded users who are people, with their names.
pub fn people_to_be() -> impl Iterator<Item = (&'static str, &'static str)> {
    USERS.into_iter().filter(|(uid, _)| *uid != BOT)
}

/// The API key to use: the given one, else the one kept in `folder`, else a new one, which is kept there.
pub fn api_key(given: Option<String>, folder: Option<&Folder>) -> Result<String, Error> {
    if let Some(key) = given {
        // Anything else cannot be sent in a header, and an empty one would be refused by every route.
        let is_sendable = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        return if is_sendable { Ok(key) } else { Err("The API key must be of visible ASCII characters.".into()) };
    }
    if let Some(key) = folder.map(|folder| folder.kept(API_KEY)).transpose()?.flatten() {
        return Ok(key);
    }
    let key = random(20)?;
    if let Some(folder) = folder {
        folder.keep(API_KEY, &key)?;
    }
    Ok(key)
}

/// Stores the key with full access.
pub async fn store_api_key(app: &App, key: &str) -> Result<(), Error> {
    let stored = ApiKey { name: "local".to_owned(), scope: KeyScope::FullAccess, created_at: app.now() };
    match app.store.put_api_key(&hex_sha256(key.as_bytes()), &stored).await? {
        Creation::Done | Creation::Exists => Ok(()),
        Creation::Full => Err("this data has 25 API keys already; revoke one with halley-admin, or use one".into()),
    }
}

/// Creates users and group, if the table does not have them yet.
pub async fn people(app: &App) -> Result<(), Error> {
    let (now, seeds) = (app.now(), Actor::app(None));
    for (uid, name) in USERS {
        let user = NewUser::parse(object(&json!({ "uid": uid, "name": name }))?, now)?.user;
        let kind = EventKind::UserCreated { uid: user.uid.clone() };
        let event = app.event(&seeds.origin(), Audience::User(user.uid.clone()), kind);
        match app.store.create_user(&user, &event, None, app.now_millis()).await? {
            UserCreation::Done | UserCreation::UidTaken => {}
        }
    }
    let bot =
        Bot::parse(object(&json!({ "uid": BOT, "webhookURL": "http://127.0.0.1/webhook" }))?, Reach::Anywhere, now)?;
    match app.store.create_bot(&bot).await? {
        Creation::Done | Creation::Exists | Creation::Full => {}
    }
    let uids: Vec<&str> = people_to_be().map(|(uid, _)| uid).collect();
    let group = json!({ "guid": GROUP, "name": "Hiking Group", "type": "public", "members": { "participants": uids } });
    let group = NewGroup::parse(object(&group)?, now)?;
    if app.store.group_for(&group.group.guid, None).await?.0.is_none() {
        create::create(app, &seeds, group).await?;
    }
    Ok(())
}

fn object(value: &Value) -> Result<&serde_json::Map<String, Value>, Error> {
    value.as_object().ok_or_else(|| "a seed is an object".into())
}
