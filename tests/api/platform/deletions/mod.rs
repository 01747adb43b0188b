//! What is deleted is gone at once for everybody, and at last altogether, wherever the work is cut off.

mod conversations;
mod counts;
mod departures;
mod groups;
mod races;
mod users;

use std::path::Path;

use local::Data;
use serde_json::Value;
use tests::Api;
use tests::faults::Faults;

/// So many requests are enough for a whole deletion of what these tests make.
const MOST_POSITIONS: usize = 1_000;

/// Carries a deletion out, cut off after so many requests of the job, once for each number from none on, and further apart
/// as they grow: one process marks, another does what it can, a third looks what is left, asks again, and does the rest.
async fn cut_off_everywhere(
    prepare: impl AsyncFn(&Api),
    delete: impl AsyncFn(&Api),
    between: impl AsyncFn(&Api),
    after: impl AsyncFn(&Api),
) {
    let marked = tempfile::tempdir().unwrap();
    let api = Api::start_idle(Data::Folder(marked.path().to_owned())).await;
    prepare(&api).await;
    delete(&api).await;
    between(&api).await;
    api.stop().await;
    for n_requests in std::iter::successors(Some(0), |n| Some(n + 1 + n / 4)).take_while(|n| *n < MOST_POSITIONS) {
        let folder = tempfile::tempdir().unwrap();
        copy(marked.path(), folder.path());
        let was_cut_off = work_until_cut_off(folder.path(), n_requests).await;
        let mut api = Api::start_idle(Data::Folder(folder.path().to_owned())).await;
        if was_cut_off && api.has_jobs() {
            between(&api).await;
            delete(&api).await;
        }
        api.work().await;
        api.jobs_done().await;
        after(&api).await;
        api.stop().await;
        if !was_cut_off {
            assert!(8 < n_requests, "the deletion took {n_requests} requests only");
            return;
        }
    }
    panic!("{MOST_POSITIONS} requests are not enough for the deletion");
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Whether the work came to an end before its time.
async fn work_until_cut_off(folder: &Path, n_requests: usize) -> bool {
    let faults = Faults::default();
    faults.die_after(n_requests);
    let api = Api::start_wired(Data::Folder(folder.to_owned()), faults.wiring()).await;
    loop {
        if faults.has_struck() {
            api.stop().await;
            return true;
        }
        if !api.has_jobs() {
            api.stop().await;
            return false;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// What of the table names something, but for what goes by itself within a day.
async fn left_of(api: &Api, name: &str) -> Vec<Value> {
    let mut items = api.table().await;
    items.retain(|item| item.to_string().contains(name) && item["expiresAt"].is_null());
    items
}

/// The ids of the messages whose rows a partition still has.
async fn stored_messages(api: &Api, partition: &str) -> Vec<u64> {
    let table = api.table().await;
    let rows = table.iter().filter(|item| item["pk"]["S"] == partition);
    rows.filter_map(|item| item["sk"]["S"].as_str()?.strip_prefix("MSG#")?.parse().ok()).collect()
}

/// The files of messages that the bucket holds.
fn stored_files(api: &Api) -> usize {
    api.objects().iter().filter(|key| key.starts_with("media/")).filter(|key| !key.contains("/.")).count()
}
