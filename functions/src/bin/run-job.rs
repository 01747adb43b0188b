//! The Lambda binary of [`functions::run_job`].

fn main() -> Result<(), lambda_http::Error> {
    shared::worker::run(shared::worker::Worker::RunJob, functions::run_job::HANDLER)
}
