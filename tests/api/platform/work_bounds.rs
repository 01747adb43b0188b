//! No request of a token holder costs more than the bound, whatever they ask and whatever is there (ARCHITECTURE.md, "Work
//! bounds").

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::routes::Endpoint;
use tests::{Actor, Api};

mod world;

use world::{Ids, uid};

/// The most read and write units of a request, together.
const BOUND: f64 = 2_000.0;

/// How often something is asked for again that answers `429`.
const PATIENCE: usize = 10;

type Call = (&'static str, String, Value);

/// Lists, each with the most expensive parameters.
fn lists(ids: &Ids) -> Vec<Call> {
    let Ids { loved, parent, .. } = ids;
    let numbered = [
        "/users?perPage=1000",
        "/users?searchKey=zzz&perPage=1",
        "/users?tags=zzz&count=true",
        "/users?perPage=1000&count=true&withTags=true&withDeactivated=true",
        "/users?page=1000&perPage=1000&roles=default",
        "/users?hideBlockedUsers=true&perPage=1000",
        "/users?friendsOnly=true&hideBlockedUsers=true&searchKey=u&perPage=1000",
        "/users/ash/friends?perPage=1000",
        "/groups?perPage=1000",
        "/groups?sortBy=name&perPage=1",
        "/groups?searchKey=zzz",
        "/groups?hasJoined=true&sortBy=createdAt&perPage=1000",
        "/groups/orchard/members?perPage=1000",
        "/groups/orchard/members?searchKey=zzz&perPage=1000",
        "/groups/orchard/bannedusers?perPage=1000",
        "/blockedusers?direction=both&perPage=1000",
        "/users/ash/blockedusers?perPage=1000",
        "/conversations?perPage=1000&withUserAndGroupTags=true&withBlockedInfo=true",
        "/conversations?perPage=1&searchKey=zzz",
        "/conversations?unread=true&perPage=1000",
        "/conversations?userTags=zzz&perPage=1",
        "/conversations?page=30&perPage=20",
    ];
    let messages = ["/messages", "/users/u0000/messages", "/groups/orchard/messages"];
    let queries = [
        "limit=1000",
        "limit=1000&affix=append&withTags=true&mentionsWithBlockedInfo=true",
        "limit=1000&unread=true&count=true",
        "limit=1000&searchKey=zzz",
        "limit=1&categories=call&hideMessagesFromBlockedUsers=true",
        "count=true",
    ];
    let of_messages = messages.iter().flat_map(|path| queries.map(|query| format!("{path}?{query}")));
    let others = [
        format!("/messages/{parent}/thread?limit=1000"),
        format!("/messages/{parent}/thread?limit=1&searchKey=zzz"),
        format!("/messages/{loved}/reactions?limit=1000"),
        format!("/messages/{loved}/reactions?limit=1000&affix=prepend"),
        format!("/messages/{loved}/reactions/kind-1?limit=1000"),
        format!("/messages/{loved}"),
        format!("/messages/{parent}"),
        "/threads?limit=1000&withUnreadReplyCount=true&withMentionCount=true".to_owned(),
        "/threads?limit=1000&participatedByMe=true&withUnreadReplyCount=true".to_owned(),
        "/messages?saved=true&limit=1000".to_owned(),
        "/groups/orchard/messages?pinned=true&limit=1000".to_owned(),
        "/users/u0000/conversation".to_owned(),
        "/groups/orchard/conversation".to_owned(),
    ];
    let paths = numbered.map(str::to_owned).into_iter().chain(of_messages).chain(others);
    paths.map(|path| ("GET", path, Value::Null)).collect()
}

fn sends(ids: &Ids) -> Vec<Call> {
    let uids: Vec<String> = (0..50).step_by(2).map(uid).collect();
    let mentions: String = (0..20).step_by(2).map(|n| format!("<@uid:{}>", uid(n))).collect();
    let unknown: String = (0..50).map(|n| format!("<@uid:nobody-{n}>")).collect();
    let long = format!("{mentions}{}", "x".repeat(9_000));
    let tags: Vec<String> = (0..25).map(|n| format!("{n:02}{}", "\u{10400}".repeat(98))).collect();
    let many = json!({ "uids": uids });
    let to_many = |text: &str| {
        ("POST", "/messages".to_owned(), json!({ "multipleReceivers": many, "muid": text, "data": { "text": text } }))
    };
    let reply = json!({ "data": { "text": long }, "tags": tags });
    let edit = json!({ "data": { "text": format!("{mentions}{unknown}") }, "tags": tags });
    let own = ids.own;
    vec![
        to_many("hello"),
        to_many(&mentions),
        (
            "POST",
            "/messages".to_owned(),
            json!({ "receiver": "orchard", "receiverType": "group",
            "quotedMessageId": ids.loved, "tags": tags, "data": { "text": long } }),
        ),
        ("POST", format!("/messages/{}/thread", ids.parent), reply),
        ("PUT", format!("/messages/{own}"), edit),
        ("POST", format!("/messages/{own}/pin"), Value::Null),
        ("POST", format!("/messages/{own}/save"), Value::Null),
        ("DELETE", format!("/messages/{own}"), json!({ "permanent": true })),
        ("POST", format!("/messages/{}/reactions/kind-2", ids.parent), Value::Null),
        ("DELETE", format!("/messages/{}/reactions/kind-2", ids.loved), Value::Null),
        ("PATCH", format!("/messages/{}/interacted", ids.form), json!({ "interactions": ["a"] })),
    ]
}

fn changes() -> Vec<Call> {
    let uids = |from: usize| (from..from + 100).map(uid).collect::<Vec<String>>();
    let call = |method, path: &str, body| (method, path.to_owned(), body);
    let mut me = world::profile("ash");
    me.as_object_mut().unwrap().remove("uid");
    vec![
        call("POST", "/users/ash/blockedusers", json!({ "blockedUids": uids(290) })),
        call("POST", "/blockedusers", json!({ "blockedUids": uids(100) })),
        call("DELETE", "/blockedusers", json!({ "blockedUids": uids(290) })),
        call("DELETE", "/users/ash/friends", json!({ "friends": uids(0)[..25] })),
        call("POST", "/groups/orchard/members", json!({ "participants": uids(300)[..25] })),
        call("POST", "/groups/meadow/members", json!({ "usersToBan": uids(300)[..25] })),
        call("POST", "/groups/orchard/members", json!({ "usersToBan": uids(0)[..25] })),
        call("POST", "/groups/orchard/bannedusers/u0030", Value::Null),
        call("DELETE", "/groups/orchard/bannedusers/u0030", Value::Null),
        call("DELETE", "/groups/orchard/members/u0031", Value::Null),
        call("PUT", "/groups/orchard/members/u0032", json!({ "scope": "moderator" })),
        call("PATCH", "/groups/meadow/owner", json!({ "owner": "u0001" })),
        call("PUT", "/me", me),
        call("POST", "/groups/orchard/conversation/delivered", Value::Null),
        call("POST", "/groups/orchard/conversation/read", Value::Null),
        call("DELETE", "/groups/orchard/conversation/read", Value::Null),
        call("POST", "/groups", json!({ "guid": "new", "name": "New", "owner": "ash" })),
        call("POST", "/groups/orchard/conversation/pin", Value::Null),
    ]
}

/// What no list above names, with nothing in its body; the end of the session comes last.
async fn the_rest(api: &Api, ash: &Actor<'_>, ids: &Ids) {
    let hit: BTreeSet<&str> = api.lines().iter().map(|line| line.function).collect();
    let mut rest: Vec<Endpoint> =
        Endpoint::ALL.iter().copied().filter(|endpoint| !hit.contains(endpoint.function())).collect();
    rest.sort_by_key(|endpoint| matches!(endpoint, Endpoint::DeleteMe));
    for (method, path) in rest.iter().flat_map(|endpoint| endpoint.routes()) {
        let path = path.replace("{version}", "v3").replace("{uid}", "u0000").replace("{guid}", "orchard");
        let path = path.replace("{id}", &ids.loved.to_string()).replace("{reaction+}", "kind-3");
        let path = path.replace("{conversationId}", "group_orchard").replace("{authToken}", "x");
        ash.send(method, &path, b"{}".to_vec()).await;
    }
}

#[tokio::test]
async fn no_request_of_a_token_costs_more_than_the_bound() {
    let api = Api::start().await;
    let (ash, ids) = world::build(&api).await;
    let n_arranged = api.lines().len();
    let mut beyond = Vec::new();
    for (method, path, body) in lists(&ids).into_iter().chain(sends(&ids)).chain(changes()) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        // What would take more than one request goes on when it is asked for again.
        for _ in 0..PATIENCE {
            let answer = ash.send(method, &path, body.clone()).await;
            let line = api.last_line();
            let units = line.read_units + line.write_units;
            let is_fine = [200, 429].contains(&answer.status) && units <= BOUND;
            if !is_fine {
                let code = answer.body["error"]["message"].as_str().unwrap_or_default().to_owned();
                beyond.push(format!("{method} {path}: {} {code} {units} units in {} calls", answer.status, line.calls));
            }
            if answer.status != 429 {
                break;
            }
            assert_eq!(answer.retry_after, Some(1));
        }
    }
    the_rest(&api, &ash, &ids).await;
    for line in &api.lines()[n_arranged..] {
        let units = line.read_units + line.write_units;
        if BOUND < units || 500 <= line.status {
            beyond.push(format!("{}: {} {units}", line.function, line.status));
        }
    }
    assert!(beyond.is_empty(), "{} beyond:\n{}", beyond.len(), beyond.join("\n"));
}

