//! Everything that anybody can read, as one map: what two services answer alike, they hold alike.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use reqwest::Url;
use serde_json::{Value, json};
use tests::Api;

/// What each path answered to whom; files by what they hold.
pub type Crawl = BTreeMap<String, Value>;

/// Who asks where no user does.
const APP: &str = "app_system";

/// What the crawl asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything.
    All,
    /// What the REST API tells of everybody: nobody can be asked what deactivated users see, and who reported what.
    Told,
}

/// Asks for everything, as the app and as each user.
pub async fn crawl(api: &Api, depth: Depth) -> Crawl {
    let http = reqwest::Client::new();
    let mut crawl = Crawler { api, http, crawl: Crawl::new(), files: BTreeMap::new() };
    let users = crawl.list(APP, "/users?perPage=1000&withTags=true&withDeactivated=true").await;
    let groups = crawl.list(APP, "/groups?perPage=1000&withTags=true").await;
    let messages =
        crawl.list(APP, "/messages?limit=1000&affix=append&sentAt=0&withTags=true&mentionsWithTagInfo=true").await;
    for path in ["/roles?perPage=1000", "/bots?perPage=1000", "/conversations/pinned", "/moderation/reasons"] {
        crawl.ask(APP, path).await;
    }
    if depth == Depth::All {
        crawl.ask(APP, "/moderation/flagged-messages").await;
        crawl.ask(APP, "/conversations?perPage=1000&withTags=true").await;
    }
    for group in &groups {
        let guid = group["guid"].as_str().unwrap();
        for path in ["", "/members?perPage=1000", "/bannedusers?perPage=1000", "/messages?pinned=1"] {
            crawl.ask(APP, &format!("/groups/{guid}{path}")).await;
        }
    }
    for (n, message) in messages.iter().enumerate() {
        let id = &message["id"];
        // By itself a message of a group says who received it.
        if message["receiverType"] == "group" && n % 3 == 0 {
            crawl.ask(APP, &format!("/messages/{id}")).await;
        }
        if message["data"]["reactions"].is_array() {
            crawl.ask(APP, &format!("/messages/{id}/reactions")).await;
        }
    }
    let active: Vec<String> = users
        .iter()
        .filter(|user| user["deactivatedAt"].is_null())
        .map(|user| user["uid"].as_str().unwrap().to_owned())
        .collect();
    for uid in &active {
        for path in ["", "/friends?perPage=1000", "/blockedusers?perPage=1000"] {
            crawl.ask(APP, &format!("/users/{uid}{path}")).await;
        }
        crawl.as_user(uid, &active, &groups, &messages).await;
    }
    crawl.crawl
}

struct Crawler<'a> {
    api: &'a Api,
    http: reqwest::Client,
    crawl: Crawl,
    /// What the URLs of files gave, without their signatures.
    files: BTreeMap<String, String>,
}

impl Crawler<'_> {
    /// What one user sees.
    async fn as_user(&mut self, uid: &str, others: &[String], groups: &[Value], messages: &[Value]) {
        for path in [
            "/users?perPage=1000",
            "/groups?perPage=1000&hasJoined=true",
            "/conversations?perPage=1000&withTags=true&includeBlockedUsers=true",
            "/messages?limit=1000&withTags=true&withThreadSubscribed=true",
            "/messages?limit=1000&saved=1",
            "/messages?unread=1&count=1",
            "/messages?limit=1000&hasMentions=true",
            "/threads?limit=1000",
        ] {
            self.ask(uid, path).await;
        }
        let sides = others.iter().map(|uid| format!("/users/{uid}"));
        let sides = sides.chain(groups.iter().map(|group| format!("/groups/{}", group["guid"].as_str().unwrap())));
        for side in sides.collect::<Vec<_>>() {
            for path in
                ["/conversation", "/messages?unread=1&count=1", "/messages?pinned=1&limit=100", "/messages?limit=1000"]
            {
                self.ask(uid, &format!("{side}{path}")).await;
            }
        }
        for message in messages.iter().filter(|message| 0 < message["replyCount"].as_u64().unwrap_or_default()) {
            self.ask(uid, &format!("/messages/{}/thread?limit=1000", message["id"])).await;
        }
    }

    async fn list(&mut self, uid: &str, path: &str) -> Vec<Value> {
        self.ask(uid, path).await["data"].as_array().unwrap().clone()
    }

    async fn ask(&mut self, uid: &str, path: &str) -> Value {
        // Not by an `Actor`, who would hold each of these thousands of answers to its schema.
        let request = self.http.get(format!("{}{path}", self.api.base_url())).header("apikey", self.api.api_key());
        let request = if uid == APP { request } else { request.header("onbehalfof", uid) };
        let answer = request.send().await.unwrap();
        let (status, mut body) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        self.place_files(&mut body).await;
        self.crawl.insert(format!("{uid} GET {path}"), json!({ "status": status, "body": body }));
        body
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

/// Fails with the first things that `other` answers otherwise than `one`.
pub fn assert_alike(one: &Crawl, other: &Crawl, what: &str) {
    let mut differences = Vec::new();
    for (path, found) in other {
        differ(path, one.get(path).unwrap_or(&Value::Null), found, &mut differences);
    }
    let shown: Vec<&String> = differences.iter().take(40).collect();
    assert!(differences.is_empty(), "{what}: {} differences\n{shown:#?}", differences.len());
}

fn differ(place: &str, one: &Value, other: &Value, differences: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(fields), Value::Object(others)) => {
            let names: std::collections::BTreeSet<&String> = fields.keys().chain(others.keys()).collect();
            for name in names {
                let [one, other] = [fields, others].map(|fields| fields.get(name).unwrap_or(&Value::Null));
                differ(&format!("{place} .{name}"), one, other, differences);
            }
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            items.iter().zip(others).enumerate().for_each(|(n, (one, other))| {
                differ(&format!("{place} [{n}]"), one, other, differences);
            });
        }
        (Value::Array(items), Value::Array(others)) if items.iter().chain(others).all(|item| item["id"].is_u64()) => {
            let ids = |items: &[Value]| items.iter().map(|item| item["id"].to_string()).collect::<Vec<_>>().join(", ");
            differences.push(format!("{place}: {} is {}", ids(items), ids(others)));
        }
        (one, other) if one == other => {}
        (one, other) => {
            let [one, other] = [one, other].map(|value| value.to_string().chars().take(400).collect::<String>());
            differences.push(format!("{place}: {one} is {other}"));
        }
    }
}
