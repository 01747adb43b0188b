//! How many of a group are online: a socket that is gone, or whose user left, is counted in no group, whatever happened at the
//! same moment.

use std::time::Duration;

use futures_util::future::join;
use model::connection::{Connection, ConnectionId, Subscription};
use model::event::DeviceId;
use model::uid::{Guid, Uid};
use serde_json::{Value, json};
use shared::sockets::session;
use tests::Api;
use tests::socket::patiently;

async fn n_online(api: &Api, guid: &str) -> Value {
    api.app().get(format!("/groups/{guid}")).await.expect_data()["onlineMembersCount"].take()
}

/// A socket of a user that is kept, and told of nothing.
async fn kept(api: &Api, uid: &str, n: usize) -> Connection {
    let app = api.handlers();
    let device = DeviceId::parse("WEB-1").unwrap();
    let (id, uid) = (ConnectionId::parse(&format!("of-{uid}-{n}")).unwrap(), Uid::parse(uid).unwrap());
    let connection = Connection::new(id, uid, device, String::new(), Subscription::Nobody, app.now());
    let _ = app.store.keep_connection(&connection, None).await.unwrap();
    connection
}

#[tokio::test]
async fn of_a_group_whose_guid_was_another_ones_nobody_is_online_who_was_in_that() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("lake", &[&ash]).await;
    let _live = api.live("ash", "WEB-ash").await;
    assert_eq!(n_online(&api, "lake").await, 1);
    api.app().delete("/groups/lake", json!({})).await.expect_ok();
    api.jobs_done().await;
    api.group("lake", &[&birch]).await;
    api.all_told().await;
    assert_eq!(n_online(&api, "lake").await, 0);
}

/// The socket is forgotten with the groups that its user has then, before the stream tells that they left one.
#[tokio::test]
async fn who_left_and_closed_before_that_was_told_is_not_online() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.group("lake", &[&ash]).await;
    let (app, guid) = (api.handlers(), Guid::parse("lake").unwrap());
    let connection = kept(&api, "ash", 0).await;
    app.store.enter(std::slice::from_ref(&guid), &[connection.listener()]).await.unwrap();
    app.store.free_device(&connection).await.unwrap();
    app.store.forget_connection(&connection.connection_id).await.unwrap();
    assert_eq!(n_online(&api, "lake").await, 1);
    session::move_between_groups(app, &connection.uid, &guid, false).await.unwrap();
    assert_eq!(n_online(&api, "lake").await, 0);
}

#[tokio::test]
async fn who_closes_while_they_are_let_into_a_group_is_not_online_there() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.group("lake", &[&ash]).await;
    let (app, guid) = (api.handlers(), Guid::parse("lake").unwrap());
    for n in 0..100 {
        let connection = kept(&api, "ash", n).await;
        let moved = async {
            // Closing takes some milliseconds; they are let in at each moment of these.
            tokio::time::sleep(Duration::from_micros(100 * n as u64)).await;
            session::move_between_groups(app, &connection.uid, &guid, true).await.unwrap();
        };
        let closed = async { session::close(app, &connection.connection_id, true).await.unwrap() };
        join(moved, closed).await;
        assert_eq!(n_online(&api, "lake").await, 0, "in round {n}");
    }
}

#[tokio::test]
async fn who_leaves_while_their_socket_opens_is_not_online_there() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("lake", &[&birch, &ash]).await;
    for n in 0..30 {
        let left = async {
            tokio::time::sleep(Duration::from_millis(n % 10)).await;
            ash.delete("/groups/lake/members/ash", Value::Null).await.expect_ok();
        };
        let (live, ()) = join(api.live("ash", "WEB-ash"), left).await;
        api.all_told().await;
        patiently("that nobody is online", async { while n_online(&api, "lake").await != 0 {} }).await;
        drop(live);
        api.app().post("/groups/lake/members", json!({ "participants": ["ash"] })).await.expect_ok();
        api.all_told().await;
    }
}