#[tokio::test]
async fn a_send_that_would_cost_too_much_is_refused_before_any_of_it_is_sent() {
    let api = Api::start().await;
    let uids: Vec<String> = (0..25).map(uid).collect();
    api.users_of(uids.iter().map(|uid| world::profile(uid))).await;
    let ash = api.token_user("ash").await;
    let mentions: String = uids[..10].iter().map(|uid| format!("<@uid:{uid}>")).collect();
    let tags: Vec<String> = (0..25).map(|n| format!("{n:02}{}", "\u{10400}".repeat(98))).collect();
    let body = |n: usize| {
        let text = format!("{mentions}{}", "x".repeat(9_000));
        json!({ "multipleReceivers": { "uids": uids[..n] }, "muid": "m", "tags": tags, "data": { "text": text } })
    };
    let refused = ash.post("/messages", body(25)).await.expect_invalid("multipleReceivers");
    assert_eq!(api.last_line().write_units, 0.0);
    let most = refused[0].split(' ').find_map(|word| word.parse::<usize>().ok()).unwrap();
    assert!((5..25).contains(&most), "{refused:?}");
    ash.post("/messages", body(most + 1)).await.expect_invalid("multipleReceivers");
    let sent = ash.post("/messages", body(most)).await.expect_data();
    assert!(sent["uids"].as_object().unwrap().values().all(|slot| slot["success"] == true), "{sent}");
    let line = api.last_line();
    let units = line.read_units + line.write_units;
    assert!(BOUND * 0.4 < units && units <= BOUND, "{units}");
    assert_eq!(sent["uids"].as_object().unwrap().len(), most);
}

