//! Everything that anybody can read, as one map: what two services answer alike, they hold alike.
//!
//! Not asked are what stays with a deployment (keys, tokens, sessions, webhooks, settings; docs/moving.md) and other names of the same
//! lists.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use reqwest::Url;
use serde_json::{Value, json};
use tests::{Api, segment};

/// What each path answered to whom; files by what they hold.
#[derive(Debug, Default)]
pub struct Crawl {
    /// What the REST API tells of everybody who is active.
    told: BTreeMap<String, Value>,
    /// What it tells nobody who reads an app by it: what deactivated users see, who reported what, whom to notify of what.
    untold: BTreeMap<String, Value>,
}

/// Who asks where no user does.
const APP: &str = "app_system";
/// Every how many messages one is asked for by itself, another by each user, where there are many.
const ALONE_EVERY: usize = 3;
/// Up to how many each is.
const ALL_ALONE: usize = 100;

/// How much two services are held to answer alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything.
    All,
    /// What the REST API tells of everybody: nobody can be asked what deactivated users see, and who reported what.
    Told,
}

/// Asks for everything, as the app and as each user.
pub async fn crawl(api: &Api) -> Crawl {
    let http = reqwest::Client::new();
    let mut crawl = Crawler { api, http, crawl: Crawl::default(), files: BTreeMap::new() };
    let users = crawl.list(APP, "/users?perPage=1000&withTags=true&withDeactivated=true").await;
    let groups = crawl.list(APP, "/groups?perPage=1000&withTags=true").await;
    let messages =
        crawl.list(APP, "/messages?limit=1000&affix=append&sentAt=0&withTags=true&mentionsWithTagInfo=true").await;
    let (mut uids, guids) = (names_of(&users, "uid"), names_of(&groups, "guid"));
    for uid in &uids {
        for path in ["", "/messages?limit=1000", "/threads?limit=1000"] {
            crawl.ask(APP, &format!("/users/{uid}{path}")).await;
        }
    }
    // What deactivated users see nobody is told.
    let is_active = |uid: &String| users.iter().any(|user| user["uid"] == **uid && user["deactivatedAt"].is_null());
    uids.retain(is_active);
    crawl.as_app(&uids, &guids, &messages).await;
    for (n, uid) in uids.iter().enumerate() {
        crawl.as_user(uid, &uids, &guids).await;
        for (at, message) in messages.iter().enumerate() {
            let id = &message["id"];
            if is_alone(at + n, &messages) {
                crawl.ask(uid, &format!("/messages/{id}")).await;
            }
            if 0 < message["replyCount"].as_u64().unwrap_or_default() {
                crawl.ask(uid, &format!("/messages/{id}/thread?limit=1000")).await;
            }
        }
    }
    crawl.crawl
}

fn is_alone(n: usize, messages: &[Value]) -> bool {
    messages.len() <= ALL_ALONE || n.is_multiple_of(ALONE_EVERY)
}

fn names_of(listed: &[Value], name: &str) -> Vec<String> {
    listed.iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

struct Crawler<'a> {
    api: &'a Api,
    http: reqwest::Client,
    crawl: Crawl,
    /// What the URLs of files gave, without their signatures.
    files: BTreeMap<String, String>,
}

