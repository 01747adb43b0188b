//! Where lists have conversations whose last messages are gone.

use std::fs;
use std::path::Path;

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

use super::moved::empty;

/// The second in which the messages were sent of which one does not say when.
const THEN: u64 = 1_730_000_000;
/// Some id of that second.
const OF_THEN: u64 = (THEN - 1_704_067_200) * 1_000 * 4_096;

const USERS: [&str; 7] = ["ash", "birch", "cedar", "elm", "fir", "gorse", "hazel"];

/// A message from one user to another by its id, and whether it is deleted permanently.
struct Sent {
    by: &'static str,
    to: &'static str,
    id: u64,
    at: u64,
    is_gone: bool,
}

/// One that stays.
fn told(by: &'static str, to: &'static str, id: u64) -> Sent {
    Sent { by, to, id: OF_THEN + id, at: THEN, is_gone: false }
}

/// One that is deleted permanently.
fn gone(by: &'static str, to: &'static str, id: u64) -> Sent {
    Sent { is_gone: true, ..told(by, to, id) }
}

/// One of long before.
fn left(by: &'static str, to: &'static str) -> Sent {
    Sent { id: OF_THEN - 1_000 * 1_000 * 4_096, at: THEN - 1_000, ..told(by, to, 0) }
}

/// One of a service whose ids say nothing of time.
fn of_another(sent: Sent) -> Sent {
    Sent { id: sent.id - OF_THEN, ..sent }
}

/// One of a time before ids tell it, for which one was drawn here.
fn of_long_ago(sent: Sent) -> Sent {
    const LONG_AGO: u64 = 1_600_000_000;
    Sent { id: (LONG_AGO << 10) + sent.id - OF_THEN, at: LONG_AGO, ..sent }
}

/// A service with these messages, those that are gone deleted.
async fn holding(sent: &[Sent]) -> Api {
    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    archive(folder.path(), sent);
    let state = folder.path().join("state.json");
    let [from, state] = [folder.path(), &state].map(|path| path.to_str().unwrap());
    let said = api.admin(&["import", "--from", from, "--state", state]).await.unwrap();
    assert!(!said.contains("not written"), "{said}");
    for gone in sent.iter().filter(|sent| sent.is_gone) {
        api.app().delete(format!("/messages/{}", gone.id), json!({ "permanent": true })).await.expect_ok();
    }
    api
}

fn archive(folder: &Path, sent: &[Sent]) {
    let header = json!({ "kind": "header", "format": "halley-archive", "version": 1, "app": "a", "createdAt": 1 });
    let user = |uid: &&str| json!({ "kind": "user", "uid": uid, "name": uid, "role": "default", "createdAt": 1 });
    let mut sent: Vec<&Sent> = sent.iter().collect();
    sent.sort_by_key(|sent| sent.id);
    let messages = sent.iter().map(|Sent { by, to, id, at, .. }| {
        let user = |uid: &str| json!({ "uid": uid, "name": uid, "role": "default", "status": "offline" });
        let entity = |uid: &str| json!({ "entity": user(uid), "entityType": "user" });
        json!({ "kind": "message", "id": id, "conversation": conversation(by, to), "sender": by,
            "receiver": format!("user#{to}"), "category": "message", "type": "text", "data": { "text": "t" },
            "entities": { "sender": entity(by), "receiver": entity(to) }, "sentAt": at, "updatedAt": at })
    });
    let sides = sent.iter().flat_map(|Sent { by, to, .. }| {
        [by, to].map(|uid| json!({ "kind": "conversation", "uid": uid, "conversation": conversation(by, to) }))
    });
    let mut sides: Vec<Value> = sides.collect();
    sides.sort_by_key(Value::to_string);
    sides.dedup();
    let mut files = serde_json::Map::new();
    for (name, rows) in [
        ("user.jsonl", USERS.iter().map(user).collect::<Vec<_>>()),
        ("message.jsonl", messages.collect()),
        ("conversation.jsonl", sides),
    ] {
        let lines: String = std::iter::once(&header).chain(&rows).map(|row| format!("{row}\n")).collect();
        fs::write(folder.join(name), lines).unwrap();
        files.insert(name.to_owned(), rows.len().into());
    }
    let header = json!({ "format": "halley-archive", "version": 1, "app": "a", "createdAt": 1 });
    let manifest = json!({ "header": header, "files": files });
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

fn conversation(one: &str, other: &str) -> String {
    format!("user#{}#{}", one.min(other), one.max(other))
}

async fn order(user: &Actor<'_>) -> Vec<Value> {
    let listed = user.get("/conversations?perPage=100").await.expect_data();
    listed.as_array().unwrap().iter().map(|row| row["conversationId"].clone()).collect()
}

/// Moves it by REST, and catches up; says in which order all users had their conversations before.
async fn moves_as_it_is(from: &Api) -> Vec<Vec<Value>> {
    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let rest = ["import", "--from", from.base_url(), "--api-key", from.api_key(), "--state", state.to_str().unwrap()];
    let rest = [&rest[..], &["--requests-per-minute", "600000"]].concat();
    let mut all = Vec::new();
    for since in [&[][..], &["--since", "1"]] {
        api.admin(&[&rest[..], since].concat()).await.unwrap();
        all.clear();
        for uid in USERS {
            let before = order(&from.on_behalf_of(uid)).await;
            assert_eq!(before, order(&api.on_behalf_of(uid)).await, "{uid} {since:?}");
            all.push(before);
        }
    }
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!files.iter().any(|name| name.to_string_lossy().ends_with(".places")), "{files:?}");
    all
}

