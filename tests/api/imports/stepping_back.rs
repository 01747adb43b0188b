//! To catch up, receipts that were taken back in the other place are taken back here: of a whole group too, however many it has, and
//! whoever notes them meanwhile.

use model::archive::Record;
use model::common_watermarks::CommonWatermark;
use model::conversation::ConversationId;
use model::receipt::{Receipt, ReceiptSubject, ReceiptWatermark};
use model::time::Seconds;
use model::uid::{Guid, Uid};
use serde_json::{Value, json};
use shared::imports::importer::{Before, Importer};
use shared::store::batch::Batch;
use shared::store::receipt::Moved;
use shared::store::whole_group::Noted;
use tests::Api;

const THEN: u64 = 1_730_000_000;
const MEMBERS: [&str; 3] = ["ash", "birch", "cedar"];
/// The watermarks of the whole group: more than one look takes.
const WATERMARKS: u64 = 3_030;
const LAST: u64 = 5_000 + WATERMARKS - 1;

fn record(value: &Value) -> Record {
    Record::parse(&value.to_string()).unwrap_or_else(|bad| panic!("{value}: {bad}"))
}

/// How far birch has come.
fn birch_at(read_id: u64) -> Value {
    json!({ "kind": "conversation", "uid": "birch", "conversation": "group#orchard", "joinedAt": THEN,
        "readId": read_id, "readAt": THEN + read_id })
}

/// A group in which ash wrote, and the two others have read each message by itself.
fn lines() -> Vec<Value> {
    let user = |uid: &str| json!({ "kind": "user", "uid": uid, "name": uid, "role": "default", "createdAt": THEN });
    let member = |uid: &str| json!({ "kind": "member", "guid": "orchard", "uid": uid, "scope": "participant", "joinedAt": THEN });
    let profile = json!({ "uid": "ash", "name": "ash", "role": "default", "status": "offline", "createdAt": THEN });
    let group = json!({ "guid": "orchard", "name": "o", "type": "public", "owner": "ash", "membersCount": 3,
        "createdAt": THEN, "conversationId": "group_orchard" });
    let receipt = |id: u64, subject: &str| {
        json!({ "kind": "receipt", "conversation": "group#orchard", "subject": subject, "receipt": "read", "id": id,
            "at": THEN + id })
    };
    let mut lines: Vec<Value> = MEMBERS.iter().map(|uid| user(uid)).collect();
    lines.push(json!({ "kind": "group", "guid": "orchard", "name": "o", "type": "public", "owner": "ash",
        "createdAt": THEN }));
    lines.extend(MEMBERS.iter().map(|uid| member(uid)));
    lines.push(json!({ "kind": "message", "id": LAST, "conversation": "group#orchard", "sender": "ash",
        "receiver": "group#orchard", "category": "message", "type": "text", "data": { "text": "last" },
        "entities": { "sender": { "entityType": "user", "entity": profile },
            "receiver": { "entityType": "group", "entity": group } }, "sentAt": THEN, "updatedAt": THEN }));
    lines.push(birch_at(LAST));
    let cedar = json!({ "kind": "conversation", "uid": "cedar", "conversation": "group#orchard", "joinedAt": THEN,
        "readId": LAST, "readAt": THEN + LAST });
    lines.push(cedar);
    lines.extend([("birch", LAST), ("cedar", LAST)].map(|(uid, id)| receipt(id, uid)));
    lines.extend((5_000..=LAST).map(|id| receipt(id, "*ash")));
    lines
}

#[tokio::test]
async fn what_a_whole_group_has_read_goes_with_who_steps_back() {
    let api = Api::start().await;
    let mut importer = Importer::new(api.store(), Before::CatchUp);
    for line in &lines() {
        importer.take(record(line)).await.unwrap();
    }
    importer.write().await.unwrap();
    let orchard = Guid::parse("orchard").unwrap();
    let conversation = ConversationId::Group(orchard.clone());
    let of_ash = ReceiptSubject::AllBut(Uid::parse("ash").unwrap());
    let whole = || async {
        let range = model::page::IdRange::ALL;
        let marks = api.store().watermarks(&conversation, &of_ash, Receipt::Read, range).await.unwrap();
        marks.into_iter().map(|ReceiptWatermark { id, .. }| id.number()).collect::<Vec<_>>()
    };
    assert_eq!(whole().await.len(), WATERMARKS as usize);
    // Who follows the stream has read the state, and is about to read the positions.
    let state = api.store().know(Batch::default().conversation(&conversation)).await.unwrap();
    let state = state.conversation(&conversation).unwrap().unwrap();

    let Record::Conversation(less) = record(&birch_at(5_010)) else { panic!("another record") };
    importer.step_back(&Uid::parse("birch").unwrap(), [&less]).await.unwrap();
    assert_eq!(whole().await, (5_000..=5_010).collect::<Vec<_>>());
    let positions = api.store().positions(&orchard, 10).await.unwrap().unwrap();
    let read: Vec<Option<u64>> = positions.iter().map(|at| at.read_id.map(|id| id.number())).collect();
    assert_eq!(read, [None, Some(5_010), Some(LAST)], "with the watermarks, not once the records are written");
    let id = model::id::MessageId::new(LAST).unwrap();
    let mark = CommonWatermark { id, receipt: Receipt::Read, subject: of_ash.clone(), at: Seconds::new(THEN) };
    let noted = vec![Noted { mark, event: None }];
    let late = api.store().note_receipts_of_whole_group(&orchard, &state, noted).await.unwrap();
    assert_eq!((late, whole().await.len()), (Moved::Stale, 11));
}
