//! Where members of a group start whom messages do not name.

use std::collections::BTreeMap;

use model::archive::Record;
use model::id::MessageId;
use model::uid::{Guid, Uid};
use serde_json::json;
use shared::imports::importer::{Before, Importer};
use tests::Api;

/// A message that lists nobody does not say that who received it came behind it: what they have not read stays unread.
#[tokio::test]
async fn a_start_that_messages_tell_hides_nothing_that_is_unread() {
    let api = Api::start().await;
    let [ash, birch] = [api.user("ash").await, api.user("birch").await];
    api.group("orchard", &[&ash, &birch]).await;
    let mut ids = Vec::new();
    for text in ["read", "received", "received too"] {
        ids.push(ash.send_text_to_group("orchard", text).await["id"].as_u64().unwrap());
    }
    birch.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
    birch.post("/groups/orchard/conversation/read", json!({ "messageId": ids[0] })).await.expect_ok();

    let [received, last] = [ids[1], ids[2]].map(|id| MessageId::new(id).unwrap());
    let birch = Uid::parse("birch").unwrap();
    let starts = BTreeMap::from([(birch.clone(), Some(last))]);
    let importer = Importer::new(api.store(), Before::CatchUp);
    let guid = Guid::parse("orchard").unwrap();
    let records = importer.conversations_of(&guid, [&birch], &starts).await.unwrap();
    let [Record::Conversation(record)] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((record.start_id, record.delivered_id), (received.before(), Some(last)));
}
