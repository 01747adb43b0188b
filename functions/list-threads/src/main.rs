//! The Lambda binary of [`list_threads`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListThreads, list_threads::HANDLER)
}
