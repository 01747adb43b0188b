//! Files that were placed for a message which never came.

use local::{Data, Service};
use serde_json::Value;
use tests::Api;
use tests::faults::{Fault, Faults};
use tests::media::{PNG, media_to_user};

fn placed(api: &Api) -> usize {
    api.objects().iter().filter(|key| key.starts_with("media/") && !key.contains("/.")).count()
}

async fn notes(api: &Api) -> Vec<Value> {
    api.table().await.into_iter().filter(|item| item["sk"]["S"] == "PLACED").collect()
}

#[tokio::test]
async fn a_file_whose_message_was_never_stored_goes_when_the_note_of_it_expires() {
    let faults = Faults::default();
    let api = Api::start_wired(Data::Memory, faults.wiring()).await;
    let (alice, _bob) = (api.user("alice").await, api.user("bob").await);
    let kept = alice.upload("a.png", "image/png", PNG).await;
    alice.post("/messages", media_to_user("bob", "image", &[&kept.attachment])).await.expect_ok();
    assert_eq!(notes(&api).await, Vec::<Value>::new());
    let lost = alice.upload("b.png", "image/png", PNG).await;
    let body = media_to_user("bob", "image", &[&lost.attachment]);
    // The copy is made, and the transaction never: as if the function had ended in between.
    faults.always_with(Service::DynamoDb, Fault::Cancelled("ThrottlingError"));
    assert_ne!(alice.post("/messages", body).await.status, 200);
    faults.end();
    assert_eq!((placed(&api), notes(&api).await.len()), (2, 1));

    assert_eq!(api.expire("PLACED").await, 1);
    while placed(&api) != 1 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let shown = alice.get("/users/bob/messages").await.expect_data();
    assert_eq!(shown.as_array().unwrap().len(), 1);
}
