//! Every kind of frame, in a table: who does what, who hears it, in which order. Whoever a step does not name hears nothing
//! of it, each kind of outsider among them: a stranger, one who is banned, one who left, one who is blocked, one who is in
//! another group of the same people, one who was deactivated.

mod scene;

use serde_json::{Value, json};
use tests::socket::Told;

use scene::{Scene, form, refused, step, text, to};

#[tokio::test]
async fn messages_of_each_category_reach_both_sides_and_nobody_else() {
    let image = json!({ "type": "image", "data": { "url": "https://x.example/a.png",
        "attachments": [{ "url": "https://x.example/a.png", "name": "a.png", "extension": "png", "mimeType": "image/png", "size": 1 }] } });
    let party = json!({ "category": "custom", "type": "party", "data": { "customData": { "at": 8 } } });
    let both: &[_] = &[("ann ann-2 ben", "message text")];
    let group: &[_] = &[("ann ann-2 ben ivy", "message text")];
    let mut scene = Scene::start().await;
    scene
        .take([
            step("m", "ann", "POST /messages", to("user", "ben", text("one")), both),
            step("g", "ben", "POST /messages", to("group", "lake", text("all")), group),
            step("", "ann", "POST /messages", to("group", "lake", text("hi <@uid:ben>")), group),
            step("", "ben", "POST /messages", to("user", "ann", party.clone()), &[("ann ann-2 ben", "custom party")]),
            step("", "ben", "POST /messages", to("group", "lake", party), &[("ann ann-2 ben ivy", "custom party")]),
            step("", "ann", "POST /messages", to("user", "ben", image), &[("ann ann-2 ben", "message image")]),
            step("", "ann", "POST /messages", to("user", "ben", form()), &[("ann ann-2 ben", "interactive form")]),
            step("", "ben", "POST /messages/{m}/thread", text("reply"), &[("ann ann-2 ben", "message text reply")]),
            step("", "ivy", "POST /messages/{g}/thread", text("reply"), &[("ann ann-2 ben ivy", "message text reply")]),
            step(
                "",
                "ann",
                "POST /messages",
                json!({ "multipleReceivers": { "uids": ["ben", "ivy"] }, "data": { "text": "each" } }),
                &[("ann ann-2 ben", "message text"), ("ann ann-2 ivy", "message text")],
            ),
            step("", "app", "POST /messages", to("user", "ann", text("news")), &[("ann ann-2", "message text")]),
            step("", "app", "POST /messages", to("group", "lake", text("news")), group),
            step("", "app", "POST /bots/cat/messages", to("user", "ben", text("beep")), &[("cat ben", "message text")]),
            step("", "ann", "POST /messages", to("user", "ann", text("a note")), &[("ann ann-2", "message text")]),
        ])
        .await;
}

#[tokio::test]
async fn who_may_not_write_is_heard_by_nobody() {
    let mut scene = Scene::start().await;
    scene
        .take([
            step(
                "g",
                "ben",
                "POST /messages",
                to("group", "lake", text("all")),
                &[("ann ann-2 ben ivy", "message text")],
            ),
            refused("fay", "POST /messages", to("user", "ann", text("spam"))),
            refused("ann", "POST /messages", to("user", "fay", text("no"))),
            refused("dan", "POST /messages", to("group", "lake", text("banned"))),
            refused("eve", "POST /messages", to("group", "lake", text("left"))),
            refused("cat", "POST /messages", to("group", "lake", text("stranger"))),
            refused("cat", "POST /messages/{g}/reactions/x", Value::Null),
            refused("dan", "POST /messages/{g}/reactions/x", Value::Null),
            refused("eve", "POST /messages/{g}/thread", text("left")),
            refused("ben", "POST /messages/{g}/pin", Value::Null),
        ])
        .await;
}

#[tokio::test]
async fn marks_reach_who_sees_them_and_ones_own_only_ones_own_devices() {
    let mut scene = Scene::start().await;
    scene
        .take([
            step("m", "ben", "POST /messages", to("user", "ann", text("one")), &[("ann ann-2 ben", "message text")]),
            step(
                "g",
                "ben",
                "POST /messages",
                to("group", "lake", text("all")),
                &[("ann ann-2 ben ivy", "message text")],
            ),
            step("", "ann", "POST /messages/{m}/pin", Value::Null, &[("ann ann-2 ben", "message_pinned")]),
            step("", "ann", "DELETE /messages/{m}/pin", Value::Null, &[("ann ann-2 ben", "message_unpinned")]),
            step("", "ann", "POST /messages/{g}/pin", Value::Null, &[("ann ann-2 ben ivy", "message_pinned")]),
            step("", "ann", "DELETE /messages/{g}/pin", Value::Null, &[("ann ann-2 ben ivy", "message_unpinned")]),
            step("", "app", "POST /messages/{g}/pin", Value::Null, &[("ann ann-2 ben ivy", "message_pinned")]),
            step("", "ann", "POST /messages/{m}/save", Value::Null, &[("ann ann-2", "message_saved")]),
            step("", "ann", "DELETE /messages/{m}/save", Value::Null, &[("ann ann-2", "message_unsaved")]),
            step("", "ann", "POST /messages/{g}/save", Value::Null, &[("ann ann-2", "message_saved")]),
            step("", "ann", "POST /users/ben/conversation/pin", json!({}), &[("ann ann-2", "conversation_pinned")]),
            step("", "ann", "DELETE /users/ben/conversation/pin", json!({}), &[("ann ann-2", "conversation_unpinned")]),
            step("", "ann", "POST /groups/lake/conversation/pin", json!({}), &[("ann ann-2", "conversation_pinned")]),
            step(
                "",
                "ann",
                "DELETE /groups/lake/conversation/pin",
                json!({}),
                &[("ann ann-2", "conversation_unpinned")],
            ),
            step("", "ann", "POST /users/ben/conversation/read", json!({}), &[("ann ann-2 ben", "receipts read")]),
            step("", "ann", "DELETE /users/ben/conversation/read", json!({}), &[("ann ann-2", "receipts unread")]),
            // One member's receipt of a group is told to their own devices, which take the count away.
            step("", "ann", "POST /groups/lake/conversation/read", json!({}), &[("ann ann-2", "receipts read")]),
            step("", "ann", "DELETE /groups/lake/conversation/read", json!({}), &[("ann ann-2", "receipts unread")]),
            step("", "ann", "POST /messages/{m}/flagged", json!({ "id": "spam" }), &[]),
            step("", "ann", "POST /messages/{m}/thread/subscription", Value::Null, &[]),
            step("", "ann", "DELETE /users/ben/conversation", json!({}), &[]),
        ])
        .await;
}

