//! Two who change one membership at the same moment: whatever wins, what was promised to both holds afterwards.

use std::time::Duration;

use futures_util::future::join;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Answer, Api, text_to_group};

/// How often each race is run: most of them were lost in nearly every round.
const ROUNDS: usize = 20;

/// A public group of the app in which ash has said something, and a user for a round of their own.
async fn round<'a>(api: &'a Api, n: usize) -> (String, Actor<'a>, u64) {
    let guid = format!("group-{n}");
    api.group(&guid, &[&api.on_behalf_of("ash")]).await;
    let user = api.user(&format!("user-{n}")).await;
    let said = api.on_behalf_of("ash").send_text_to_group(&guid, "secret").await;
    (guid, user, said["id"].as_u64().unwrap())
}

async fn stage() -> Api {
    let api = Api::start().await;
    api.user("ash").await;
    api
}

async fn add(api: &Api, guid: &str, uid: &str) {
    let added = api.app().post(format!("/groups/{guid}/members"), json!({ "participants": [uid] })).await;
    assert_eq!(added.expect_data()["participants"][uid]["success"], true);
}

/// What the table holds of a user in a group: a membership, a ban, a conversation; and whether the group counts right.
async fn held(api: &Api, guid: &str, uid: &str) -> (bool, bool, bool) {
    let table = api.table().await;
    let has = |pk: String, sk: String| table.iter().any(|item| item["pk"]["S"] == pk && item["sk"]["S"] == sk);
    let members = table.iter().filter(|item| {
        item["pk"]["S"] == format!("GROUP#{guid}") && item["sk"]["S"].as_str().unwrap().starts_with("MEMBER#")
    });
    let counted = api.app().get(format!("/groups/{guid}")).await.expect_data()["membersCount"].as_u64();
    assert_eq!(counted, Some(members.count() as u64), "{guid} counts its members");
    let conversation = table.iter().any(|item| {
        let sk = item["sk"]["S"].as_str().unwrap();
        // A row that says they had a part in it once is none.
        let is_live = item["goneAt"].is_null();
        item["pk"]["S"] == format!("USER#{uid}") && sk.starts_with("CONV#") && sk.ends_with(guid) && is_live
    });
    (
        has(format!("GROUP#{guid}"), format!("MEMBER#{uid}")),
        has(format!("GROUP#{guid}"), format!("BAN#{uid}")),
        conversation,
    )
}