impl Crawler<'_> {
    /// What the app sees beside its lists of users, groups and messages.
    async fn as_app(&mut self, active: &[String], guids: &[String], messages: &[Value]) {
        for path in ["/conversations/pinned", "/threads?limit=1000"] {
            self.ask(APP, path).await;
        }
        for (list, name) in [("/roles", "role"), ("/bots", "uid"), ("/moderation/reasons", "id")] {
            for item in self.list(APP, &format!("{list}?perPage=1000")).await {
                self.ask(APP, &format!("{list}/{}", item[name].as_str().unwrap())).await;
            }
        }
        for path in
            ["/moderation/flagged-messages", "/conversations?perPage=1000&withTags=true", "/conversations?unique=1"]
        {
            self.ask_untold(APP, path).await;
        }
        for guid in guids {
            for path in [
                "",
                "/members?perPage=1000",
                "/bannedusers?perPage=1000",
                "/messages?pinned=1",
                "/messages?limit=1000",
                "/threads?limit=1000",
            ] {
                self.ask(APP, &format!("/groups/{guid}{path}")).await;
            }
        }
        for uid in active {
            for path in ["/friends?perPage=1000&withDeactivated=true", "/blockedusers?perPage=1000&direction=both"] {
                self.ask(APP, &format!("/users/{uid}{path}")).await;
            }
        }
        for (n, message) in messages.iter().enumerate() {
            let id = &message["id"];
            // By itself a message of a group says who received it.
            if is_alone(n, messages) {
                self.ask(APP, &format!("/messages/{id}")).await;
            }
            let reactions = message["data"]["reactions"].as_array().cloned().unwrap_or_default();
            for reaction in &reactions {
                let reaction = segment(reaction["reaction"].as_str().unwrap());
                self.ask(APP, &format!("/messages/{id}/reactions/{reaction}")).await;
            }
            if !reactions.is_empty() {
                self.ask(APP, &format!("/messages/{id}/reactions")).await;
            }
        }
    }

    /// What one user sees.
    async fn as_user(&mut self, uid: &str, others: &[String], guids: &[String]) {
        for path in [
            "/users?perPage=1000&withDeactivated=true",
            "/users?perPage=1000&friendsOnly=true&withDeactivated=true",
            "/users?perPage=1000&hideBlockedUsers=true",
            "/groups?perPage=1000",
            "/groups?perPage=1000&hasJoined=true",
            "/blockedusers?perPage=1000",
            "/conversations?perPage=1000&unread=1",
            "/conversations?perPage=1000&pinnedBy=me,system",
            "/messages?limit=1000&withTags=true&withThreadSubscribed=true",
            "/messages?limit=1000&hideMessagesFromBlockedUsers=true",
            "/messages?limit=1000&saved=1",
            "/messages?limit=1000&hasMentions=true",
            "/messages?limit=1000&onlyInteractionGoalCompleted=true",
            "/threads?limit=1000&withUnreadReplyCount=true&withMentionCount=true&withThreadSubscribed=true",
            "/threads?limit=1000&participatedByMe=true",
        ] {
            self.ask(uid, path).await;
        }
        for path in ["/tokens", "/preferences"].map(|path| format!("/notifications/push/v1{path}")) {
            self.ask_untold(uid, &path).await;
        }
        for path in ["", "/mute", "/timezone"] {
            self.ask_untold(uid, &format!("/notifications/v1/preferences{path}")).await;
        }
        self.unseen(uid, "").await;
        let list = "/conversations?perPage=1000&withTags=true&includeBlockedUsers=true&withBlockedInfo=true";
        for conversation in self.list(uid, list).await {
            self.ask(uid, &format!("/conversations/{}", conversation["conversationId"].as_str().unwrap())).await;
        }
        let sides = others.iter().map(|uid| format!("/users/{uid}"));
        let sides = sides.chain(guids.iter().map(|guid| format!("/groups/{guid}")));
        for side in sides.collect::<Vec<_>>() {
            self.unseen(uid, &side).await;
            for path in ["", "/conversation", "/messages?pinned=1&limit=100", "/messages?limit=1000"] {
                self.ask(uid, &format!("{side}{path}")).await;
            }
            self.ask(uid, &format!("{side}/threads?limit=1000&withUnreadReplyCount=true")).await;
        }
        for guid in guids {
            self.ask(uid, &format!("/groups/{guid}/members?perPage=1000")).await;
        }
    }

    /// What a user has not read and not received: which messages, and how many.
    async fn unseen(&mut self, uid: &str, side: &str) {
        for unseen in ["unread", "undelivered"] {
            for more in ["limit=1000", "count=1"] {
                self.ask(uid, &format!("{side}/messages?{unseen}=1&{more}")).await;
            }
        }
    }

    async fn list(&mut self, uid: &str, path: &str) -> Vec<Value> {
        self.ask(uid, path).await["data"].as_array().unwrap().clone()
    }

    async fn ask(&mut self, uid: &str, path: &str) -> Value {
        let answer = self.answer(uid, path).await;
        let body = answer["body"].clone();
        self.crawl.told.insert(format!("{uid} GET {path}"), answer);
        body
    }

    async fn ask_untold(&mut self, uid: &str, path: &str) {
        let answer = self.answer(uid, path).await;
        self.crawl.untold.insert(format!("{uid} GET {path}"), answer);
    }

    async fn answer(&mut self, uid: &str, path: &str) -> Value {
        // Not by an `Actor`, who would hold each of these thousands of answers to its schema.
        let request = self.http.get(format!("{}{path}", self.api.base_url())).header("apikey", self.api.api_key());
        let request = if uid == APP { request } else { request.header("onbehalfof", uid) };
        let answer = request.send().await.unwrap();
        let (status, mut body) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        self.place_files(&mut body).await;
        json!({ "status": status, "body": body })
    }

    /// Puts what files hold in the place of their URLs.
    async fn place_files(&mut self, value: &mut Value) {
        let mut urls = Vec::new();
        find_urls(value, &self.api.bucket_url(), &mut urls);
        for url in urls {
            let place = Url::parse(&url).unwrap().path().to_owned();
            if let Entry::Vacant(slot) = self.files.entry(place) {
                let file = tests::media::download(&url).await;
                slot.insert(format!("{} {} {:?}", file.status, file.content_type, file.bytes));
            }
        }
        replace_urls(value, &self.files);
    }
}