/// Reads a list by number to its end, and says how many pages it took and what it holds.
async fn read_on(actor: &Actor<'_>, path: &str, key: &str) -> (usize, Vec<String>) {
    let (mut found, mut at) = (Vec::new(), String::new());
    for n_pages in 1..100 {
        let page = actor.get(format!("{path}&perPage=1000{at}")).await.expect_ok();
        found.extend(page["data"].as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap().to_owned()));
        let next = &page["meta"]["next"];
        if next.is_null() {
            return (n_pages, found);
        }
        let part = |name: &str| match &next[name] {
            Value::Null => String::new(),
            Value::String(text) => format!("&{name}={text}"),
            number => format!("&{name}={number}"),
        };
        at = part("cursor") + &part("offset");
    }
    panic!("{path} never ends");
}

#[tokio::test]
async fn lists_that_are_cut_lead_on_to_their_end() {
    let api = Api::start().await;
    let mut uids: Vec<String> = (0..260).map(uid).collect();
    api.users_of(uids.iter().map(|uid| world::profile(uid))).await;
    let ash = api.token_user("ash").await;
    for (path, is_found) in
        [("/users?withTags=false", true), ("/users?searchKey=u&count=true", true), ("/users?tags=zzz", false)]
    {
        let (n_pages, mut found) = read_on(&ash, path, "uid").await;
        found.retain(|uid| uid.starts_with('u'));
        assert!(1 < n_pages, "{path}");
        assert_eq!(found, if is_found { uids.clone() } else { Vec::new() }, "{path}");
    }
    for uid in &uids {
        api.block("ash", uid).await;
    }
    let (n_pages, mut blocked) = read_on(&ash, "/blockedusers?direction=both", "uid").await;
    blocked.sort();
    uids.sort();
    assert_eq!((1 < n_pages, blocked), (true, uids));
}