/// That somebody is told nothing of a group and changes nothing in it, whichever way they come.
async fn assert_outside(user: &Actor<'_>, guid: &str, said: u64) {
    let refused = |answer: Answer, what: &str| {
        assert!([401, 403, 404].contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
    };
    let nothing = Value::Null;
    for path in ["messages", "members", "conversation"] {
        refused(user.get(format!("/groups/{guid}/{path}")).await, path);
    }
    for path in ["conversation/read", "conversation/delivered", "conversation/pin", "members"] {
        refused(user.post(format!("/groups/{guid}/{path}"), json!({})).await, path);
    }
    refused(user.put(format!("/groups/{guid}/conversation"), json!({ "tags": ["t"] })).await, "tags");
    refused(user.post("/messages", text_to_group(guid, "?")).await, "send");
    for path in ["", "/thread", "/reactions"] {
        refused(user.get(format!("/messages/{said}{path}")).await, path);
    }
    for path in ["pin", "save", "flagged", "reactions/x", "thread/subscription"] {
        refused(user.post(format!("/messages/{said}/{path}"), nothing.clone()).await, path);
    }
    refused(user.post(format!("/messages/{said}/thread"), json!({ "data": { "text": "?" } })).await, "reply");
    for path in ["/conversations", "/messages", "/threads", "/messages?searchKey=secret"] {
        let listed = user.get(path).await.expect_data();
        assert!(!listed.to_string().contains(guid), "{path}: {listed}");
    }
}

/// A ban beside a membership cannot come about any more; what decides access is checked where it is read all the same.
#[rstest]
#[case::of_a_public_group("public")]
#[case::of_a_private_group("private")]
#[tokio::test]
async fn who_is_banned_reads_nothing_whatever_else_is_stored(#[case] group_type: &str) {
    let api = stage().await;
    let (guid, user, said) = round(&api, 0).await;
    add(&api, &guid, &user.uid).await;
    user.post(format!("/messages/{said}/thread"), json!({ "data": { "text": "secret" } })).await.expect_ok();
    api.app().put(format!("/groups/{guid}"), json!({ "type": group_type })).await.expect_ok();
    user.get(format!("/messages/{said}")).await.expect_ok();
    user.post(format!("/messages/{said}/save"), Value::Null).await.expect_ok();
    api.app().post(format!("/messages/{said}/pin"), Value::Null).await.expect_ok();
    let marked = ["/messages?saved=true".to_owned(), format!("/messages?conversationId=group_{guid}&pinned=true")];
    let [saved, pinned] = marked.each_ref().map(String::as_str);
    for path in
        ["/conversations", "/messages", "/threads", "/messages?count=true", "/groups?hasJoined=true", saved, pinned]
    {
        assert!(user.get(path).await.expect_data().to_string().contains(&guid), "{path}");
    }
    let ban = json!({ "pk": { "S": format!("GROUP#{guid}") }, "sk": { "S": format!("BAN#{}", user.uid) } });
    api.overwrite(&ban, "uid", &user.uid).await;
    // No transaction leaves a ban beside a membership, so a row that says that it is a member's is believed. This one says nothing.
    let row = json!({ "pk": { "S": format!("USER#{}", user.uid) }, "sk": { "S": format!("CONV#group#{guid}") } });
    api.overwrite_with(&row, "isMember", json!({ "BOOL": false })).await;
    assert_eq!(held(&api, &guid, &user.uid).await, (true, true, true));
    assert_outside(&user, &guid, said).await;
    for path in ["/messages?count=true", "/messages?unread=true&count=true", "/groups?hasJoined=true", saved, pinned] {
        let listed = user.get(path).await.expect_data();
        assert!(!listed.to_string().contains(&guid), "{path}: {listed}");
    }
    let listed = user.get(format!("/groups?searchKey={guid}")).await.expect_data();
    match group_type {
        "private" => assert_eq!(listed, json!([])),
        _ => assert_eq!((&listed[0]["guid"], listed[0].get("hasJoined")), (&json!(guid), None)),
    }
}

#[tokio::test]
async fn a_ban_wins_over_a_join_of_the_same_moment() {
    let api = stage().await;
    for n in 0..ROUNDS {
        let (guid, user, said) = round(&api, n).await;
        let ban = format!("/groups/{guid}/bannedusers/{}", user.uid);
        let join_path = format!("/groups/{guid}/members");
        let (joined, banned) =
            join(user.post(join_path, json!({})), async { api.app().post(ban, json!({})).await }).await;
        banned.expect_ok();
        if joined.status != 200 {
            joined.expect_error(403, "ERR_BANNED_GROUPMEMBER");
        }
        assert_eq!(held(&api, &guid, &user.uid).await, (false, true, false));
        assert_outside(&user, &guid, said).await;
    }
}

#[tokio::test]
async fn a_ban_wins_over_an_addition_of_the_same_moment() {
    let api = stage().await;
    for n in 0..ROUNDS {
        let (guid, user, said) = round(&api, n).await;
        let path = format!("/groups/{guid}/members");
        // Later from round to round, so that in some the ban comes between what the addition reads and what it writes.
        let adds = async {
            tokio::time::sleep(Duration::from_micros(300 * n as u64)).await;
            api.app().post(&path, json!({ "participants": [user.uid] })).await
        };
        let bans = async { api.app().post(&path, json!({ "usersToBan": [user.uid] })).await };
        let (banned, added) = join(bans, adds).await;
        added.expect_ok();
        assert_eq!(banned.expect_data()["usersToBan"][&user.uid]["success"], true);
        assert_eq!(held(&api, &guid, &user.uid).await, (false, true, false));
        assert_outside(&user, &guid, said).await;
    }
}

#[tokio::test]
async fn who_becomes_the_owner_is_not_banned_at_the_same_moment() {
    let api = stage().await;
    for n in 0..ROUNDS {
        let (guid, user, said) = round(&api, n).await;
        if n % 2 == 0 {
            add(&api, &guid, &user.uid).await;
        }
        let (owned, banned) =
            join(async { api.app().put(format!("/groups/{guid}"), json!({ "owner": user.uid })).await }, async {
                api.app().post(format!("/groups/{guid}/bannedusers/{}", user.uid), json!({})).await
            })
            .await;
        let owner = api.app().get(format!("/groups/{guid}")).await.expect_data()["owner"].clone();
        if banned.status == 200 {
            assert_ne!(owner, user.uid, "round {n}");
            assert_ne!(owned.status, 200, "round {n}");
            assert_eq!(held(&api, &guid, &user.uid).await, (false, true, false));
            assert_outside(&user, &guid, said).await;
        } else {
            owned.expect_ok();
            banned.expect_error(403, "ERR_GROUP_NO_CLEARANCE");
            assert_eq!(held(&api, &guid, &user.uid).await, (true, false, true));
        }
    }
}

#[tokio::test]
async fn who_becomes_the_owner_is_neither_kicked_nor_demoted_nor_gone_at_the_same_moment() {
    let api = stage().await;
    for n in 0..ROUNDS {
        let (guid, user, _) = round(&api, n).await;
        add(&api, &guid, &user.uid).await;
        let member = format!("/groups/{guid}/members/{}", user.uid);
        let leaves = async {
            match n % 3 {
                0 => api.app().delete(&member, json!({})).await,
                1 => user.delete(&member, json!({})).await,
                _ => api.app().put(&member, json!({ "scope": "moderator" })).await,
            }
        };
        let owns = async { api.app().put(format!("/groups/{guid}"), json!({ "owner": user.uid })).await };
        join(owns, leaves).await;
        let owner = api.app().get(format!("/groups/{guid}")).await.expect_data()["owner"].clone();
        if owner == user.uid.as_str() {
            assert_eq!(held(&api, &guid, &user.uid).await, (true, false, true), "round {n}");
            let admins = api.app().get(format!("/groups/{guid}/members?scopes=admin")).await.expect_data();
            assert_eq!(admins[0]["uid"], user.uid, "round {n}");
        }
    }
}

#[tokio::test]
async fn a_kick_and_a_join_leave_a_member_or_none() {
    let api = stage().await;
    for n in 0..ROUNDS {
        let (guid, user, said) = round(&api, n).await;
        add(&api, &guid, &user.uid).await;
        join(
            async { api.app().delete(format!("/groups/{guid}/members/{}", user.uid), json!({})).await },
            user.post(format!("/groups/{guid}/members"), json!({})),
        )
        .await;
        match held(&api, &guid, &user.uid).await {
            (true, false, true) => drop(user.get(format!("/groups/{guid}/messages")).await.expect_ok()),
            outside => {
                assert_eq!(outside, (false, false, false));
                user.get(format!("/messages/{said}")).await.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
            }
        }
    }
}

/// A moderator bans and kicks participants only, also when they rise at the same moment.
#[tokio::test]
async fn a_moderator_reaches_no_admin_by_a_race() {
    let api = stage().await;
    api.user("mod").await;
    for n in 0..ROUNDS {
        let (guid, user, _) = round(&api, n).await;
        api.app().post(format!("/groups/{guid}/members"), json!({ "moderators": ["mod"] })).await.expect_ok();
        add(&api, &guid, &user.uid).await;
        let path = format!("/groups/{guid}/members/{}", user.uid);
        let moderator = api.on_behalf_of("mod");
        let ends = async {
            match n % 2 {
                0 => moderator.delete(&path, json!({})).await,
                _ => moderator.post(format!("/groups/{guid}/bannedusers/{}", user.uid), json!({})).await,
            }
        };
        let rises = async { api.app().put(&path, json!({ "scope": "admin" })).await };
        let (ended, risen) = join(ends, rises).await;
        assert!(ended.status != 200 || risen.status != 200, "round {n}: both succeeded");
    }
}

#[tokio::test]
async fn nobody_joins_a_group_that_is_being_deleted() {
    let api = stage().await;
    for n in 0..ROUNDS {
        let (guid, user, _) = round(&api, n).await;
        let (gone, _) = join(
            async { api.app().delete(format!("/groups/{guid}"), json!({})).await },
            user.post(format!("/groups/{guid}/members"), json!({})),
        )
        .await;
        gone.expect_ok();
        api.jobs_done().await;
        let left: Vec<Value> = api.table().await.into_iter().filter(|item| item.to_string().contains(&guid)).collect();
        let of_user: Vec<&Value> = left.iter().filter(|item| !item["pk"]["S"].to_string().contains("ID#")).collect();
        let rows = of_user.iter().filter(|item| {
            let key = format!("{} {}", item["pk"]["S"], item["sk"]["S"]);
            key.contains("MEMBER#") || key.contains("USER#")
        });
        assert_eq!(rows.count(), 0, "round {n}: {of_user:?}");
    }
}
