//! What operations cost in DynamoDB calls and units, as its own answers say (design, promises 3 and 4). Those who ask
//! hold tokens: keys are cached for a while, so what a key costs depends on the time.

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::json;
use shared::log::RequestLine;
use tests::{Actor, Api, text_to_group};

/// A second well after the ids' own beginning.
const T: u64 = 1_760_000_000;

/// The cost of the latest request: calls, read units, write units.
fn cost(api: &Api) -> (u32, f64, f64) {
    let RequestLine { calls, read_units, write_units, .. } = api.last_line();
    (calls, read_units, write_units)
}

/// A group of the app with this many members, of whom the first is returned.
async fn group_of<'a>(api: &'a Api, guid: &str, n_members: usize) -> Actor<'a> {
    let uids: Vec<String> = (0..n_members).map(|n| format!("{guid}-{n:04}")).collect();
    let first = api.token_user(&uids[0]).await;
    api.users(&uids[1..]).await;
    api.group(guid, &[]).await;
    let path = format!("/groups/{guid}/members");
    let add = |uids: Vec<String>| {
        let (app, path) = (api.app(), &path);
        async move { app.post(path, json!({ "participants": uids })).await.expect_ok() }
    };
    let calls = stream::iter(uids.chunks(25).map(<[String]>::to_vec)).map(add).buffer_unordered(2);
    assert_eq!(calls.count().await, n_members.div_ceil(25));
    first
}

#[tokio::test]
async fn a_send_costs_the_same_in_a_group_of_two_and_of_two_thousand() {
    let api = Api::start_without_member_limit().await;
    let mut costs = Vec::new();
    for (guid, n_members) in [("few--", 2), ("many-", 2_000)] {
        let sender = group_of(&api, guid, n_members).await;
        let sent = sender.send_text_to_group(guid, "warm").await;
        assert_eq!(sent["data"]["entities"]["receiver"]["entity"]["membersCount"], n_members);
        sender.send_text_to_group(guid, "hello").await;
        let plain = cost(&api);
        let mut body = text_to_group(guid, "hello");
        body["muid"] = json!("m-1");
        sender.post("/messages", body.clone()).await.expect_ok();
        let with_muid = cost(&api);
        sender.post("/messages", body).await.expect_ok();
        costs.push([plain, with_muid, cost(&api)]);
    }
    assert_eq!(costs[0], costs[1]);
    let (calls, read_units, write_units) = costs[0][0];
    assert!(0 < calls && 0.0 < read_units && 0.0 < write_units, "nothing was metered");
}

#[tokio::test]
async fn a_token_is_proved_along_with_what_decides_a_send() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "first").await;
    ash.send_text(&birch, "hello").await;
    // What decides it in two batches at once, of which the sender's row proves who asks; the message, its pointer and the
    // conversation's state.
    assert_eq!(cost(&api), (3, 4.0, 6.0));
}

#[tokio::test]
async fn nobody_makes_the_owner_pay_for_much_without_a_proof() {
    let api = Api::start().await;
    let forged = format!("ash_1760000000{}", "0".repeat(30));
    let mentions = |n: usize| (0..n).map(|n| format!("<@uid:nobody-{n}>")).collect::<String>();
    let long = json!({ "text": "hello", "metadata": { "long": "x".repeat(9_000) } });
    for actor in [api.nobody().with("apikey", "x").with("onBehalfOf", "ash"), api.nobody().with("authToken", &forged)] {
        for (data, most) in [
            (json!({ "text": mentions(8) }), 15.0),
            (json!({ "text": mentions(9) }), 2.0),
            (json!({ "text": mentions(60) }), 2.0),
            (long.clone(), 2.0),
        ] {
            let body = json!({ "receiver": "cometchat-guid-1", "receiverType": "group", "data": data, "muid": "m" });
            assert_eq!(actor.post("/messages", body).await.status, 401);
            let (_, read_units, write_units) = cost(&api);
            assert!(0.0 < read_units && read_units <= most && write_units == 0.0, "{read_units} read units");
        }
    }
}

#[tokio::test]
async fn a_page_costs_the_same_in_a_history_of_30_and_of_3000() {
    const QUERIES: [&str; 5] =
        ["", "limit=20", "limit=20&affix=append", "limit=20&affix=prepend&id={last}", "limit=29"];
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.token_user("ash").await, api.user("birch").await, api.user("cedar").await);
    let mut costs = Vec::new();
    for (other, n_messages, start) in [(&birch, 30, T), (&cedar, 3_000, T + 1_000_000)] {
        let first = ash.send_text(other, "hello").await;
        // Of one size, because units are counted by 4 KB.
        api.history_of(&first, (0..n_messages - 1).map(|n| start + n), |_| "hello".to_owned()).await;
        for query in QUERIES {
            let query = query.replace("{last}", &first["id"].to_string());
            let page = ash.get(format!("/users/{}/messages?{query}", other.uid)).await.expect_data();
            costs.push((page.as_array().unwrap().len(), cost(&api)));
        }
    }
    let (few, many) = costs.split_at(QUERIES.len());
    assert_eq!(few, many);
    for (_, (calls, read_units, write_units)) in few {
        assert!(0 < *calls && 0.0 < *read_units, "nothing was metered");
        assert_eq!(*write_units, 0.0);
    }
}