fn find_urls(value: &Value, bucket: &str, urls: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with(bucket) => urls.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| find_urls(item, bucket, urls)),
        Value::Object(fields) => fields.values().for_each(|field| find_urls(field, bucket, urls)),
        _ => {}
    }
}

fn replace_urls(value: &mut Value, files: &BTreeMap<String, String>) {
    match value {
        Value::String(text) if text.starts_with("http") => {
            let held = Url::parse(text).ok().and_then(|url| files.get(url.path()));
            if let Some(held) = held {
                *text = held.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace_urls(item, files)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace_urls(field, files)),
        _ => {}
    }
}

/// Fails with the first things that one of two services answers otherwise than the other, or was not asked.
pub fn assert_alike(one: &Crawl, other: &Crawl, depth: Depth, what: &str) {
    let mut differences = Vec::new();
    let untold = Some((&one.untold, &other.untold)).filter(|_| depth == Depth::All);
    for (one, other) in [(&one.told, &other.told)].into_iter().chain(untold) {
        let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for path in paths {
            let [one, other] = [one, other].map(|crawl| crawl.get(path).unwrap_or(&Value::Null));
            differ(path, one, other, &mut differences);
        }
    }
    let shown: Vec<&String> = differences.iter().take(40).collect();
    assert!(differences.is_empty(), "{what}: {} differences\n{shown:#?}", differences.len());
}

fn differ(place: &str, one: &Value, other: &Value, differences: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(fields), Value::Object(others)) => {
            let names: BTreeSet<&String> = fields.keys().chain(others.keys()).collect();
            for name in names {
                let [one, other] = [fields, others].map(|fields| fields.get(name).unwrap_or(&Value::Null));
                differ(&format!("{place} .{name}"), one, other, differences);
            }
        }
        (Value::Array(items), Value::Array(others)) if ids(items) == ids(others) && items.len() == others.len() => {
            items.iter().zip(others).enumerate().for_each(|(n, (one, other))| {
                differ(&format!("{place} [{n}]"), one, other, differences);
            });
        }
        (Value::Array(items), Value::Array(others)) if items.iter().chain(others).all(|item| item["id"].is_u64()) => {
            differences.push(format!("{place}: {} is {}", ids(items).join(", "), ids(others).join(", ")));
        }
        (one, other) if one == other => {}
        (one, other) => {
            let [one, other] = [one, other].map(|value| value.to_string().chars().take(400).collect::<String>());
            differences.push(format!("{place}: {one} is {other}"));
        }
    }
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].to_string()).collect()
}