#[tokio::test]
async fn arrays_of_names_have_a_hundred_at_the_most() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.group("orchard", &[&ash]).await;
    let names = |n: usize| (0..n).map(uid).collect::<Vec<String>>();
    let app = api.app();
    for (actor, method, path, field, place) in [
        (&ash, "POST", "/blockedusers", "blockedUids", "blockedUids"),
        (&ash, "DELETE", "/blockedusers", "blockedUids", "blockedUids"),
        (&app, "DELETE", "/users", "uidsToDeactivate", "uidsToDeactivate"),
        (&app, "PUT", "/users", "uidsToActivate", "uidsToActivate"),
        (&app, "POST", "/groups/orchard/members", "participants", "participants"),
        (&app, "POST", "/groups/orchard/members", "usersToBan", "usersToBan"),
    ] {
        let ask = |n: usize| actor.send(method, path, json!({ place: names(n) }).to_string().into_bytes());
        let refused = ask(101).await.expect_invalid(field);
        assert_eq!(refused, [format!("The {field} field must not hold more than 100 items.")]);
        let taken = ask(100).await;
        // All members of one call are 25.
        assert_eq!(taken.status, if path.starts_with("/groups") { 400 } else { 200 }, "{method} {path}");
    }
    let many = json!({ "multipleReceivers": { "uids": names(101) }, "data": { "text": "hi" } });
    ash.post("/messages", many).await.expect_invalid("multipleReceivers");
}

#[tokio::test]
async fn what_changes_or_checks_large_rows_is_reckoned_by_their_size_before_it_is_done() {
    let api = Api::start().await;
    let uids: Vec<String> = (0..25).map(uid).collect();
    api.users_of(uids.iter().map(|uid| world::profile(uid))).await;
    let ash = api.token_user("ash").await;
    let body = json!({ "guid": "orchard", "name": "Orchard", "type": "public", "members": { "participants": uids } });
    let created = ash.post("/groups", body).await.expect_data();
    let units = || api.last_line().read_units + api.last_line().write_units;
    assert!(units() <= BOUND, "{} units", units());
    // The group is there, so who could not be added is said of each, and asking for members goes on.
    let outcomes = created["members"]["participants"].as_object().unwrap();
    let mut left: Vec<&str> = Vec::new();
    for (uid, outcome) in outcomes.iter().filter(|(_, outcome)| outcome["success"] != true) {
        assert_eq!(outcome["error"]["code"], "ERR_TOO_MANY_REQUESTS", "{uid}");
        left.push(uid);
    }
    assert!(!left.is_empty() && left.len() < 25, "{}", left.len());
    for n_requests in 0.. {
        assert!(n_requests < PATIENCE);
        let answer = ash.post("/groups/orchard/members", json!({ "participants": left })).await;
        assert!(units() <= BOUND, "{n_requests}: {} units", units());
        if answer.status == 200 {
            break;
        }
        answer.expect_error(429, "ERR_TOO_MANY_REQUESTS");
    }
    assert_eq!(ash.get("/groups/orchard").await.expect_data()["membersCount"], 26);
}
