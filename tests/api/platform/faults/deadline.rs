//! An invocation that ends before its work does is answered by us, not by the platform.

use std::time::Duration;

use local::Data;
use tests::faults::{Fault, Faults};
use tests::{Api, text_to_user};

#[tokio::test]
async fn who_waits_too_long_reads_an_envelope() {
    let faults = Faults::default();
    // An answer needs half a second, so the work gets less than one slow answer of the table.
    let limit = Duration::from_millis(510);
    let api = Api::start_limited(Data::Memory, None, faults.wiring(), limit).await;
    faults.always(Fault::Slow);
    let reader = api.on_behalf_of("cometchat-uid-1");
    reader.get("/users/cometchat-uid-2/messages").await.expect_error(500, "ERR_OPERATION_FAILED");
    reader.post("/messages", text_to_user("cometchat-uid-2", "late")).await.expect_error(500, "ERR_OPERATION_FAILED");
    assert!(0 < faults.end());
}