#[rstest]
#[case::above_one_of_its_second(vec![told("cedar", "ash", 1), gone("birch", "ash", 5), told("elm", "ash", 9)])]
#[case::and_something_is_left_of_before(
    vec![left("birch", "ash"), told("cedar", "ash", 1), gone("birch", "ash", 5), told("elm", "ash", 9)]
)]
#[case::and_something_is_left_of_its_second(
    vec![told("birch", "ash", 1), told("cedar", "ash", 4), gone("ash", "birch", 5), told("elm", "ash", 9)]
)]
// The list of gorse raises what elm's and hazel's have between two others.
#[case::and_lists_of_others_raise_what_is_below(
    vec![told("fir", "gorse", 3), gone("hazel", "gorse", 5), gone("hazel", "elm", 7), told("elm", "cedar", 9)]
)]
#[case::and_others_whose_next_messages_are_gone_too(
    vec![
        told("ash", "birch", 1), told("birch", "cedar", 2), gone("birch", "cedar", 3), gone("cedar", "elm", 4),
        told("elm", "fir", 0), gone("fir", "elm", 5), gone("fir", "gorse", 6), told("gorse", "hazel", 8),
    ]
)]
#[case::among_those_of_a_service_whose_ids_tell_no_time(
    vec![
        of_another(told("cedar", "ash", 3)), Sent { at: THEN - 9, ..of_another(told("birch", "ash", 1)) },
        of_another(gone("birch", "ash", 5)), of_another(told("elm", "ash", 7)),
    ]
)]
#[case::of_a_second_before_ids_tell_time(
    vec![
        of_long_ago(told("birch", "ash", 1)), of_long_ago(told("cedar", "ash", 4)), of_long_ago(gone("ash", "birch", 5)),
        of_long_ago(told("elm", "ash", 9)),
    ]
)]
#[tokio::test]
async fn a_conversation_whose_last_message_is_gone_keeps_its_place_in_all_lists(#[case] sent: Vec<Sent>) {
    let before = moves_as_it_is(&holding(&sent).await).await;
    // Each list is as the messages were sent.
    let mut last: Vec<(u64, &Sent)> = sent.iter().map(|sent| (sent.id, sent)).collect();
    last.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    for (uid, listed) in USERS.iter().zip(before) {
        let of_user = last.iter().filter(|(_, sent)| [sent.by, sent.to].contains(uid));
        let mut expected: Vec<String> = Vec::new();
        for (_, Sent { by, to, .. }) in of_user {
            let name = format!("{}_user_{}", by.min(to), by.max(to));
            if !expected.contains(&name) {
                expected.push(name);
            }
        }
        assert_eq!(listed, expected, "{uid}");
    }
}

/// Of a message that was deleted, or that the user removed from their view, their list does not say that it is the last one.
#[tokio::test]
async fn a_conversation_whose_last_message_is_gone_stands_above_one_whose_last_message_no_list_shows() {
    let sent = [told("cedar", "ash", 5), gone("birch", "ash", 7), told("elm", "fir", 15), gone("hazel", "fir", 17)];
    let api = holding(&sent).await;
    api.on_behalf_of("cedar").delete(format!("/messages/{}", sent[0].id), Value::Null).await.expect_ok();
    let kept = json!({ "preserveOrder": true });
    api.on_behalf_of("fir").delete("/users/elm/conversation", kept).await.expect_ok();
    let before = moves_as_it_is(&api).await;
    assert_eq!(before[0], ["ash_user_birch", "ash_user_cedar"]);
    assert_eq!(before[4], ["fir_user_hazel", "elm_user_fir"]);
}

/// What is pinned stands above all others in the list of who pinned it, whenever something was sent in it.
#[tokio::test]
async fn pins_raise_nothing_in_lists_of_others() {
    let sent = [
        told("birch", "ash", 1),
        told("cedar", "ash", 4),
        gone("elm", "ash", 6),
        told("birch", "hazel", 7),
        told("fir", "ash", 9),
    ];
    let api = holding(&sent).await;
    api.on_behalf_of("ash").post("/users/birch/conversation/pin", Value::Null).await.expect_ok();
    let before = moves_as_it_is(&api).await;
    assert_eq!(before[0], ["ash_user_birch", "ash_user_fir", "ash_user_elm", "ash_user_cedar"]);
    assert_eq!(before[1], ["birch_user_hazel", "ash_user_birch"]);
}

#[tokio::test]
async fn conversations_of_everybody_with_everybody_in_one_second_keep_their_places_whatever_is_gone_of_them() {
    let mut random = fastrand::Rng::with_seed(tests::seed());
    let pairs = USERS.iter().enumerate().flat_map(|(n, one)| USERS.iter().skip(n + 1).map(move |other| (*one, *other)));
    let mut sent: Vec<Sent> = Vec::new();
    for (n, (one, other)) in (0..).zip(pairs) {
        let within = random.u64(..9);
        let last = 1_000 * within + 10 * n + 1;
        let earlier = 1_000 * random.u64(..=within) + 10 * n;
        match random.u8(..3) {
            0 => sent.push(told(one, other, last)),
            1 => sent.push(gone(one, other, last)),
            _ => sent.extend([told(other, one, earlier), gone(one, other, last)]),
        }
    }
    moves_as_it_is(&holding(&sent).await).await;
}
