//! Counts stay exact when many react at once (issue 3, "Reactions").

use std::collections::BTreeMap;

use futures_util::{StreamExt, join, stream};
use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind, Origin};
use model::id::MessageId;
use model::reaction::{Reacted, Reaction};
use model::uid::Uid;
use model::user::UserView;
use serde_json::{Value, json};
use shared::store::reaction::Reacting;
use tests::{Actor, Api};

use crate::given::{reactions, somebody, walk};

/// How many requests are under way at once: enough to collide all the time, few enough that a busy machine answers
/// each within the store's timeout.
const AT_ONCE: usize = 40;

async fn at_once<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    stream::iter(work).buffered(AT_ONCE).collect().await
}

/// A message in a group of `size` users: its path and the users.
async fn crowd(api: &Api, size: usize) -> (String, Vec<Actor<'_>>) {
    let users = at_once((0..size).map(|n| async move { api.user(&format!("u{n}")).await })).await;
    let (first, rest) = users.split_at(25.min(size));
    api.group("crowd", &first.iter().collect::<Vec<_>>()).await;
    for chunk in rest.chunks(25) {
        let uids: Vec<&str> = chunk.iter().map(|user| user.uid.as_str()).collect();
        api.app().post("/groups/crowd/members", json!({ "participants": uids })).await.expect_ok();
    }
    let sent = users[0].send_text_to_group("crowd", "hello").await;
    (format!("/messages/{}", sent["id"]), users)
}

/// How often each reaction is listed, by both lists, which must agree with the summary.
async fn listed(api: &Api, path: &str) -> BTreeMap<String, u64> {
    let app = api.app();
    let all = walk(&app, &format!("{path}/reactions"), "", "append", 64).await;
    let mut counts = BTreeMap::new();
    for item in &all {
        *counts.entry(item["reaction"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let message: Value = app.get(path).await.expect_data();
    let summary: BTreeMap<String, u64> =
        reactions(&message).into_iter().map(|(kind, count, _)| (kind.to_owned(), count)).collect();
    assert_eq!(summary, counts);
    for (kind, count) in &counts {
        let of_a_kind = walk(&app, &format!("{path}/reactions/{kind}"), "", "append", 64).await;
        assert_eq!(of_a_kind.len() as u64, *count, "{kind}");
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_users_react_and_unreact_at_once_and_every_count_is_exact() {
    const CROWD: usize = 200;
    let api = Api::start().await;
    let (path, users) = crowd(&api, CROWD).await;
    let kind = |n: usize| ["a", "b", "c"][n % 3];
    let route = |n: usize| format!("{path}/reactions/{}", kind(n));

    let adds = at_once(users.iter().enumerate().map(|(n, user)| user.post(route(n), json!({})))).await;
    adds.into_iter().for_each(|add| drop(add.expect_ok()));
    assert_eq!(listed(&api, &path).await, counts(&[("a", 67), ("b", 67), ("c", 66)]));

    // The first half takes back, the second half adds a further one.
    let changes = users.iter().enumerate().map(|(n, user)| {
        let (half, route) = (n < CROWD / 2, route(n));
        let d = format!("{path}/reactions/d");
        async move { if half { user.delete(route, json!({})).await } else { user.post(d, json!({})).await } }
    });
    at_once(changes).await.into_iter().for_each(|change| drop(change.expect_ok()));
    assert_eq!(listed(&api, &path).await, counts(&[("a", 33), ("b", 34), ("c", 33), ("d", 100)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_same_users_add_and_remove_at_once_summary_and_lists_agree() {
    let api = Api::start().await;
    let (path, users) = crowd(&api, 20).await;
    let route = format!("{path}/reactions/x");

    for _ in 0..3 {
        let changes = users.iter().map(|user| async {
            let (add, remove) = join!(user.post(&route, json!({})), user.delete(&route, json!({})));
            add.expect_ok();
            remove.expect_ok();
        });
        at_once(changes).await;
        let counted = listed(&api, &path).await;
        assert!(counted.keys().all(|kind| kind == "x"), "{counted:?}");
    }

    for user in &users {
        user.delete(&route, json!({})).await.expect_ok();
    }
    assert_eq!(listed(&api, &path).await, BTreeMap::new());
}

fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect()
}

fn event(uid: &str, conversation: &ConversationId, id: MessageId) -> Event {
    let origin = Origin { actor: Uid::parse(uid).unwrap(), device: None };
    let kind = EventKind::ReactionAdded { message: id, reaction: "x".to_owned(), reaction_id: id };
    Event::new(id, &origin, Audience::Conversation(conversation.clone()), kind)
}

/// Two processes may draw the same id in the same millisecond.
#[tokio::test]
async fn a_taken_reaction_id_is_told_from_a_stale_tally_and_stores_nothing() {
    let api = Api::start().await;
    let (path, _users) = crowd(&api, 2).await;
    let id = MessageId::parse(path.trim_start_matches("/messages/")).unwrap();
    let conversation = api.store().conversation_of(id).await.unwrap().unwrap();
    let reacted = |uid: &str| Reacted {
        dated_at: None,
        id,
        message_id: id,
        reaction: Reaction::parse("x").unwrap(),
        uid: Uid::parse(uid).unwrap(),
        reacted_by: json!(UserView::of(&somebody(uid))).as_object().unwrap().clone(),
    };

    let mut ended = Vec::new();
    for uid in ["u0", "u1"] {
        let message = api.store().message(&conversation, id).await.unwrap();
        let event = event(uid, &conversation, id);
        ended.push(api.store().add_reaction(&message.unwrap(), &reacted(uid), None, None, &event).await.unwrap());
    }

    assert!(matches!(ended[..], [Reacting::Done, Reacting::IdTaken]), "{ended:?}");
    assert_eq!(listed(&api, &path).await, counts(&[("x", 1)]));
}