#[tokio::test]
async fn what_is_chosen_in_a_form_reaches_who_asked_and_who_chose() {
    let all: &[_] = &[("ann ann-2 ben ivy", "interactive form")];
    let mut scene = Scene::start().await;
    scene
        .take([
            step("f", "ann", "POST /messages", to("group", "lake", form()), all),
            step(
                "",
                "ben",
                "PATCH /messages/{f}/interacted",
                json!({ "interactions": ["yes"] }),
                &[("ann ann-2 ben", "interaction_completed")],
            ),
            // Again changes nothing.
            step("", "ben", "PATCH /messages/{f}/interacted", json!({ "interactions": ["yes"] }), &[]),
            step("h", "ben", "POST /messages", to("group", "lake", form()), all),
            step(
                "",
                "ann",
                "PATCH /messages/{h}/interacted",
                json!({ "interactions": ["yes"] }),
                &[("ann ann-2 ben", "interaction_completed")],
            ),
        ])
        .await;
}

#[tokio::test]
async fn members_hear_who_comes_and_goes_and_who_is_concerned_too() {
    let mut scene = Scene::start().await;
    let members = json!({ "participants": ["ivy"] });
    scene
        .take([
            step("", "cat", "POST /groups/lake/members", json!({}), &[("ann ann-2 ben ivy cat", "action joined")]),
            step(
                "",
                "cat",
                "POST /messages",
                to("group", "lake", text("hi")),
                &[("ann ann-2 ben ivy cat", "message text")],
            ),
            step(
                "",
                "ann",
                "PUT /groups/lake/members/cat",
                json!({ "scope": "moderator" }),
                &[("ann ann-2 ben ivy cat", "action scopeChanged")],
            ),
            step("", "cat", "DELETE /groups/lake/members", Value::Null, &[("ann ann-2 ben ivy cat", "action left")]),
            step(
                "",
                "ben",
                "POST /messages",
                to("group", "lake", text("gone")),
                &[("ann ann-2 ben ivy", "message text")],
            ),
            step(
                "",
                "ann",
                "POST /groups/lake/members",
                json!({ "participants": ["cat"] }),
                &[("ann ann-2 ben ivy cat", "action added")],
            ),
            step(
                "",
                "ann",
                "POST /groups/lake/bannedusers/cat",
                Value::Null,
                &[("ann ann-2 ben ivy cat", "action banned")],
            ),
            step(
                "",
                "ben",
                "POST /messages",
                to("group", "lake", text("gone")),
                &[("ann ann-2 ben ivy", "message text")],
            ),
            step(
                "",
                "ann",
                "DELETE /groups/lake/bannedusers/cat",
                Value::Null,
                &[("ann ann-2 ben ivy cat", "action unbanned")],
            ),
            // Who is banned no more is no member for that.
            step(
                "",
                "ben",
                "POST /messages",
                to("group", "lake", text("still gone")),
                &[("ann ann-2 ben ivy", "message text")],
            ),
            step(
                "",
                "ann",
                "POST /groups",
                json!({ "guid": "pond", "name": "Pond", "members": members }),
                &[("ann ann-2 ivy", "action added")],
            ),
            step("", "ann", "POST /messages", to("group", "pond", text("first")), &[("ann ann-2 ivy", "message text")]),
            step(
                "",
                "app",
                "PATCH /groups/pond/owner",
                json!({ "owner": "hal" }),
                &[("ann ann-2 ivy hal", "action added")],
            ),
            step(
                "",
                "hal",
                "POST /messages",
                to("group", "pond", text("mine")),
                &[("ann ann-2 ivy hal", "message text")],
            ),
            step("", "hal", "DELETE /groups/pond", json!({}), &[]),
        ])
        .await;
}

#[tokio::test]
async fn who_is_deactivated_hears_nothing_more_and_others_go_on() {
    let mut scene = Scene::start().await;
    scene.api.app().delete("/users", json!({ "uidsToDeactivate": ["ivy"] })).await.expect_ok();
    let mut ivy = scene.clients.remove("ivy").unwrap();
    scene.api.all_told().await;
    assert!(!matches!(ivy.socket.told().await, Told::Text(_)));
    let to_all: &[_] = &[("ann ann-2 ben", "message text")];
    scene.take([step("", "ann", "POST /messages", to("group", "lake", text("all")), to_all)]).await;
}
